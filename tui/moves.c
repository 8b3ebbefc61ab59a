/* Ways of moving through a trace that look at its spans and its causes. */
#include "tui/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/why.h"

#define DEPTH_MAX 500

bool model_over(struct model *model)
{
	return model_step_to(model, rows_next(model->rows, model->seen.level, model->place.after));
}

/* Whether one row lies in the span of another. */
static bool is_inside(const struct rows_place *outer, const struct rows_place *inner)
{
	return outer->seq < inner->seq && inner->seq <= outer->after;
}

bool model_over_back(struct model *model)
{
	int64_t seq = rows_previous(model->rows, model->seen.level, model->seq);
	struct rows_place place, parent;

	/* up from the row before, as long as its caller ended before this row came */
	if (!seq || !rows_place(model->rows, seq, &place))
		return false;
	for (int i = 0; i < DEPTH_MAX && place.parent && place.parent < place.seq; i++) {
		if (!rows_place(model->rows, place.parent, &parent) ||
		    is_inside(&parent, &model->place))
			break;
		place = parent;
	}
	return model_step_to(model, rows_next(model->rows, model->seen.level, place.seq - 1));
}

bool model_out(struct model *model)
{
	struct rows_place parent;

	if (!model->place.parent || !rows_place(model->rows, model->place.parent, &parent))
		return model_over(model);
	return model_step_to(model, rows_next(model->rows, model->seen.level, parent.after));
}

bool model_scheduled(struct model *model)
{
	struct why_hop hop;
	char *error = NULL;
	int more = why_begin(model->why, model->seq, WHY_ASKED, &error);

	for (int i = 0; more >= 0 && i < DEPTH_MAX; i++) {
		more = why_next(model->why, &hop, &error);
		if (more <= 0)
			break;
		if (hop.by == WHY_BY_ASKED)
			return model_jump_to(model, hop.seq);
	}
	if (more < 0)
		model_message(model, "%s", error ? error : "out of memory");
	else
		model_message(model, "%s",
			      model_say(model, "Nothing was scheduled here: the program called it.",
					"这里没有被安排: 是程序直接调用的。"));
	free(error);
	return false;
}

bool model_turn(struct model *model, int direction)
{
	int64_t first = rows_turn(model->rows, model->seq, direction), seq;

	if (!first)
		return false;
	seq = rows_next(model->rows, model->seen.level, first - 1);
	/* a turn without a row of the level, or whose first one is the cursor's */
	while (seq && seq >= model->seq && direction < 0 && first) {
		int64_t before = rows_turn(model->rows, first, -1);

		if (!before || before >= first)
			return false;
		first = before;
		seq = rows_next(model->rows, model->seen.level, first - 1);
	}
	return model_jump_to(model, seq);
}

static bool search(struct model *model, const struct pattern *patterns, unsigned count,
		   int direction, const char *what)
{
	if (count == 0)
		return false;
	model->scan_for = what;
	scan_begin(&model->scan, model->rows, patterns, count, model->seq, direction);
	/* most are found at once: no need to say that we search */
	scan_run(&model->scan, 5000000);
	model_search_on(model, 0);
	return true;
}

bool model_search(struct model *model, int direction)
{
	if (model->wanted.is == PATTERN_NONE) {
		model_message(model, "%s",
			      model_say(model, "Nothing was searched yet: / begins a search.",
					"还没有搜索过: 按 / 开始。"));
		return false;
	}
	return search(model, &model->wanted, 1, direction, "match");
}

bool model_search_object(struct model *model, int direction)
{
	struct pattern pattern = { .is = PATTERN_OBJECT };

	model_object(model, pattern.text);
	if (!*pattern.text) {
		model_message(
			model, "%s",
			model_say(model, "This row is about no object.", "这一行不涉及任何对象。"));
		return false;
	}
	return search(model, &pattern, 1, direction, "row about that object");
}

bool model_continue(struct model *model, int direction)
{
	if (model->break_count == 0) {
		model_message(model, "%s",
			      model_say(model, "There is no breakpoint: b sets one.",
					"还没有断点: 按 b 设置。"));
		return false;
	}
	return search(model, model->breaks, model->break_count, direction, "breakpoint");
}

bool model_searching(const struct model *model)
{
	return model->scan.state == SCAN_RUNNING;
}

void model_search_on(struct model *model, int64_t nanoseconds)
{
	struct scan *scan = &model->scan;

	if (nanoseconds)
		scan_run(scan, nanoseconds);
	switch (scan->state) {
	case SCAN_FOUND:
		model_jump_to(model, scan->found);
		*model->message = '\0';
		scan->state = SCAN_IDLE;
		break;
	case SCAN_NOTHING:
		model_message(
			model,
			model_say(model, "There is no further %s %s here.", "%s: 没有找到 (%s)。"),
			model->scan_for,
			scan->direction > 0 ? model_say(model, "after", "之后")
					    : model_say(model, "before", "之前"));
		scan->state = SCAN_IDLE;
		break;
	case SCAN_RUNNING:
		model_message(model,
			      model_say(model, "Searching (at %lld) ... Esc stops",
					"搜索中 (%lld) ... Esc 停止"),
			      (long long)scan->at);
		break;
	case SCAN_IDLE:
		break;
	}
}

void model_search_stop(struct model *model)
{
	if (model_searching(model))
		*model->message = '\0';
	model->scan.state = SCAN_IDLE;
}

bool model_break(struct model *model, const char *text)
{
	char *error = NULL;

	if (model->break_count == MODEL_BREAKS) {
		model_message(model, "There is room for %d breakpoints.", MODEL_BREAKS);
		return false;
	}
	if (pattern_parse(&model->breaks[model->break_count], model->store, text, &error) < 0) {
		model_message(model, "%s", error ? error : "out of memory");
		free(error);
		return false;
	}
	model->break_count++;
	return true;
}

void model_break_delete(struct model *model, unsigned index)
{
	if (index >= model->break_count)
		return;
	model->break_count--;
	memmove(&model->breaks[index], &model->breaks[index + 1],
		(model->break_count - index) * sizeof(model->breaks[0]));
}
