/*
 * syscalls_internal.h - shared by the files of syscalls alone.
 */
#ifndef LOOPSCOPE_TRACE_WORDS_SYSCALLS_INTERNAL_H
#define LOOPSCOPE_TRACE_WORDS_SYSCALLS_INTERNAL_H

#include <string.h>

#include "trace/words/syscalls.h"

static inline int syscalls__argument(const struct probe_record *record, unsigned n)
{
	return (int)record->arg[n];
}

/* The n-th 32-bit number of what was captured, or `otherwise`. */
static inline int syscalls__captured(const struct probe_record *record, unsigned n, int otherwise)
{
	int number;

	if (record->captured < (n + 1) * sizeof(number))
		return otherwise;
	memcpy(&number, record->data + n * sizeof(number), sizeof(number));
	return number;
}

static inline bool syscalls__is_wait(const struct probe_record *record)
{
	return record->call == CALL_epoll_wait || record->call == CALL_epoll_pwait ||
	       record->call == CALL_epoll_pwait2;
}

#endif
