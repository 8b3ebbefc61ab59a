/*
 * terminal.h - a terminal that shows grids and gives keys.
 *
 * There is one per process.  Whatever ends the process, the terminal is given
 * back as it was.
 */
#ifndef LOOPSCOPE_TUI_SCREEN_TERMINAL_H
#define LOOPSCOPE_TUI_SCREEN_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

#include "tui/screen/cells.h"
#include "tui/screen/mouse.h"
#include "tui/screen/requests.h"

struct terminal_options {
	bool ascii, utf8, color;
};

/* -1 with a sentence when stdin and stdout are no terminal that can do this. */
int terminal_check(char **error);

/*
 * Before anything else is opened: puts a process behind this one that gives
 * the terminal back should this one be killed, and then ends as it ended.
 * Fails as terminal_check() does.
 */
int terminal_guard(char **error);

int terminal_open(const struct terminal_options *options, char **error);
void terminal_close(void);

/* A grid of the terminal's size, new after a resize; borrowed.  NULL: no memory. */
struct cells *terminal_cells(void);

void terminal_show(const struct cells *cells, const struct theme *theme);

/* Draws everything again at the next terminal_show(). */
void terminal_redraw(void);

/*
 * The next key, waiting for so many milliseconds, -1: for ever.  KEY_NOTHING when
 * none came.  For KEYS_MOUSE *mouse is set.  It does not wait on when the
 * descriptor `wake` can be read from; -1: none.
 */
uint32_t terminal_key(int milliseconds, int wake, struct mouse *mouse);

#endif
