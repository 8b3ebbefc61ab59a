/*
 * ioloop_report.c - checking mode: the loop says what it holds.
 *
 * A replay of the trace computes the same from the events alone; where the two
 * differ, an event is missing or lies.  Nothing of this runs otherwise.
 */
#include <stdlib.h>

#include "core/ioloop_internal.h"
#include "core/iostream.h"
#include "core/python/alloc.h"
#include "trace/emit/emit.h"

/* What a report counts, and the digest of who it was. */
struct report {
	uint64_t callbacks, handlers, timeouts;
	uint64_t digest;
};

static void mix(struct report *report, uint64_t number)
{
	report->digest = emit_digest(report->digest, number);
}

/* Needs the lock. */
static void report_callbacks(const struct ioloop *loop, struct report *report)
{
	report->callbacks = loop->callbacks.count;
	for (size_t i = 0; i < loop->callbacks.count; i++)
		mix(report, loop->callbacks.entries[i].callback->function);
}

static void report_handlers(const struct ioloop *loop, struct report *report)
{
	for (size_t fd = 0; fd < loop->handler_room; fd++) {
		const struct ioloop_handler *handler = &loop->handlers[fd];

		if (!handler->callback)
			continue;
		report->handlers++;
		mix(report, fd);
		mix(report, handler->events);
		mix(report, handler->callback->function);
	}
}

static int by_deadline(const void *left, const void *right)
{
	const struct timeout *a = *(struct timeout *const *)left;
	const struct timeout *b = *(struct timeout *const *)right;

	if (a->deadline != b->deadline)
		return a->deadline < b->deadline ? -1 : 1;
	return a->serial < b->serial ? -1 : 1;
}

/* Those that are not cancelled, in the order in which they would run. */
static void report_timeouts(const struct ioloop *loop, struct report *report)
{
	const struct timeout_heap *heap = &loop->timeouts;
	struct timeout **sorted = core_alloc((heap->count + 1) * sizeof(struct timeout *));

	for (size_t i = 0; i < heap->count; i++)
		if (heap->timeouts[i]->callback)
			sorted[report->timeouts++] = heap->timeouts[i];
	qsort(sorted, report->timeouts, sizeof(struct timeout *), by_deadline);
	for (size_t i = 0; i < report->timeouts; i++) {
		mix(report, (uint64_t)sorted[i]->deadline);
		mix(report, sorted[i]->callback->function);
	}
	free(sorted);
}

void ioloop__report(struct ioloop *loop)
{
	struct report report = { 0 };

	/* no other thread adds a callback between the count and its row */
	pthread_mutex_lock(&loop->lock);
	report_callbacks(loop, &report);
	report_handlers(loop, &report);
	report_timeouts(loop, &report);
	EMIT(loop_state, INT(report.callbacks), INT(report.handlers), INT(report.timeouts),
	     INT(report.digest));
	pthread_mutex_unlock(&loop->lock);
	iostream_report(loop);
}
