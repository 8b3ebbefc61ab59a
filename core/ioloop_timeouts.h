/*
 * ioloop_timeouts.h - PollIOLoop._timeouts: a heap of _Timeout by deadline.
 *
 * Equal deadlines leave in the order in which they came.  A cancelled timeout
 * only loses its callback; it leaves the heap when it comes to the top, or in
 * a clean-up once there are many.
 */
#ifndef LOOPSCOPE_CORE_IOLOOP_TIMEOUTS_H
#define LOOPSCOPE_CORE_IOLOOP_TIMEOUTS_H

#include <stddef.h>
#include <stdint.h>

#include "core/callback.h"

struct timeout {
	unsigned refs;
	uint64_t id;      /* its number in traces */
	int64_t deadline; /* loop time in ns; may be before its zero */
	uint64_t serial;
	struct callback *callback; /* owned; NULL once cancelled */
	uint64_t asked_by;         /* the add_timeout */
};

struct timeout_heap {
	struct timeout **timeouts; /* a reference each */
	size_t count;
	size_t room;
	size_t cancelled; /* _cancellations: not fewer than have no callback any more */
	uint64_t last_serial;
};

/* Takes callback.  One reference for the caller, another for the heap. */
struct timeout *timeout_heap_add(struct timeout_heap *heap, int64_t deadline,
				 struct callback *callback);

/* Lets go of the callback, in or out of the heap. */
void timeout_heap_cancel(struct timeout_heap *heap, struct timeout *timeout);

/*
 * Drops cancelled timeouts at the top, then takes off the first one if its
 * deadline is not after now: a reference for the caller, else NULL.
 */
struct timeout *timeout_heap_take_due(struct timeout_heap *heap, int64_t now);

/* Rebuilds the heap if many were cancelled, and more than half of it by that count. */
void timeout_heap_clean(struct timeout_heap *heap);

/* The next one to come, borrowed; NULL if the heap is empty. */
const struct timeout *timeout_heap_first(const struct timeout_heap *heap);

/* Drops everything. */
void timeout_heap_release(struct timeout_heap *heap);

#endif
