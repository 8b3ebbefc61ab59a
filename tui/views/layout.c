/*
 * layout.c - the layouts, and the first of them that a screen has room for.
 */
#include "tui/views/layout.h"

#include <stddef.h>
#include <stdio.h>

#define PARTS 4

/* Sizes: above 0 a share of what is left, below 0 so many lines inside the border. */
struct layout_pane {
	int size, view;
};
struct layout_column {
	int size;
	struct layout_pane panes[PARTS];
};
struct layout_band {
	int size;
	struct layout_column columns[PARTS];
};
struct layout {
	int rows, columns;    /* at least; with the lines above and below the area */
	enum view_name spare; /* what its spare pane shows at first */
	struct layout_band bands[PARTS];
};

/* clang-format off */
static const struct layout layouts[] = {
	{ 45, 170, VIEW_WHY, {
		{ 5, { { 5, { { 1, VIEW_STEPS } } },
		       { 6, { { 1, VIEW_SOURCE }, { -8, VIEW_NARRATION } } },
		       { 6, { { 3, VIEW_LOOP }, { 3, VIEW_STREAM }, { 4, VIEW_FUTURES } } } } },
		{ 2, { { 5, { { 1, VIEW_KERNEL } } },
		       { 6, { { 1, VIEW_HTTP } } },
		       { 6, { { 1, VIEW_SPARE } } } } },
		{ -3, { { 1, { { 1, VIEW_TIMELINE } } } } },
	} },
	{ 36, 110, VIEW_KERNEL, {
		{ 3, { { 5, { { 1, VIEW_STEPS } } },
		       { 6, { { 4, VIEW_LOOP }, { 4, VIEW_STREAM }, { 4, VIEW_FUTURES } } } } },
		{ -7, { { 5, { { 1, VIEW_SOURCE } } },
			{ 6, { { 1, VIEW_SPARE } } } } },
		{ -5, { { 1, { { 1, VIEW_NARRATION } } } } },
		{ -3, { { 1, { { 1, VIEW_TIMELINE } } } } },
	} },
	{ 24, 80, VIEW_STREAM, {
		{ 1, { { 1, { { 1, VIEW_STEPS } } },
		       { 1, { { 1, VIEW_LOOP }, { 1, VIEW_SPARE } } } } },
		{ -3, { { 1, { { 1, VIEW_SOURCE } } } } },
		{ -4, { { 1, { { 1, VIEW_NARRATION } } } } },
	} },
	{ LAYOUT_LEAST_ROWS, LAYOUT_LEAST_COLUMNS, VIEW_NARRATION, {
		{ 1, { { 1, { { 1, VIEW_STEPS } } } } },
		{ 1, { { 1, { { 1, VIEW_SPARE } } } } },
	} },
};

/* Of a program that says nothing itself there is neither loop nor source to show. */
static const struct layout kernel_layouts[] = {
	{ 24, 80, VIEW_TIMELINE, {
		{ 1, { { 1, { { 1, VIEW_STEPS } } },
		       { 1, { { 1, VIEW_KERNEL } } } } },
		{ -4, { { 1, { { 1, VIEW_NARRATION } } } } },
		{ -3, { { 1, { { 1, VIEW_SPARE } } } } },
	} },
	{ LAYOUT_LEAST_ROWS, LAYOUT_LEAST_COLUMNS, VIEW_KERNEL, {
		{ 1, { { 1, { { 1, VIEW_STEPS } } } } },
		{ 1, { { 1, { { 1, VIEW_SPARE } } } } },
	} },
};
/* clang-format on */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

const struct layout *layout_for(int rows, int columns, bool kernel_alone)
{
	const struct layout *table = kernel_alone ? kernel_layouts : layouts;
	size_t count = kernel_alone ? COUNT(kernel_layouts) : COUNT(layouts);

	for (size_t i = 0; i < count; i++)
		if (rows >= table[i].rows && columns >= table[i].columns)
			return &table[i];
	return NULL;
}

/*
 * Divides `total` cells into parts with a border before each and after the
 * last; at[i] becomes the place of the border before part i.
 */
static int divide(const int sizes[PARTS], int total, int at[PARTS + 1])
{
	int count = 0, shares = 0, left;

	while (count < PARTS && sizes[count])
		count++;
	left = total - (count + 1);
	for (int i = 0; i < count; i++) {
		if (sizes[i] < 0)
			left += sizes[i];
		else
			shares += sizes[i];
	}
	at[0] = 0;
	for (int i = 0; i < count; i++) {
		int size = sizes[i] < 0 ? -sizes[i] : left * sizes[i] / shares;

		if (sizes[i] > 0) {
			left -= size;
			shares -= sizes[i];
		}
		at[i + 1] = at[i] + size + 1;
	}
	return count;
}

static void place_column(const struct layout_column *column, struct area area,
			 void (*place)(void *context, int view, struct area box), void *context)
{
	int sizes[PARTS], at[PARTS + 1], count;

	for (int i = 0; i < PARTS; i++)
		sizes[i] = column->panes[i].size;
	count = divide(sizes, area.rows, at);
	for (int i = 0; i < count; i++)
		place(context, column->panes[i].view,
		      area_part(area, at[i], 0, at[i + 1] - at[i] + 1, area.columns));
}

static void place_band(const struct layout_band *band, struct area area,
		       void (*place)(void *context, int view, struct area box), void *context)
{
	int sizes[PARTS], at[PARTS + 1], count;

	for (int i = 0; i < PARTS; i++)
		sizes[i] = band->columns[i].size;
	count = divide(sizes, area.columns, at);
	for (int i = 0; i < count; i++)
		place_column(&band->columns[i],
			     area_part(area, 0, at[i], area.rows, at[i + 1] - at[i] + 1), place,
			     context);
}

void layout_place(const struct layout *layout, struct area area,
		  void (*place)(void *context, int view, struct area box), void *context)
{
	int sizes[PARTS], at[PARTS + 1], count;

	for (int i = 0; i < PARTS; i++)
		sizes[i] = layout->bands[i].size;
	count = divide(sizes, area.rows, at);
	for (int i = 0; i < count; i++)
		place_band(&layout->bands[i],
			   area_part(area, at[i], 0, at[i + 1] - at[i] + 1, area.columns), place,
			   context);
}

enum view_name layout_spare(const struct layout *layout)
{
	return layout->spare;
}

bool layout_has(const struct layout *layout, enum view_name view)
{
	for (int i = 0; i < PARTS; i++)
		for (int k = 0; k < PARTS; k++)
			for (int n = 0; n < PARTS; n++) {
				const struct layout_pane *p = &layout->bands[i].columns[k].panes[n];

				if (p->size && p->view == (int)view)
					return true;
			}
	return false;
}

void layout_put_too_small(const struct model *model, struct area area)
{
	char text[128];

	snprintf(text, sizeof(text), phrase(model, TOO_SMALL), LAYOUT_LEAST_COLUMNS,
		 LAYOUT_LEAST_ROWS, area.columns, area.rows);
	area_put(area, 0, 0, STYLE_ERROR, text);
}
