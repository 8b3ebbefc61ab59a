/*
 * row.c - "key=value; key=value" cut apart, and a field found by its name.
 */
#include "trace/kinds/row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct row_text nothing = { "", 0 };

/* Where the pair that begins at p ends: before a "; ", or with the detail. */
static const char *pair_end(const char *p, const char *end)
{
	const char *semicolon;

	while ((semicolon = memchr(p, ';', (size_t)(end - p)))) {
		if (semicolon + 1 == end || semicolon[1] == ' ')
			return semicolon;
		p = semicolon + 1;
	}
	return end;
}

bool row_next(const char **at, const char *end, struct row_pair *pair)
{
	const char *p = *at, *stop, *equals;

	if (p >= end)
		return false;
	stop = pair_end(p, end);
	equals = memchr(p, '=', (size_t)(stop - p));
	pair->key = equals ? (struct row_text){ p, (size_t)(equals - p) } : nothing;
	p = equals ? equals + 1 : p;
	pair->value = (struct row_text){ p, (size_t)(stop - p) };
	for (p = stop + (stop < end); p < end && *p == ' ';)
		p++;
	*at = p;
	return true;
}

static bool find(const char *detail, const char *key, struct row_pair *pair)
{
	const char *end = detail ? detail + strlen(detail) : NULL;

	while (row_next(&detail, end, pair))
		if (row_is(pair->key, key))
			return true;
	return false;
}

struct row_text row_text(const char *detail, const char *key)
{
	struct row_pair pair;

	return find(detail, key, &pair) ? pair.value : nothing;
}

bool row_has(const char *detail, const char *key)
{
	struct row_pair pair;

	return find(detail, key, &pair);
}

bool row_is(struct row_text text, const char *word)
{
	return strlen(word) == text.length && memcmp(text.text, word, text.length) == 0;
}

bool row_begins(struct row_text text, const char *word)
{
	size_t length = strlen(word);

	return length <= text.length && memcmp(text.text, word, length) == 0;
}

int64_t row_decimal(struct row_text text)
{
	char digits[24];

	return strtoll(row_copy(text, digits, sizeof(digits)), NULL, 10);
}

char *row_copy(struct row_text text, char *out, size_t size)
{
	size_t length = text.length < size ? text.length : size - 1;

	memcpy(out, text.text, length);
	out[length] = '\0';
	return out;
}

/* Fields of the payload take no place among a0..a3. */
static void take_number(const struct row *row, const char *name, struct row_value *value)
{
	unsigned place = 0;

	for (unsigned i = 0; row->fields && i < row->fields->count; i++) {
		const struct catalog_field *field = &row->fields->field[i];
		bool numeric = !FIELD_TYPE_IN_PAYLOAD(field->type);

		if (strcmp(field->name, name) == 0) {
			value->type = field->type;
			value->has_number = numeric && (row->has >> place & 1);
			value->number = value->has_number ? row->a[place] : 0;
			return;
		}
		place += numeric;
	}
}

struct row_value row_field(const struct row *row, const char *name)
{
	struct row_value value = { .text = row_text(row->detail, name) };

	take_number(row, name, &value);
	return value;
}
