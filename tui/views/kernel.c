/*
 * kernel.c - what the kernel did around here, and what it now watches.  Calls
 * made within the row, or before the next row of the level comes, are marked
 * as new.
 */
#include "tui/views/scene.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "trace/kinds/row.h"
#include "trace/store/store.h"

#define CONTROLS_MAX 400 /* calls of epoll_ctl that are looked back at */
#define WATCHED_MAX 12   /* descriptors shown */

static const char calls_sql[] = "SELECT c.seq, c.name, e.detail, c.args, c.shown, c.duration "
				"FROM syscalls c JOIN events e ON e.seq = c.seq "
				"WHERE c.seq > ?1 ORDER BY c.seq LIMIT ?2";
static const char controls_sql[] =
	"SELECT c.seq, coalesce(o.name, c.fd), c.args FROM events e JOIN syscalls c ON "
	"c.seq = e.seq LEFT JOIN objects o USING (object) WHERE e.kind = " STORE_KIND(
		"CALL_CHANGES_SET") " AND e.seq <= ?1 AND c.result = 0 "
				    "ORDER BY e.seq DESC LIMIT ?2";

static const char *text(sqlite3_stmt *s, int column)
{
	const char *t = (const char *)sqlite3_column_text(s, column);

	return t ? t : "";
}

/* "fd=epoll; ..." names the descriptor, if the call has one. */
static void put_descriptor(struct page *page, unsigned style, const char *detail)
{
	struct row_text fd = row_text(detail, "fd");

	if (!fd.length)
		return;
	page_put(page, style, " ");
	page_put_bytes(page, style, fd.text, fd.length);
}

static void put_call(struct page *page, sqlite3_stmt *s, const struct model *model, int64_t until)
{
	int64_t seq = sqlite3_column_int64(s, 0);
	bool later = seq > until;
	char time[24];

	page_line(page, seq);
	page_put(page, later ? STYLE_FAINT : STYLE_CALL, text(s, 1));
	put_descriptor(page, later ? STYLE_FAINT : STYLE_CALL, text(s, 2));
	page_printf(page, later ? STYLE_FAINT : STYLE_TEXT, "%s%s = %s", *text(s, 3) ? " " : "",
		    text(s, 3), text(s, 4));
	if (sqlite3_column_type(s, 5) != SQLITE_NULL) {
		shorten_time(sqlite3_column_int64(s, 5), time);
		page_printf(page, STYLE_FAINT, "  %s", time);
	}
	if (seq >= model->seq && !later && page->count)
		page->lines[page->count - 1].mark = '+';
	if (!later)
		page_here(page);
}

/* The last call that belongs to the row: in its span, before the next row comes. */
static int64_t extent(struct model *model)
{
	int64_t next = rows_next(model->rows, model->seen.level, model->seq);

	if (model->seen.level == LEVEL_EVERYTHING || model->seen.level == LEVEL_KERNEL)
		return model->seq;
	if (next && next <= model->place.after)
		return next - 1;
	return model->place.after < model->last ? model->place.after : model->last;
}

/* What stands below this line has not happened yet at the cursor. */
static void put_now(struct scene *scene, struct page *page)
{
	page_line(page, 0);
	page_put(page, STYLE_KEY, phrase(scene->model, NOW_AND_LATER));
}

static void put_calls(struct scene *scene, struct page *page, int lines)
{
	struct model *model = scene->model;
	sqlite3_stmt *s = model_query(model, calls_sql);
	int64_t until = extent(model), from = until + 1;
	bool now = false;

	if (!s)
		return;
	for (int i = 0; i < lines; i++) {
		int64_t before = rows_previous(model->rows, LEVEL_KERNEL, from);

		if (!before)
			break;
		from = before;
	}
	sqlite3_bind_int64(s, 1, from - 1);
	sqlite3_bind_int(s, 2, 2 * lines);
	while (sqlite3_step(s) == SQLITE_ROW) {
		if (!now && sqlite3_column_int64(s, 0) > until) {
			now = true;
			put_now(scene, page);
		}
		put_call(page, s, model, until);
	}
	sqlite3_reset(s);
}

#define WATCHED_NAME 64

static bool is_known(char names[][WATCHED_NAME], int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* The last epoll_ctl of each descriptor, in each set, says what is watched. */
static void put_interest(struct scene *scene, struct page *page)
{
	struct model *model = scene->model;
	sqlite3_stmt *s = model_query(model, controls_sql);
	char names[WATCHED_MAX][WATCHED_NAME];
	int count = 0, shown = 0;

	if (!s)
		return;
	page_line(page, 0);
	scene_label(scene, page, PHRASE_EPOLL_WATCHES_ALL);
	sqlite3_bind_int64(s, 1, extent(model));
	sqlite3_bind_int(s, 2, CONTROLS_MAX);
	while (count < WATCHED_MAX && sqlite3_step(s) == SQLITE_ROW) {
		const char *name = text(s, 1), *mask = strchr(text(s, 2), ' ');
		const char *set = strstr(text(s, 2), " set=");

		snprintf(names[count], sizeof(names[0]), "%.40s%.20s", name, set ? set : "");
		if (is_known(names, count, names[count]))
			continue;
		count++;
		if (strncmp(text(s, 2), "DEL", 3) == 0 || !mask)
			continue;
		page_printf(page, STYLE_TEXT, "%s%s%s", shown++ ? " \u00b7 " : "", name, mask);
	}
	if (!shown)
		scene_label(scene, page, PHRASE_WATCHES_NOTHING);
	sqlite3_reset(s);
}

void view_build_kernel(struct scene *scene, struct page *page)
{
	struct model *model = scene->model;

	if (!rows_has_level(model->rows, LEVEL_KERNEL) && !model_has_kernel(model)) {
		page_wrap(page, STYLE_FAINT, 0, phrase(model, NO_KERNEL));
		return;
	}
	put_interest(scene, page);
	/* the list of interest above them, the line of now and a call that comes later */
	put_calls(scene, page, page->rows > 5 ? page->rows - 3 : 3);
}
