/*
 * fold.c - one event applied to the state: the call stack of its thread, then
 * what the rule of its kind says.
 */
#include "trace/replay/internal.h"

#include <string.h>

#include "trace/emit/ring.h"

static const struct replay_rule *const rules[] = {
	replay__loop_rules, replay__stream_rules, replay__future_rules,
	replay__http_rules, replay__kernel_rules,
};

const struct replay_rule *replay__rule(enum meaning means, unsigned phase)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		for (const struct replay_rule *rule = rules[i]; rule->means; rule++)
			if (rule->phase == phase && rule->means == means)
				return rule;
	return NULL;
}

enum meaning replay__means(const struct replay *replay, int64_t kind)
{
	return replay->kinds[(uint16_t)kind].means;
}

int64_t *replay__row(struct replay *replay, struct replay_table *table, int64_t key)
{
	int64_t *row = table->keyed ? replay_table_find(table, key) : NULL;

	if (!row)
		row = replay_table_add(table, key);
	if (!row)
		replay->state.now.untracked++;
	return row;
}

void replay__append(struct replay *replay, int64_t *handle, uint32_t cells, const int64_t *row)
{
	if (!replay_lists_append(&replay->state.lists, handle, cells, row))
		replay->state.now.untracked++;
}

void replay__drop(struct replay *replay, struct replay_table *table, int64_t *row)
{
	if (table->list_cells)
		replay_lists_drop(&replay->state.lists, &row[table->cells - 1]);
	replay_table_remove(table, replay_table_index(table, row));
}

void replay__past(struct replay *replay, struct replay_table *past, struct replay_table *table,
		  int64_t key)
{
	for (size_t i = 0; i < past->count; i++)
		if (*replay_table_at(past, i) == key)
			return;
	if (!replay_table_add(past, key) || past->count <= REPLAY_HISTORY)
		return;
	key = *replay_table_at(past, 0);
	replay_table_remove(past, 0);
	if (replay_table_find(table, key))
		replay__drop(replay, table, replay_table_find(table, key));
}

static struct replay_table *stack_of(const struct replay *replay, int64_t thread)
{
	int64_t *row = replay_table_find(&replay->state.threads, thread);

	return row ? replay_lists_get(&replay->state.lists, row[1]) : NULL;
}

const struct replay_span *replay__around(const struct replay *replay, const struct replay_row *row,
					 enum meaning means)
{
	const struct replay_table *stack = stack_of(replay, row->thread);

	for (size_t i = stack ? stack->count : 0; i-- > 0;) {
		const struct replay_span *span = REPLAY_AT(struct replay_span, stack, i);

		if (replay__means(replay, span->kind) == means)
			return span;
	}
	return NULL;
}

/*
 * Ends the spans of the thread that lie before this event, innermost first.
 * No span outlives the one around it: push() saw to that.
 */
static void end_spans(struct replay *replay, const struct replay_row *row)
{
	int64_t *thread = replay_table_find(&replay->state.threads, row->thread);
	struct replay_table *stack;

	replay->parent = (struct replay_span){ 0 };
	while (thread && (stack = replay_lists_get(&replay->state.lists, thread[1])) != NULL &&
	       stack->count) {
		struct replay_span span = *REPLAY_AT(struct replay_span, stack, stack->count - 1);
		const struct replay_rule *rule = replay->kinds[(uint16_t)span.kind].at_begin;

		if (span.until >= row->seq) {
			replay->parent = span;
			return;
		}
		replay_lists_pop(&replay->state.lists, thread[1]);
		if (rule && rule->ended)
			rule->ended(replay, &span);
	}
}

static void push(struct replay *replay, const struct replay_row *row, struct replay_span *span)
{
	int64_t *thread = replay_table_find(&replay->state.threads, row->thread);
	const struct replay_table *stack;
	int64_t cells[sizeof(*span) / sizeof(int64_t)];

	if (!thread)
		thread = replay_table_add(&replay->state.threads, row->thread);
	stack = thread ? replay_lists_get(&replay->state.lists, thread[1]) : NULL;
	if (!thread || (stack && stack->count >= REPLAY_SPANS_MAX)) {
		replay->state.now.untracked++;
		return;
	}
	if (replay->parent.seq && span->until > replay->parent.until)
		span->until = replay->parent.until;
	memcpy(cells, span, sizeof(cells));
	replay__append(replay, &thread[1], sizeof(cells) / sizeof(cells[0]), cells);
}

void replay__fold(struct replay *replay, const struct replay_row *row)
{
	const struct replay_kind *kind = &replay->kinds[row->kind];
	const struct replay_rule *rule = row->phase == RING_END ? kind->at_return : kind->at_begin;
	struct replay_now *now = &replay->state.now;
	struct replay_span span = {
		.seq = row->seq,
		.kind = row->kind,
		.raised = row->raised,
		.until = row->until,
	};

	now->seq = row->seq;
	now->time = row->time;
	now->turn = row->turn;
	end_spans(replay, row);
	span.connection = replay->parent.connection;
	if (rule)
		rule->apply(replay, row, &span);
	if (row->phase == RING_BEGIN)
		push(replay, row, &span);
}
