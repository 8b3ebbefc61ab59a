/*
 * viewer.h - the viewer without a terminal: keys go in, a grid comes out.
 *
 *     while (viewer_is_open(viewer)) {
 *             viewer_draw(viewer, cells);
 *             terminal_show(cells);
 *             viewer_key(viewer, terminal_key(viewer_patience(viewer)));
 *     }
 */
#ifndef LOOPSCOPE_TUI_VIEWER_H
#define LOOPSCOPE_TUI_VIEWER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tui/screen/cells.h"
#include "tui/screen/mouse.h"
#include "tui/screen/requests.h"

struct live;
struct model;
struct viewer;

int viewer_new(struct viewer **out, struct model *model, char **error); /* takes the model */
void viewer_free(struct viewer *viewer);

/* Borrowed; another one after each key when the run is live. */
struct model *viewer_model(struct viewer *viewer);

/* The run goes on while it is shown; borrowed.  The model is of its first snapshot. */
void viewer_set_live(struct viewer *viewer, struct live *live);
struct keymap *viewer_keymap(struct viewer *viewer);

void viewer_set_theme(struct viewer *viewer, const struct theme *theme);
const struct theme *viewer_theme(const struct viewer *viewer);

/* What the grid can show; without UTF-8 there is no Chinese. */
void viewer_set_utf8(struct viewer *viewer, bool utf8);
bool viewer_set_language(struct viewer *viewer, bool chinese);

bool viewer_is_open(const struct viewer *viewer);

void viewer_draw(struct viewer *viewer, struct cells *cells);

/* A key that was pressed; KEY_NOTHING when patience ended without one. */
void viewer_key(struct viewer *viewer, uint32_t key);
void viewer_mouse(struct viewer *viewer, const struct mouse *mouse);

/*
 * While something long goes on, such as a query, `wait` is called now and then:
 * it may draw the viewer, and says true if the reader wants it stopped.  NULL:
 * nobody is there to ask.  Of the keys that it reads, viewer_is_stop() tells
 * those that stop.
 */
void viewer_set_wait(struct viewer *viewer, bool (*wait)(void *context), void *context);
bool viewer_is_stop(const struct viewer *viewer, uint32_t key);

/* Milliseconds to wait for a key before viewer_key(KEY_NOTHING) is due; -1: for ever. */
int viewer_patience(const struct viewer *viewer);

/*
 * A descriptor: when it can be read from, something has happened that no key asked for, and
 * viewer_key(KEY_NOTHING) is due; -1: none.
 */
int viewer_wake(const struct viewer *viewer);

/* Whether something goes on that no key has asked for yet: playing or searching. */
bool viewer_is_busy(const struct viewer *viewer);

/* Everything that the screen shows at the cursor, as lines for a reader of texts. */
void viewer_print_place(struct viewer *viewer, FILE *out);

/* The whole trace so, from the cursor on: each row of the level, and what it changed. */
void viewer_print_walk(struct viewer *viewer, FILE *out);

#endif
