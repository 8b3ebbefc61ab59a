/*
 * json.c - JSON written as it comes: the commas, and every byte of a string
 * made valid.
 */
#include "trace/base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "trace/base/safe.h"

void json_init(struct json *json, FILE *file)
{
	*json = (struct json){ .file = file };
}

/* The comma that goes before a value or key, if one does. */
static void separate(struct json *json)
{
	uint64_t bit = (uint64_t)1 << json->depth;

	if (json->after_key)
		json->after_key = false;
	else if (json->depth && (json->filled & bit))
		putc(',', json->file);
	json->filled |= bit;
}

static void open_level(struct json *json, char bracket)
{
	separate(json);
	putc(bracket, json->file);
	assert(json->depth < JSON_DEPTH_MAX);
	json->depth++;
	json->filled &= ~((uint64_t)1 << json->depth);
}

static void close_level(struct json *json, char bracket)
{
	assert(json->depth > 0 && !json->after_key);
	json->depth--;
	putc(bracket, json->file);
}

void json_begin_object(struct json *json)
{
	open_level(json, '{');
}

void json_end_object(struct json *json)
{
	close_level(json, '}');
}

void json_begin_array(struct json *json)
{
	open_level(json, '[');
}

void json_end_array(struct json *json)
{
	close_level(json, ']');
}

static void put_ascii(FILE *file, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *special = c ? strchr(from, c) : NULL;

	if (special)
		fprintf(file, "\\%c", to[special - from]);
	else if (c < 0x20 || c == 0x7f)
		fprintf(file, "\\u%04x", c);
	else
		putc(c, file);
}

/* What a terminal might obey is written as \u even where JSON would allow it. */
static void put_point(FILE *file, const unsigned char *p, size_t n, unsigned point)
{
	char safe[16];

	if (safe_text(safe, sizeof(safe), (const char *)p, n) == n)
		fwrite(p, 1, n, file);
	else if (point < 0x10000)
		fprintf(file, "\\u%04x", point);
	else
		fprintf(file, "\\u%04x\\u%04x", 0xd7c0 + (point >> 10), 0xdc00 + (point & 0x3ff));
}

/* How many bytes from p stand for themselves. */
static size_t plain_length(const unsigned char *p, size_t left)
{
	size_t n = 0;

	while (n < left && p[n] >= 0x20 && p[n] < 0x7f && p[n] != '"' && p[n] != '\\')
		n++;
	return n;
}

static void put_quoted(FILE *file, const unsigned char *p, size_t left)
{
	putc('"', file);
	while (left) {
		unsigned point;
		size_t n = plain_length(p, left);

		if (n)
			fwrite(p, 1, n, file);
		else if ((n = safe_utf8(p, left, &point)) == 1)
			put_ascii(file, *p);
		else if (n)
			put_point(file, p, n, point);
		else
			fputs("\xef\xbf\xbd", file);
		n = n ? n : 1;
		p += n;
		left -= n;
	}
	putc('"', file);
}

void json_key(struct json *json, const char *key)
{
	separate(json);
	put_quoted(json->file, (const unsigned char *)key, strlen(key));
	putc(':', json->file);
	json->after_key = true;
}

void json_bytes(struct json *json, const void *bytes, size_t length)
{
	separate(json);
	put_quoted(json->file, bytes, length);
}

void json_string(struct json *json, const char *text)
{
	if (text)
		json_bytes(json, text, strlen(text));
	else
		json_null(json);
}

void json_int(struct json *json, int64_t n)
{
	separate(json);
	fprintf(json->file, "%" PRId64, n);
}

void json_hex(struct json *json, const void *bytes, size_t length)
{
	const unsigned char *p = bytes;

	separate(json);
	putc('"', json->file);
	for (size_t i = 0; i < length; i++)
		fprintf(json->file, "%02x", p[i]);
	putc('"', json->file);
}

void json_double(struct json *json, double number)
{
	separate(json);
	if (isfinite(number))
		fprintf(json->file, "%.17g", number);
	else
		fputs("null", json->file);
}

void json_bool(struct json *json, bool truth)
{
	separate(json);
	fputs(truth ? "true" : "false", json->file);
}

void json_null(struct json *json)
{
	separate(json);
	fputs("null", json->file);
}

void json_member_int(struct json *json, const char *key, int64_t n)
{
	json_key(json, key);
	json_int(json, n);
}

void json_member_string(struct json *json, const char *key, const char *text)
{
	json_key(json, key);
	json_string(json, text);
}

void json_member_bool(struct json *json, const char *key, bool truth)
{
	json_key(json, key);
	json_bool(json, truth);
}

void json_member_int_or_null(struct json *json, const char *key, bool known, int64_t n)
{
	json_key(json, key);
	if (known)
		json_int(json, n);
	else
		json_null(json);
}

void json_newline(struct json *json)
{
	putc('\n', json->file);
}
