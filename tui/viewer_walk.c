/*
 * viewer_walk.c - requests that move the cursor along the trace.
 */
#include "tui/viewer_internal.h"

/* What lies at an end is said, so that a key that does nothing is no riddle. */
static void moved(struct viewer *viewer, bool did, int direction)
{
	struct model *model = viewer->scene.model;

	if (did || *model->message)
		return;
	model_message(model, "%s",
		      direction > 0 ? phrase(model, LAST_ONE) : phrase(model, FIRST_ONE));
}

void viewer__step(struct viewer *viewer, int direction)
{
	struct model *model = viewer->scene.model;
	int64_t seq;

	if (direction > 0 && viewer__live_await(viewer, AWAIT_ROW, ""))
		return;
	seq = direction > 0 ? rows_next(model->rows, model->seen.level, model->seq)
			    : rows_previous(model->rows, model->seen.level, model->seq);
	moved(viewer, model_step_to(model, seq), direction);
}

void viewer__over(struct viewer *viewer, int direction)
{
	struct model *model = viewer->scene.model;

	if (direction > 0 && viewer__live_await(viewer, AWAIT_OVER, ""))
		return;
	moved(viewer, direction > 0 ? model_over(model) : model_over_back(model), direction);
}

void viewer__out(struct viewer *viewer, int unused)
{
	(void)unused;
	if (!viewer__live_await(viewer, AWAIT_OUT, ""))
		moved(viewer, model_out(viewer->scene.model), 1);
}

void viewer__scheduled(struct viewer *viewer, int unused)
{
	(void)unused;
	model_scheduled(viewer->scene.model);
}

void viewer__turn(struct viewer *viewer, int direction)
{
	if (direction > 0 && viewer__live_await(viewer, AWAIT_TURN, ""))
		return;
	moved(viewer, model_turn(viewer->scene.model, direction), direction);
}

void viewer__continue(struct viewer *viewer, int direction)
{
	/* without a breakpoint there is something to say, not to wait for */
	if (direction > 0 && viewer->scene.model->break_count &&
	    viewer__live_await(viewer, AWAIT_BREAK, ""))
		return;
	model_continue(viewer->scene.model, direction);
}

void viewer__object(struct viewer *viewer, int direction)
{
	model_search_object(viewer->scene.model, direction);
}

void viewer__match(struct viewer *viewer, int direction)
{
	model_search(viewer->scene.model, direction);
}

void viewer__undo(struct viewer *viewer, int direction)
{
	struct model *model = viewer->scene.model;

	moved(viewer, direction < 0 ? model_undo(model) : model_redo(model), direction);
}

/* Up and down go along what is seen. */
static void walk_seen(struct viewer *viewer, int lines)
{
	struct model *model = viewer->scene.model;
	int direction = lines > 0 ? 1 : -1;
	int64_t seq = model->seq;

	for (; lines; lines -= direction) {
		int64_t next = direction > 0 ? rows_seen_next(model->rows, model->seen, seq)
					     : rows_seen_previous(model->rows, model->seen, seq);

		if (!next)
			break;
		seq = next;
	}
	moved(viewer, seq != model->seq && model_step_to(model, seq), direction);
}

void viewer__lines(struct viewer *viewer, int count)
{
	struct pane *pane = &viewer->panes[viewer->focus];

	if (views[viewer->focus].rows) {
		walk_seen(viewer, count);
		return;
	}
	pane->line += count;
	if (pane->line < 0)
		pane->line = 0;
}

static int page_lines(const struct viewer *viewer)
{
	const struct pane *pane = &viewer->panes[viewer->focus];

	return pane->where.rows > 2 ? pane->where.rows - 1 : 1;
}

void viewer__pages(struct viewer *viewer, int count)
{
	viewer__lines(viewer, count * page_lines(viewer));
}

void viewer__end(struct viewer *viewer, int direction)
{
	struct model *model = viewer->scene.model;
	struct pane *pane = &viewer->panes[viewer->focus];

	if (!views[viewer->focus].rows)
		pane->line = direction > 0 ? (int)pane->page.count - 1 : 0;
	else if (direction > 0)
		model_jump_to(model, rows_previous(model->rows, model->seen.level, INT64_MAX));
	else
		model_jump_to(model, rows_next(model->rows, model->seen.level, 0));
}

bool viewer__follow(struct viewer *viewer)
{
	const struct pane *pane = &viewer->panes[viewer->focus];
	size_t line = (size_t)(pane->line < 0 ? 0 : pane->line);

	if (line >= pane->page.count || !pane->page.lines[line].seq)
		return false;
	return model_jump_to(viewer->scene.model, pane->page.lines[line].seq);
}

void viewer__fold(struct viewer *viewer, int unused)
{
	struct model *model = viewer->scene.model;

	(void)unused;
	if (views[viewer->focus].rows)
		rows_fold(model->rows, model->seq, !rows_is_folded(model->rows, model->seq));
	else
		viewer__follow(viewer);
}

/* Along the bar, a column at a time. */
static void timeline_move(struct viewer *viewer, int columns)
{
	struct model *model = viewer->scene.model;
	struct timeline *timeline = viewer->scene.timeline;
	int column;

	if (!timeline)
		return;
	column = timeline_column(timeline, model->place.time) + columns;
	if (column < 0 || column >= timeline->columns)
		return;
	/* the level's row may lie further on; then go on to where one is */
	for (; column >= 0 && column < timeline->columns; column += columns < 0 ? -1 : 1) {
		int64_t seq = timeline->column[column].seq;

		seq = rows_next(model->rows, model->seen.level, seq - 1);
		if (columns < 0 ? seq && seq < model->seq : seq > model->seq) {
			model_step_to(model, seq);
			return;
		}
	}
}

static void fold_close(struct viewer *viewer)
{
	struct model *model = viewer->scene.model;
	int64_t next = rows_seen_next(model->rows, model->seen, model->seq);

	if (viewer->focus == VIEW_TIMELINE)
		timeline_move(viewer, -1);
	else if (!views[viewer->focus].rows)
		return;
	else if (!rows_is_folded(model->rows, model->seq) && next && next <= model->place.after)
		rows_fold(model->rows, model->seq, true);
	else if (model->place.parent)
		model_step_to(model, rows_previous(model->rows, model->seen.level,
						   model->place.parent + 1));
}

static void fold_open(struct viewer *viewer)
{
	struct model *model = viewer->scene.model;

	if (viewer->focus == VIEW_TIMELINE)
		timeline_move(viewer, 1);
	else if (!views[viewer->focus].rows)
		return;
	else if (rows_is_folded(model->rows, model->seq))
		rows_fold(model->rows, model->seq, false);
	else
		walk_seen(viewer, 1);
}

void viewer__fold_towards(struct viewer *viewer, int direction)
{
	if (direction < 0)
		fold_close(viewer);
	else
		fold_open(viewer);
}
