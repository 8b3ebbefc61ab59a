/*
 * compare_draw.c - how two traces side by side look: the verdict, two columns,
 * the state below each.
 */
#include "tui/compare_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tui/views/layout.h"

#define WIDE 52 /* columns of a side from which both numbers are shown */
#define INDENT_MAX 8
#define STATE_ROWS 8 /* a pane of state has at least so many if there are several */
#define STATES_MAX 3

static const char letters[2] = { 'A', 'B' };

/* ---- one line of a column */

/* Rows have a sign before their number, steps have none. */
static void put_number(struct page *page, const struct steps_row *row)
{
	char seq[24];

	snprintf(seq, sizeof(seq), "#%" PRId64, row->seq);
	if (page->columns >= WIDE)
		page_printf(page, STYLE_FAINT, "%6s ", seq);
	if (row->taken_count || page->columns >= WIDE)
		page_printf(page, STYLE_STEP, "%6s ", row->taken_count ? row->taken[0].step : "");
	else
		page_printf(page, STYLE_FAINT, "%6s ", seq);
}

/* Where the word begins in which two details part; a sign of equality belongs to its word. */
static size_t part_at(const char *a, const char *b)
{
	size_t word = 0;

	for (size_t i = 0; a[i] && a[i] == b[i]; i++)
		if (a[i] == ' ' && (i == 0 || a[i - 1] != '='))
			word = i + 1;
	return word;
}

/* The detail; of a changed row that does not fit, only from where it differs. */
static void put_detail(struct compare *compare, unsigned side, struct page *page, unsigned style,
		       const struct diff_line *line, const char *detail, int room)
{
	char other[SHORTEN_DETAIL];
	struct steps_row row;
	size_t from = 0;

	if (line->is == DIFF_CHANGED && cells_text_width(detail, strlen(detail)) > room &&
	    steps_at(compare->side[!side]->scene.model->around, line->seq[!side], &row, NULL) > 0) {
		shorten_detail(row.detail, other);
		from = part_at(detail, other);
	}
	page_printf(page, style, from ? " \u2026%s" : " %s", detail + from);
}

static void put_side(struct compare *compare, unsigned side, struct page *page,
		     const struct diff_line *line, unsigned style)
{
	int64_t seq = line->seq[side];
	char name[SHORTEN_NAME], detail[SHORTEN_DETAIL];
	struct steps_row row;
	int indent, used;

	if (steps_at(compare->side[side]->scene.model->around, seq, &row, NULL) <= 0) {
		scene_put_missing(&compare->side[side]->scene, page, seq);
		return;
	}
	put_number(page, &row);
	indent = row.depth < 0 ? 0 : row.depth < INDENT_MAX ? (int)row.depth : INDENT_MAX;
	if (page->columns < WIDE)
		indent /= 2;
	page_printf(page, STYLE_FAINT, "%*s", indent, "");
	shorten_name(row.event, name);
	shorten_detail(row.detail, detail);
	page_put(page, style == STYLE_TEXT && row.taken_count ? STYLE_NAME : style, name);
	used = 1 + (page->columns < WIDE ? 7 : 14) + indent + cells_text_width(name, strlen(name));
	if (*detail)
		put_detail(compare, side, page, style, line, detail, page->columns - used - 1);
}

/* A sign says on each side what the line is; a side without a row is blank. */
static void put_line(struct compare *compare, unsigned side, struct page *page, size_t n)
{
	static const struct {
		char mark;
		unsigned style;
	} looks[DIFF_IS_COUNT] = { [DIFF_SAME] = { ' ', STYLE_TEXT },
				   [DIFF_CHANGED] = { '*', STYLE_CHANGED },
				   [DIFF_ONLY_A] = { '-', STYLE_GONE },
				   [DIFF_ONLY_B] = { '+', STYLE_CHANGED } };
	struct diff_line line = diff_at(compare->diff, n);

	page_line(page, line.seq[side]);
	page_put(page, STYLE_KEY, n == compare->line ? "\u25b6" : " ");
	if (n == compare->line)
		page_here(page);
	if (!line.seq[side])
		return;
	if (page->count)
		page->lines[page->count - 1].mark = looks[line.is].mark;
	put_side(compare, side, page, &line, looks[line.is].style);
}

/* The window follows the cursor; what it leaves by a jump, it shows a third from its top. */
static void scroll(struct compare *compare, size_t rows)
{
	size_t line = compare->line, jump = rows / 3;

	compare->page = rows > 1 ? rows - 1 : 1;
	if (line < compare->top || line >= compare->top + rows) {
		if (line + 1 == compare->top)
			compare->top = line;
		else if (line == compare->top + rows)
			compare->top++;
		else
			compare->top = line > jump ? line - jump : 0;
	}
	if (compare->top + rows > compare->count)
		compare->top = compare->count > rows ? compare->count - rows : 0;
}

static void draw_rows(struct compare *compare, unsigned side, struct area box)
{
	struct area area = area_inside(box);
	struct page page;

	page_init(&page, area.rows, area.columns - 1);
	for (size_t n = compare->top; n < compare->count && n < compare->top + (size_t)area.rows;
	     n++)
		put_line(compare, side, &page, n);
	page.selects = true;
	page_draw(&page, area, 0, true);
	page_release(&page);
}

/* ---- the state of a side */

static void draw_state(struct viewer *viewer, enum view_name view, struct area box)
{
	struct page *page = &viewer->panes[view].page;
	struct area area = area_inside(box);
	int top = page->current < area.rows ? 0 : page->current - area.rows / 2;

	if (views[view].marks)
		top = page_top_of_marks(page, area.rows);
	page_draw(page, area, top, views[view].marks || views[view].signs);
}

/* As many panes as there is room for, from the chosen one on. */
static unsigned states_in(int rows)
{
	int count = (rows - 1) / (STATE_ROWS - 1);

	return count < 1 ? 1 : count > STATES_MAX ? STATES_MAX : (unsigned)count;
}

static struct area state_box(struct area area, unsigned i, unsigned count)
{
	int each = (area.rows - 1) / (int)count, top = each * (int)i;

	return area_part(area, top, 0, i + 1 < count ? each + 1 : area.rows - top, area.columns);
}

static enum view_name shown(const struct compare *compare, unsigned i)
{
	return compare__shows[(compare->shown + i) % compare__shows_count];
}

/* Builds what is below the columns on both sides, and marks in what they differ. */
static void build_states(struct compare *compare, const struct area area[2], unsigned count)
{
	for (unsigned side = 0; side < 2; side++) {
		struct viewer *viewer = compare->side[side];
		int64_t seq = compare__seq(compare, side);

		for (int i = 0; i < VIEW_COUNT; i++)
			viewer__set_room(&viewer->panes[i], 0, 0);
		for (unsigned i = 0; i < count; i++) {
			struct area where = area_inside(state_box(area[side], i, count));

			/* those without room are built, too: what they say is compared */
			viewer__set_room(&viewer->panes[shown(compare, i)],
					 where.rows > 1 ? where.rows : 1, where.columns - 1);
		}
		if (seq && model_step_to(viewer->scene.model, seq))
			viewer__build(viewer);
	}
}

/* Lines of a view in which the sides differ; both are marked. */
static int mark_differences(struct compare *compare, enum view_name view)
{
	struct page *a = &compare->side[0]->panes[view].page;
	struct page *b = &compare->side[1]->panes[view].page;

	return views[view].marks ? page_mark_differences(a, b) + page_mark_differences(b, a) : 0;
}

/* Until the reader chooses, the first pane of state is one in which the sides differ. */
static void choose_state(struct compare *compare, const struct area area[2])
{
	if (compare->chosen)
		return;
	build_states(compare, area, compare__shows_count);
	if (mark_differences(compare, shown(compare, 0)))
		return;
	for (unsigned i = 0; i < compare__shows_count; i++) {
		if (mark_differences(compare, compare__shows[i])) {
			compare->shown = i;
			return;
		}
	}
}

static void draw_states(struct compare *compare, const struct area area[2])
{
	unsigned count = states_in(area[0].rows);

	choose_state(compare, area);
	build_states(compare, area, count);
	for (unsigned i = 0; i < count; i++)
		mark_differences(compare, shown(compare, i));
	for (unsigned side = 0; side < 2; side++) {
		for (unsigned i = 0; i < count; i++) {
			struct area box = state_box(area[side], i, count);

			area_box(box, STYLE_BORDER);
			draw_state(compare->side[side], shown(compare, i), box);
		}
	}
}

/* Borders are shared, so titles go on them when all boxes are drawn. */
static void draw_state_titles(struct compare *compare, unsigned side, struct area area)
{
	unsigned count = states_in(area.rows);

	for (unsigned i = 0; i < count; i++) {
		enum view_name view = shown(compare, i);
		const struct page *page = &compare->side[side]->panes[view].page;
		char title[200];

		snprintf(title, sizeof(title), "%c %s", letters[side],
			 *page->title ? page->title
				      : phrase_at(compare__model(compare), views[view].title));
		area_title(state_box(area, i, count), title, false);
	}
}

static void draw_columns(struct compare *compare, struct area area)
{
	int middle = area.columns / 2, list = area.rows * 3 / 5;
	struct area box[2], state[2];

	if (compare->zoomed || list < 4)
		list = 4;
	for (unsigned side = 0; side < 2; side++) {
		int left = side ? middle : 0;
		int columns = side ? area.columns - middle : middle + 1;

		box[side] = area_part(area, 0, left, list, columns);
		state[side] = area_part(area, list - 1, left, area.rows - list + 1, columns);
	}
	scroll(compare, (size_t)(list - 2));
	for (unsigned side = 0; side < 2; side++) {
		area_box(box[side], STYLE_BORDER);
		draw_rows(compare, side, box[side]);
	}
	draw_states(compare, state);
	for (unsigned side = 0; side < 2; side++) {
		char title[300];

		snprintf(title, sizeof(title), "%c %s", letters[side], compare->name[side]);
		area_title(box[side], title, false);
		draw_state_titles(compare, side, state[side]);
	}
}

void compare_draw(struct compare *compare, struct cells *cells)
{
	struct area area = cells_area(cells);
	int rows = cells->rows, columns = cells->columns, used;

	cells_clear(cells);
	if (rows < LAYOUT_LEAST_ROWS || columns < LAYOUT_LEAST_COLUMNS) {
		layout_put_too_small(compare__model(compare), area);
		return;
	}
	compare__draw_header(compare, area_part(area, 0, 0, 1, columns));
	if (compare->help) {
		compare__draw_help(compare, area_part(area, 1, 0, rows - 2, columns));
	} else {
		used = 1 + compare__draw_verdict(compare, area_part(area, 1, 0, rows - 2, columns),
						 rows / 4);
		draw_columns(compare, area_part(area, used, 0, rows - 1 - used, columns));
	}
	for (unsigned side = 0; side < 2; side++)
		model_hear(compare->side[side]->scene.model);
	compare__draw_footer(compare, area_part(area, rows - 1, 0, 1, columns));
}
