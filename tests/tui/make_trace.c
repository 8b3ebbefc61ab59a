/*
 * make_trace.c - writes the trace that tests of the viewer use to PATH, for a
 * person to look at.
 */
#include <stdio.h>

#include "tests/tui/fixture.h"

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: make_trace PATH\n");
		return 2;
	}
	return fixture_make(argv[1], NULL) < 0 ? 2 : 0;
}
