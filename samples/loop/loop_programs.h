/*
 * loop_programs.h - small programs about the loop alone, each to be recorded.
 *
 * They run on ioloop_instance(), which the caller frees afterwards, and name
 * their own events at run time ("user.one").
 */
#ifndef LOOPSCOPE_SAMPLES_LOOP_LOOP_PROGRAMS_H
#define LOOPSCOPE_SAMPLES_LOOP_LOOP_PROGRAMS_H

struct loop_program {
	const char *name; /* "callback-order" */
	int (*run)(void); /* 0, or 2 if the system refused something */
};

/* The program of that name, words joined by dashes or underscores; NULL if no program has it. */
const struct loop_program *loop_program_find(const char *name);

/* All programs, ended by one without a name. */
extern const struct loop_program loop_programs[];

#endif
