/*
 * test_cells.c - the grid and pages: widths, cuts, boxes, marks; and that
 * nothing unsafe gets in.
 */
#include "tui/screen/cells.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/screen/page.h"

static char *text_of(const struct cells *cells)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	cells_print(cells, NULL, out);
	fclose(out);
	return text;
}

static void expect(struct cells *cells, const char *expected)
{
	char *text = text_of(cells);

	assert_string_equal(text, expected);
	free(text);
	cells_free(cells);
}

static struct cells *grid(int rows, int columns, bool ascii, bool utf8)
{
	struct cells *cells;

	assert_int_equal(cells_new(&cells, rows, columns, ascii, utf8), 0);
	return cells;
}

static void what_does_not_fit_is_cut_with_a_sign(void **state)
{
	struct cells *cells = grid(3, 5, false, true);
	struct area area = cells_area(cells);

	(void)state;
	assert_int_equal(area_put(area, 0, 0, STYLE_TEXT, "abcde"), 5);
	area_put(area, 1, 0, STYLE_TEXT, "abcdef");
	area_put(area, 2, 3, STYLE_TEXT, "abc");
	expect(cells, "abcde\nabcd\u2026\n   a\u2026\n");
}

static void wide_characters_take_two_cells_and_are_never_halved(void **state)
{
	struct cells *cells = grid(4, 5, false, true);
	struct area area = cells_area(cells);

	(void)state;
	assert_int_equal(area_put(area, 0, 0, STYLE_TEXT, "中文"), 4);
	area_put(area, 1, 0, STYLE_TEXT, "中文字");
	area_put(area, 2, 0, STYLE_TEXT, "中文");
	area_put(area, 2, 1, STYLE_TEXT, "x");
	area_put(area, 3, 0, STYLE_TEXT, "中文");
	area_put(area, 3, 2, STYLE_TEXT, "x");
	expect(cells, "中文\n中文\u2026\n x文\n中x\n");
}

static void combining_marks_join_what_is_before(void **state)
{
	struct cells *cells = grid(1, 5, false, true);

	(void)state;
	assert_int_equal(cells_text_width("e\u0301x", strlen("e\u0301x")), 2);
	assert_int_equal(area_put(cells_area(cells), 0, 0, STYLE_TEXT, "e\u0301x"), 2);
	expect(cells, "e\u0301x\n");
}

static void nothing_that_a_terminal_obeys_gets_in(void **state)
{
	static const char evil[] = "\033[31m\a\x9b\xc2\x9b\u202e\r\n\x7f";
	struct cells *cells = grid(1, 80, false, true);

	(void)state;
	area_put(cells_area(cells), 0, 0, STYLE_TEXT, evil);
	for (int i = 0; i < cells->columns; i++)
		assert_true(cells->cell[i].point >= 0x20 && cells->cell[i].point < 0x7f);
	cells_free(cells);
}

static void boxes_that_share_borders_are_joined(void **state)
{
	struct cells *cells = grid(5, 7, false, true);
	struct area area = cells_area(cells);

	(void)state;
	area_box(area, STYLE_BORDER);
	area_box(area_part(area, 0, 0, 3, 4), STYLE_BORDER);
	area_box(area_part(area, 2, 0, 3, 7), STYLE_BORDER);
	expect(cells, "┌──┬──┐\n│  │  │\n├──┴──┤\n│     │\n└─────┘\n");
}

static void ascii_is_ascii(void **state)
{
	struct cells *cells = grid(3, 8, true, true);
	struct area area = cells_area(cells);

	(void)state;
	area_box(area, STYLE_BORDER);
	area_put(area_part(area, 1, 1, 1, 6), 0, 0, STYLE_TEXT, "\u25b6\u00b7\u2192abcdef");
	expect(cells, "+------+\n|>.>ab~|\n+------+\n");
	cells = grid(1, 12, false, false);
	area_put(cells_area(cells), 0, 0, STYLE_TEXT, "\u2192\u4e2dx");
	expect(cells, ">\\u{4e2d}x\n");
}

static void drawing_outside_does_nothing(void **state)
{
	struct cells *cells = grid(2, 3, false, true);
	struct area area = area_part(cells_area(cells), 1, 1, 9, 9);

	(void)state;
	assert_int_equal(area.rows, 1);
	assert_int_equal(area.columns, 2);
	area_put(area, -1, 0, STYLE_TEXT, "x");
	area_put(area, 1, 0, STYLE_TEXT, "x");
	area_put(area, 0, 7, STYLE_TEXT, "x");
	area_fill(area, 0, -3, 20, STYLE_TEXT, '.');
	area_select(area, 5);
	expect(cells, "\n ..\n");
}

static void page_of(struct page *page, const char *const *lines)
{
	page_init(page, 9, 20);
	for (; *lines; lines++) {
		page_line(page, 0);
		page_printf(page, STYLE_TEXT, "%s", *lines);
		page_key(page, "%.1s", *lines);
	}
}

static void marks_of(const char *const *before, const char *const *now, const char *expected)
{
	struct page old, new;

	page_of(&old, before);
	page_of(&new, now);
	page_compare(&new, &old);
	assert_int_equal(new.count, strlen(expected));
	for (size_t i = 0; i < new.count; i++)
		assert_int_equal(new.lines[i].mark, expected[i]);
	page_release(&old);
	page_release(&new);
}

static void what_changed_is_marked(void **state)
{
	static const char *const none[] = { NULL };
	static const char *const one[] = { "a 1", "b 1", NULL };
	static const char *const two[] = { "a 2", "b 1", "c 1", NULL };

	(void)state;
	marks_of(one, one, "  ");
	marks_of(one, two, "* +");
	marks_of(two, one, "* -");
	marks_of(none, one, "++");
	marks_of(one, none, "--");
}

static void text_wraps_at_blanks_and_between_wide_characters(void **state)
{
	struct page page;
	struct cells *cells = grid(5, 10, false, true);

	(void)state;
	page_init(&page, 5, 10);
	page_wrap(&page, STYLE_TEXT, 0, "one two three");
	page_wrap(&page, STYLE_TEXT, 2, "中文字符\u3002x");
	page_draw(&page, cells_area(cells), 0, false);
	page_release(&page);
	expect(cells, "one two\nthree\n  中文字\n  符\u3002x\n\n");
}

static void a_page_takes_only_so_many_lines(void **state)
{
	struct page page;

	(void)state;
	page_init(&page, 5, 10);
	for (int i = 0; i < PAGE_LINES_MAX + 10; i++) {
		page_line(&page, i);
		page_put(&page, STYLE_TEXT, "x");
	}
	assert_int_equal(page.count, PAGE_LINES_MAX);
	page_release(&page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_fit_is_cut_with_a_sign),
		cmocka_unit_test(wide_characters_take_two_cells_and_are_never_halved),
		cmocka_unit_test(combining_marks_join_what_is_before),
		cmocka_unit_test(nothing_that_a_terminal_obeys_gets_in),
		cmocka_unit_test(boxes_that_share_borders_are_joined),
		cmocka_unit_test(ascii_is_ascii),
		cmocka_unit_test(drawing_outside_does_nothing),
		cmocka_unit_test(what_changed_is_marked),
		cmocka_unit_test(text_wraps_at_blanks_and_between_wide_characters),
		cmocka_unit_test(a_page_takes_only_so_many_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
