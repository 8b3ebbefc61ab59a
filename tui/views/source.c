/*
 * source.c - the C as it was recorded, around the line that made the row.
 */
#include "tui/views/scene.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#define TAB 4
#define CLIMB_MAX 100
#define LINE_BYTES 400

/* The place of the row, or of the nearest call around it that has one. */
static bool find_place(struct model *model, struct steps_row *row)
{
	int64_t seq = model->seq;

	for (int i = 0; i < CLIMB_MAX && seq > 0; i++) {
		if (steps_at(model->around, seq, row, NULL) <= 0)
			return false;
		if (*row->file)
			return true;
		if (row->parent >= seq)
			return false;
		seq = row->parent;
	}
	return false;
}

static void put_text(struct page *page, unsigned style, const char *text)
{
	char line[LINE_BYTES];
	size_t used = 0, column = 0;

	for (; *text && used < sizeof(line) - TAB - 1; text++) {
		if (*text != '\t') {
			line[used++] = *text;
			column += ((unsigned char)*text & 0xc0) != 0x80;
			continue;
		}
		do {
			line[used++] = ' ';
			column++;
		} while (column % TAB && used < sizeof(line) - 1);
	}
	page_put_bytes(page, style, line, used);
}

static void put_line(struct page *page, int64_t line, int64_t current, const char *text)
{
	bool here = line == current;

	page_line(page, 0);
	page_put(page, STYLE_KEY, here ? "\u25b6" : " ");
	page_printf(page, here ? STYLE_STEP : STYLE_FAINT, "%4" PRId64 " ", line);
	put_text(page, here ? STYLE_NAME : STYLE_TEXT, text);
	if (here)
		page_here(page);
}

static void put_lines(struct scene *scene, struct page *page, const struct steps_row *row)
{
	static const char sql[] = "SELECT line, text FROM sources WHERE file = ?1 AND line "
				  "BETWEEN ?2 AND ?3 ORDER BY line";
	sqlite3_stmt *s = model_query(scene->model, sql);
	int64_t first = row->line - (page->rows - 1) / 2, last = 0;

	/* no file is as long: the trace is damaged */
	if (!s || row->line < 1 || row->line > INT32_MAX)
		return;
	sqlite3_bind_text(s, 1, row->file, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(s, 2, first);
	sqlite3_bind_int64(s, 3, row->line + (page->rows > 60 ? page->rows : 60));
	while (sqlite3_step(s) == SQLITE_ROW) {
		int64_t line = sqlite3_column_int64(s, 0);
		const char *text = (const char *)sqlite3_column_text(s, 1);

		if (last && line > last + 1) {
			page_line(page, 0);
			page_put(page, STYLE_FAINT, "   \u2026");
		}
		put_line(page, line, row->line, text ? text : "");
		last = line;
	}
	sqlite3_reset(s);
}

void view_build_source(struct scene *scene, struct page *page)
{
	struct model *model = scene->model;
	struct steps_row row;

	if (!find_place(model, &row)) {
		page_line(page, 0);
		scene_label(scene, page, PHRASE_NO_PLACE);
		return;
	}
	snprintf(page->title, sizeof(page->title), "%.60s:%" PRId64 " %.60s", row.file, row.line,
		 row.event);
	put_lines(scene, page, &row);
	if (page->count == 0) {
		page_line(page, 0);
		scene_label(scene, page, PHRASE_NO_SOURCE);
	}
}
