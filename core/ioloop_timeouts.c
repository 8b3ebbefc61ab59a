/*
 * ioloop_timeouts.c - _Timeout and the heap that orders them.
 */
#include "core/ioloop_timeouts.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "core/ioloop.h"
#include "core/python/alloc.h"

/* Fewer cancelled ones than this are not worth a clean-up. */
#define TIMEOUTS_CANCELLED_MIN 512

/* _Timeout.__lt__, with the order of making where the original has addresses. */
static bool timeout_before(const struct timeout *a, const struct timeout *b)
{
	if (a->deadline != b->deadline)
		return a->deadline < b->deadline;
	return a->serial < b->serial;
}

static void timeout_heap_rise(struct timeout_heap *heap, size_t i)
{
	struct timeout *timeout = heap->timeouts[i];

	for (; i > 0; i = (i - 1) / 2) {
		struct timeout *parent = heap->timeouts[(i - 1) / 2];

		if (!timeout_before(timeout, parent))
			break;
		heap->timeouts[i] = parent;
	}
	heap->timeouts[i] = timeout;
}

static void timeout_heap_sink(struct timeout_heap *heap, size_t i)
{
	struct timeout *timeout = heap->timeouts[i];
	size_t child;

	for (; (child = 2 * i + 1) < heap->count; i = child) {
		if (child + 1 < heap->count &&
		    timeout_before(heap->timeouts[child + 1], heap->timeouts[child]))
			child++;
		if (!timeout_before(heap->timeouts[child], timeout))
			break;
		heap->timeouts[i] = heap->timeouts[child];
	}
	heap->timeouts[i] = timeout;
}

/* heappop: takes the first off, with the heap's reference. */
static struct timeout *timeout_heap_pop(struct timeout_heap *heap)
{
	struct timeout *first = heap->timeouts[0];

	heap->timeouts[0] = heap->timeouts[--heap->count];
	if (heap->count)
		timeout_heap_sink(heap, 0);
	return first;
}

struct timeout *timeout_heap_add(struct timeout_heap *heap, int64_t deadline,
				 struct callback *callback)
{
	static _Atomic uint64_t last_id;
	struct timeout *timeout = core_alloc(sizeof(*timeout));

	timeout->refs = 2;
	timeout->id = atomic_fetch_add_explicit(&last_id, 1, memory_order_relaxed) + 1;
	timeout->deadline = deadline;
	timeout->serial = ++heap->last_serial;
	timeout->callback = callback;
	heap->timeouts = core_room_for_one(heap->timeouts, heap->count, &heap->room,
					   sizeof(*heap->timeouts));
	heap->timeouts[heap->count++] = timeout;
	timeout_heap_rise(heap, heap->count - 1);
	return timeout;
}

void timeout_heap_cancel(struct timeout_heap *heap, struct timeout *timeout)
{
	struct callback *callback = timeout->callback;

	/* one that ran is counted as well, and never taken off the count again */
	heap->cancelled++;
	timeout->callback = NULL;
	callback_unref(callback);
}

struct timeout *timeout_heap_take_due(struct timeout_heap *heap, int64_t now)
{
	while (heap->count && !heap->timeouts[0]->callback) {
		heap->cancelled--;
		timeout_unref(timeout_heap_pop(heap));
	}
	if (!heap->count || heap->timeouts[0]->deadline > now)
		return NULL;
	return timeout_heap_pop(heap);
}

void timeout_heap_clean(struct timeout_heap *heap)
{
	size_t kept = 0;

	if (heap->cancelled <= TIMEOUTS_CANCELLED_MIN || heap->cancelled <= heap->count / 2)
		return;
	for (size_t i = 0; i < heap->count; i++) {
		struct timeout *timeout = heap->timeouts[i];

		if (timeout->callback) {
			heap->timeouts[kept++] = timeout;
			continue;
		}
		timeout_unref(timeout);
	}
	heap->count = kept;
	heap->cancelled = 0;
	for (size_t i = kept / 2; i-- > 0;)
		timeout_heap_sink(heap, i);
}

const struct timeout *timeout_heap_first(const struct timeout_heap *heap)
{
	return heap->count ? heap->timeouts[0] : NULL;
}

void timeout_heap_release(struct timeout_heap *heap)
{
	/* one by one from the end: letting go of a callback may cancel others */
	while (heap->count) {
		struct timeout *last = heap->timeouts[--heap->count];

		timeout_heap_cancel(heap, last);
		timeout_unref(last);
	}
	free(heap->timeouts);
	heap->timeouts = NULL;
	heap->room = 0;
}

void timeout_unref(struct timeout *timeout)
{
	if (!timeout || --timeout->refs)
		return;
	callback_unref(timeout->callback);
	free(timeout);
}
