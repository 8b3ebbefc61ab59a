/*
 * viewer_plain.c - the same content as lines of text: for pipes, and for those
 * who listen to a screen.
 */
#include "tui/viewer_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/safe.h"

#define COLUMNS 100
#define ROWS 12

static void put_safe(const char *text, FILE *out)
{
	char safe[2048];

	safe_text(safe, sizeof(safe), text, strlen(text));
	fputs(safe, out);
}

static void put_heading(struct viewer *viewer, FILE *out)
{
	const struct steps_row *row = &viewer->scene.model->row;
	char detail[SHORTEN_DETAIL];

	shorten_detail(row->detail, detail);
	if (row->taken_count)
		fprintf(out, "%s ", phrase(viewer->scene.model, STEP));
	put_safe(row->steps, out);
	fprintf(out, row->taken_count ? ": " : "");
	put_safe(row->event, out);
	putc(' ', out);
	put_safe(detail, out);
	fprintf(out, phrase(viewer->scene.model, PLACE), row->seq, row->turn,
		(double)row->since / 1e6);
}

static void make_room(struct viewer *viewer, enum view_name view)
{
	viewer__set_room(&viewer->panes[view], view == VIEW_STEPS ? 2 * ROWS : ROWS, COLUMNS);
}

static void put_view(struct viewer *viewer, enum view_name view, FILE *out)
{
	const struct page *page = &viewer->panes[view].page;
	char title[512];

	safe_text(title, sizeof(title), page->title, strlen(page->title));
	fprintf(out, "\n%s\n", *title ? title : phrase_at(viewer->scene.model, views[view].title));
	page_print(page, false, "  ", out);
}

void viewer_print_place(struct viewer *viewer, FILE *out)
{
	if (!viewer->scene.model->seq)
		return;
	for (int i = 0; i < VIEW_COUNT; i++)
		if (i == VIEW_WHY || !views[i].opened)
			make_room(viewer, (enum view_name)i);
	viewer__build(viewer);
	put_heading(viewer, out);
	for (int i = 0; i < VIEW_COUNT; i++)
		if (i == VIEW_WHY || !views[i].opened)
			put_view(viewer, (enum view_name)i, out);
}

void viewer_print_walk(struct viewer *viewer, FILE *out)
{
	static const enum view_name changing[] = { VIEW_LOOP, VIEW_STREAM, VIEW_FUTURES,
						   VIEW_KERNEL };
	struct model *model = viewer->scene.model;
	int64_t next = model->seq;

	while (next && model_step_to(model, next) && !ferror(out)) {
		make_room(viewer, VIEW_NARRATION);
		for (size_t i = 0; i < sizeof(changing) / sizeof(changing[0]); i++)
			make_room(viewer, changing[i]);
		viewer__build(viewer);
		put_heading(viewer, out);
		page_print(&viewer->panes[VIEW_NARRATION].page, false, "  ", out);
		for (size_t i = 0; i < sizeof(changing) / sizeof(changing[0]); i++)
			page_print(&viewer->panes[changing[i]].page, true, "  ", out);
		putc('\n', out);
		next = rows_next(model->rows, model->seen.level, model->seq);
	}
}
