/*
 * cells_text.c - text into cells: made safe, measured, cut.
 */
#include "tui/screen/cells_internal.h"

#include <stdlib.h>
#include <string.h>

#include "trace/base/safe.h"

#define TEXT_MAX 4096 /* bytes of one text that are looked at */

int cells_width(uint32_t point)
{
	return (int)safe_columns(point);
}

int cells_text_width(const char *text, size_t length)
{
	char safe[TEXT_MAX];
	size_t at = 0, total;
	int width = 0;
	unsigned point, n;

	total = safe_text(safe, sizeof(safe), text, length);
	total = total < sizeof(safe) ? total : strlen(safe);
	while (at < total && (n = safe_utf8((unsigned char *)safe + at, total - at, &point)) > 0) {
		width += cells_width(point);
		at += n;
	}
	return width;
}

/* A character that the terminal's encoding does not have is spelt out. */
static int put_spelt(struct area area, int row, int column, unsigned style, unsigned point)
{
	char spelt[16];

	snprintf(spelt, sizeof(spelt), "\\u{%x}", point);
	for (const char *p = spelt; *p && column <= area.columns; p++)
		column = area__put_point(area, row, column, style, (unsigned char)*p);
	return column;
}

int area_put_bytes(struct area area, int row, int column, unsigned style, const char *bytes,
		   size_t length)
{
	char safe[TEXT_MAX];
	size_t at = 0, total;
	unsigned point, n;

	total = safe_text(safe, sizeof(safe), bytes, length);
	total = total < sizeof(safe) ? total : strlen(safe);
	while (at < total && column <= area.columns) {
		n = safe_utf8((unsigned char *)safe + at, total - at, &point);
		if (n == 0)
			break;
		at += n;
		if (!area.cells->utf8 && cells__ornament(area.cells, point) >= 0x80)
			column = put_spelt(area, row, column, style, point);
		else
			column = area__put_point(area, row, column, style, point);
	}
	return column;
}

int area_put(struct area area, int row, int column, unsigned style, const char *text)
{
	return area_put_bytes(area, row, column, style, text, strlen(text));
}
