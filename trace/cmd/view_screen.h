/*
 * view_screen.h - what showing one trace and showing two have in common.
 */
#ifndef LOOPSCOPE_TRACE_CMD_VIEW_SCREEN_H
#define LOOPSCOPE_TRACE_CMD_VIEW_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

struct cells;
struct keymap;
struct theme;
struct view_wish;

/* Something that draws itself on a grid and takes keys: the viewer, or the comparison. */
struct view_screen {
	void *what;
	void (*draw)(void *what, struct cells *cells);
	void (*key)(void *what, uint32_t key); /* returns when the key has had its effect */
	const struct theme *(*theme)(void *what);
	void (*set_theme)(void *what, const struct theme *theme);
};

/*
 * Opens the terminal as the wish says and presses the first keys.  Returns the
 * exit code; the terminal is open if that is EXIT_DONE.
 */
int view_open(const struct view_screen *screen, const struct view_wish *wish);

/* Prints one screen of the size that is wished, after the keys.  Returns the exit code. */
int view_screenshot(const struct view_screen *screen, const struct view_wish *wish);

/* Reads the reader's keymap, if there is one.  What is wrong with it, to be freed, or NULL. */
char *view_read_keymap(struct keymap *keymap);

/* Where LOOPSCOPE_TELL_FRAMES is set, tells that a frame is complete. */
void view_tell_frame(const struct cells *cells);

#endif
