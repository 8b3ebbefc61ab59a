/*
 * syscalls.h - a system call as words.
 *
 * The table is trace/probe/syscalls.def.  Descriptors are shown by names that the
 * caller knows (fd#1, waker, epoll), through struct syscalls_names.  Records
 * hold bytes of the traced program's memory: every length is checked and no
 * text is taken as it is.  Pure; any thread.
 */
#ifndef LOOPSCOPE_TRACE_WORDS_SYSCALLS_H
#define LOOPSCOPE_TRACE_WORDS_SYSCALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/emit/catalog.h"
#include "trace/probe/record.h"

/* Kinds of events.kind: this + the call's index. */
#define SYSCALLS_KIND 3000u

struct syscalls_row {
	const char *name; /* "epoll_ctl" */
	enum meaning means;
	int descriptor; /* argument that is the descriptor; -1: none, or the result */
	const char *english, *chinese;
};

/* The row of that call, or NULL; rows are from 1 to CALL_END - 1. */
const struct syscalls_row *syscalls_find(unsigned call);

#define SYSCALLS_NAME 40   /* room for a descriptor's name */
#define SYSCALLS_TEXT 4096 /* room for any text made here */

/* How descriptors are called.  Both write a name of less than SYSCALLS_NAME. */
struct syscalls_names {
	void (*descriptor)(void *context, int fd, char *out);
	/* by what epoll_ctl registered it with, in that epoll set */
	void (*ready)(void *context, int set, uint64_t data, char *out);
	/* is it the epoll set that goes without saying, the first? */
	bool (*is_first_set)(void *context, int fd);
	void *context;
};

/*
 * The descriptor that the call is about: its argument, or what it made; the
 * target for epoll_ctl.  -1 if the call names no descriptor, or two.
 */
int syscalls_descriptor(const struct probe_call *call);

/* The epoll set that epoll_ctl or epoll_wait is about, if it was one; else -1. */
int syscalls_set(const struct probe_call *call);

/* Has the call given a second number to what had one?  Not to itself. */
bool syscalls_duplicated(const struct probe_call *call, int *from, int *to);

/* Has it closed all descriptors from first to last? */
bool syscalls_closed_range(const struct probe_call *call, uint32_t *first, uint32_t *last);

/*
 * Has it said of descriptors from first to last whether they end with an exec?
 * Of a pair, which has no number here, *first is 0: both it made are meant.
 */
bool syscalls_marked(const struct probe_call *call, uint32_t *first, uint32_t *last, bool *ends);

/* Has a wait for events ended here, with or without any?  Not one that was refused. */
bool syscalls_ends_wait(const struct probe_call *call);

/* Descriptors that the call made, at most two; returns how many. */
unsigned syscalls_made(const struct probe_call *call, int made[2]);

/*
 * The arguments, but for the descriptor: "ADD OUT|ERR|HUP", "len=83".  Where
 * the peer or the flags follow, they stand behind a space.  Returns the length;
 * out has SYSCALLS_TEXT and ends with a NUL.
 */
size_t syscalls_arguments(const struct probe_call *call, const struct syscalls_names *names,
			  char *out);

/*
 * The result as people read it: "83", "EAGAIN", "fd#1:IN|HUP", for SO_ERROR the
 * error that was waiting; "BLOCKED" for a call that never returned.
 */
size_t syscalls_result(const struct probe_call *call, const struct syscalls_names *names,
		       char *out);

#endif
