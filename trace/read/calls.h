/*
 * calls.h - the system calls of a trace, one after the other, with the
 * names of what they are about.
 *
 * Texts come from the trace: make them safe before printing them.  One thread.
 */
#ifndef LOOPSCOPE_TRACE_READ_CALLS_H
#define LOOPSCOPE_TRACE_READ_CALLS_H

#include <stdbool.h>
#include <stdint.h>

struct store;
struct syscalls_rows;

#define SYSCALLS_ROWS_NAME 64

/* Borrowed until the next row; texts are never NULL. */
struct syscalls_call {
	int64_t seq;
	int64_t time;  /* CLOCK_MONOTONIC, when it returned */
	int64_t since; /* nanoseconds since the program's first event */
	int64_t thread;
	int64_t fd; /* the number; -1: the call has no descriptor */
	bool returned;
	int64_t result;
	int64_t duration; /* nanoseconds; -1 if unknown */
	int64_t parent;   /* seq of the span that made it, or 0 */
	const char *name, *arguments, *shown;
	const char *object;                  /* what the program calls the descriptor, or "" */
	const char *event;                   /* what made the call, or "" */
	char descriptor[SYSCALLS_ROWS_NAME]; /* fd#1, waker, epoll, pair#2, or the number */
	int pair;                            /* n of pair#n; 0: no end of a pair */
	bool is_own; /* the loop's own, not that of a library or of the loader */

	/* a place where calls are missing, and no call; lost is -1 if unknown */
	bool is_gap;
	int64_t lost;
};

int syscalls_rows_open(struct syscalls_rows **out, struct store *store, char **error);
void syscalls_rows_free(struct syscalls_rows *rows);

/* 1, 0 after the last, -1 with *error set. */
int syscalls_rows_next(struct syscalls_rows *rows, struct syscalls_call *call, char **error);

/* The pair#n that an object's name or a number stands for now, or 0. */
int syscalls_rows_pair(const struct syscalls_rows *rows, const char *name, int length);

/* The name that the trace gives to this port (PORT for alias:PORT), or NULL; borrowed. */
const char *syscalls_rows_port(struct syscalls_rows *rows, int64_t port);

#endif
