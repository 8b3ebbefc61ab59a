/*
 * put.c - parts of lines that several views show.
 */
#include "tui/views/scene.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void scene_put_missing(struct scene *scene, struct page *page, int64_t seq)
{
	page_printf(page, STYLE_ERROR, "%" PRId64 " %s", seq, phrase(scene->model, NOT_IN_TRACE));
}

void scene_put_row(struct scene *scene, struct page *page, int64_t seq)
{
	struct steps_row row;
	char name[SHORTEN_NAME], detail[SHORTEN_DETAIL];

	if (steps_at(scene->model->around, seq, &row, NULL) <= 0) {
		scene_put_missing(scene, page, seq);
		return;
	}
	if (row.taken_count)
		page_printf(page, STYLE_STEP, "%s ", row.taken[0].step);
	else
		page_printf(page, STYLE_FAINT, "#%" PRId64 " ", seq);
	shorten_name(row.event, name);
	shorten_detail(row.detail, detail);
	page_put(page, row.is == STEPS_CALL ? STYLE_CALL : STYLE_NAME, name);
	if (row.is == STEPS_CALL)
		page_put(page, STYLE_CALL, " k");
	if (*detail)
		page_printf(page, STYLE_TEXT, " %s", detail);
}

void scene_label(struct scene *scene, struct page *page, enum phrase says)
{
	page_put(page, STYLE_FAINT, phrase_at(scene->model, says));
}
