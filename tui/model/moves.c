/*
 * moves.c - ways of moving through a trace that look at its spans and its
 * causes.
 */
#include "tui/model/model.h"
#include "tui/model/phrases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/read/why.h"

#define DEPTH_MAX 500
#define SEARCH_AT_ONCE 5000000 /* nanoseconds */

int64_t model_row_over(struct model *model, int64_t from)
{
	struct rows_place place;

	if (!rows_place(model->rows, from, &place))
		return 0;
	return rows_next(model->rows, model->seen.level, place.after);
}

bool model_over(struct model *model)
{
	return model_step_to(model, model_row_over(model, model->seq));
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

int64_t model_row_out(struct model *model, int64_t from)
{
	struct rows_place place, parent;

	if (rows_place(model->rows, from, &place) && place.parent &&
	    rows_place(model->rows, place.parent, &parent))
		from = place.parent;
	return model_row_over(model, from);
}

bool model_out(struct model *model)
{
	return model_step_to(model, model_row_out(model, model->seq));
}

int64_t model_row_turn(struct model *model, int64_t from)
{
	int64_t first = rows_turn(model->rows, from, 1);

	return first ? rows_next(model->rows, model->seen.level, first - 1) : 0;
}

int64_t model_row_break(struct model *model, int64_t from)
{
	struct scan scan;

	scan_init(&scan, model->store);
	scan_begin(&scan, model->rows, model->breaks, model->break_count, from, 1);
	while (scan.state == SCAN_RUNNING)
		scan_run(&scan, SEARCH_AT_ONCE);
	scan_release(&scan);
	return scan.state == SCAN_FOUND ? scan.found : 0;
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
		model_message(model, "%s", phrase(model, NOT_SCHEDULED));
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
		   int direction, enum sought sought)
{
	if (count == 0)
		return false;
	model->sought = sought;
	model->sought_patterns = patterns;
	model->sought_count = count;
	model->elsewhere = false;
	scan_begin(&model->scan, model->rows, patterns, count, model->seq, direction);
	/* most are found at once: no need to say that we search */
	scan_run(&model->scan, SEARCH_AT_ONCE);
	model_search_on(model, 0);
	return true;
}

bool model_search(struct model *model, int direction)
{
	if (model->wanted.is == PATTERN_NONE) {
		model_message(model, "%s", phrase(model, NO_SEARCH));
		return false;
	}
	return search(model, &model->wanted, 1, direction, SOUGHT_MATCH);
}

bool model_search_object(struct model *model, int direction)
{
	model->about.is = PATTERN_OBJECT;
	model_object(model, model->about.text);
	if (!*model->about.text) {
		model_message(model, "%s", phrase(model, NO_OBJECT));
		return false;
	}
	return search(model, &model->about, 1, direction, SOUGHT_OBJECT);
}

bool model_continue(struct model *model, int direction)
{
	if (model->break_count == 0) {
		model_message(model, "%s", phrase(model, NO_BREAKS));
		return false;
	}
	return search(model, model->breaks, model->break_count, direction, SOUGHT_BREAK);
}

bool model_searching(const struct model *model)
{
	return model->scan.state == SCAN_RUNNING;
}

/* Nothing lies ahead.  Whether something lies behind, or here, is worth knowing. */
static void look_elsewhere(struct model *model)
{
	int direction = model->scan.direction;

	model->elsewhere = true;
	scan_begin(&model->scan, model->rows, model->sought_patterns, model->sought_count,
		   model->seq + direction, -direction);
	scan_run(&model->scan, SEARCH_AT_ONCE);
}

/* What the look behind has found: nothing, this row alone, or rows on the other side. */
static void say_where(struct model *model)
{
	enum { NOWHERE, HERE, BEFORE, AFTER };
	static const enum phrase words[SOUGHT_COUNT][4] = {
		[SOUGHT_MATCH] = { PHRASE_MATCH_NOWHERE, PHRASE_MATCH_HERE, PHRASE_MATCH_BEFORE,
				   PHRASE_MATCH_AFTER },
		[SOUGHT_OBJECT] = { PHRASE_OBJECT_NOWHERE, PHRASE_OBJECT_HERE, PHRASE_OBJECT_BEFORE,
				    PHRASE_OBJECT_AFTER },
		[SOUGHT_BREAK] = { PHRASE_BREAK_NOWHERE, PHRASE_BREAK_HERE, PHRASE_BREAK_BEFORE,
				   PHRASE_BREAK_AFTER },
	};
	const struct scan *scan = &model->scan;
	int where = scan->state == SCAN_NOTHING ? NOWHERE
		    : scan->found == model->seq ? HERE
		    : scan->direction < 0       ? BEFORE
						: AFTER;
	char name[PATTERN_TEXT + 8];

	pattern_name(model->sought_patterns, name, sizeof(name));
	model_message(model, phrase_at(model, words[model->sought][where]), name);
}

void model_search_on(struct model *model, int64_t nanoseconds)
{
	struct scan *scan = &model->scan;

	if (nanoseconds)
		scan_run(scan, nanoseconds);
	if (scan->state == SCAN_NOTHING && !model->elsewhere)
		look_elsewhere(model);
	switch (scan->state) {
	case SCAN_FOUND:
		*model->message = '\0';
		if (model->elsewhere)
			say_where(model);
		else
			model_jump_to(model, scan->found);
		scan->state = SCAN_IDLE;
		break;
	case SCAN_NOTHING:
		say_where(model);
		scan->state = SCAN_IDLE;
		break;
	case SCAN_RUNNING:
		model_message(model, phrase(model, SEARCHING), (long long)scan->at);
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
		model_message(model, phrase(model, BREAKS_FULL), MODEL_BREAKS);
		return false;
	}
	if (pattern_parse(&model->breaks[model->break_count], model->store, text, &error) < 0) {
		model_complain(model, error);
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
