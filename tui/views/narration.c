/*
 * narration.c - what happens here, in a sentence, and what comes next; then
 * the row itself, whole.
 */
#include "tui/views/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "trace/walk/walk.h"

#define FAILED_MAX 20 /* fetches named */

static void put_sentences(struct scene *scene, struct page *page)
{
	struct model *model = scene->model;
	const struct steps_row *row = &model->row;
	char text[1024];

	for (unsigned i = 0; i < row->taken_count; i++) {
		const struct walk_station *station =
			walk_station_find(steps_walk(model->here), row->taken[i].step);

		if (!station)
			continue;
		snprintf(text, sizeof(text), "%s%s %s", row->taken[i].step,
			 row->taken[i].occurrence > 1 ? phrase(model, AGAIN) : "",
			 model_say(model, station->english, station->chinese));
		page_wrap(page, STYLE_TEXT, 0, text);
	}
	if (row->taken_count == 0 && *row->english)
		page_wrap(page, STYLE_TEXT, 0, model_say(model, row->english, row->chinese));
}

/* How the program ended, and what fetches failed. */
static void put_end(struct scene *scene, struct page *page)
{
	struct model *model = scene->model;
	char how[96], error[MODEL_MESSAGE], text[512];
	int64_t seq = 0;

	words_ended(model, how, sizeof(how));
	snprintf(text, sizeof(text), phrase(model, RUN_OVER), how);
	page_wrap(page, STYLE_NAME, 0, text);
	for (int i = 0; i < FAILED_MAX && model_failed(model, seq, &seq, error); i++) {
		snprintf(text, sizeof(text), phrase(model, FETCH_FAILED), error);
		page_wrap(page, STYLE_ERROR, 0, text);
	}
}

void view_build_narration(struct scene *scene, struct page *page)
{
	struct model *model = scene->model;
	const struct steps_row *row = &model->row;
	char time[24];

	if (!model->seq)
		return;
	if (row->means == MEANS_RUN_ENDS)
		put_end(scene, page);
	put_sentences(scene, page);
	view_put_next(scene, page);
	view_put_causes(scene, page);
	page_line(page, 0);
	page_printf(page, STYLE_FAINT, "#%" PRId64 " ", row->seq);
	page_put(page, row->is == STEPS_CALL ? STYLE_CALL : STYLE_NAME, row->event);
	if (row->duration >= 0) {
		shorten_time(row->duration, time);
		page_printf(page, STYLE_FAINT, phrase(model, TOOK), time);
	}
	page_wrap(page, STYLE_FAINT, 0, row->detail);
}
