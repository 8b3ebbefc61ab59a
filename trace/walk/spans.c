/*
 * spans.c - the open spans of a trace, and a walk's rules applied as rows come by.
 *
 * Each thread's open spans stand on a stack, rebuilt from the depth of the
 * rows.  Most rows get their stations when they are seen.  A few rules ask what
 * happens below the row (on which connection? what was scheduled?): such a
 * span waits on the stack until a row below it answers, or it closes.  Memory
 * grows with open spans and connections, not with events.
 */
#include "trace/walk/pass.h"

#include <stdlib.h>
#include <string.h>

#include "trace/base/grow.h"
#include "trace/base/numbered.h"
#include "trace/emit/ring.h"

static struct connection *connection_find(struct pass *pass, int64_t number)
{
	return numbered_find(pass->connections, pass->connection_count, sizeof(*pass->connections),
			     number);
}

/* What a row says about a descriptor: none, that of a connection (fd#n), or another. */
struct bears {
	bool fd;
	struct connection *connection; /* NULL also for a number that is not among the objects */
};

static struct bears bears_of(struct pass *pass, const char *detail)
{
	struct row_text fd = row_text(detail, "fd");
	struct bears bears = { .fd = fd.length && !row_is(fd, "None") };

	if (row_begins(fd, "fd#"))
		bears.connection = connection_find(pass, strtoll(fd.text + 3, NULL, 10));
	return bears;
}

/* The stations of a rule that holds for the row; *position counts those of the row. */
static int rule_give(struct pass *pass, const struct rule *rule, const struct walk_row *row,
		     int *position)
{
	if (row->connection)
		row->connection->seen |= rule->first;
	else
		pass->seen |= rule->first;
	for (unsigned i = 0; i < rule->station_count; i++) {
		struct taken *taken = &pass->taken[rule->station[i]];

		taken->times++;
		if (pass_give(pass, row->seq, (*position)++, rule->station[i]) < 0)
			return -1;
		if (!pass->rules->walk->once)
			continue;
		free(taken->detail);
		taken->detail = strdup(row->detail);
		if (!taken->detail)
			return pass_out_of_memory(pass);
	}
	return 0;
}

/* 1 if a row below has to tell before the rules can decide, else 0; -1 on trouble. */
static int rules_give(struct pass *pass, uint8_t name, struct walk_row *row)
{
	int position = 0;

	for (int i = pass->rules->name[name].first; i >= 0; i = pass->rules->rule[i].next) {
		const struct rule *rule = &pass->rules->rule[i];
		enum fit fit = rule_fit(rule, row, pass->taken, pass->seen);

		if (fit == FITS_LATER)
			return 1;
		if (fit == FITS_NOT || (rule->nth && ++pass->fitted[i] != rule->nth))
			continue;
		if (rule_give(pass, rule, row, &position) < 0)
			return -1;
		if (!rule->nth)
			break;
	}
	return 0;
}

/* The rule that decides about one ready socket, as a bit: 1 << its place among its event's. */
static uint64_t ready_fit(struct pass *pass, uint8_t name, struct walk_row *row)
{
	uint64_t bit = 1;

	for (int i = pass->rules->name[name].first; i >= 0; i = pass->rules->rule[i].next) {
		if (rule_fit(&pass->rules->rule[i], row, pass->taken, pass->seen) == FITS)
			return bit;
		bit <<= 1;
	}
	return 0;
}

/*
 * The row of a poll's return: "events=fd#1:READ,waker:READ".  Each socket is
 * looked at by itself; a step that several of them reach is given once.
 */
static int ready_give(struct pass *pass, uint8_t name, struct walk_row *row)
{
	struct row_text events = row_text(row->detail, "events");
	const char *item = events.text;
	size_t left = events.length;
	uint64_t holds = 0;
	int position = 0;

	while (left) {
		const char *comma = memchr(item, ',', left);
		size_t length = comma ? (size_t)(comma - item) : left;
		const char *colon = memchr(item, ':', length);

		if (colon && length > 3 && memcmp(item, "fd#", 3) == 0) {
			struct connection *connection =
				connection_find(pass, strtoll(item + 3, NULL, 10));

			row->phase = connection ? connection->phase : NULL;
			row->ready =
				(struct row_text){ colon + 1, length - (size_t)(colon - item) - 1 };
			holds |= ready_fit(pass, name, row);
		}
		item += length + (comma != NULL);
		left -= length + (comma != NULL);
	}
	for (int i = pass->rules->name[name].first; holds; i = pass->rules->rule[i].next) {
		if (holds & 1 && rule_give(pass, &pass->rules->rule[i], row, &position) < 0)
			return -1;
		holds >>= 1;
	}
	return 0;
}

static struct pass_thread *thread_find(struct pass *pass, int64_t thread)
{
	if (pass->thread_last < pass->thread_count &&
	    pass->threads[pass->thread_last].thread == thread)
		return &pass->threads[pass->thread_last];
	for (size_t i = 0; i < pass->thread_count; i++)
		if (pass->threads[i].thread == thread) {
			pass->thread_last = i;
			return &pass->threads[i];
		}
	if (!array_grow(&pass->threads, &pass->thread_room, pass->thread_count + 1,
			sizeof(*pass->threads)))
		return NULL;
	pass->thread_last = pass->thread_count++;
	pass->threads[pass->thread_last] = (struct pass_thread){ .thread = thread };
	return &pass->threads[pass->thread_last];
}

static bool is_waiting(const struct pass_span *span)
{
	return span->awaits_rule || span->awaits_phase;
}

static void span_release(struct pass_span *span)
{
	if (span->awaits_rule)
		free((char *)(uintptr_t)span->row.detail);
	free(span->row.called);
	span->row.called = NULL;
	span->row.detail = "";
	span->awaits_rule = false;
}

/* The rules decide about the row now, if they can. */
static int span_settle(struct pass *pass, struct pass_span *span)
{
	int later = rules_give(pass, span->name, &span->row);

	if (later <= 0)
		span_release(span);
	return later < 0 ? -1 : 0;
}

static int spans_close(struct pass *pass, struct pass_thread *stack, int64_t depth)
{
	while (stack->count && stack->spans[stack->count - 1].depth >= depth) {
		struct pass_span *span = &stack->spans[--stack->count];
		int status = 0;

		stack->waiting -= is_waiting(span);
		span->row.is_final = true;
		if (span->awaits_rule)
			status = span_settle(pass, span);
		span_release(span);
		if (status < 0)
			return -1;
	}
	return 0;
}

/* Lets a row tell a span above it what it waits for. */
static int span_answer(struct pass *pass, struct pass_span *span, const struct bears *bears,
		       uint8_t name, const char *detail)
{
	if (bears->fd && span->awaits_phase) {
		span->awaits_phase = false;
		if (bears->connection)
			bears->connection->phase = pass->rules->name[span->name].phase;
	}
	if (!span->awaits_rule)
		return 0;
	if (bears->fd && !span->row.has_first) {
		span->row.has_first = true;
		span->row.connection = bears->connection;
	}
	if (name && name == span->row.awaits_call && !span->row.has_call) {
		span->row.has_call = true;
		span->row.called = strdup(detail);
		if (!span->row.called)
			return pass_out_of_memory(pass);
	}
	return span_settle(pass, span);
}

static int spans_answer(struct pass *pass, struct pass_thread *stack, const struct bears *bears,
			uint8_t name, const char *detail)
{
	for (size_t i = 0; i < stack->count && stack->waiting; i++) {
		struct pass_span *span = &stack->spans[i];
		bool before = is_waiting(span);

		if (before && span_answer(pass, span, bears, name, detail) < 0)
			return -1;
		stack->waiting -= before && !is_waiting(span);
	}
	return 0;
}

static int span_push(struct pass *pass, struct pass_thread *stack, const struct pass_span *span)
{
	if (!array_grow(&stack->spans, &stack->room, stack->count + 1, sizeof(*stack->spans)))
		return pass_out_of_memory(pass);
	stack->spans[stack->count++] = *span;
	stack->waiting += is_waiting(span);
	return 0;
}

/* The row's change of phase, where it bears the descriptor itself. */
static void phase_begin(struct pass *pass, struct pass_span *span, const struct bears *bears)
{
	const char *phase = pass->rules->name[span->name].phase;

	if (phase && bears->connection)
		bears->connection->phase = phase;
	span->awaits_phase = phase && !bears->fd;
}

static int span_begin(struct pass *pass, struct pass_thread *stack, struct pass_span *span)
{
	int later = rules_give(pass, span->name, &span->row);

	span->inside = span->row.inside | pass->rules->name[span->name].inside;
	span->awaits_rule = later > 0;
	span->row.detail = later > 0 ? strdup(span->row.detail) : "";
	if (!span->row.detail)
		return pass_out_of_memory(pass);
	if (later < 0 || span_push(pass, stack, span) < 0) {
		span_release(span);
		return -1;
	}
	return 0;
}

static int row_fill(struct pass *pass, const struct pass_event *event,
		    const struct pass_span *above, const struct bears *bears,
		    struct pass_span *span)
{
	span->row = (struct walk_row){
		.seq = event->seq,
		.at_return = event->phase == RING_END,
		.is_final = event->phase != RING_BEGIN,
		.parent = above ? above->name : 0,
		.inside = above ? above->inside : 0,
		.detail = event->detail,
		.phase = bears->connection ? bears->connection->phase : NULL,
	};
	return pass->rules->name[span->name].asks_ret ? pass_load_returned(pass, &span->row) : 0;
}

int pass_take(struct pass *pass, const struct pass_event *event)
{
	struct pass_thread *stack = thread_find(pass, event->thread);
	struct pass_span span = { .depth = event->depth, .name = pass->kinds[event->kind].name };
	struct bears bears = { 0 };

	if (!stack)
		return pass_out_of_memory(pass);
	if (spans_close(pass, stack, event->depth) < 0)
		return -1;
	if (stack->waiting || span.name)
		bears = bears_of(pass, event->detail);
	if (spans_answer(pass, stack, &bears, span.name, event->detail) < 0 ||
	    row_fill(pass, event, stack->count ? &stack->spans[stack->count - 1] : NULL, &bears,
		     &span) < 0)
		return -1;
	phase_begin(pass, &span, &bears);
	if (event->phase == RING_BEGIN)
		return span_begin(pass, stack, &span);
	if (pass->rules->name[span.name].asks_ready)
		return ready_give(pass, span.name, &span.row);
	return rules_give(pass, span.name, &span.row);
}

int pass_close(struct pass *pass)
{
	for (size_t i = 0; i < pass->thread_count; i++)
		if (spans_close(pass, &pass->threads[i], INT64_MIN) < 0)
			return -1;
	return 0;
}

void pass_release(struct pass *pass)
{
	for (size_t i = 0; i < pass->thread_count; i++) {
		struct pass_thread *stack = &pass->threads[i];

		while (stack->count)
			span_release(&stack->spans[--stack->count]);
		free(stack->spans);
	}
	free(pass->threads);
}
