/*
 * cells_internal.h - between the grid (cells.c), text (cells_text.c) and
 * printing (cells_print.c).
 */
#ifndef LOOPSCOPE_TUI_SCREEN_CELLS_INTERNAL_H
#define LOOPSCOPE_TUI_SCREEN_CELLS_INTERNAL_H

#include "tui/screen/cells.h"

/* The character that stands for one of our ornaments in this grid, else itself. */
uint32_t cells__ornament(const struct cells *cells, uint32_t point);

/*
 * Puts one safe character; returns the column after it, more than the area has
 * once something was cut.
 */
int area__put_point(struct area area, int row, int column, unsigned style, uint32_t point);

#endif
