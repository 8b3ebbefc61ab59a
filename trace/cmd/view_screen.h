/*
 * view_screen.h - what showing one trace and showing two have in common.
 */
#ifndef LOOPSCOPE_TRACE_CMD_VIEW_SCREEN_H
#define LOOPSCOPE_TRACE_CMD_VIEW_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

struct cells;
struct theme;

/* Something that draws itself on a grid and takes keys: the viewer, or the comparison. */
struct view_screen {
	void *what;
	void (*draw)(void *what, struct cells *cells);
	void (*key)(void *what, uint32_t key); /* returns when the key has had its effect */
	const struct theme *(*theme)(void *what);
};

/*
 * Presses keys, blanks between their names; the grid is drawn before each, as
 * pages depend on its size.  Returns the exit code: trouble for a key that there
 * is not.
 */
int view_press_keys(const struct view_screen *screen, struct cells *cells, const char *keys);

/* Prints one screen, after keys (NULL: none), in colours or not.  Returns the exit code. */
int view_screenshot(const struct view_screen *screen, int rows, int columns, bool ascii,
		    const char *keys, bool in_color);

/* Where LOOPSCOPE_TELL_FRAMES is set, tells that a frame is complete. */
void view_tell_frame(const struct cells *cells);

#endif
