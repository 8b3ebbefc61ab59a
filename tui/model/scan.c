/*
 * scan.c - patterns, and the search along the rows, a slice of time at a time.
 */
#include "tui/model/scan.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include "trace/base/failure.h"
#include "trace/emit/clock.h"
#include "trace/read/rows.h"
#include "trace/store/store.h"
#include "tui/model/visible.h"

#define BETWEEN_LOOKS 256 /* rows read between two looks at the clock */

/* fd#1, future#2, waker */
static bool is_object(const char *text)
{
	const char *number = strchr(text, '#');

	if (strcmp(text, "waker") == 0 || strcmp(text, "waker_w") == 0)
		return true;
	return number && number > text && number[1] &&
	       number[1 + strspn(number + 1, "0123456789")] == '\0' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz_") == (size_t)(number - text);
}

#define KINDS_LIKE                                                                                 \
	"SELECT kind FROM kinds WHERE name = ?1 OR symbol = ?1 OR "                                \
	"substr(name, -length(?1) - 1) = '.' || ?1 OR "                                            \
	"(layer = 'kernel' AND name LIKE '%' || ?1) LIMIT 64"

static bool has_kind(struct store *store, const char *name, char **error)
{
	sqlite3_stmt *s = store_prepare(store, KINDS_LIKE, error);
	bool there;

	if (!s)
		return false;
	sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
	there = sqlite3_step(s) == SQLITE_ROW;
	store_release(store, s);
	return there;
}

int pattern_parse(struct pattern *pattern, struct store *store, const char *text, char **error)
{
	text += strspn(text, " ");
	pattern->is = PATTERN_IN_TEXT;
	if (strncmp(text, "kind:", 5) == 0)
		pattern->is = PATTERN_KIND;
	else if (strncmp(text, "step:", 5) == 0)
		pattern->is = PATTERN_STEP;
	else if (is_object(text))
		pattern->is = PATTERN_OBJECT;
	if (pattern->is == PATTERN_KIND || pattern->is == PATTERN_STEP)
		text += 5;
	if (!*text)
		return failure(error, "there is nothing to look for");
	if (strlen(text) >= sizeof(pattern->text))
		return failure(error, "that is too long to look for");
	snprintf(pattern->text, sizeof(pattern->text), "%s", text);
	if (pattern->is == PATTERN_KIND && !has_kind(store, text, error))
		return failure(error, "this trace has no kind of event called %s", text);
	return 0;
}

void pattern_name(const struct pattern *pattern, char *out, unsigned size)
{
	snprintf(out, size, "%s%s",
		 pattern->is == PATTERN_KIND   ? "kind:"
		 : pattern->is == PATTERN_STEP ? "step:"
					       : "",
		 pattern->text);
}

static const char *find_object(const char *text, const char *object)
{
	size_t length = strlen(object);
	const char *at = text;

	while ((at = strstr(at, object)) != NULL) {
		char before = at == text ? ' ' : at[-1], after = at[length];

		if (strchr(" =,;(", before) && (after == '\0' || strchr(" ,;):", after)))
			return at;
		at += length;
	}
	return NULL;
}

bool pattern_has_object(const char *text, const char *object)
{
	return find_object(text, object) != NULL;
}

const char *pattern_find(const struct pattern *pattern, const char *text)
{
	if (pattern->is == PATTERN_OBJECT)
		return find_object(text, pattern->text);
	return pattern->is == PATTERN_IN_TEXT ? strcasestr(text, pattern->text) : NULL;
}

/* As KINDS_LIKE has it: the whole name, its end after a dot, or the end of a call's name. */
static bool is_of_kind(const struct steps_row *row, const char *kind)
{
	size_t length = strcspn(row->event, ":"), n = strlen(kind);
	const char *end = row->event + length;

	if (strcmp(row->symbol, kind) == 0)
		return true;
	if (length < n || strncmp(end - n, kind, n) != 0)
		return false;
	return length == n || end[-(ptrdiff_t)n - 1] == '.' || row->is == STEPS_CALL;
}

static bool takes_step(const struct steps_row *row, const char *step)
{
	for (unsigned i = 0; i < row->taken_count; i++)
		if (strcmp(row->taken[i].step, step) == 0)
			return true;
	return false;
}

bool pattern_fits(const struct pattern *pattern, const struct steps_row *row)
{
	switch (pattern->is) {
	case PATTERN_KIND:
		return is_of_kind(row, pattern->text);
	case PATTERN_STEP:
		return takes_step(row, pattern->text);
	case PATTERN_OBJECT:
		return pattern_find(pattern, row->detail) != NULL;
	case PATTERN_IN_TEXT:
		return pattern_find(pattern, row->event) || pattern_find(pattern, row->detail) ||
		       (row->file && pattern_find(pattern, row->file)) ||
		       (row->function && pattern_find(pattern, row->function));
	case PATTERN_NONE:
		break;
	}
	return false;
}

void scan_init(struct scan *scan, struct store *store)
{
	*scan = (struct scan){ .state = SCAN_IDLE, .store = store };
}

void scan_release(struct scan *scan)
{
	free(scan->trouble);
	scan->trouble = NULL;
}

static int64_t nearer(const struct scan *scan, int64_t a, int64_t b)
{
	if (!a || !b)
		return a ? a : b;
	return scan->direction > 0 ? (a < b ? a : b) : (a > b ? a : b);
}

static int64_t nearest_of_kind(struct scan *scan, struct rows *rows, const char *name, int64_t from)
{
	sqlite3_stmt *s = store_prepare(scan->store, KINDS_LIKE, &scan->trouble);
	int64_t nearest = 0;

	if (!s)
		return 0;
	sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
	while (sqlite3_step(s) == SQLITE_ROW)
		nearest = nearer(
			scan, nearest,
			rows_of_kind(rows, sqlite3_column_int64(s, 0), from, scan->direction));
	store_release(scan->store, s);
	return nearest;
}

#define TEXTS_SQL                                                                                  \
	"SELECT e.seq, k.name, e.detail, s.file, s.function FROM events e "                        \
	"LEFT JOIN kinds k ON k.kind = e.kind LEFT JOIN sites s ON s.site = e.site "

void scan_begin(struct scan *scan, struct rows *rows, const struct pattern *patterns,
		unsigned count, int64_t from, int direction)
{
	scan->direction = direction;
	scan->at = from;
	scan->limit = 0;
	scan->count = 0;
	scan->state = SCAN_RUNNING;
	for (unsigned i = 0; i < count && scan->count < SCAN_PATTERNS; i++) {
		const struct pattern *p = &patterns[i];

		if (p->is == PATTERN_KIND)
			scan->limit = nearer(scan, scan->limit,
					     nearest_of_kind(scan, rows, p->text, from));
		else if (p->is == PATTERN_STEP)
			scan->limit = nearer(scan, scan->limit,
					     rows_of_step(rows, p->text, from, direction));
		else
			scan->patterns[scan->count++] = *p;
	}
	if (scan->count == 0) {
		scan->found = scan->limit;
		scan->state = scan->limit ? SCAN_FOUND : SCAN_NOTHING;
	}
}

static bool fits(const struct scan *scan, sqlite3_stmt *s)
{
	for (unsigned i = 0; i < scan->count; i++) {
		const struct pattern *p = &scan->patterns[i];

		for (int column = 1; column <= 4; column++) {
			const char *text = (const char *)sqlite3_column_text(s, column);

			if (text && (p->is != PATTERN_OBJECT || column == 2) &&
			    pattern_find(p, text))
				return true;
		}
	}
	return false;
}

/* The last row before the limit was read, or the last of all. */
static enum scan_state come_to_end(struct scan *scan)
{
	scan->found = scan->limit;
	return scan->state = scan->limit ? SCAN_FOUND : SCAN_NOTHING;
}

enum scan_state scan_run(struct scan *scan, int64_t nanoseconds)
{
	int64_t end = (int64_t)clock_now() + nanoseconds;
	sqlite3_stmt *s;
	int rc = SQLITE_DONE, read = 0;

	if (scan->state != SCAN_RUNNING)
		return scan->state;
	s = store_prepare(scan->store,
			  scan->direction > 0 ? TEXTS_SQL "WHERE e.seq > ?1 ORDER BY e.seq"
					      : TEXTS_SQL "WHERE e.seq < ?1 ORDER BY e.seq DESC",
			  &scan->trouble);
	if (!s)
		return scan->state = SCAN_NOTHING;
	sqlite3_bind_int64(s, 1, scan->at);
	while (scan->state == SCAN_RUNNING && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		scan->at = sqlite3_column_int64(s, 0);
		if (scan->limit &&
		    (scan->direction > 0 ? scan->at >= scan->limit : scan->at <= scan->limit)) {
			come_to_end(scan);
		} else if (fits(scan, s)) {
			scan->found = scan->at;
			scan->state = SCAN_FOUND;
		} else if (++read % BETWEEN_LOOKS == 0 && (int64_t)clock_now() > end) {
			break;
		}
	}
	if (rc != SQLITE_ROW && scan->state == SCAN_RUNNING) {
		if (rc != SQLITE_DONE)
			store_failure(scan->store, &scan->trouble);
		come_to_end(scan);
	}
	store_release(scan->store, s);
	return scan->state;
}
