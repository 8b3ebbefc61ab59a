/*
 * walk.c - the table of steps, expanded from client-3x.def.
 */
#include "trace/walk/walk.h"

#include <stddef.h>
#include <string.h>

const struct walk_step walk_steps[] = {
#define STEP(...) { __VA_ARGS__ },
#include "trace/walk/client-3x.def"
#undef STEP
};
const unsigned walk_steps_count = sizeof(walk_steps) / sizeof(walk_steps[0]);

const struct walk_step *walk_step_find(const char *step)
{
	for (unsigned i = 0; i < walk_steps_count; i++)
		if (strcmp(walk_steps[i].step, step) == 0)
			return &walk_steps[i];
	return NULL;
}
