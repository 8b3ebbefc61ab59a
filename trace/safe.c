#include "trace/safe.h"

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

unsigned safe_columns(unsigned point)
{
	static const struct {
		unsigned first, last;
	} wide[] = {
		{ 0x1100, 0x115f }, { 0x2e80, 0xa4cf },   { 0xac00, 0xd7a3 },
		{ 0xf900, 0xfaff }, { 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },
		{ 0xffe0, 0xffe6 }, { 0x1f300, 0x1faff }, { 0x20000, 0x3fffd },
	};

	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (point >= wide[i].first && point <= wide[i].last)
			return 2;
	return 1;
}
