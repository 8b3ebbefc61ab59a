/* What happens here, in a sentence, and what comes next; then the row itself, whole. */
#include "tui/viewer_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "trace/walk.h"

static void put_sentences(struct viewer *viewer, struct page *page)
{
	struct model *model = viewer->model;
	const struct steps_row *row = &model->row;
	char text[1024];

	for (unsigned i = 0; i < row->taken_count; i++) {
		const struct walk_step *step = walk_step_find(row->taken[i].step);

		if (!step)
			continue;
		snprintf(text, sizeof(text), "%s%s %s", row->taken[i].step,
			 row->taken[i].occurrence > 1 ? model_say(model, " (again)", " (再次)")
						      : "",
			 model_say(model, step->english, step->chinese));
		page_wrap(page, STYLE_TEXT, 0, text);
	}
	if (page->count == 0 && *row->english)
		page_wrap(page, STYLE_TEXT, 0, model_say(model, row->english, row->chinese));
}

void view_build_narration(struct viewer *viewer, struct page *page)
{
	struct model *model = viewer->model;
	const struct steps_row *row = &model->row;
	char time[24];

	if (!model->seq)
		return;
	put_sentences(viewer, page);
	view_put_next(viewer, page);
	view_put_causes(viewer, page);
	page_line(page, 0);
	page_printf(page, STYLE_FAINT, "#%" PRId64 " ", row->seq);
	page_put(page, row->is == STEPS_CALL ? STYLE_CALL : STYLE_NAME, row->event);
	if (row->duration >= 0) {
		shorten_time(row->duration, time);
		page_printf(page, STYLE_FAINT, model_say(model, "  took %s", "  用时 %s"), time);
	}
	page_wrap(page, STYLE_FAINT, 0, row->detail);
}
