/*
 * view_screen.c - keys pressed and screenshots taken, for one trace as for
 * two.
 */
#include "trace/cmd/view_screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/cmd/common.h"
#include "tui/screen/cells.h"
#include "tui/screen/requests.h"

int view_press_keys(const struct view_screen *screen, struct cells *cells, const char *keys)
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

int view_screenshot(const struct view_screen *screen, int rows, int columns, bool ascii,
		    const char *keys, bool in_color)
{
	struct cells *cells;
	int status;

	if (cells_new(&cells, rows, columns, ascii, locale_is_utf8()) < 0)
		return trouble("out of memory");
	status = view_press_keys(screen, cells, keys ? keys : "");
	if (status == EXIT_DONE) {
		screen->draw(screen->what, cells);
		cells_print(cells, in_color ? screen->theme(screen->what) : NULL, stdout);
	}
	cells_free(cells);
	return status;
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
