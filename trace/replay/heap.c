/*
 * heap.c - the order of timeouts, as PollIOLoop._timeouts has it: the earliest
 * deadline first, equal ones as they came.  A cancelled one stays until it
 * comes to the top when the loop looks, or until the cancelled are many.
 */
#include "trace/replay/internal.h"

/* The loop's own numbers, see timeout_heap_clean(). */
#define CANCELLED_MIN 512

/* A row of state->heap. */
struct entry {
	int64_t deadline, seq, timeout;
};

static struct entry *entry_at(const struct replay_table *heap, size_t i)
{
	return REPLAY_AT(struct entry, heap, i);
}

static bool before(const struct entry *a, const struct entry *b)
{
	return a->deadline != b->deadline ? a->deadline < b->deadline : a->seq < b->seq;
}

static void rise(struct replay_table *heap, size_t i)
{
	struct entry moved = *entry_at(heap, i);

	for (; i > 0 && before(&moved, entry_at(heap, (i - 1) / 2)); i = (i - 1) / 2)
		*entry_at(heap, i) = *entry_at(heap, (i - 1) / 2);
	*entry_at(heap, i) = moved;
}

static void sink(struct replay_table *heap, size_t i)
{
	struct entry moved = *entry_at(heap, i);
	size_t child;

	for (; (child = 2 * i + 1) < heap->count; i = child) {
		if (child + 1 < heap->count &&
		    before(entry_at(heap, child + 1), entry_at(heap, child)))
			child++;
		if (!before(entry_at(heap, child), &moved))
			break;
		*entry_at(heap, i) = *entry_at(heap, child);
	}
	*entry_at(heap, i) = moved;
}

void replay__heap_add(struct replay_state *state, const struct replay_timeout *timeout)
{
	struct entry *entry = (struct entry *)(void *)replay_table_add(&state->heap, 0);

	if (!entry)
		return;
	*entry = (struct entry){ timeout->deadline, timeout->seq, timeout->timeout };
	rise(&state->heap, state->heap.count - 1);
	state->cancelled += timeout->cancelled != 0;
}

static void pop(struct replay_state *state)
{
	struct replay_table *heap = &state->heap;

	*entry_at(heap, 0) = *entry_at(heap, heap->count - 1);
	replay_table_remove(heap, heap->count - 1);
	if (heap->count)
		sink(heap, 0);
}

/* The timeout at the top, NULL if the heap is empty. */
static struct replay_timeout *top(struct replay *replay)
{
	const struct replay_table *heap = &replay->state.heap;

	return heap->count ? replay__timeout(replay, entry_at(heap, 0)->timeout) : NULL;
}

static void drop_top(struct replay *replay, struct replay_timeout *timeout)
{
	struct replay_state *state = &replay->state;

	pop(state);
	if (!timeout)
		return;
	state->cancelled -= timeout->cancelled != 0;
	replay__drop(replay, &state->timeouts, &timeout->timeout);
}

/* The clean-up of a heap of which more than half is cancelled. */
static void drop_cancelled(struct replay *replay)
{
	struct replay_state *state = &replay->state;

	for (size_t i = state->timeouts.count; i-- > 0;) {
		struct replay_timeout *timeout =
			REPLAY_AT(struct replay_timeout, &state->timeouts, i);

		if (timeout->cancelled)
			replay__drop(replay, &state->timeouts, &timeout->timeout);
	}
	replay_table_clear(&state->heap);
	state->cancelled = 0;
	for (size_t i = 0; i < state->timeouts.count; i++)
		replay__heap_add(state, REPLAY_AT(struct replay_timeout, &state->timeouts, i));
}

void replay__heap_clean(struct replay *replay)
{
	struct replay_state *state = &replay->state;

	while (state->cancelled && state->heap.count) {
		struct replay_timeout *timeout = top(replay);

		if (timeout && !timeout->cancelled)
			break;
		drop_top(replay, timeout);
	}
	if (state->cancelled > CANCELLED_MIN && state->cancelled > state->heap.count / 2)
		drop_cancelled(replay);
}

void replay__heap_run(struct replay *replay, int64_t timeout)
{
	struct replay_state *state = &replay->state;
	struct replay_timeout *due = replay__timeout(replay, timeout);

	if (!due)
		return;
	while (state->heap.count) {
		struct replay_timeout *first = top(replay);
		bool found = first == due;

		/* a live one before it: the trace has a hole, and the loop has run it */
		drop_top(replay, first);
		if (found)
			break;
		due = replay__timeout(replay, timeout);
	}
}
