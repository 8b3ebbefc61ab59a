/*
 * python.c - int(), repr(), str.strip() and UTF-8 as Python 2.7 has them.
 */
#include "core/python/python.h"

#include <stdlib.h>
#include <string.h>

#include "core/python/alloc.h"
#include "core/python/exc.h"
#include "core/python/text.h"

bool python_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void python_strip(const char **text, size_t *length)
{
	while (*length && python_is_space(**text)) {
		++*text;
		--*length;
	}
	while (*length && python_is_space((*text)[*length - 1]))
		--*length;
}

/* One byte as repr shows it between quotes; returns how many characters. */
static size_t repr_byte(char *out, char c, char quote)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char byte = (unsigned char)c;

	out[0] = '\\';
	if (c == quote || c == '\\')
		return out[1] = c, 2;
	if (c == '\t')
		return out[1] = 't', 2;
	if (c == '\n')
		return out[1] = 'n', 2;
	if (c == '\r')
		return out[1] = 'r', 2;
	if (byte >= 0x20 && byte < 0x7f)
		return out[0] = c, 1;
	out[1] = 'x';
	out[2] = hex[byte >> 4];
	out[3] = hex[byte & 15];
	return 4;
}

char *python_repr(const char *text, size_t length)
{
	bool single = length && memchr(text, '\'', length);
	bool both = single && memchr(text, '"', length);
	char quote = single && !both ? '"' : '\'';
	char *out = core_alloc(4 * length + 3);
	size_t n = 0;

	out[n++] = quote;
	for (size_t i = 0; i < length; i++)
		n += repr_byte(out + n, text[i], quote);
	out[n++] = quote;
	return out;
}

/* CPython shows at most this much of what is not a number. */
#define SHOWN_MAX 200

static int invalid_literal(const char *text, size_t length, unsigned base)
{
	char *repr = python_repr(text, length);

	exc_raise(EXC_VALUE_ERROR, "invalid literal for int() with base %u: %s", base, repr);
	free(repr);
	return -1;
}

static unsigned digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A') + 10;
	return 36;
}

/* Reads the digits at text; returns how many, the value cut off at PYTHON_INT_MAX. */
static size_t read_digits(const char *text, unsigned base, int64_t *value)
{
	size_t n = 0;

	*value = 0;
	for (; digit_of(text[n]) < base; n++) {
		unsigned digit = digit_of(text[n]);

		if (*value > (PYTHON_INT_MAX - digit) / base)
			*value = PYTHON_INT_MAX;
		else
			*value = *value * base + digit;
	}
	return n;
}

/*
 * A sign may be followed by spaces (a quirk of PyOS_strtol), hexadecimal digits
 * may follow 0x.  What surrounds them is not a copy of text because both ends
 * of every str are NUL.
 */
static int parse_int(const char *text, unsigned base, int64_t *value)
{
	bool negative = *text == '-';
	size_t n;

	if (*text == '+' || *text == '-')
		text++;
	while (python_is_space(*text))
		text++;
	if (base == 16 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') &&
	    digit_of(text[2]) < 16)
		text += 2;
	n = read_digits(text, base, value);
	if (negative)
		*value = -*value;
	text += n;
	while (python_is_space(*text))
		text++;
	return n && !*text ? 0 : -1;
}

int python_int(const char *text, size_t length, unsigned base, int64_t *value)
{
	char *copy;
	const char *start;
	size_t shown;
	int status;

	if (length && memchr(text, '\0', length)) {
		if (base != 10)
			return invalid_literal(text, length, base);
		return exc_raise(EXC_VALUE_ERROR, "null byte in argument for int()");
	}
	copy = text_copy(text, length);
	start = copy;
	while (python_is_space(*start))
		start++;
	shown = strnlen(start, SHOWN_MAX);
	status = parse_int(start, base, value) < 0 ? invalid_literal(start, shown, base) : 0;
	free(copy);
	return status;
}

/* How long the character is that begins with this byte; 0 if none does. */
static size_t utf8_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/* What UTF-8 does not allow although all bytes look right; Python 2 lets surrogates pass. */
static bool utf8_out_of_range(const unsigned char *c)
{
	return (c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xf0 && c[1] < 0x90) ||
	       (c[0] == 0xf4 && c[1] > 0x8f);
}

static int utf8_raise(const unsigned char *text, size_t at, size_t length, const char *reason)
{
	if (length == 1)
		return exc_raise(EXC_UNICODE_DECODE_ERROR,
				 "'utf8' codec can't decode byte 0x%02x in position %zu: %s",
				 text[at], at, reason);
	return exc_raise(EXC_UNICODE_DECODE_ERROR,
			 "'utf8' codec can't decode bytes in position %zu-%zu: %s", at,
			 at + length - 1, reason);
}

int python_check_utf8(const char *string)
{
	const unsigned char *text = (const unsigned char *)string;
	size_t size = strlen(string), length, good;

	for (size_t at = 0; at < size; at += length) {
		length = utf8_length(text[at]);
		if (!length)
			return utf8_raise(text, at, 1, "invalid start byte");
		for (good = 1; good < length && (text[at + good] & 0xc0) == 0x80;)
			good++;
		if (at + length > size)
			return utf8_raise(text, at, good, "unexpected end of data");
		if (good == length && !utf8_out_of_range(text + at))
			continue;
		if (good == length)
			good--;
		return utf8_raise(text, at, good, "invalid continuation byte");
	}
	return 0;
}
