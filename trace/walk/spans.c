/*
 * spans.c - the open spans of a trace, and the rules applied as rows come by.
 *
 * Each thread's open spans stand on a stack, rebuilt from the depth of the
 * rows.  Most rows get their step when they are seen.  A few rules ask what
 * happens below the row (on which connection? what was scheduled?): such a
 * span waits on the stack until a row below it answers, or it closes.  Memory
 * grows with open spans and connections, not with events.
 */
#include "trace/walk/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "trace/emit/ring.h"

/*
 * Objects and numbers are both given in order of first appearance, so that one
 * sorted array serves both questions.
 */
static struct article_connection *connection_find(struct article_pass *pass, int64_t wanted,
						  bool by_number)
{
	size_t low = 0, high = pass->connection_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct article_connection *here = &pass->connections[middle];
		int64_t key = by_number ? here->number : here->object;

		if (key == wanted)
			return here;
		if (key < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int give_by_rules(struct article_pass *pass, const struct article_kind *info,
			 const struct article_row *row)
{
	const struct article_rule *rule = article_match(info->rules, info->rule_count, row);

	for (int i = 0; rule && i < ARTICLE_STEPS_OF_ROW && rule->steps[i]; i++)
		if (article__give(pass, row->seq, i, rule->steps[i]) < 0)
			return -1;
	return 0;
}

/* The ready list of a poll, "fd#1:READ,waker:READ": a step for each sort of event. */
static int give_to_poll(struct article_pass *pass, const struct article_event *event)
{
	const char *item = strstr(event->ready, "events=");
	const char *found[3] = { NULL };
	int position = 0;

	for (item = item ? item + 7 : ""; *item; item += strspn(item, ",")) {
		size_t length = strcspn(item, ",;");
		char text[96];
		long long number;
		struct article_connection *connection;
		const char *step;

		snprintf(text, sizeof(text), "%.*s", (int)(length < 95 ? length : 95), item);
		item += length;
		if (*item == ';')
			item = "";
		if (sscanf(text, "fd#%lld:", &number) != 1)
			continue;
		connection = connection_find(pass, number, true);
		step = article_poll_step(connection ? connection->wait : ARTICLE_WAIT_NONE,
					 strstr(text, "READ"), strstr(text, "WRITE"));
		if (step)
			found[step[0] == '2' ? 0 : step[1] == '1' ? 1 : 2] = step;
	}
	for (unsigned i = 0; i < 3; i++)
		if (found[i] && article__give(pass, event->seq, position++, found[i]) < 0)
			return -1;
	return 0;
}

static struct article_thread *thread_find(struct article_pass *pass, int64_t thread)
{
	struct article_thread *more;

	if (pass->thread_last < pass->thread_count &&
	    pass->threads[pass->thread_last].thread == thread)
		return &pass->threads[pass->thread_last];
	for (size_t i = 0; i < pass->thread_count; i++)
		if (pass->threads[i].thread == thread) {
			pass->thread_last = i;
			return &pass->threads[i];
		}
	more = realloc(pass->threads, (pass->thread_count + 1) * sizeof(*more));
	if (!more)
		return NULL;
	pass->threads = more;
	pass->thread_last = pass->thread_count++;
	more[pass->thread_last] = (struct article_thread){ .thread = thread };
	return &more[pass->thread_last];
}

static bool is_waiting(const struct article_span *span)
{
	return span->awaits_fd || span->awaits_scheduled || span->turns_below;
}

/* The answer has come, or never will: the row gets its step now. */
static int settle(struct article_pass *pass, struct article_span *span)
{
	span->awaits_fd = span->awaits_scheduled = false;
	return give_by_rules(pass, span->info, &span->row);
}

static int settle_first_length(struct article_pass *pass, struct article_span *span,
			       struct article_connection *connection)
{
	bool *seen = connection ? &connection->length_seen : &pass->length_seen_nowhere;

	span->row.first_length = !*seen;
	*seen = true;
	return settle(pass, span);
}

static int spans_close(struct article_pass *pass, struct article_thread *stack, int64_t depth)
{
	while (stack->count && stack->spans[stack->count - 1].depth >= depth) {
		struct article_span *span = &stack->spans[--stack->count];

		stack->waiting -= is_waiting(span);
		if (span->awaits_fd && settle_first_length(pass, span, NULL) < 0)
			return -1;
		if (span->awaits_scheduled && settle(pass, span) < 0)
			return -1;
	}
	return 0;
}

/* Lets a row answer the spans above it that wait. */
static int spans_answer(struct article_pass *pass, struct article_thread *stack, bool has_fd,
			struct article_connection *connection, bool schedules, uint64_t callback)
{
	for (size_t i = 0; i < stack->count && stack->waiting; i++) {
		struct article_span *span = &stack->spans[i];
		bool before = is_waiting(span);

		if (has_fd && span->turns_below) {
			span->turns_below = false;
			if (connection)
				connection->wait = span->info->turn->wait;
		}
		if (has_fd && span->awaits_fd && settle_first_length(pass, span, connection) < 0)
			return -1;
		if (schedules && span->awaits_scheduled) {
			span->row.scheduled = callback;
			if (settle(pass, span) < 0)
				return -1;
		}
		stack->waiting -= before && !is_waiting(span);
	}
	return 0;
}

static int span_push(struct article_pass *pass, struct article_thread *stack,
		     const struct article_span *span)
{
	if (stack->count == stack->room) {
		size_t room = stack->room ? stack->room * 2 : 32;
		struct article_span *more = realloc(stack->spans, room * sizeof(*more));

		if (!more)
			return article__out_of_memory(pass);
		stack->spans = more;
		stack->room = room;
	}
	stack->spans[stack->count++] = *span;
	stack->waiting += is_waiting(span);
	return 0;
}

static int64_t field_of(const struct article_event *event, int8_t index)
{
	return index < 0 ? 0 : event->field[index];
}

/* A function id of the trace as one of ours; see emit_wrap(). */
static uint64_t own_function(const struct article_pass *pass, uint64_t function)
{
	uint64_t own = 0;

	for (unsigned shift = 0; shift < 64; shift += 16) {
		unsigned part = (function >> shift) & 0xffff;

		if (part)
			own |= (uint64_t)(pass->kinds[part].own ? pass->kinds[part].own : 0xffff)
			       << shift;
	}
	return own;
}

#define NEEDS(info, when) ((info)->needs & 1u << (when))

static int row_fill(struct article_pass *pass, const struct article_event *event,
		    const struct article_kind *info, const struct article_span *above,
		    const struct article_connection *connection, struct article_row *row)
{
	*row = (struct article_row){
		.seq = event->seq,
		.at_return = event->phase == RING_END,
		.parent = above ? above->info->own : 0,
		.inside = above ? above->inside : 0,
		.callback = own_function(pass, (uint64_t)field_of(event, info->callback)),
		.done = field_of(event, info->done) != 0,
		.writable = field_of(event, info->events) & EPOLLOUT,
		.wants_headers = connection && connection->wait == ARTICLE_WAIT_HEADERS,
	};
	if (NEEDS(info, ARTICLE_RETURNS_TRUE) || NEEDS(info, ARTICLE_HEADERS_FOUND))
		return article__load_returned(pass, row);
	return 0;
}

/* The row's change of what its connection waits for, when it bears the descriptor itself. */
static void turn_connection(const struct article_kind *info, struct article_connection *connection)
{
	if (!info->turn || info->turn->below || !connection)
		return;
	connection->wait = info->turn->wait;
	if (info->turn->wait == ARTICLE_WAIT_CONNECT)
		connection->length_seen = false;
}

static int span_begin(struct article_pass *pass, struct article_thread *stack,
		      struct article_span *span)
{
	const struct article_kind *info = span->info;
	enum article_when ahead = article_looks_ahead(info->rules, info->rule_count, &span->row);

	span->inside = span->row.inside | article_span_bit(info->own);
	span->awaits_fd = ahead == ARTICLE_FIRST_LENGTH;
	span->awaits_scheduled = ahead == ARTICLE_SCHEDULES_LENGTH;
	span->turns_below = info->turn && info->turn->below;
	if (ahead == ARTICLE_ALWAYS && give_by_rules(pass, info, &span->row) < 0)
		return -1;
	return span_push(pass, stack, span);
}

int article__take(struct article_pass *pass, const struct article_event *event)
{
	const struct article_kind *info = &pass->kinds[event->kind];
	struct article_thread *stack = thread_find(pass, event->thread);
	int64_t fd = field_of(event, info->fd);
	struct article_connection *connection = fd ? connection_find(pass, fd, false) : NULL;
	struct article_span span = { .depth = event->depth, .info = info };

	if (!stack)
		return article__out_of_memory(pass);
	if (spans_close(pass, stack, event->depth) < 0)
		return -1;
	if (stack->waiting &&
	    spans_answer(pass, stack, fd != 0, connection,
			 info->own == KIND_BaseIOStream__run_callback,
			 own_function(pass, (uint64_t)field_of(event, info->callback))) < 0)
		return -1;
	if (row_fill(pass, event, info, stack->count ? &stack->spans[stack->count - 1] : NULL,
		     connection, &span.row) < 0)
		return -1;
	turn_connection(info, connection);
	if (event->ready)
		return give_to_poll(pass, event);
	if (event->phase == RING_BEGIN)
		return span_begin(pass, stack, &span);
	return give_by_rules(pass, info, &span.row);
}

int article__close_all(struct article_pass *pass)
{
	for (size_t i = 0; i < pass->thread_count; i++)
		if (spans_close(pass, &pass->threads[i], INT64_MIN) < 0)
			return -1;
	return 0;
}

void article__release(struct article_pass *pass)
{
	for (size_t i = 0; i < pass->thread_count; i++)
		free(pass->threads[i].spans);
	free(pass->threads);
}
