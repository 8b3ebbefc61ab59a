/*
 * timeline.c - the whole run as a bar: waiting in poll against time in our
 * code.
 */
#include "tui/views/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct timeline *timeline_for(struct scene *scene, int columns)
{
	struct model *model = scene->model;
	char *error = NULL;

	if (scene->timeline && scene->timeline->columns == columns)
		return scene->timeline;
	timeline_free(scene->timeline);
	if (timeline_new(&scene->timeline, model->store, model->rows, columns, &error) < 0)
		model_message(model, "%s", error ? error : "out of memory");
	free(error);
	return scene->timeline;
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
}

/* The column after `from` in which another turn begins. */
static int next_turn(const struct timeline *timeline, int from)
{
	int i = from + 1;

	while (i < timeline->columns && timeline->column[i].turn == timeline->column[i - 1].turn)
		i++;
	return i;
}

/* So many turns that one would not know a mark from its neighbour have none. */
static bool has_room(const struct timeline *timeline)
{
	int turns = 0;

	for (int i = next_turn(timeline, 0); i < timeline->columns; i = next_turn(timeline, i))
		turns++;
	return turns <= timeline->columns / 4;
}

/* Below the bar: where turns begin, with their numbers as far as they fit, and the cursor. */
static void put_turns(struct page *page, const struct timeline *timeline, int here)
{
	int turn = has_room(timeline) ? next_turn(timeline, 0) : timeline->columns;

	page_line(page, 0);
	for (int i = 0; i < timeline->columns;) {
		char mark[32] = " ";
		int width;

		if (i == turn) {
			turn = next_turn(timeline, i);
			snprintf(mark, sizeof(mark), "\u2575%lld",
				 (long long)timeline->column[i].turn);
			width = cells_text_width(mark, strlen(mark));
			if (i + width >= turn || (here > i && here < i + width))
				snprintf(mark, sizeof(mark), "\u2575");
		}
		width = cells_text_width(mark, strlen(mark));
		if (i == here)
			page_put(page, STYLE_KEY, "\u25b2");
		else
			page_put(page, STYLE_FAINT, mark);
		i += i == here ? 1 : width;
	}
}

void view_build_timeline(struct scene *scene, struct page *page)
{
	struct model *model = scene->model;
	struct timeline *timeline = timeline_for(scene, page->columns);
	char waited[24], ours[24];
	int64_t all;
	int here;

	if (!timeline || timeline->end <= timeline->begin)
		return;
	here = timeline_column(timeline, model->place.time);
	put_bar(page, timeline, here);
	put_turns(page, timeline, here);
	all = timeline->end - timeline->begin;
	if (timeline->waited > all)
		timeline->waited = all;
	shorten_time(timeline->waited, waited);
	shorten_time(all - timeline->waited, ours);
	page_line(page, 0);
	if (timeline->turns)
		page_printf(page, STYLE_TEXT, phrase(model, TURN_OF), (long long)model->place.turn,
			    (long long)timeline->turns);
	page_put(page, STYLE_RUNNING, "\u2588 ");
	page_printf(page, STYLE_TEXT, phrase(model, OUR_CODE), ours);
	page_put(page, STYLE_BLOCKED, "   \u2591 ");
	page_printf(page, STYLE_TEXT, phrase(model, IN_POLL), waited);
	if (timeline->sampled)
		scene_label(scene, page, PHRASE_ESTIMATED);
}
