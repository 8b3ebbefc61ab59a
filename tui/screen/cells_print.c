/*
 * cells_print.c - a grid as text, with colours if a theme is given.
 */
#include "tui/screen/cells.h"

static void put_point(FILE *out, uint32_t point)
{
	if (point < 0x80) {
		putc((int)point, out);
	} else if (point < 0x800) {
		putc((int)(0xc0 | point >> 6), out);
		putc((int)(0x80 | (point & 0x3f)), out);
	} else if (point < 0x10000) {
		putc((int)(0xe0 | point >> 12), out);
		putc((int)(0x80 | (point >> 6 & 0x3f)), out);
		putc((int)(0x80 | (point & 0x3f)), out);
	} else {
		putc((int)(0xf0 | point >> 18), out);
		putc((int)(0x80 | (point >> 12 & 0x3f)), out);
		putc((int)(0x80 | (point >> 6 & 0x3f)), out);
		putc((int)(0x80 | (point & 0x3f)), out);
	}
}

static void put_look(FILE *out, struct look look)
{
	fputs("\033[0", out);
	if (look.attributes & LOOK_BOLD)
		fputs(";1", out);
	if (look.attributes & LOOK_DIM)
		fputs(";2", out);
	if (look.attributes & LOOK_UNDERLINE)
		fputs(";4", out);
	if (look.attributes & LOOK_REVERSE)
		fputs(";7", out);
	if (look.ink >= 0)
		fprintf(out, ";%d", 30 + look.ink);
	if (look.paper >= 0)
		fprintf(out, ";%d", 40 + look.paper);
	putc('m', out);
}

static int row_end(const struct cells *cells, int row)
{
	int end = cells->columns;

	while (end > 0 && cells_at(cells, row, end - 1)->point == ' ')
		end--;
	return end;
}

void cells_print(const struct cells *cells, const struct theme *theme, FILE *out)
{
	for (int row = 0; row < cells->rows; row++) {
		int end = theme ? cells->columns : row_end(cells, row);
		unsigned style = ~0u;

		for (int column = 0; column < end; column++) {
			const struct cell *cell = cells_at(cells, row, column);

			if (theme && cell->style != style) {
				style = cell->style;
				put_look(out, theme_look(theme, style));
			}
			if (cell->point)
				put_point(out, cell->point);
			if (cell->combining)
				put_point(out, cell->combining);
		}
		fputs(theme ? "\033[0m\n" : "\n", out);
	}
}
