/* What each request does.  A table: one function a request, or one for a family. */
#include "tui/viewer_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/why.h"
#include "tui/layout.h"

const int viewer_speeds[] = { 1, 2, 4, 8, 16, 30 };
const int viewer_speeds_count = sizeof(viewer_speeds) / sizeof(viewer_speeds[0]);

#define LIVE_TICK 30             /* ms between two looks at a run that is live */
#define LIVE_STEP_TICK 3         /* while it is stepped */
#define SEARCH_SLICE 8000000     /* nanoseconds between two looks at the keyboard */

void viewer__open(struct viewer *viewer, enum view_name view)
{
	if (!views[viewer->focus].opened)
		viewer->before = viewer->focus;
	viewer->focus = view;
	viewer->panes[view].top = 0;
	viewer->panes[view].line = -1;
}

/* What lies at an end is said, so that a key that does nothing is no riddle. */
static void moved(struct viewer *viewer, bool did, int direction)
{
	struct model *model = viewer->model;

	if (did || *model->message)
		return;
	model_message(model, "%s",
		      direction > 0 ? model_say(model, "This is the last one.", "已是最后一处。")
				    : model_say(model, "This is the first one.", "已是第一处。"));
}

static void step(struct viewer *viewer, int direction)
{
	struct model *model = viewer->model;
	int64_t seq = direction > 0 ? rows_next(model->rows, model->seen.level, model->seq)
				    : rows_previous(model->rows, model->seen.level, model->seq);

	if (!seq && direction > 0 && viewer__live_step(viewer))
		return;
	moved(viewer, model_step_to(model, seq), direction);
}

/* Up and down go along what is seen. */
static void walk_seen(struct viewer *viewer, int lines)
{
	struct model *model = viewer->model;
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

static void lines(struct viewer *viewer, int count)
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

bool viewer__follow(struct viewer *viewer)
{
	const struct pane *pane = &viewer->panes[viewer->focus];
	size_t line = (size_t)(pane->line < 0 ? 0 : pane->line);

	if (line >= pane->page.count || !pane->page.lines[line].seq)
		return false;
	return model_jump_to(viewer->model, pane->page.lines[line].seq);
}

static void fold(struct viewer *viewer)
{
	struct model *model = viewer->model;

	if (views[viewer->focus].rows)
		rows_fold(model->rows, model->seq, !rows_is_folded(model->rows, model->seq));
	else
		viewer__follow(viewer);
}

/* Along the bar, a column at a time. */
static void timeline_move(struct viewer *viewer, int columns)
{
	struct model *model = viewer->model;
	struct timeline *timeline = viewer->timeline;
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
	struct model *model = viewer->model;
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
	struct model *model = viewer->model;

	if (viewer->focus == VIEW_TIMELINE)
		timeline_move(viewer, 1);
	else if (!views[viewer->focus].rows)
		return;
	else if (rows_is_folded(model->rows, model->seq))
		rows_fold(model->rows, model->seq, false);
	else
		walk_seen(viewer, 1);
}

/* All views that Tab goes through, those without a pane of their own included. */
static void next_pane(struct viewer *viewer, int direction)
{
	int view = (int)viewer->focus;

	do
		view = (view + direction + VIEW_COUNT) % VIEW_COUNT;
	while (views[view].opened);
	viewer->focus = (enum view_name)view;
	viewer->panes[view].line = -1;
}

static void led_to(struct viewer *viewer)
{
	struct model *model = viewer->model;
	char *error = NULL;

	viewer->led_to_count = why_led_to(model->why, model->seq, viewer->led_to, LED_TO_MAX,
					  &error);
	if (viewer->led_to_count < 0) {
		model_message(model, "%s", error ? error : "out of memory");
		viewer->led_to_count = 0;
	}
	free(error);
	viewer->list = LIST_LED_TO;
	viewer__open(viewer, VIEW_LIST);
}

static void open_list(struct viewer *viewer, enum list_is list)
{
	viewer->list = list;
	viewer__open(viewer, VIEW_LIST);
}

static void delete_line(struct viewer *viewer)
{
	struct model *model = viewer->model;
	int line = viewer->panes[VIEW_LIST].line;

	if (viewer->focus != VIEW_LIST || line < 0)
		return;
	if (viewer->list == LIST_BREAKS) {
		model_break_delete(model, (unsigned)line);
		return;
	}
	for (int i = 0; viewer->list == LIST_MARKS && i < MODEL_MARKS; i++)
		if (model->marks[i] && line-- == 0) {
			model->marks[i] = 0;
			break;
		}
}

static void close_pane(struct viewer *viewer)
{
	if (model_searching(viewer->model)) {
		model_search_stop(viewer->model);
	} else if (viewer->playing) {
		viewer->playing = false;
	} else if (views[viewer->focus].opened) {
		viewer->focus = viewer->before;
		if (viewer->layout)
			viewer->spare = layout_spare(viewer->layout);
	} else if (viewer->zoomed) {
		viewer->zoomed = false;
	} else {
		viewer->closed = true;
	}
}

static void next_theme(struct viewer *viewer)
{
	viewer->theme++;
	if (!viewer->theme->name)
		viewer->theme = themes;
	model_message(viewer->model, model_say(viewer->model, "theme: %s", "配色: %s"),
		      viewer->theme->name);
}

static void faster(struct viewer *viewer, int by)
{
	int speed = viewer->speed + by;

	if (speed >= 0 && speed < viewer_speeds_count)
		viewer->speed = speed;
	model_message(viewer->model,
		      model_say(viewer->model, "%d steps a second", "每秒 %d 步"),
		      viewer_speeds[viewer->speed]);
}

static void end(struct viewer *viewer, int direction)
{
	struct model *model = viewer->model;
	struct pane *pane = &viewer->panes[viewer->focus];

	if (!views[viewer->focus].rows)
		pane->line = direction > 0 ? (int)pane->page.count - 1 : 0;
	else if (direction > 0)
		model_jump_to(model, rows_previous(model->rows, model->seen.level, INT64_MAX));
	else
		model_jump_to(model, rows_next(model->rows, model->seen.level, 0));
}

/* Requests that move or ask; true if it was one of them. */
static bool walking(struct viewer *viewer, enum request request)
{
	struct model *model = viewer->model;

	switch (request) {
	case REQUEST_STEP: step(viewer, 1); break;
	case REQUEST_STEP_BACK: step(viewer, -1); break;
	case REQUEST_OVER: moved(viewer, model_over(model), 1); break;
	case REQUEST_OVER_BACK: moved(viewer, model_over_back(model), -1); break;
	case REQUEST_OUT: moved(viewer, model_out(model), 1); break;
	case REQUEST_SCHEDULED: model_scheduled(model); break;
	case REQUEST_CONTINUE: model_continue(model, 1); break;
	case REQUEST_CONTINUE_BACK: model_continue(model, -1); break;
	case REQUEST_TURN_NEXT: moved(viewer, model_turn(model, 1), 1); break;
	case REQUEST_TURN_BACK: moved(viewer, model_turn(model, -1), -1); break;
	case REQUEST_OBJECT_NEXT: model_search_object(model, 1); break;
	case REQUEST_OBJECT_BACK: model_search_object(model, -1); break;
	case REQUEST_FIRST: end(viewer, -1); break;
	case REQUEST_LAST: end(viewer, 1); break;
	case REQUEST_UNDO: moved(viewer, model_undo(model), -1); break;
	case REQUEST_REDO: moved(viewer, model_redo(model), 1); break;
	case REQUEST_PLAY: viewer->playing = !viewer->playing; break;
	case REQUEST_FASTER: faster(viewer, 1); break;
	case REQUEST_SLOWER: faster(viewer, -1); break;
	case REQUEST_SEARCH_NEXT: model_search(model, 1); break;
	case REQUEST_SEARCH_BACK: model_search(model, -1); break;
	default: return false;
	}
	return true;
}

static bool showing(struct viewer *viewer, enum request request)
{
	struct model *model = viewer->model;

	switch (request) {
	case REQUEST_WHY: viewer__open(viewer, VIEW_WHY); break;
	case REQUEST_LED_TO: led_to(viewer); break;
	case REQUEST_BREAKS: open_list(viewer, LIST_BREAKS); break;
	case REQUEST_MARKS: open_list(viewer, LIST_MARKS); break;
	case REQUEST_LEVEL_ARTICLE:
	case REQUEST_LEVEL_CORE:
	case REQUEST_LEVEL_EVERYTHING:
	case REQUEST_LEVEL_KERNEL:
		model_set_level(model, (enum level)(request - REQUEST_LEVEL_ARTICLE));
		viewer->steps_top = 0;
		break;
	case REQUEST_KERNEL:
		model->seen.calls = !model->seen.calls;
		viewer->steps_top = 0;
		break;
	case REQUEST_PANE_NEXT: next_pane(viewer, 1); break;
	case REQUEST_PANE_BACK: next_pane(viewer, -1); break;
	case REQUEST_ZOOM:
		viewer->zoomed = !viewer->zoomed;
		viewer->steps_top = 0;
		break;
	case REQUEST_LANGUAGE: viewer_set_language(viewer, !model->chinese); break;
	case REQUEST_THEME: next_theme(viewer); break;
	case REQUEST_HELP: viewer__open(viewer, VIEW_HELP); break;
	default: return false;
	}
	return true;
}

void viewer__request(struct viewer *viewer, enum request request)
{
	if (walking(viewer, request) || showing(viewer, request) ||
	    viewer__live_request(viewer, request))
		return;
	switch (request) {
	case REQUEST_SEARCH:
	case REQUEST_GOTO:
	case REQUEST_SQL:
	case REQUEST_BREAK: viewer__ask(viewer, request); break;
	case REQUEST_MARK:
	case REQUEST_MARK_GO: viewer->awaiting = request; break;
	case REQUEST_FOLD: fold(viewer); break;
	case REQUEST_FOLD_CLOSE: fold_close(viewer); break;
	case REQUEST_FOLD_OPEN: fold_open(viewer); break;
	case REQUEST_DOWN: lines(viewer, 1); break;
	case REQUEST_UP: lines(viewer, -1); break;
	case REQUEST_PAGE_DOWN: lines(viewer, page_lines(viewer)); break;
	case REQUEST_PAGE_UP: lines(viewer, -page_lines(viewer)); break;
	case REQUEST_DELETE: delete_line(viewer); break;
	case REQUEST_CLOSE: close_pane(viewer); break;
	case REQUEST_QUIT: viewer->closed = true; break;
	default: break;
	}
}

/* Patience ended without a key: what goes on by itself goes on. */
static void idle(struct viewer *viewer)
{
	if (model_searching(viewer->model)) {
		model_search_on(viewer->model, SEARCH_SLICE);
		return;
	}
	if (viewer->live)
		viewer__live_tick(viewer);
	if (!viewer->playing || viewer->stepping)
		return;
	step(viewer, 1);
	if (*viewer->model->message)
		viewer->playing = false;
}

void viewer_key(struct viewer *viewer, uint32_t key)
{
	int64_t seq = viewer->model->seq;

	if (key == KEYS_GONE) {
		viewer->closed = true;
		return;
	}
	if (key == KEY_NOTHING) {
		idle(viewer);
	} else if (key != KEYS_RESIZE && key != KEYS_MOUSE) {
		if (!model_searching(viewer->model))
			*viewer->model->message = '\0';
		if (viewer->asking != REQUEST_NONE)
			viewer__prompt_key(viewer, key);
		else if (viewer->awaiting != REQUEST_NONE)
			viewer__letter(viewer, key);
		else
			viewer__request(viewer, keymap_find(&viewer->keymap, key));
	}
	/* panes begin again at what matters when the cursor moved; a list keeps its place */
	for (int i = 0; seq != viewer->model->seq && i < VIEW_COUNT; i++)
		if (i != VIEW_LIST) {
			viewer->panes[i].line = -1;
			viewer->panes[i].top = 0;
		}
}

int viewer_patience(const struct viewer *viewer)
{
	if (model_searching(viewer->model))
		return 0;
	if (viewer__live_is_busy(viewer))
		return viewer->stepping ? LIVE_STEP_TICK : LIVE_TICK;
	return viewer->playing ? 1000 / viewer_speeds[viewer->speed] : -1;
}

bool viewer_is_busy(const struct viewer *viewer)
{
	return viewer->playing || model_searching(viewer->model) || viewer__live_is_busy(viewer);
}
