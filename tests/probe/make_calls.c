/*
 * make_calls.c - a program that makes known system calls, to be recorded.
 *
 *     make_calls N           N calls of each kind
 *     make_calls N paused    with the recorder, its parent, stopped meanwhile
 *     make_calls -1          prints its process id, then sleeps in a read for ever
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/probe/calls.h"

static void sleep_for_ever(void)
{
	int ends[2];
	char byte;

	if (pipe(ends) < 0 || dprintf(1, "%d\n", (int)getpid()) < 0)
		_exit(1);
	if (read(ends[0], &byte, 1) != 1)
		_exit(1);
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 1;
	pid_t recorder = getppid();
	bool stops;

	if (count < 0)
		sleep_for_ever();
	/* 0 when the parent is of another namespace: that would be our own group */
	stops = argc > 2 && recorder > 1;
	if (stops)
		kill(recorder, SIGSTOP);
	calls_make(&count);
	if (stops)
		kill(recorder, SIGCONT);
	return 0;
}
