/*
 * viewer_panes.c - requests about panes: which are shown, how, and what is
 * listed in them.
 */
#include "tui/viewer_internal.h"

#include <stdlib.h>

#include "trace/read/why.h"
#include "tui/views/layout.h"

void viewer__open(struct viewer *viewer, enum view_name view)
{
	if (!views[viewer->focus].opened)
		viewer->before = viewer->focus;
	viewer->focus = view;
	viewer->panes[view].top = 0;
	viewer->panes[view].line = -1;
}

void viewer__show(struct viewer *viewer, int view)
{
	viewer__open(viewer, (enum view_name)view);
}

/* All views that Tab goes through, those without a pane of their own included. */
void viewer__next_pane(struct viewer *viewer, int direction)
{
	int view = (int)viewer->focus;

	do
		view = (view + direction + VIEW_COUNT) % VIEW_COUNT;
	while (views[view].opened);
	viewer->focus = (enum view_name)view;
	viewer->panes[view].line = -1;
}

void viewer__led_to(struct viewer *viewer, int unused)
{
	struct model *model = viewer->scene.model;
	char *error = NULL;

	(void)unused;
	viewer->scene.led_to_count =
		why_led_to(model->why, model->seq, viewer->scene.led_to, LED_TO_MAX, &error);
	if (viewer->scene.led_to_count < 0) {
		model_message(model, "%s", error ? error : "out of memory");
		viewer->scene.led_to_count = 0;
	}
	free(error);
	viewer->scene.list = LIST_LED_TO;
	viewer__open(viewer, VIEW_LIST);
}

void viewer__open_list(struct viewer *viewer, int list)
{
	viewer->scene.list = (enum list_is)list;
	viewer__open(viewer, VIEW_LIST);
}

void viewer__delete(struct viewer *viewer, int unused)
{
	struct model *model = viewer->scene.model;
	int line = viewer->panes[VIEW_LIST].line;

	(void)unused;
	if (viewer->focus != VIEW_LIST || line < 0)
		return;
	if (viewer->scene.list == LIST_BREAKS) {
		model_break_delete(model, (unsigned)line);
		return;
	}
	for (int i = 0; viewer->scene.list == LIST_MARKS && i < MODEL_MARKS; i++)
		if (model->marks[i] && line-- == 0) {
			model->marks[i] = 0;
			break;
		}
}

/* One thing at a time; false if there is nothing more to stop or to close. */
static bool close_one(struct viewer *viewer)
{
	if (viewer->playing) {
		viewer->playing = false;
	} else if (views[viewer->focus].opened) {
		viewer->focus = viewer->before;
		if (viewer->layout)
			viewer->spare = layout_spare(viewer->layout);
	} else if (viewer->zoomed) {
		viewer->zoomed = false;
	} else {
		return false;
	}
	return true;
}

/* A stray Esc is pressed easily, and terminals send it before all sorts of things. */
void viewer__cancel(struct viewer *viewer, int unused)
{
	(void)unused;
	if (!close_one(viewer))
		model_message(viewer->scene.model, "%s",
			      phrase(viewer->scene.model, NOTHING_TO_CLOSE));
}

void viewer__close(struct viewer *viewer, int unused)
{
	(void)unused;
	if (!close_one(viewer))
		viewer->closed = true;
}

void viewer__quit(struct viewer *viewer, int unused)
{
	(void)unused;
	viewer->closed = true;
}

void viewer__level(struct viewer *viewer, int level)
{
	model_set_level(viewer->scene.model, (enum level)level);
	viewer->scene.steps_top = 0;
}

void viewer__calls(struct viewer *viewer, int unused)
{
	(void)unused;
	viewer->scene.model->seen.calls = !viewer->scene.model->seen.calls;
	viewer->scene.steps_top = 0;
}

void viewer__zoom(struct viewer *viewer, int unused)
{
	(void)unused;
	viewer->zoomed = !viewer->zoomed;
	viewer->scene.steps_top = 0;
}

void viewer__language(struct viewer *viewer, int unused)
{
	(void)unused;
	viewer_set_language(viewer, !viewer->scene.model->chinese);
}

void viewer__theme(struct viewer *viewer, int unused)
{
	static const enum phrase names[] = { PHRASE_THEME_DEFAULT, PHRASE_THEME_CONTRAST,
					     PHRASE_THEME_MONO };

	(void)unused;
	viewer->theme++;
	if (!viewer->theme->name)
		viewer->theme = themes;
	model_message(viewer->scene.model, phrase(viewer->scene.model, THEME),
		      phrase_at(viewer->scene.model, names[viewer->theme - themes]));
}

void viewer__play(struct viewer *viewer, int unused)
{
	(void)unused;
	viewer->playing = !viewer->playing;
}

void viewer__speed(struct viewer *viewer, int by)
{
	int speed = viewer->speed + by;

	if (speed >= 0 && speed < viewer_speeds_count)
		viewer->speed = speed;
	model_message(viewer->scene.model, phrase(viewer->scene.model, SPEED),
		      viewer_speeds[viewer->speed].name);
}
