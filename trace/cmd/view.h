/*
 * view.h - the viewer for commands that record something to look at.
 */
#ifndef LOOPSCOPE_TRACE_CMD_VIEW_H
#define LOOPSCOPE_TRACE_CMD_VIEW_H

struct keymap;
struct recorder;

/*
 * Runs a program under the recorder and shows it while it happens.  Adds to the
 * recorder's words.  Returns the exit code.
 */
int view_live(struct recorder *recorder, char *const *program);

/* Runs a program under the recorder to its end, then shows the trace. */
int view_afterwards(struct recorder *recorder, char *const *program);

/* Reads the reader's keymap, if there is one.  What is wrong with it, to be freed, or NULL. */
char *view_read_keymap(struct keymap *keymap);

#endif
