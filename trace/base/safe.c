/*
 * safe.c - UTF-8 decoded strictly; whatever a terminal might obey is shown as
 * an escape.
 */
#include "trace/base/safe.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

unsigned safe_utf8(const unsigned char *in, size_t length, unsigned *point)
{
	static const unsigned smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned n, i, p;

	if (length == 0)
		return 0;
	if (in[0] < 0x80) {
		*point = in[0];
		return 1;
	}
	n = in[0] >= 0xf0 && in[0] < 0xf8   ? 4
	    : in[0] >= 0xe0 && in[0] < 0xf0 ? 3
	    : in[0] >= 0xc0 && in[0] < 0xe0 ? 2
					    : 0;
	if (n == 0 || n > length)
		return 0;
	p = in[0] & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		if ((in[i] & 0xc0) != 0x80)
			return 0;
		p = p << 6 | (in[i] & 0x3fu);
	}
	/* overlong forms, surrogates and what lies beyond Unicode are not UTF-8 */
	if (p < smallest[n] || p > 0x10ffff || (p >= 0xd800 && p <= 0xdfff))
		return 0;
	*point = p;
	return n;
}

/* Characters that show nothing themselves but change how others are shown. */
static bool is_unsafe(unsigned point)
{
	static const struct {
		unsigned first, last;
	} ranges[] = {
		{ 0x00, 0x1f },     { 0x7f, 0x9f },     { 0xad, 0xad },       { 0x061c, 0x061c },
		{ 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e },   { 0x2060, 0x206f },
		{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return false;
}

size_t safe_text(char *out, size_t size, const char *in, size_t length)
{
	const unsigned char *p = (const unsigned char *)in;
	size_t total = 0, kept = 0;

	while (length > 0) {
		unsigned point = 0, n = safe_utf8(p, length, &point);
		char piece[16];
		size_t piece_length;

		if (n == 0) {
			n = 1;
			piece_length = (size_t)snprintf(piece, sizeof(piece), "\\x%02x", *p);
		} else if (is_unsafe(point)) {
			piece_length = (size_t)snprintf(
				piece, sizeof(piece), point < 0x80 ? "\\x%02x" : "\\u{%x}", point);
		} else {
			memcpy(piece, p, n);
			piece_length = n;
		}
		/* once a piece did not fit, nothing after it may slip in */
		if (kept == total && kept + piece_length < size) {
			memcpy(out + kept, piece, piece_length);
			kept += piece_length;
		}
		total += piece_length;
		p += n;
		length -= n;
	}
	if (size > 0)
		out[kept] = '\0';
	return total;
}

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
	{ 0x0300, 0x036f },   { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x0610, 0x061a },
	{ 0x064b, 0x065f },   { 0x06d6, 0x06dc }, { 0x0900, 0x0902 }, { 0x093c, 0x093c },
	{ 0x0941, 0x0948 },   { 0x094d, 0x094d }, { 0x0e31, 0x0e31 }, { 0x0e34, 0x0e3a },
	{ 0x0e47, 0x0e4e },   { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x20d0, 0x20f0 },
	{ 0x302a, 0x302d },   { 0x3099, 0x309a }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
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

unsigned safe_columns(unsigned point)
{
	if (point < 0x300)
		return 1;
	if (within(marks, sizeof(marks) / sizeof(marks[0]), point))
		return 0;
	return within(wide, sizeof(wide) / sizeof(wide[0]), point) ? 2 : 1;
}
