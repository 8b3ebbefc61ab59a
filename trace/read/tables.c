/*
 * tables.c - what is read of a trace once: kinds, sites, the names of its
 * ports.
 */
#include "trace/read/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/base/grow.h"
#include "trace/base/numbered.h"
#include "trace/kinds/meaning.h"

/* What a file may claim to have of these; more is not ours. */
#define KINDS_MAX 65536
#define SITES_MAX 65536

int steps__trouble(struct steps *steps, char **error)
{
	return failure(error, "cannot read the trace: %s", sqlite3_errmsg(steps->db));
}

int steps__out_of_memory(char **error)
{
	return failure(error, "out of memory while reading the trace");
}

const char *steps__column(sqlite3_stmt *s, int n)
{
	const char *text = (const char *)sqlite3_column_text(s, n);

	return text ? text : "";
}

int steps__query(struct steps *steps, sqlite3_stmt **out, const char *sql, char **error)
{
	if (sqlite3_prepare_v2(steps->db, sql, -1, out, NULL) != SQLITE_OK)
		return steps__trouble(steps, error);
	return 0;
}

bool steps__text_add(struct steps_text *text, const char *bytes, size_t length)
{
	if (!array_grow(&text->bytes, &text->room, text->length + length + 1, 1))
		return false;
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
	return true;
}

bool steps__text_put(struct steps_text *text, const char *string)
{
	return steps__text_add(text, string, strlen(string));
}

bool steps__text_clear(struct steps_text *text)
{
	text->length = 0;
	return steps__text_add(text, "", 0);
}

/* Fields that a stranger declares wrongly are fields that nobody can name. */
static struct catalog_fields *fields_read(const char *text, bool of_return)
{
	struct catalog_fields fields, *copy;
	int status = of_return ? catalog_parse_returns(text, &fields)
			       : catalog_parse_fields(text, &fields);

	if (status < 0 || (of_return && status != CATALOG_RETURNS_ROW) || fields.count == 0)
		return NULL;
	copy = malloc(sizeof(*copy));
	if (copy)
		*copy = fields;
	return copy;
}

static int kind_read(struct steps *steps, sqlite3_stmt *s)
{
	struct steps_kind *kind;

	if (!array_grow_zeroed(&steps->kinds, &steps->kind_room, steps->kind_count + 1,
			       sizeof(*kind)))
		return -1;
	kind = &steps->kinds[steps->kind_count++];
	kind->kind = sqlite3_column_int64(s, 0);
	kind->symbol = strdup(steps__column(s, 1));
	kind->means = meaning_of_symbol(steps__column(s, 1));
	kind->fields = fields_read(steps__column(s, 6), false);
	kind->return_fields = fields_read(steps__column(s, 7), true);
	kind->name = strdup(steps__column(s, 2));
	kind->layer = strdup(steps__column(s, 3));
	kind->english = strdup(steps__column(s, 4));
	kind->chinese = strdup(steps__column(s, 5));
	if (asprintf(&kind->return_name, "%s:return", steps__column(s, 2)) < 0)
		kind->return_name = NULL;
	return kind->symbol && kind->name && kind->layer && kind->english && kind->chinese &&
			       kind->return_name
		       ? 0
		       : -1;
}

static int site_read(struct steps *steps, sqlite3_stmt *s)
{
	struct steps_site *site;

	if (!array_grow_zeroed(&steps->sites, &steps->site_room, steps->site_count + 1,
			       sizeof(*site)))
		return -1;
	site = &steps->sites[steps->site_count++];
	site->site = sqlite3_column_int64(s, 0);
	site->line = sqlite3_column_int64(s, 1);
	site->file = strdup(steps__column(s, 2));
	site->function = strdup(steps__column(s, 3));
	return site->file && site->function ? 0 : -1;
}

static int alias_read(struct steps *steps, sqlite3_stmt *s)
{
	struct steps_alias *alias = &steps->aliases[steps->alias_count++];

	snprintf(alias->port, sizeof(alias->port), ":%s", steps__column(s, 1));
	alias->name = strdup(steps__column(s, 0));
	return alias->name ? 0 : -1;
}

/* Reads up to `most` rows of a table into memory, each by `take`. */
static int table_read(struct steps *steps, const char *sql, int most,
		      int (*take)(struct steps *, sqlite3_stmt *), char **error)
{
	sqlite3_stmt *s;
	int rc, result = 0;

	if (steps__query(steps, &s, sql, error) < 0)
		return -1;
	sqlite3_bind_int(s, 1, most);
	while (result == 0 && (rc = sqlite3_step(s)) == SQLITE_ROW)
		if (take(steps, s) < 0)
			result = steps__out_of_memory(error);
	if (result == 0 && rc != SQLITE_DONE)
		result = steps__trouble(steps, error);
	sqlite3_finalize(s);
	return result;
}

int steps__tables_read(struct steps *steps, char **error)
{
	if (table_read(
		    steps,
		    "SELECT kind, symbol, name, layer, english, chinese, fields, returns FROM kinds "
		    "ORDER BY kind LIMIT ?1",
		    KINDS_MAX, kind_read, error) < 0 ||
	    table_read(steps, "SELECT site, line, file, function FROM sites ORDER BY site LIMIT ?1",
		       SITES_MAX, site_read, error) < 0)
		return -1;
	return table_read(steps,
			  "SELECT substr(key, 7), value FROM run WHERE key GLOB 'alias:*' "
			  "AND CAST(value AS TEXT) GLOB '[1-9]*' "
			  "AND length(value) <= 5 ORDER BY key LIMIT ?1",
			  STEPS_ALIASES_MAX, alias_read, error);
}

void steps__tables_release(struct steps *steps)
{
	for (size_t i = 0; i < steps->kind_count; i++) {
		free(steps->kinds[i].symbol);
		free(steps->kinds[i].fields);
		free(steps->kinds[i].return_fields);
		free(steps->kinds[i].name);
		free(steps->kinds[i].return_name);
		free(steps->kinds[i].layer);
		free(steps->kinds[i].english);
		free(steps->kinds[i].chinese);
	}
	for (size_t i = 0; i < steps->site_count; i++) {
		free(steps->sites[i].file);
		free(steps->sites[i].function);
	}
	for (unsigned i = 0; i < steps->alias_count; i++)
		free(steps->aliases[i].name);
	free(steps->kinds);
	free(steps->sites);
	free(steps->aliased.bytes);
}

const struct steps_kind *steps__kind_find(const struct steps *steps, int64_t kind)
{
	static const struct steps_kind unknown = { .symbol = "",
						   .name = "unknown",
						   .return_name = "unknown:return",
						   .layer = "",
						   .english = "",
						   .chinese = "" };
	const struct steps_kind *known =
		numbered_find(steps->kinds, steps->kind_count, sizeof(*known), kind);

	return known ? known : &unknown;
}

const struct steps_site *steps__site_find(const struct steps *steps, int64_t site)
{
	static const struct steps_site unknown = { .file = "", .function = "" };
	const struct steps_site *known =
		numbered_find(steps->sites, steps->site_count, sizeof(*known), site);

	return known ? known : &unknown;
}

static const struct steps_alias *alias_at(const struct steps *steps, const char *text, size_t left,
					  size_t *length)
{
	for (unsigned i = 0; i < steps->alias_count; i++) {
		*length = strlen(steps->aliases[i].port);
		if (left >= *length && memcmp(text, steps->aliases[i].port, *length) == 0 &&
		    (left == *length || text[*length] < '0' || text[*length] > '9'))
			return &steps->aliases[i];
	}
	return NULL;
}

const char *steps_with_aliases(struct steps *steps, const char *text, size_t *length)
{
	struct steps_text *out = &steps->aliased;
	size_t left = *length;

	if (!steps__text_clear(out))
		return NULL;
	while (left) {
		const char *colon = memchr(text, ':', left);
		size_t plain = colon ? (size_t)(colon - text) : left, port;
		const struct steps_alias *alias = NULL;

		if (!steps__text_add(out, text, plain))
			return NULL;
		text += plain;
		left -= plain;
		if (left)
			alias = alias_at(steps, text, left, &port);
		if (alias && (!steps__text_put(out, ":$") || !steps__text_put(out, alias->name)))
			return NULL;
		if (!alias && left && !steps__text_add(out, text, port = 1))
			return NULL;
		if (left) {
			text += port;
			left -= port;
		}
	}
	*length = out->length;
	return out->bytes;
}
