/*
 * syscalls_internal.h - shared by the files of syscalls alone.
 */
#ifndef LOOPSCOPE_TRACE_WORDS_SYSCALLS_INTERNAL_H
#define LOOPSCOPE_TRACE_WORDS_SYSCALLS_INTERNAL_H

#include <string.h>

#include "trace/words/syscalls.h"

static inline int syscalls__argument(const struct probe_call *call, unsigned n)
{
	return (int)call->arg[n];
}

/* The n-th 32-bit number of what was captured, or `otherwise`. */
static inline int syscalls__captured(const struct probe_call *call, unsigned n, int otherwise)
{
	int number;

	if (call->captured < (n + 1) * sizeof(number))
		return otherwise;
	memcpy(&number, call->data + n * sizeof(number), sizeof(number));
	return number;
}

static inline bool syscalls__is_wait(const struct probe_call *call)
{
	return call->id == CALL_epoll_wait || call->id == CALL_epoll_pwait ||
	       call->id == CALL_epoll_pwait2;
}

#endif
