/*
 * query_print.c - an answer as CSV and as JSON.
 */
#include "trace/cmd/query_print.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "trace/base/failure.h"
#include "trace/base/json.h"
#include "trace/export/put.h"
#include "trace/store/query.h"

#define NAME_BYTES 128

static void put_hex(const unsigned char *bytes, int length)
{
	for (int i = 0; i < length; i++)
		printf("%02x", bytes[i]);
}

/* ---- CSV */

/* How many bytes come before the first of these; text may hold NULs. */
static size_t span(const char *text, size_t length, const char *stops)
{
	size_t n = 0;

	while (n < length && (text[n] == '\0' || !strchr(stops, text[n])))
		n++;
	return n;
}

/* A value with a comma, a quote or a line break stands in quotes, its quotes doubled. */
static void put_csv_text(const char *text, size_t length)
{
	if (span(text, length, ",\"\r\n") == length) {
		steps_put_bytes(stdout, text, length);
		return;
	}
	putchar('"');
	while (length) {
		size_t n = span(text, length, "\"\n");

		steps_put_bytes(stdout, text, n);
		if (n < length)
			fputs(text[n] == '"' ? "\"\"" : "\n", stdout);
		n += n < length;
		text += n;
		length -= n;
	}
	putchar('"');
}

static void put_csv_value(sqlite3_stmt *s, int column)
{
	switch (sqlite3_column_type(s, column)) {
	case SQLITE_NULL:
		return;
	case SQLITE_BLOB:
		put_hex(sqlite3_column_blob(s, column), sqlite3_column_bytes(s, column));
		return;
	default: {
		const char *text = (const char *)sqlite3_column_text(s, column);

		if (text)
			put_csv_text(text, (size_t)sqlite3_column_bytes(s, column));
	}
	}
}

int query_print_csv(struct query *query, char **error)
{
	sqlite3_stmt *s = query_statement(query);
	int columns = sqlite3_column_count(s), more;

	for (int i = 0; i < columns; i++) {
		const char *name = sqlite3_column_name(s, i);

		fputs(i ? "," : "", stdout);
		if (name)
			put_csv_text(name, strlen(name));
	}
	fputs("\r\n", stdout);
	while ((more = query_next(query, error)) > 0 && !ferror(stdout)) {
		for (int i = 0; i < columns; i++) {
			fputs(i ? "," : "", stdout);
			put_csv_value(s, i);
		}
		fputs("\r\n", stdout);
	}
	return more < 0 ? -1 : 0;
}

/* ---- JSON */

/* The names of the columns, each once: a second `seq` becomes `seq_2`. */
static char (*column_names(sqlite3_stmt *s, int columns))[NAME_BYTES]
{
	char(*names)[NAME_BYTES] = calloc((size_t)columns + 1, sizeof(*names));

	for (int i = 0; names && i < columns; i++) {
		const char *name = sqlite3_column_name(s, i);

		snprintf(names[i], NAME_BYTES, "%.100s", name ? name : "");
		for (int j = 0, same = 1; j < i; j++) {
			if (strcmp(names[j], names[i]) != 0)
				continue;
			snprintf(names[i], NAME_BYTES, "%.100s_%d", name ? name : "", ++same);
			j = -1;
		}
	}
	return names;
}

static void put_json_value(struct json *json, sqlite3_stmt *s, int column)
{
	switch (sqlite3_column_type(s, column)) {
	case SQLITE_NULL:
		json_null(json);
		break;
	case SQLITE_INTEGER:
		json_int(json, sqlite3_column_int64(s, column));
		break;
	case SQLITE_FLOAT:
		json_double(json, sqlite3_column_double(s, column));
		break;
	case SQLITE_TEXT:
		json_bytes(json, sqlite3_column_text(s, column),
			   (size_t)sqlite3_column_bytes(s, column));
		break;
	default:
		json_hex(json, sqlite3_column_blob(s, column),
			 (size_t)sqlite3_column_bytes(s, column));
	}
}

int query_print_json(struct query *query, char **error)
{
	sqlite3_stmt *s = query_statement(query);
	int columns = sqlite3_column_count(s), more;
	char(*names)[NAME_BYTES] = column_names(s, columns);
	struct json json;

	if (!names)
		return failure(error, "out of memory");
	json_init(&json, stdout);
	json_begin_array(&json);
	while ((more = query_next(query, error)) > 0 && !ferror(stdout)) {
		json_begin_object(&json);
		for (int i = 0; i < columns; i++) {
			json_key(&json, names[i]);
			put_json_value(&json, s, i);
		}
		json_end_object(&json);
		json_newline(&json);
	}
	json_end_array(&json);
	json_newline(&json);
	free(names);
	return more < 0 ? -1 : 0;
}
