/*
 * driver.h - a program in a pseudo-terminal, driven by named keys, whose screen
 * is read as a person would see it (libvterm).
 *
 * The program tells when a frame is complete (see view_tell_frame() in
 * trace/cmd/view.c); every key is followed by waiting for the next frame, so
 * nothing here depends on time but for the limit after which a test gives up.
 */
#ifndef LOOPSCOPE_TESTS_TUI_DRIVER_H
#define LOOPSCOPE_TESTS_TUI_DRIVER_H

#include <stdbool.h>
#include <stddef.h>

struct driver;

struct driver_terminal {
	int rows, columns;
	const char *term;     /* NULL: xterm-256color */
	const char *locale;   /* NULL: C.UTF-8 */
	const char *no_color; /* NULL: not set */
	const char *config;   /* XDG_CONFIG_HOME; NULL: a folder that is not there */
	bool busy;            /* no frame is to be waited for: something goes on from the start */
};

/* Starts argv; waits for the first frame, or for the program's end.  NULL: it cannot. */
struct driver *driver_start(const struct driver_terminal *terminal, char *const argv[]);

/* Kills what still runs. */
void driver_free(struct driver *driver);

/* Presses keys, names with blanks between ("s S Ctrl-L"), a frame after each.  False: no frame. */
bool driver_keys(struct driver *driver, const char *keys);

/* Types a text, a character at a time. */
bool driver_type(struct driver *driver, const char *text);

/* Sends bytes at once, as a terminal sends a key's sequence; then waits for a frame. */
bool driver_send(struct driver *driver, const char *bytes);

/* Sends bytes and waits for nothing. */
bool driver_press(struct driver *driver, const char *bytes);

/* A click, columns and rows from 0. */
bool driver_click(struct driver *driver, int row, int column);

/* Presses one key without waiting, then waits until the screen contains a text. */
bool driver_until(struct driver *driver, const char *key, const char *text);

bool driver_resize(struct driver *driver, int rows, int columns);

/* The screen: lines that end with '\n', without trailing blanks; borrowed until the next call. */
const char *driver_screen(struct driver *driver);

/* One line of it, borrowed likewise; "" beyond the last. */
const char *driver_line(struct driver *driver, int row);

/* Cells of a row that are reversed. */
int driver_reversed(struct driver *driver, int row);

/* All bytes that the program wrote, frames' signs left out. */
const unsigned char *driver_bytes(const struct driver *driver, size_t *length);

/* The program's process. */
int driver_process(const struct driver *driver);

/* The first child of a process, from /proc; 0 if it has none. */
int driver_child_of(int parent);

/*
 * Sends a signal to one process; false if it cannot be sent.  The number of no
 * process (0 of driver_child_of(), -1 of a fork that failed) would stand for
 * the test's own group and for every process: nothing is sent then.
 */
bool driver_kill(int process, int number);

/* Sends a signal. */
void driver_signal(struct driver *driver, int number);

/* Closes the terminal under the program, as a window that is closed. */
void driver_hang_up(struct driver *driver);

/* Waits for the program's end; its wait status, -1 if it does not end. */
int driver_wait(struct driver *driver);

/*
 * Whether the terminal is as it was before the program started: lines, echo.
 * Reads what is still written for a while, if it is not.
 */
bool driver_is_restored(struct driver *driver);

#endif
