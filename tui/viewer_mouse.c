/*
 * viewer_mouse.c - what the mouse does: a click gives a pane the keys and
 * picks a line; the wheel moves.
 */
#include "tui/viewer_internal.h"

static bool within(struct area area, int row, int column)
{
	return area.cells && row >= area.top && row < area.top + area.rows && column >= area.left &&
	       column < area.left + area.columns;
}

static void click(struct viewer *viewer, enum view_name view, int row, int column)
{
	struct pane *pane = &viewer->panes[view];
	struct model *model = viewer->scene.model;
	int line = pane->top + row;

	viewer->focus = view;
	if (view == VIEW_TIMELINE && viewer->scene.timeline &&
	    column < viewer->scene.timeline->columns)
		model_jump_to(model, rows_next(model->rows, model->seen.level,
					       viewer->scene.timeline->column[column].seq - 1));
	else if (line < (int)pane->page.count && views[view].rows && pane->page.lines[line].seq)
		model_step_to(model, pane->page.lines[line].seq);
	else if (line < (int)pane->page.count)
		pane->line = line;
}

void viewer_mouse(struct viewer *viewer, const struct mouse *mouse)
{
	if (model_searching(viewer->scene.model))
		return;
	for (int i = 0; i < VIEW_COUNT; i++) {
		struct area where = viewer->panes[i].where;

		if (!within(where, mouse->row, mouse->column))
			continue;
		switch (mouse->what) {
		case MOUSE_WHEEL_UP:
		case MOUSE_WHEEL_DOWN:
			viewer->focus = (enum view_name)i;
			viewer__request(viewer,
					mouse->what == MOUSE_WHEEL_UP ? REQUEST_UP : REQUEST_DOWN);
			break;
		case MOUSE_DOUBLE:
		case MOUSE_CLICK:
			click(viewer, (enum view_name)i, mouse->row - where.top,
			      mouse->column - where.left);
			if (mouse->what == MOUSE_DOUBLE)
				viewer__request(viewer, REQUEST_FOLD);
			break;
		}
		return;
	}
}
