/*
 * calls.h - a child that makes known system calls while it is traced.
 */
#ifndef LOOPSCOPE_TESTS_PROBE_CALLS_H
#define LOOPSCOPE_TESTS_PROBE_CALLS_H

#include <stdint.h>
#include <sys/types.h>

struct probe;

/* A child that waits behind a gate. */
struct child {
	pid_t pid;
	int gate; /* writing a byte lets it go */
};

/* Forks; the child runs body(context) once the gate is open, then ends. */
void child_start(struct child *child, void (*body)(void *context), void *context);
void child_go(struct child *child);

/* Has it ended?  Reaps it. */
int child_is_gone(struct child *child);

/* Makes as many calls of each kind that is recorded as the int behind context says. */
void calls_make(void *context);

/* How many of that call calls_make() makes where it makes one of most. */
unsigned calls_expected(unsigned call);

#endif
