/*
 * walk.h - the walk through one fetch, from trace/walk/client-3x.def: its steps in the
 * order in which they run, each with a sentence.  Constant.
 */
#ifndef LOOPSCOPE_TRACE_WALK_WALK_H
#define LOOPSCOPE_TRACE_WALK_WALK_H

struct walk_step {
	const char *step;     /* "17.2.1" */
	const char *module;   /* of the original, or "user" */
	const char *function; /* the original's name for it */
	const char *english, *chinese;
};
extern const struct walk_step walk_steps[];
extern const unsigned walk_steps_count;

/* The step of that number, or NULL. */
const struct walk_step *walk_step_find(const char *step);

#endif
