/*
 * fold_loop.c - the loop: its queue, handlers, timeouts, and what a poll
 * returned.
 */
#include "trace/replay/internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "trace/emit/ring.h"
#include "trace/kinds/row.h"

#define LOOP_ERROR (EPOLLERR | EPOLLHUP) /* IOLoop.ERROR is always watched for */

/* ---- the queue */

/* The queue is in order of seq.  Its index, or its count if it is not there. */
static size_t find_callback(const struct replay_table *queue, int64_t seq)
{
	size_t low = 0, high = queue->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (*replay_table_at(queue, middle) < seq)
			low = middle + 1;
		else
			high = middle;
	}
	return low < queue->count && *replay_table_at(queue, low) == seq ? low : queue->count;
}

static void forget_callback(struct replay *replay, int64_t seq)
{
	struct replay_table *queue = &replay->state.callbacks;
	size_t i = find_callback(queue, seq);

	if (i < queue->count)
		replay_table_remove(queue, i);
}

/*
 * add_callback(callback, thread).  Where add_callback_from_signal asks it, the
 * function is queued by this, and once.
 */
static void add_callback(struct replay *replay, const struct replay_row *row,
			 struct replay_span *span)
{
	struct replay_callback *callback;

	if (replay__means(replay, replay->parent.kind) == MEANS_CALLBACK_QUEUED)
		forget_callback(replay, replay->parent.seq);
	callback = replay__callback_here(replay, row->seq);
	if (!callback)
		return;
	callback->function = row->a[0];
	callback->connection = span->connection;
	/* a stream's wrapper has the stream in its closure; here it is around the call */
	if (replay__means(replay, replay->parent.kind) == MEANS_STREAM_QUEUES_CALLBACK)
		callback->fd = replay->parent.object;
}

/* The loop was closing: it took nothing. */
static void add_callback_ended(struct replay *replay, const struct replay_span *span)
{
	if (span->raised)
		forget_callback(replay, span->seq);
}

/* Where it was asked for is lost: the first of that function is as likely as any. */
static size_t guess_callback(const struct replay_table *queue, int64_t function)
{
	for (size_t i = 0; i < queue->count && i < 1024; i++)
		if (REPLAY_AT(struct replay_callback, queue, i)->function == function)
			return i;
	return queue->count;
}

/* _run_callback(callback, timeout): leaves the queue or the heap, and runs. */
static void run_callback(struct replay *replay, const struct replay_row *row,
			 struct replay_span *span)
{
	struct replay_state *state = &replay->state;
	size_t i;

	if (row->has & 2) {
		const struct replay_timeout *timeout = replay__timeout(replay, row->a[1]);

		if (timeout)
			span->connection = timeout->connection;
		replay__heap_run(replay, row->a[1]);
		return;
	}
	i = row->asked_by ? find_callback(&state->callbacks, row->asked_by)
			  : guess_callback(&state->callbacks, row->a[0]);
	if (i == state->callbacks.count)
		return;
	span->connection = REPLAY_AT(struct replay_callback, &state->callbacks, i)->connection;
	span->object = REPLAY_AT(struct replay_callback, &state->callbacks, i)->fd;
	replay_table_remove(&state->callbacks, i);
}

/*
 * A turn runs all that was queued before it: what is older than the turn
 * before has run, and the trace does not say so.
 */
static void iteration(struct replay *replay, const struct replay_row *row, struct replay_span *span)
{
	struct replay_now *now = &replay->state.now;
	struct replay_table *queue = &replay->state.callbacks;

	(void)span;
	now->iteration_before = now->iteration;
	now->iteration = row->seq;
	now->took_timeouts = 0;
	while (queue->count && *replay_table_at(queue, 0) < now->iteration_before)
		replay_table_remove(queue, 0);
}

/* ---- handlers */

/* add_handler(fd, events, handler) */
static void add_handler(struct replay *replay, const struct replay_row *row,
			struct replay_span *span)
{
	struct replay_handler *handler = replay__handler_here(replay, row->a[0]);

	if (!handler)
		return;
	replay__object_numbers(replay, row->a[0], &handler->number, &handler->descriptor);
	handler->events = row->a[1] | LOOP_ERROR;
	handler->function = row->a[2];
	handler->seq = row->seq;
	handler->connection = span->connection;
	replay->numbers_current = false;
}

static void update_handler(struct replay *replay, const struct replay_row *row,
			   struct replay_span *span)
{
	struct replay_handler *handler = replay__handler(replay, row->a[0]);

	(void)span;
	if (!handler)
		return;
	handler->events = row->a[1] | LOOP_ERROR;
	handler->seq = row->seq;
}

static void remove_ready(struct replay *replay, int64_t fd)
{
	struct replay_table *ready = &replay->state.ready;

	for (size_t i = ready->count; i-- > 0;)
		if (*replay_table_at(ready, i) == fd)
			replay_table_remove(ready, i);
}

/* Also forgets an event of it that was polled and not yet dispatched. */
static void remove_handler(struct replay *replay, const struct replay_row *row,
			   struct replay_span *span)
{
	struct replay_handler *handler = replay__handler(replay, row->a[0]);

	(void)span;
	if (handler)
		replay__drop(replay, &replay->state.handlers, &handler->fd);
	remove_ready(replay, row->a[0]);
}

/* ---- timeouts */

/* add_timeout(timeout, after, callback, deadline) */
static void add_timeout(struct replay *replay, const struct replay_row *row,
			struct replay_span *span)
{
	struct replay_timeout *timeout;

	if (!(row->has & 1) || replay__timeout(replay, row->a[0]))
		return;
	timeout = replay__timeout_here(replay, row->a[0]);
	if (!timeout)
		return;
	timeout->added = row->time;
	timeout->after = row->a[1];
	timeout->function = row->a[2];
	/* a trace without it: nearly the same */
	timeout->deadline =
		row->has & 8 ? row->a[3] : (int64_t)((uint64_t)row->time + (uint64_t)row->a[1]);
	timeout->seq = row->seq;
	timeout->connection = span->connection;
	replay__heap_add(&replay->state, timeout);
}

static void remove_timeout(struct replay *replay, const struct replay_row *row,
			   struct replay_span *span)
{
	struct replay_timeout *timeout = replay__timeout(replay, row->a[0]);

	(void)span;
	if (!timeout || timeout->cancelled)
		return;
	timeout->cancelled = 1;
	replay->state.cancelled++;
}

/* What is cancelled from now on stays in the heap until the next turn, and bounds the poll. */
static void took_timeouts(struct replay *replay, const struct replay_row *row,
			  struct replay_span *span)
{
	(void)span;
	replay->state.now.took_timeouts = row->time;
	replay__heap_clean(replay);
}

/* ---- polling */

/*
 * By now what was due has run, and a loop that takes timeouts one by one has
 * looked at the top of its heap.
 */
static void poll_begins(struct replay *replay, const struct replay_row *row,
			struct replay_span *span)
{
	(void)row;
	(void)span;
	replay_table_clear(&replay->state.ready);
	if (!replay->state.now.took_timeouts)
		replay__heap_clean(replay);
}

static void start_returned(struct replay *replay, const struct replay_row *row,
			   struct replay_span *span)
{
	(void)row;
	(void)span;
	if (!replay->state.now.took_timeouts)
		replay__heap_clean(replay);
}

/* The descriptor of that number among those that have handlers, or 0. */
static int64_t fd_of_number(struct replay *replay, int64_t number)
{
	const struct replay_table *handlers = &replay->state.handlers;
	struct replay_table *numbers = &replay->numbers;
	const int64_t *found = replay_table_find(numbers, number);

	/* numbers are never given twice: what was found once stays right */
	if (!found && !replay->numbers_current) {
		replay_table_clear(numbers);
		for (size_t i = 0; i < handlers->count; i++) {
			const struct replay_handler *handler =
				REPLAY_AT(struct replay_handler, handlers, i);

			int64_t *row = replay_table_find(numbers, handler->number)
					       ? NULL
					       : replay_table_add(numbers, handler->number);

			if (row)
				row[1] = handler->fd;
		}
		replay->numbers_current = true;
		found = replay_table_find(numbers, number);
	}
	return found ? found[1] : 0;
}

/* READ|WRITE|ERROR(HUP): as render__mask() writes them. */
static int64_t parse_mask(const char *text, size_t length)
{
	static const struct {
		const char *word;
		int64_t bits;
	} words[] = {
		{ "READ", EPOLLIN },        { "WRITE", EPOLLOUT },      { "ERROR", LOOP_ERROR },
		{ "ERROR(ERR)", EPOLLERR }, { "ERROR(HUP)", EPOLLHUP }, { "RDHUP", EPOLLRDHUP },
	};
	int64_t mask = 0;

	while (length > 0) {
		const char *bar = memchr(text, '|', length);
		size_t n = bar ? (size_t)(bar - text) : length;

		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (strlen(words[i].word) == n && memcmp(words[i].word, text, n) == 0)
				mask |= words[i].bits;
		if (n > 2 && n < 20 && memcmp(text, "0x", 2) == 0)
			mask |= (int64_t)strtoull(text, NULL, 16);
		text += n + (bar != NULL);
		length -= n + (bar != NULL);
	}
	return mask;
}

/* One "fd#1:READ" of the list. */
static void add_ready(struct replay *replay, const char *text, size_t length, int64_t seq)
{
	const char *colon = memchr(text, ':', length);
	size_t name = colon ? (size_t)(colon - text) : length;
	struct replay_ready *ready;
	int64_t fd = 0;

	if (!colon)
		return;
	if (name == 5 && memcmp(text, "waker", 5) == 0)
		fd = fd_of_number(replay, 0);
	else if (name > 3 && name < 20 && memcmp(text, "fd#", 3) == 0)
		fd = fd_of_number(replay, strtoll(text + 3, NULL, 10));
	ready = replay__ready_here(replay, fd);
	if (!ready)
		return;
	ready->events = parse_mask(colon + 1, length - name - 1);
	ready->seq = seq;
}

/* "n=2; events=fd#1:READ,waker:READ" */
static void poll_returned(struct replay *replay, const struct replay_row *row,
			  struct replay_span *span)
{
	struct row_text ready = row_text(row->detail, "events");
	const char *end = ready.text + ready.length;

	(void)span;
	replay_table_clear(&replay->state.ready);
	for (const char *p = ready.text; p < end;) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		size_t length = (size_t)((comma ? comma : end) - p);

		add_ready(replay, p, length, row->seq);
		p += length + 1;
	}
}

static void dispatch(struct replay *replay, const struct replay_row *row, struct replay_span *span)
{
	(void)span;
	remove_ready(replay, row->a[0]);
}

const struct replay_rule replay__loop_rules[] = {
	{ .means = MEANS_CALLBACK_QUEUED, .apply = add_callback, .ended = add_callback_ended },
	{ .means = MEANS_CALLBACK_RUN, .apply = run_callback },
	{ .means = MEANS_TURN_BEGINS, .apply = iteration },
	{ .means = MEANS_HANDLER_ADDED, .apply = add_handler },
	{ .means = MEANS_HANDLER_CHANGED, .apply = update_handler },
	{ .means = MEANS_HANDLER_REMOVED, .apply = remove_handler },
	{ .means = MEANS_TIMEOUT_ADDED, .apply = add_timeout },
	{ .means = MEANS_TIMEOUT_REMOVED, .apply = remove_timeout },
	{ .means = MEANS_TIMEOUTS_TAKEN, .apply = took_timeouts },
	{ .means = MEANS_POLL, .apply = poll_begins },
	{ .means = MEANS_POLL, .phase = RING_END, .apply = poll_returned, .wants_detail = true },
	{ .means = MEANS_DISPATCHED, .apply = dispatch },
	{ .means = MEANS_LOOP_RUNS, .phase = RING_END, .apply = start_returned },
	{ 0 },
};
