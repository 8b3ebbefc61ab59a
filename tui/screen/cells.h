/*
 * cells.h - a screen as a grid of characters, independent of any terminal.
 *
 * Everything that the viewer shows is drawn into a grid; terminal_ncurses.c
 * brings the grid to a terminal, cells_print() prints it as text.  All text
 * enters through area_put(), which makes it safe and measures it: wide
 * characters take two cells, combining marks none.
 *
 * Where `ascii` is set our own ornaments (lines, arrows) become ASCII.  Where
 * `utf8` is not, whatever else is not ASCII is spelt out.
 */
#ifndef LOOPSCOPE_TUI_SCREEN_CELLS_H
#define LOOPSCOPE_TUI_SCREEN_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tui/screen/styles.h"

#define CELLS_MAX 1000 /* rows or columns; more are not used */

struct cell {
	uint32_t point;     /* the character; 0: the right half of a wide one */
	uint32_t combining; /* one mark upon it, or 0 */
	uint8_t style;      /* enum style, perhaps with STYLE_SELECTED */
	uint8_t lines;      /* directions of a box's line that passes here */
};

struct cells {
	int rows, columns;
	bool ascii, utf8;
	struct cell *cell; /* row after row */
};

int cells_new(struct cells **out, int rows, int columns, bool ascii, bool utf8);
void cells_free(struct cells *cells);
void cells_clear(struct cells *cells);

/* The cell at that place, which must lie within the grid. */
struct cell *cells_at(const struct cells *cells, int row, int column);

/* Prints the grid; with a theme in colour, with NULL as plain text without trailing blanks. */
void cells_print(const struct cells *cells, const struct theme *theme, FILE *out);

/* A part of a grid.  Coordinates count from its corner; what lies outside is not drawn. */
struct area {
	struct cells *cells;
	int top, left, rows, columns;
};

struct area cells_area(struct cells *cells);
struct area area_part(struct area area, int top, int left, int rows, int columns);

/*
 * Puts a text from anywhere.  Returns the column after it.  A text that does
 * not fit ends with the sign of what was cut.
 */
int area_put(struct area area, int row, int column, unsigned style, const char *text);
int area_put_bytes(struct area area, int row, int column, unsigned style, const char *bytes,
		   size_t length);

/* Fills a row from a column on with one character of ours. */
void area_fill(struct area area, int row, int column, int count, unsigned style, uint32_t point);

/* A box along the border of the area.  Boxes that share cells are joined. */
void area_box(struct area area, unsigned style);

/* What a box has room for within its border. */
struct area area_inside(struct area box);

/* Writes a title on the upper border; that of what has the keys stands in brackets. */
void area_title(struct area box, const char *title, bool focus);

/* Gives a row the look of what is selected. */
void area_select(struct area area, int row);

/* Columns that a character takes: 0, 1 or 2. */
int cells_width(uint32_t point);

/* Columns that a text takes once it is safe. */
int cells_text_width(const char *text, size_t length);

#endif
