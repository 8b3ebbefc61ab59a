/*
 * steps.c - the rows around the cursor as a tree.  Only what fits the pane is
 * read: the page is the window, and moves when the cursor leaves it.
 */
#include "tui/views/scene.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#define NUMBER_COLUMNS 6
#define INDENT_MAX 16 /* levels, half of them in a narrow pane */

static void put_number(struct page *page, const struct steps_row *row)
{
	char number[24];

	if (row->is == STEPS_CALL) {
		page_printf(page, STYLE_CALL, "%*s", NUMBER_COLUMNS, "k");
		return;
	}
	snprintf(number, sizeof(number), "%s%s", row->taken_count ? row->taken[0].step : "",
		 row->taken_count > 1 ? "+" : "");
	page_printf(page, STYLE_STEP, "%*s", NUMBER_COLUMNS, number);
}

/* A dot where a breakpoint is. */
static void put_break(struct page *page, const struct model *model, const struct steps_row *row)
{
	unsigned i = 0;

	while (i < model->break_count && !pattern_fits(&model->breaks[i], row))
		i++;
	page_put(page, STYLE_ERROR, i < model->break_count ? "\u25cf" : " ");
}

/* A text in which what was searched stands out. */
static void put_found(struct page *page, unsigned style, const struct pattern *wanted,
		      const char *text)
{
	size_t length = strlen(wanted->text);
	const char *at;

	while (length && (at = pattern_find(wanted, text)) != NULL) {
		page_put_bytes(page, style, text, (size_t)(at - text));
		page_put_bytes(page, STYLE_FOUND, at, length);
		text = at + length;
	}
	page_put(page, style, text);
}

/* One row; `next` is the one seen after it. */
static void put_branch(struct scene *scene, struct page *page, int64_t seq, int64_t next)
{
	struct model *model = scene->model;
	int step = page->columns >= 50 ? 2 : 1, most = INDENT_MAX / 2 * step, indent;
	char name[SHORTEN_NAME], detail[SHORTEN_DETAIL];
	struct rows_place place;
	struct steps_row row;
	bool folded = rows_is_folded(model->rows, seq);

	if (steps_at(model->around, seq, &row, NULL) <= 0)
		return;
	page_line(page, seq);
	rows_place(model->rows, seq, &place);
	page_put(page, STYLE_KEY, seq == model->seq ? "\u25b6" : " ");
	put_number(page, &row);
	put_break(page, model, &row);
	indent = (int)(row.depth < most ? row.depth : most) * step;
	page_printf(page, STYLE_FAINT, "%*s%s", indent, "",
		    folded                                      ? "\u25b8 "
		    : next && next <= place.after && next > seq ? "\u25be "
								: "  ");
	shorten_name(row.event, name);
	shorten_detail(row.detail, detail);
	put_found(page,
		  row.is == STEPS_CALL ? STYLE_CALL
		  : row.taken_count    ? STYLE_NAME
				       : STYLE_TEXT,
		  &model->wanted, name);
	if (*detail) {
		page_put(page, STYLE_TEXT, " ");
		put_found(page, row.is == STEPS_CALL ? STYLE_CALL : STYLE_TEXT, &model->wanted,
			  detail);
	}
	if (seq == model->seq)
		page_here(page);
}

/* Places where events are missing, from one row up to the next. */
static void put_gaps(struct scene *scene, struct page *page, int64_t from, int64_t to)
{
	struct model *model = scene->model;
	static const char sql[] = "SELECT lost, reason FROM gaps WHERE after >= ?1 AND "
				  "after < ?2 ORDER BY after, gap LIMIT 3";
	sqlite3_stmt *s = model_query(model, sql);

	if (!s)
		return;
	sqlite3_bind_int64(s, 1, from);
	sqlite3_bind_int64(s, 2, to ? to : INT64_MAX);
	while (sqlite3_step(s) == SQLITE_ROW) {
		const char *reason = (const char *)sqlite3_column_text(s, 1);

		page_line(page, 0);
		page_put(page, STYLE_ERROR, phrase(model, GAP));
		if (sqlite3_column_type(s, 0) == SQLITE_NULL)
			page_put(page, STYLE_ERROR, phrase(model, LOST_UNKNOWN));
		else
			page_printf(page, STYLE_ERROR, phrase(model, LOST),
				    (long long)sqlite3_column_int64(s, 0));
		page_printf(page, STYLE_ERROR, " - %s", reason ? reason : "");
	}
	sqlite3_reset(s);
}

static void put_turn(struct scene *scene, struct page *page, int64_t seq, int64_t *turn)
{
	struct rows_place place;

	if (!rows_place(scene->model->rows, seq, &place) || place.turn == *turn)
		return;
	if (place.turn) {
		page_line(page, 0);
		page_printf(page, STYLE_FAINT, phrase(scene->model, TURN_LINE), NUMBER_COLUMNS, "",
			    place.turn);
	}
	*turn = place.turn;
}

/* The row seen after seq; the cursor's row is seen even if the level has it not. */
static int64_t next_row(struct model *model, int64_t seq)
{
	int64_t next = rows_seen_next(model->rows, model->seen, seq);

	return seq < model->seq && (!next || next > model->seq) ? model->seq : next;
}

static void build_from(struct scene *scene, struct page *page, int64_t seq)
{
	struct model *model = scene->model;
	struct rows_place place;
	int64_t before = rows_seen_previous(model->rows, model->seen, seq), turn = 0, next;

	if (before && rows_place(model->rows, before, &place))
		turn = place.turn;
	while (seq && (int)page->count < page->rows && !page->full) {
		next = next_row(model, seq);
		put_turn(scene, page, seq, &turn);
		put_branch(scene, page, seq, next);
		put_gaps(scene, page, seq, next);
		seq = next;
	}
	if ((int)page->count > page->rows)
		page->count = (size_t)page->rows;
	if (page->current >= page->rows)
		page->current = -1;
}

/* The row that many lines above the cursor, or the first. */
static int64_t rows_above(struct model *model, int lines)
{
	int64_t seq = model->seq;
	struct rows_place place, before;

	if (!rows_place(model->rows, seq, &place))
		return seq;
	while (lines > 0) {
		int64_t above = rows_seen_previous(model->rows, model->seen, seq);

		if (!above || !rows_place(model->rows, above, &before))
			break;
		lines -= before.turn == place.turn ? 1 : 2;
		place = before;
		seq = above;
	}
	return seq;
}

static void page_again(struct page *page)
{
	int rows = page->rows, columns = page->columns;

	page_release(page);
	page_init(page, rows, columns);
}

void view_build_steps(struct scene *scene, struct page *page)
{
	struct model *model = scene->model;
	static const enum phrase names[LEVEL_COUNT] = { PHRASE_TITLE_STEPS, PHRASE_TITLE_CALLS,
							PHRASE_TITLE_EVERYTHING,
							PHRASE_TITLE_SYSTEM_CALLS };
	int edge = page->rows > 6 ? 1 : 0;
	bool back = model->seq < scene->steps_top;

	if (!model->seq)
		return;
	if (scene->steps_top)
		build_from(scene, page, scene->steps_top);
	/* calm: the window stands still until the cursor comes to its edge */
	if (!scene->steps_top || page->current < edge || page->current >= page->rows - edge) {
		if (page->current >= 0 && page->current < edge)
			back = true;
		scene->steps_top =
			rows_above(model, back ? page->rows * 2 / 3 - 1 : page->rows / 3);
		page_again(page);
		build_from(scene, page, scene->steps_top);
	}
	/* a window too small for the turns and gaps in it begins with the cursor */
	if (page->current < 0) {
		scene->steps_top = model->seq;
		page_again(page);
		build_from(scene, page, scene->steps_top);
	}
	page->selects = true;
	snprintf(page->title, sizeof(page->title), "%s",
		 phrase_at(model, names[model->seen.level]));
}
