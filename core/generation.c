/*
 * generation.c - the generation that this process behaves as.
 */
#include "core/generation.h"

#include <stdio.h>
#include <stdlib.h>

static const struct generation *in_use;

void generation_use(const struct generation *generation)
{
	in_use = generation;
	emit_fact("generation", generation->name);
}

const struct generation *generation(void)
{
	if (__builtin_expect(!in_use, 0)) {
		fputs("No generation of Tornado was chosen: begin main() with"
		      " generation_use(&generation_31).\n",
		      stderr);
		abort();
	}
	return in_use;
}
