/*
 * view_screen.c - the terminal opened, keys pressed and screenshots taken, for
 * one trace as for two.
 */
#include "trace/cmd/view_screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/cmd/view.h"
#include "tui/screen/cells.h"
#include "tui/screen/requests.h"
#include "tui/screen/terminal.h"

/*
 * Presses keys, blanks between their names; the grid is drawn before each, as
 * pages depend on its size.  Returns the exit code: trouble for a key that there
 * is not.
 */
static int press_keys(const struct view_screen *screen, struct cells *cells, const char *keys)
{
	char *copy = strdup(keys), *left, *name;
	int status = EXIT_DONE;

	if (!copy)
		return trouble("out of memory");
	for (name = strtok_r(copy, " ", &left); name; name = strtok_r(NULL, " ", &left)) {
		if (key_parse(name) == KEY_NOTHING) {
			status = trouble("there is no key '%s'", name);
			break;
		}
		screen->draw(screen->what, cells);
		screen->key(screen->what, key_parse(name));
	}
	free(copy);
	return status;
}

int view_open(const struct view_screen *screen, const struct view_wish *wish)
{
	const struct terminal_options options = { .ascii = wish->ascii,
						  .utf8 = locale_is_utf8(),
						  .color = color_wanted(wish->color) };
	struct cells *cells;
	char *error = NULL;
	int status = EXIT_DONE;

	if (!options.color && !wish->theme)
		screen->set_theme(screen->what, &themes[2]);
	if (terminal_open(&options, &error) < 0) {
		trouble("%s", error ? error : "out of memory");
		free(error);
		return EXIT_TROUBLE;
	}
	cells = terminal_cells();
	if (cells && wish->keys)
		status = press_keys(screen, cells, wish->keys);
	if (status != EXIT_DONE)
		terminal_close();
	return status;
}

int view_screenshot(const struct view_screen *screen, const struct view_wish *wish)
{
	bool in_color = wish->color == COLOR_ALWAYS;
	struct cells *cells;
	int status;

	if (cells_new(&cells, wish->rows, wish->columns, wish->ascii, locale_is_utf8()) < 0)
		return trouble("out of memory");
	status = press_keys(screen, cells, wish->keys ? wish->keys : "");
	if (status == EXIT_DONE) {
		screen->draw(screen->what, cells);
		cells_print(cells, in_color ? screen->theme(screen->what) : NULL, stdout);
	}
	cells_free(cells);
	return status;
}

char *view_read_keymap(struct keymap *keymap)
{
	char path[4096], *error = NULL;

	if (keymap_path(path, sizeof(path)))
		keymap_read(keymap, path, &error);
	return error;
}

/*
 * Nothing more will come without a key.  It is an application command, which
 * terminals ignore, for programs that drive this one.
 */
void view_tell_frame(const struct cells *cells)
{
	static unsigned frame;
	char text[64];
	int length;

	if (!getenv("LOOPSCOPE_TELL_FRAMES"))
		return;
	length = snprintf(text, sizeof(text), "\033_frame %u %dx%d\033\\", ++frame, cells->columns,
			  cells->rows);
	fflush(stdout);
	if (write(STDOUT_FILENO, text, (size_t)length) < 0)
		return;
}
