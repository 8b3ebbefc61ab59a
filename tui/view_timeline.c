/* The whole run as a bar: waiting in poll against time in our code. */
#include "tui/viewer_internal.h"

#include <stdio.h>
#include <stdlib.h>

static struct timeline *timeline_for(struct viewer *viewer, int columns)
{
	struct model *model = viewer->model;
	char *error = NULL;

	if (viewer->timeline && viewer->timeline->columns == columns)
		return viewer->timeline;
	timeline_free(viewer->timeline);
	if (timeline_new(&viewer->timeline, model->store, model->rows, columns, &error) < 0)
		model_message(model, "%s", error ? error : "out of memory");
	free(error);
	return viewer->timeline;
}

static void put_bar(struct page *page, const struct timeline *timeline, int here)
{
	page_line(page, 0);
	for (int i = 0; i < timeline->columns; i++) {
		double waiting = timeline->column[i].waiting;
		unsigned style = waiting >= 0.5 ? STYLE_BLOCKED : STYLE_RUNNING;

		page_put(page, i == here ? style | STYLE_SELECTED : style,
			 waiting >= 0.75   ? "\u2591"
			 : waiting >= 0.25 ? "\u2592"
					   : "\u2588");
	}
	page_line(page, 0);
	page_printf(page, STYLE_FAINT, "%*s", here, "");
	page_put(page, STYLE_KEY, "\u25b2");
}

void view_build_timeline(struct viewer *viewer, struct page *page)
{
	struct model *model = viewer->model;
	struct timeline *timeline = timeline_for(viewer, page->columns);
	char waited[24], ours[24];
	int64_t all;

	if (!timeline || timeline->end <= timeline->begin)
		return;
	put_bar(page, timeline, timeline_column(timeline, model->place.time));
	all = timeline->end - timeline->begin;
	if (timeline->waited > all)
		timeline->waited = all;
	shorten_time(timeline->waited, waited);
	shorten_time(all - timeline->waited, ours);
	page_line(page, 0);
	page_put(page, STYLE_RUNNING, "\u2588 ");
	page_printf(page, STYLE_TEXT, model_say(model, "our code %s", "我们的代码 %s"), ours);
	page_put(page, STYLE_BLOCKED, "   \u2591 ");
	page_printf(page, STYLE_TEXT, model_say(model, "waiting in poll %s", "在 poll 中等待 %s"),
		    waited);
	page_printf(page, STYLE_FAINT, model_say(model, "   %lld turns%s", "   %lld 轮%s"),
		    (long long)timeline->turns,
		    timeline->sampled ? model_say(model, " (estimated)", " (估计)") : "");
}
