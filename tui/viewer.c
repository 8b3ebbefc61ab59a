/*
 * viewer.c - the views, and how panes are built, scrolled and drawn.
 */
#include "tui/viewer_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/store/store.h"
#include "tui/views/layout.h"

#define VIEW(name_, title_, ...)                                                                   \
	{                                                                                          \
		.name = #name_, .title = PHRASE_TITLE_##title_, .build = view_build_##name_,       \
		__VA_ARGS__                                                                        \
	}
const struct view views[VIEW_COUNT] = {
	[VIEW_STEPS] = VIEW(steps, STEPS, .rows = true),
	[VIEW_LOOP] = VIEW(loop, LOOP, .marks = true),
	[VIEW_STREAM] = VIEW(stream, STREAM, .marks = true),
	[VIEW_FUTURES] = VIEW(futures, FUTURES, .marks = true),
	[VIEW_KERNEL] = VIEW(kernel, KERNEL, .signs = true),
	[VIEW_SOURCE] = VIEW(source, SOURCE, .rows = false),
	[VIEW_NARRATION] = VIEW(narration, NARRATION, .rows = false),
	[VIEW_TIMELINE] = VIEW(timeline, TIMELINE, .rows = false),
	[VIEW_HTTP] = VIEW(http, HTTP, .signs = true),
	[VIEW_WHY] = VIEW(why, WHY, .opened = true),
	[VIEW_LIST] = VIEW(list, LIST, .opened = true),
	[VIEW_HELP] = VIEW(help, HELP, .opened = true, .screen = true),
};

int viewer_new(struct viewer **out, struct model *model, char **error)
{
	struct viewer *viewer = calloc(1, sizeof(*viewer));

	*out = NULL;
	if (!viewer) {
		model_free(model);
		return failure(error, "out of memory");
	}
	viewer->scene.model = model;
	viewer->theme = &themes[0];
	viewer->utf8 = true;
	viewer->focus = VIEW_STEPS;
	viewer->speed = 1;
	keymap_init(&viewer->scene.keymap);
	for (int i = 0; i < VIEW_COUNT; i++)
		viewer__set_room(&viewer->panes[i], 0, 0);
	*out = viewer;
	return 0;
}

void viewer_free(struct viewer *viewer)
{
	if (!viewer)
		return;
	for (int i = 0; i < VIEW_COUNT; i++)
		viewer__set_room(&viewer->panes[i], 0, 0);
	sql_answer_free(viewer->scene.answer);
	timeline_free(viewer->scene.timeline);
	model_free(viewer->scene.model);
	free(viewer);
}

struct model *viewer_model(struct viewer *viewer)
{
	return viewer->scene.model;
}

struct keymap *viewer_keymap(struct viewer *viewer)
{
	return &viewer->scene.keymap;
}

void viewer_set_theme(struct viewer *viewer, const struct theme *theme)
{
	viewer->theme = theme;
}

const struct theme *viewer_theme(const struct viewer *viewer)
{
	return viewer->theme;
}

void viewer_set_utf8(struct viewer *viewer, bool utf8)
{
	viewer->utf8 = utf8;
}

bool viewer_set_language(struct viewer *viewer, bool chinese)
{
	if (chinese && !viewer->utf8) {
		model_message(viewer->scene.model, "Chinese needs a UTF-8 locale.");
		return false;
	}
	viewer->scene.model->chinese = chinese;
	return true;
}

bool viewer_is_open(const struct viewer *viewer)
{
	return !viewer->closed;
}

void viewer__set_room(struct pane *pane, int rows, int columns)
{
	page_release(&pane->page);
	page_release(&pane->before);
	page_init(&pane->page, rows, columns);
	page_init(&pane->before, rows, columns);
}

void viewer__build(struct viewer *viewer)
{
	struct model *model = viewer->scene.model;

	model_replay(model, model_before(model));
	for (int i = 0; i < VIEW_COUNT; i++)
		if (views[i].marks && viewer->panes[i].before.rows > 0)
			views[i].build(&viewer->scene, &viewer->panes[i].before);
	model_replay(model, model->seq);
	for (int i = 0; i < VIEW_COUNT; i++) {
		struct pane *pane = &viewer->panes[i];

		if (pane->page.rows > 0)
			views[i].build(&viewer->scene, &pane->page);
		if (views[i].marks)
			page_compare(&pane->page, &pane->before);
	}
}

/* The line at the top of a pane, so that the one that matters is in sight. */
static int scroll_to(const struct pane *pane, int rows)
{
	int count = (int)pane->page.count, top = pane->top, line = pane->page.current;

	if (line >= 0 && line < top)
		top = line;
	if (line >= 0 && line >= top + rows)
		top = line - rows + 1;
	if (top > count - rows)
		top = count - rows;
	return top < 0 ? 0 : top;
}

static const char *title_of(const struct viewer *viewer, enum view_name view)
{
	const struct page *page = &viewer->panes[view].page;

	return *page->title ? page->title : phrase_at(viewer->scene.model, views[view].title);
}

/* Selects a line of the pane in focus, where the list of steps does not choose its own. */
static void select_line(struct viewer *viewer, enum view_name view)
{
	struct pane *pane = &viewer->panes[view];
	int last = (int)pane->page.count - 1;

	if (viewer->focus != view || views[view].rows)
		return;
	if (pane->line < 0)
		pane->line = pane->page.current < 0 ? 0 : pane->page.current;
	if (pane->line > last)
		pane->line = last < 0 ? 0 : last;
	pane->page.current = pane->line;
	pane->page.selects = last >= 0;
}

static bool has_signs(enum view_name view)
{
	return views[view].marks || views[view].signs;
}

static void draw_pane(struct viewer *viewer, enum view_name view, struct area box)
{
	struct pane *pane = &viewer->panes[view];

	select_line(viewer, view);
	/* where nobody scrolls, what changed is in sight */
	if (views[view].marks && viewer->focus != view)
		pane->top = page_top_of_marks(&pane->page, pane->where.rows);
	else
		pane->top = scroll_to(pane, pane->where.rows);
	page_draw(&pane->page, pane->where, pane->top, has_signs(view));
	area_box(box, STYLE_BORDER);
}

struct placing {
	struct viewer *viewer;
	struct area boxes[VIEW_COUNT];
};

static void place(void *context, int view, struct area box)
{
	struct placing *placing = context;

	placing->boxes[view == VIEW_SPARE ? placing->viewer->spare : (enum view_name)view] = box;
}

/* The spare pane shows what has the keys and no pane of its own, or what it showed before. */
static void choose_spare(struct viewer *viewer, const struct layout *layout)
{
	if (viewer->layout != layout)
		viewer->spare = layout_spare(layout);
	viewer->layout = layout;
	if (!layout_has(layout, viewer->focus))
		viewer->spare = viewer->focus;
}

static void make_room(struct viewer *viewer, const struct placing *placing)
{
	for (int i = 0; i < VIEW_COUNT; i++) {
		struct pane *pane = &viewer->panes[i];
		struct area box = placing->boxes[i];

		pane->where = box.cells ? area_inside(box) : box;
		viewer__set_room(pane, pane->where.rows,
				 pane->where.columns - (has_signs((enum view_name)i) ? 1 : 0));
	}
}

static void draw_panes(struct viewer *viewer, const struct layout *layout, struct area area)
{
	struct placing placing = { .viewer = viewer };

	choose_spare(viewer, layout);
	if (viewer->zoomed || views[viewer->focus].screen)
		placing.boxes[viewer->focus] = area;
	else
		layout_place(layout, area, place, &placing);
	make_room(viewer, &placing);
	viewer__build(viewer);
	for (int i = 0; i < VIEW_COUNT; i++)
		if (placing.boxes[i].cells)
			draw_pane(viewer, (enum view_name)i, placing.boxes[i]);
	/* borders are shared: titles go on them when all are drawn */
	for (int i = 0; i < VIEW_COUNT; i++)
		if (placing.boxes[i].cells)
			area_title(placing.boxes[i], title_of(viewer, (enum view_name)i),
				   viewer->focus == (enum view_name)i);
}

void viewer_draw(struct viewer *viewer, struct cells *cells)
{
	bool kernel_alone = !viewer->scene.model->has_program && !viewer->live &&
			    rows_has_level(viewer->scene.model->rows, LEVEL_KERNEL);
	const struct layout *layout = layout_for(cells->rows, cells->columns, kernel_alone);
	struct area area = cells_area(cells);

	cells_clear(cells);
	if (viewer->rows != cells->rows || viewer->columns != cells->columns)
		viewer->scene.steps_top = 0;
	viewer->rows = cells->rows;
	viewer->columns = cells->columns;
	if (!layout) {
		layout_put_too_small(viewer->scene.model, area);
		return;
	}
	draw_panes(viewer, layout, area_part(area, 1, 0, cells->rows - 2, cells->columns));
	model_hear(viewer->scene.model);
	viewer__draw_header(viewer, area_part(area, 0, 0, 1, cells->columns));
	viewer__draw_footer(viewer, area_part(area, cells->rows - 1, 0, 1, cells->columns));
}
