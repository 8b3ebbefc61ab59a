/*
 * cells.c - the grid, its areas, and single characters put into it.
 */
#include "tui/screen/cells_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_UP = 1, LINE_DOWN = 2, LINE_LEFT = 4, LINE_RIGHT = 8 };

int cells_new(struct cells **out, int rows, int columns, bool ascii, bool utf8)
{
	struct cells *cells;

	*out = NULL;
	if (rows < 1 || columns < 1)
		return -EINVAL;
	cells = calloc(1, sizeof(*cells));
	if (!cells)
		return -ENOMEM;
	cells->rows = rows > CELLS_MAX ? CELLS_MAX : rows;
	cells->columns = columns > CELLS_MAX ? CELLS_MAX : columns;
	cells->ascii = ascii || !utf8;
	cells->utf8 = utf8;
	cells->cell = calloc((size_t)cells->rows * (size_t)cells->columns, sizeof(struct cell));
	if (!cells->cell) {
		free(cells);
		return -ENOMEM;
	}
	cells_clear(cells);
	*out = cells;
	return 0;
}

void cells_free(struct cells *cells)
{
	if (!cells)
		return;
	free(cells->cell);
	free(cells);
}

void cells_clear(struct cells *cells)
{
	for (int i = 0; i < cells->rows * cells->columns; i++)
		cells->cell[i] = (struct cell){ .point = ' ', .style = STYLE_TEXT };
}

struct cell *cells_at(const struct cells *cells, int row, int column)
{
	return &cells->cell[row * cells->columns + column];
}

struct area cells_area(struct cells *cells)
{
	return (struct area){ cells, 0, 0, cells->rows, cells->columns };
}

static int clamp(int n, int least, int most)
{
	return n < least ? least : n > most ? most : n;
}

struct area area_part(struct area area, int top, int left, int rows, int columns)
{
	int bottom = clamp(top + rows, 0, area.rows),
	    right = clamp(left + columns, 0, area.columns);

	top = clamp(top, 0, area.rows);
	left = clamp(left, 0, area.columns);
	return (struct area){ area.cells, area.top + top, area.left + left,
			      bottom > top ? bottom - top : 0, right > left ? right - left : 0 };
}

/* NULL outside the area. */
static struct cell *area_at(struct area area, int row, int column)
{
	if (row < 0 || column < 0 || row >= area.rows || column >= area.columns)
		return NULL;
	return cells_at(area.cells, area.top + row, area.left + column);
}

static const struct {
	uint32_t ours;
	char ascii;
} ornaments[] = {
	{ 0x2192, '>' }, { 0x2190, '<' },  { 0x25b6, '>' }, { 0x25be, 'v' }, { 0x25b8, '>' },
	{ 0x00b7, '.' }, { 0x2026, '~' },  { 0x2013, '-' }, { 0x2014, '-' }, { 0x2500, '-' },
	{ 0x2502, '|' }, { 0x2588, '#' },  { 0x2591, '.' }, { 0x2592, ':' }, { 0x25b2, '^' },
	{ 0x25cf, '*' }, { 0x2575, '\'' }, { 0x21b5, '$' }, { 0x2191, '^' }, { 0x2193, 'v' },
	{ 0x00b5, 'u' },
};

uint32_t cells__ornament(const struct cells *cells, uint32_t point)
{
	if (!cells->ascii || point < 0x80)
		return point;
	for (size_t i = 0; i < sizeof(ornaments) / sizeof(ornaments[0]); i++)
		if (ornaments[i].ours == point)
			return (unsigned char)ornaments[i].ascii;
	return point;
}

/* A wide character that loses one of its halves is gone. */
static void unhalve(struct area area, int row, int column)
{
	struct cell *cell = area_at(area, row, column), *next = area_at(area, row, column + 1);
	struct cell *before = area_at(area, row, column - 1);

	if (cell && cell->point == 0 && before)
		before->point = ' ';
	if (cell && next && next->point == 0)
		next->point = ' ';
}

static void set(struct area area, int row, int column, unsigned style, uint32_t point)
{
	struct cell *cell = area_at(area, row, column);

	if (!cell)
		return;
	unhalve(area, row, column);
	*cell = (struct cell){ .point = point, .style = (uint8_t)style };
}

/* The end of a text that was cut at the area's edge. */
static void put_cut(struct area area, int row, unsigned style)
{
	set(area, row, area.columns - 1, style, cells__ornament(area.cells, 0x2026));
}

int area__put_point(struct area area, int row, int column, unsigned style, uint32_t point)
{
	int width = cells_width(point);
	struct cell *before;

	if (column < 0 || row < 0 || row >= area.rows)
		return column + width;
	if (width == 0) {
		before = area_at(area, row, column - 1);
		if (before && before->point == 0)
			before = area_at(area, row, column - 2);
		if (before && !before->combining)
			before->combining = point;
		return column;
	}
	if (column + width > area.columns) {
		put_cut(area, row, style);
		return area.columns + 1;
	}
	set(area, row, column, style, cells__ornament(area.cells, point));
	if (width == 2) {
		set(area, row, column + 1, style, ' ');
		area_at(area, row, column + 1)->point = 0;
	}
	return column + width;
}

void area_fill(struct area area, int row, int column, int count, unsigned style, uint32_t point)
{
	for (int i = 0; i < count; i++)
		set(area, row, column + i, style, cells__ornament(area.cells, point));
}

void area_select(struct area area, int row)
{
	for (int column = 0; column < area.columns; column++) {
		struct cell *cell = area_at(area, row, column);

		if (cell)
			cell->style |= STYLE_SELECTED;
	}
}

/* By the directions in which lines leave a cell: up, down, left, right. */
static const uint16_t joints[16] = {
	' ',    0x2502, 0x2502, 0x2502, 0x2500, 0x2518, 0x2510, 0x2524,
	0x2500, 0x2514, 0x250c, 0x251c, 0x2500, 0x2534, 0x252c, 0x253c
};

static uint32_t joint(const struct cells *cells, unsigned lines)
{
	if (!cells->ascii)
		return joints[lines & 15];
	if ((lines & (LINE_UP | LINE_DOWN)) && (lines & (LINE_LEFT | LINE_RIGHT)))
		return '+';
	return (lines & (LINE_UP | LINE_DOWN)) ? '|' : '-';
}

static void line(struct area area, int row, int column, unsigned directions, unsigned style)
{
	struct cell *cell = area_at(area, row, column);
	unsigned lines;

	if (!cell)
		return;
	lines = cell->lines | directions;
	*cell = (struct cell){ .point = joint(area.cells, lines),
			       .style = (uint8_t)style,
			       .lines = (uint8_t)lines };
}

void area_box(struct area area, unsigned style)
{
	int bottom = area.rows - 1, right = area.columns - 1;

	if (bottom < 1 || right < 1)
		return;
	for (int column = 1; column < right; column++) {
		line(area, 0, column, LINE_LEFT | LINE_RIGHT, style);
		line(area, bottom, column, LINE_LEFT | LINE_RIGHT, style);
	}
	for (int row = 1; row < bottom; row++) {
		line(area, row, 0, LINE_UP | LINE_DOWN, style);
		line(area, row, right, LINE_UP | LINE_DOWN, style);
	}
	line(area, 0, 0, LINE_DOWN | LINE_RIGHT, style);
	line(area, 0, right, LINE_DOWN | LINE_LEFT, style);
	line(area, bottom, 0, LINE_UP | LINE_RIGHT, style);
	line(area, bottom, right, LINE_UP | LINE_LEFT, style);
}

struct area area_inside(struct area box)
{
	return area_part(box, 1, 1, box.rows - 2, box.columns - 2);
}

void area_title(struct area box, const char *title, bool focus)
{
	char text[320];

	snprintf(text, sizeof(text), focus ? "[%s]" : " %s ", title);
	area_put(area_part(box, 0, 2, 1, box.columns - 3), 0, 0, focus ? STYLE_FOCUS : STYLE_TITLE,
		 text);
}
