/* Text into cells: made safe, measured, cut. */
#include "tui/cells_internal.h"

#include <stdlib.h>
#include <string.h>

#include "trace/safe.h"

#define TEXT_MAX 4096            /* bytes of one text that are looked at */

struct range {
	uint32_t first, last;
};

static bool within(const struct range *ranges, size_t count, uint32_t point)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (point < ranges[middle].first)
			high = middle;
		else if (point > ranges[middle].last)
			low = middle + 1;
		else
			return true;
	}
	return false;
}

/* Both in order.  What is in neither takes one column. */
static const struct range marks[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x0610, 0x061a },
	{ 0x064b, 0x065f }, { 0x06d6, 0x06dc }, { 0x0900, 0x0902 }, { 0x093c, 0x093c },
	{ 0x0941, 0x0948 }, { 0x094d, 0x094d }, { 0x0e31, 0x0e31 }, { 0x0e34, 0x0e3a },
	{ 0x0e47, 0x0e4e }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x20d0, 0x20f0 },
	{ 0x302a, 0x302d }, { 0x3099, 0x309a }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
	{ 0xe0100, 0xe01ef },
};
static const struct range wide[] = {
	{ 0x1100, 0x115f },   { 0x231a, 0x231b },   { 0x2329, 0x232a },   { 0x23e9, 0x23ec },
	{ 0x25fd, 0x25fe },   { 0x2614, 0x2615 },   { 0x2648, 0x2653 },   { 0x26a1, 0x26a1 },
	{ 0x2705, 0x2705 },   { 0x270a, 0x270b },   { 0x2728, 0x2728 },   { 0x274c, 0x274c },
	{ 0x2753, 0x2755 },   { 0x2e80, 0x3029 },   { 0x302e, 0x303e },   { 0x3041, 0x3098 },
	{ 0x309b, 0x4dbf },   { 0x4e00, 0xa4cf },   { 0xa960, 0xa97c },   { 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },   { 0xfe10, 0xfe19 },   { 0xfe30, 0xfe6b },   { 0xff01, 0xff60 },
	{ 0xffe0, 0xffe6 },   { 0x1f300, 0x1f320 }, { 0x1f32d, 0x1f335 }, { 0x1f337, 0x1f37c },
	{ 0x1f3a0, 0x1f3ca }, { 0x1f400, 0x1f43e }, { 0x1f442, 0x1f4fc }, { 0x1f600, 0x1f64f },
	{ 0x1f680, 0x1f6c5 }, { 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
};

int cells_width(uint32_t point)
{
	if (point < 0x300)
		return 1;
	if (within(marks, sizeof(marks) / sizeof(marks[0]), point))
		return 0;
	return within(wide, sizeof(wide) / sizeof(wide[0]), point) ? 2 : 1;
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
