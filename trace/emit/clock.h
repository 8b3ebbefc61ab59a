/*
 * clock.h - the clock of a trace: nanoseconds of CLOCK_MONOTONIC.
 *
 * The program stamps its events with it, the probe its system calls (as
 * bpf_ktime_get_ns()), and the recorder asks it how far all others must have
 * come.  Reading it is no system call.
 */
#ifndef LOOPSCOPE_TRACE_EMIT_CLOCK_H
#define LOOPSCOPE_TRACE_EMIT_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_SECOND 1000000000u
#define CLOCK_MILLISECOND 1000000u

static inline uint64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * CLOCK_SECOND + (uint64_t)now.tv_nsec;
}

#endif
