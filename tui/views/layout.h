/*
 * layout.h - which panes are where, by the size of the screen.
 *
 * A layout is a table: bands from top to bottom, in each columns from left to
 * right, in each panes from top to bottom.  Boxes share their borders.
 */
#ifndef LOOPSCOPE_TUI_VIEWS_LAYOUT_H
#define LOOPSCOPE_TUI_VIEWS_LAYOUT_H

#include <stdbool.h>

#include "tui/screen/cells.h"
#include "tui/views/view.h"

#define LAYOUT_LEAST_ROWS 15
#define LAYOUT_LEAST_COLUMNS 60

/* What a pane shows that may show any view. */
#define VIEW_SPARE VIEW_COUNT

struct layout;

/* The richest layout that fits, or NULL if none does; for a trace of the kernel alone another. */
const struct layout *layout_for(int rows, int columns, bool kernel_alone);

/* Whether the layout has a pane of its own for the view. */
bool layout_has(const struct layout *layout, enum view_name view);

/* What the spare pane shows until something else is asked for. */
enum view_name layout_spare(const struct layout *layout);

/* Calls back for every pane with its box, border included. */
void layout_place(const struct layout *layout, struct area area,
		  void (*place)(void *context, int view, struct area box), void *context);

/* For a screen on which no layout fits: that it is too small. */
void layout_put_too_small(const struct model *model, struct area area);

#endif
