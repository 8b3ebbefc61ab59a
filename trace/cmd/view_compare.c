/*
 * view_compare.c - loopscope view A B: two traces side by side.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/cmd/diff_print.h"
#include "trace/cmd/view.h"
#include "trace/cmd/view_screen.h"
#include "trace/record/recover.h"
#include "trace/store/store.h"
#include "tui/compare.h"
#include "tui/screen/terminal.h"

static void draw(void *compare, struct cells *cells)
{
	compare_draw(compare, cells);
}

static void press_key(void *compare, uint32_t key)
{
	compare_key(compare, key);
}

static const struct theme *theme_of(void *compare)
{
	return compare_theme(compare);
}

static void set_theme(void *compare, const struct theme *theme)
{
	compare_set_theme(compare, theme);
}

static struct view_screen screen_of(struct compare *compare)
{
	return (struct view_screen){ compare, draw, press_key, theme_of, set_theme };
}

static void mouse_request(struct compare *compare, const struct mouse *mouse)
{
	if (mouse->what == MOUSE_WHEEL_DOWN)
		compare_request(compare, REQUEST_DOWN);
	else if (mouse->what == MOUSE_WHEEL_UP)
		compare_request(compare, REQUEST_UP);
}

static int interact(struct compare *compare, const struct view_wish *wish)
{
	const struct view_screen screen = screen_of(compare);
	struct mouse mouse;
	struct cells *cells;
	int status = view_open(&screen, wish);

	if (status != EXIT_DONE)
		return status;
	while (compare_is_open(compare) && (cells = terminal_cells()) != NULL) {
		uint32_t key;

		compare_draw(compare, cells);
		terminal_show(cells, compare_theme(compare));
		view_tell_frame(cells);
		key = terminal_key(-1, -1, &mouse);
		if (keymap_find(compare_keymap(compare), key) == REQUEST_REDRAW)
			terminal_redraw();
		if (key == KEYS_MOUSE)
			mouse_request(compare, &mouse);
		else
			compare_key(compare, key);
	}
	terminal_close();
	return EXIT_DONE;
}

/* The lines that differ with some around them, as diff --format=unified prints them. */
static int plain(struct compare *compare, struct diff_report *report)
{
	char *error = NULL;
	int status = EXIT_DONE;

	for (unsigned i = 0; i < 2 && status == EXIT_DONE; i++)
		if (steps_open(&report->steps[i], diff_store(compare_diff(compare), i), &error) < 0)
			status = EXIT_TROUBLE;
	if (status == EXIT_DONE && diff_print_unified(report, &error) < 0)
		status = EXIT_TROUBLE;
	if (status == EXIT_DONE)
		status = diff_status(report);
	else
		trouble("%s", error ? error : "out of memory");
	steps_free(report->steps[0]);
	steps_free(report->steps[1]);
	free(error);
	return status;
}

static int show(struct compare *compare, const struct view_wish *wish, struct diff_report *report)
{
	const struct view_screen screen = screen_of(compare);
	char *error = NULL, *mistake;

	compare_set_utf8(compare, locale_is_utf8());
	if (wish->theme)
		compare_set_theme(compare, wish->theme);
	if (wish->chinese && !compare_set_language(compare, true))
		return trouble("Chinese needs a UTF-8 locale.");
	if (wish->at && compare_goto(compare, wish->at, &error) < 0) {
		trouble("%s", error ? error : "out of memory");
		free(error);
		return EXIT_TROUBLE;
	}
	if (wish->columns)
		return view_screenshot(&screen, wish);
	if (wish->plain)
		return plain(compare, report);
	mistake = view_read_keymap(compare_keymap(compare));
	if (mistake)
		remark("loopscope: %s", mistake);
	free(mistake);
	return interact(compare, wish);
}

/* Takes the stores. */
static int show_stores(struct store *const store[2], char *const path[2],
		       const struct view_wish *wish)
{
	const char *const name[2] = { path[0], path[1] };
	struct diff_report report = { .path = { path[0], path[1] } };
	struct compare *compare;
	char *error = NULL, *verdict;
	int status;

	if (compare_new(&compare, store, name, &error) < 0) {
		trouble("%s", error ? error : "out of memory");
		free(error);
		return EXIT_TROUBLE;
	}
	report.diff = compare_diff(compare);
	report.story = compare_story(compare);
	report.style.color = color_wanted(wish->color);
	report.style.utf8 = locale_is_utf8();
	report.style.columns = stdout_columns();
	verdict = diff_verdict(&report);
	if (verdict) {
		compare_set_verdict(compare, verdict);
		status = show(compare, wish, &report);
	} else {
		status = trouble("out of memory");
	}
	compare_free(compare);
	free(verdict);
	return status;
}

int view_compare(char *const path[2], const struct view_wish *wish)
{
	struct store *store[2] = { NULL, NULL };
	char *error = NULL;

	if (recover_open(&store[0], path[0], &error) == 0 &&
	    recover_open(&store[1], path[1], &error) == 0)
		return show_stores(store, path, wish);
	trouble("%s", error ? error : "out of memory");
	store_free(store[0]);
	store_free(store[1]);
	free(error);
	return EXIT_TROUBLE;
}
