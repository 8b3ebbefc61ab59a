/*
 * view_trace.c - one trace on the screen, or printed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "trace/cmd/view.h"
#include "trace/cmd/view_screen.h"
#include "trace/record/recover.h"
#include "tui/model/model.h"
#include "tui/screen/cells.h"
#include "tui/screen/terminal.h"
#include "tui/viewer.h"

static void draw_viewer(void *viewer, struct cells *cells)
{
	viewer_draw(viewer, cells);
}

static void press_key(void *viewer, uint32_t key)
{
	viewer_key(viewer, key);
	while (model_searching(viewer_model(viewer)))
		viewer_key(viewer, KEY_NOTHING);
}

static const struct theme *theme_of(void *viewer)
{
	return viewer_theme(viewer);
}

static void set_theme(void *viewer, const struct theme *theme)
{
	viewer_set_theme(viewer, theme);
}

static struct view_screen screen_of(struct viewer *viewer)
{
	return (struct view_screen){ viewer, draw_viewer, press_key, theme_of, set_theme };
}

/* Shows that something goes on and reads what the keyboard says to that; other keys are dropped. */
static bool wait_for_viewer(void *context)
{
	struct viewer *viewer = context;
	struct cells *cells = terminal_cells();
	struct mouse mouse;
	uint32_t key;

	if (cells) {
		viewer_draw(viewer, cells);
		terminal_show(cells, viewer_theme(viewer));
	}
	while ((key = terminal_key(0, -1, &mouse)) != KEY_NOTHING) {
		if (key == KEYS_GONE)
			viewer_key(viewer, key);
		if (key == KEYS_GONE || viewer_is_stop(viewer, key))
			return true;
	}
	return false;
}

static int interact(struct viewer *viewer, const struct view_wish *wish)
{
	const struct view_screen screen = screen_of(viewer);
	struct mouse mouse;
	struct cells *cells;
	int status;

	viewer_set_wait(viewer, wait_for_viewer, viewer);
	status = view_open(&screen, wish);
	if (status != EXIT_DONE)
		return status;
	while (viewer_is_open(viewer) && (cells = terminal_cells()) != NULL) {
		uint32_t key;

		viewer_draw(viewer, cells);
		terminal_show(cells, viewer_theme(viewer));
		if (!viewer_is_busy(viewer))
			view_tell_frame(cells);
		key = terminal_key(viewer_patience(viewer), viewer_wake(viewer), &mouse);
		if (keymap_find(viewer_keymap(viewer), key) == REQUEST_REDRAW)
			terminal_redraw();
		if (key == KEYS_MOUSE)
			viewer_mouse(viewer, &mouse);
		else
			viewer_key(viewer, key);
	}
	terminal_close();
	return EXIT_DONE;
}

static int show(struct viewer *viewer, const struct view_wish *wish)
{
	const struct view_screen screen = screen_of(viewer);
	struct model *model = viewer_model(viewer);
	char *mistake;

	viewer_set_utf8(viewer, locale_is_utf8());
	if (wish->theme)
		viewer_set_theme(viewer, wish->theme);
	if (wish->chinese && !viewer_set_language(viewer, true))
		return trouble("%s", model->message);
	if (wish->level >= 0)
		model_set_level(model, (enum level)wish->level);
	if (wish->at && !model_goto(model, wish->at))
		return trouble("%s", *model->message ? model->message : "there is no such place");
	if (wish->columns)
		return view_screenshot(&screen, wish);
	if (wish->plain) {
		if (wish->at)
			viewer_print_place(viewer, stdout);
		else
			viewer_print_walk(viewer, stdout);
		return EXIT_DONE;
	}
	mistake = view_read_keymap(viewer_keymap(viewer));
	if (mistake)
		model_message(model, "%s", mistake);
	free(mistake);
	return interact(viewer, wish);
}

bool view_is_interactive(const struct view_wish *wish)
{
	return !wish->columns && !wish->plain;
}

int view_guard(const struct view_wish *wish)
{
	char *error = NULL;
	int status = EXIT_DONE;

	fflush(stdout);
	if (view_is_interactive(wish) && terminal_guard(&error) < 0)
		status = trouble("%s", error ? error : "out of memory");
	free(error);
	return status;
}

int view_store(struct store *store, struct live *live, const struct view_wish *wish)
{
	struct model *model = NULL;
	struct viewer *viewer = NULL;
	char *error = NULL;
	int status;

	if (model_new(&model, store, &error) < 0 || viewer_new(&viewer, model, &error) < 0) {
		status = trouble("%s", error ? error : "out of memory");
	} else {
		viewer_set_live(viewer, live);
		status = show(viewer, wish);
	}
	viewer_free(viewer);
	free(error);
	return status;
}

int view_trace(const char *path, const struct view_wish *wish)
{
	struct store *store = NULL;
	char *error = NULL;
	int status = view_guard(wish);

	if (status)
		return status;
	if (recover_open(&store, path, &error) < 0)
		status = trouble("%s", error ? error : "out of memory");
	else
		status = view_store(store, NULL, wish);
	free(error);
	return status;
}
