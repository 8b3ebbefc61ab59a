/*
 * httputil.c - HTTPHeaders.
 */
#include "core/httputil.h"

#include <ctype.h>
#include <string.h>

#include "core/generation.h"
#include "core/python/alloc.h"
#include "core/python/dict_headers.h"
#include "core/python/exc.h"
#include "core/python/python.h"
#include "core/python/text.h"

struct http_headers {
	unsigned refs;
	/* _as_list and the dict itself, which have the same keys in the same order */
	struct header_dict dict;
	char *last_key; /* _last_key: what a folded line continues; NULL if none */
};

struct http_headers *http_headers_new(void)
{
	struct http_headers *headers = core_alloc(sizeof(*headers));

	headers->refs = 1;
	header_dict_init(&headers->dict);
	return headers;
}

struct http_headers *http_headers_copy(const struct http_headers *other)
{
	struct http_headers *headers = http_headers_new();
	struct http_headers_cursor cursor = { 0 };
	const char *name, *value;

	while (other && http_headers_next(other, &cursor, &name, &value))
		http_headers_add(headers, name, value);
	return headers;
}

struct http_headers *http_headers_ref(struct http_headers *headers)
{
	headers->refs++;
	return headers;
}

void http_headers_free(struct http_headers *headers)
{
	if (!headers || --headers->refs)
		return;
	header_dict_release(&headers->dict);
	free(headers->last_key);
	free(headers);
}

/* _normalized_headers: "-".join(word.capitalize()).  The caller frees. */
static char *normalize(const char *name)
{
	char *normalized = text_duplicate(name);
	bool first = true;

	for (char *c = normalized; *c; c++) {
		unsigned char byte = (unsigned char)*c;

		if (byte < 0x80)
			*c = (char)(first ? toupper(byte) : tolower(byte));
		first = *c == '-';
	}
	return normalized;
}

/* Appends a value to a slot; joined follows. */
static void slot_append(struct header_slot *slot, const char *value)
{
	char *joined =
		slot->joined ? text_format("%s,%s", slot->joined, value) : text_duplicate(value);

	free(slot->joined);
	slot->joined = joined;
	slot->values =
		core_room_for_one(slot->values, slot->count, &slot->room, sizeof(*slot->values));
	slot->values[slot->count++] = text_duplicate(value);
}

void http_headers_add(struct http_headers *headers, const char *name, const char *value)
{
	char *normalized = normalize(name);
	struct header_slot *slot = header_dict_find(&headers->dict, normalized);

	if (!slot)
		slot = header_dict_insert(&headers->dict, normalized);
	slot_append(slot, value);
	free(headers->last_key);
	headers->last_key = normalized;
}

void http_headers_set(struct http_headers *headers, const char *name, const char *value)
{
	char *normalized = normalize(name);
	struct header_slot *slot = header_dict_find(&headers->dict, normalized);

	if (slot)
		header_slot_clear(slot);
	else
		slot = header_dict_insert(&headers->dict, normalized);
	slot_append(slot, value);
	free(normalized);
}

static int raise_key_error(const char *key)
{
	char *repr = python_repr(key, strlen(key));

	exc_raise(EXC_KEY_ERROR, "%s", repr);
	free(repr);
	return -1;
}

int http_headers_delete(struct http_headers *headers, const char *name)
{
	char *normalized = normalize(name);
	struct header_slot *slot = header_dict_find(&headers->dict, normalized);
	int status = 0;

	if (slot)
		header_dict_delete(&headers->dict, slot);
	else
		status = raise_key_error(normalized);
	free(normalized);
	return status;
}

const char *http_headers_get(const struct http_headers *headers, const char *name)
{
	char *normalized = normalize(name);
	struct header_slot *slot = header_dict_find(&headers->dict, normalized);

	free(normalized);
	return slot ? slot->joined : NULL;
}

bool http_headers_contains(const struct http_headers *headers, const char *name)
{
	return http_headers_get(headers, name) != NULL;
}

size_t http_headers_count(const struct http_headers *headers)
{
	size_t count = 0;

	for (size_t i = 0; i < headers->dict.size; i++)
		count += headers->dict.slots[i].count;
	return count;
}

bool http_headers_next(const struct http_headers *headers, struct http_headers_cursor *cursor,
		       const char **name, const char **value)
{
	const struct header_dict *dict = &headers->dict;

	while (cursor->slot < dict->size && cursor->value >= dict->slots[cursor->slot].count) {
		cursor->slot++;
		cursor->value = 0;
	}
	if (cursor->slot >= dict->size)
		return false;
	*name = dict->slots[cursor->slot].name;
	*value = dict->slots[cursor->slot].values[cursor->value++];
	return true;
}

/* Are the comma-separated pieces of joined all the same as its first `length` bytes? */
static bool all_pieces_equal(const char *joined, size_t length)
{
	const char *piece = joined + length;

	while (*piece) {
		piece++;
		while (python_is_space(*piece))
			piece++;
		if (strcspn(piece, ",") != length || strncmp(piece, joined, length) != 0)
			return false;
		piece += length;
	}
	return true;
}

int http_merge_content_lengths(struct http_headers *headers, enum exc_class class)
{
	const char *joined = http_headers_get(headers, "Content-Length");
	size_t length = strcspn(joined, ",");
	char *text;

	if (!joined[length])
		return 0;
	if (all_pieces_equal(joined, length)) {
		text = text_copy(joined, length);
		http_headers_set(headers, "Content-Length", text);
		free(text);
		return 0;
	}
	text = python_repr(joined, strlen(joined));
	exc_raise(class, "Multiple unequal Content-Lengths: %s", text);
	free(text);
	return -1;
}

/* parse_line for a continuation: its text goes on the last value. */
static int parse_folded(struct http_headers *headers, const char *line, size_t length)
{
	struct header_slot *slot;
	char *part, **last, *longer;

	if (!headers->last_key)
		return exc_raise(EXC_KEY_ERROR, "None");
	if (memchr(line, '\0', length))
		return exc_raise(EXC_VALUE_ERROR, "null byte in header");
	slot = header_dict_find(&headers->dict, headers->last_key);
	if (!slot)
		return raise_key_error(headers->last_key);
	while (length && python_is_space(*line))
		line++, length--;
	part = text_copy(line, length);
	last = &slot->values[slot->count - 1];
	longer = text_format("%s %s", *last, part);
	free(*last);
	*last = longer;
	longer = text_format("%s %s", slot->joined, part);
	free(slot->joined);
	slot->joined = longer;
	free(part);
	return 0;
}

int http_headers_parse_line(struct http_headers *headers, const char *line, size_t length)
{
	const char *colon, *value;
	size_t value_length;
	char *name_text, *value_text;

	if (python_is_space(*line))
		return parse_folded(headers, line, length);
	colon = memchr(line, ':', length);
	if (!colon)
		return exc_raise(EXC_VALUE_ERROR, "need more than 1 value to unpack");
	if (memchr(line, '\0', length))
		return exc_raise(EXC_VALUE_ERROR, "null byte in header");
	value = colon + 1;
	value_length = length - (size_t)(value - line);
	python_strip(&value, &value_length);
	name_text = text_copy(line, (size_t)(colon - line));
	value_text = text_copy(value, value_length);
	http_headers_add(headers, name_text, value_text);
	free(name_text);
	free(value_text);
	return 0;
}

/* The length of the first line: str.splitlines() ends one at CR, LF or CRLF, 4.3 not at CR alone. */
static size_t line_length(const char *text, size_t length)
{
	bool lone_cr = !generation()->traits->header_lines_end_at_lf;
	size_t n = 0;

	while (n < length && text[n] != '\n' &&
	       !(text[n] == '\r' && (lone_cr || (n + 1 < length && text[n + 1] == '\n'))))
		n++;
	return n;
}

int http_headers_parse(struct http_headers **out, const char *text, size_t length)
{
	struct http_headers *headers = http_headers_new();

	while (length) {
		size_t n = line_length(text, length);

		/* an empty line, as between CR and LF, is passed over */
		if (n && http_headers_parse_line(headers, text, n) < 0) {
			http_headers_free(headers);
			return -1;
		}
		if (n < length)
			n++;
		text += n;
		length -= n;
	}
	*out = headers;
	return 0;
}
