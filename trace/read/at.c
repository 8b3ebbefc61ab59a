/*
 * at.c - places by name, turned into rows.
 */
#include "trace/read/at.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "trace/base/failure.h"
#include "trace/store/store.h"
#include "trace/walk/walk.h"

#define STEP_BYTES 16 /* the longest is "34.2.1" */

/* A number without sign or blanks; false for any other text. */
static bool number_read(const char *text, int64_t *number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoll(text, &end, 10);
	return *end == '\0' && errno == 0;
}

/* The two numbers that the question gives, as far as they are not NULL. */
static int ask(struct store *store, sqlite3_stmt *question, int64_t *first, int64_t *second,
	       char **error)
{
	int status = question ? sqlite3_step(question) : SQLITE_ERROR;

	*first = *second = 0;
	if (status == SQLITE_ROW && sqlite3_column_type(question, 0) == SQLITE_INTEGER) {
		*first = sqlite3_column_int64(question, 0);
		*second = sqlite3_column_int64(question, 1);
	}
	if (question && status != SQLITE_ROW && status != SQLITE_DONE)
		store_failure(store, error);
	store_release(store, question);
	return status == SQLITE_ROW || status == SQLITE_DONE ? 0 : -1;
}

static int find_ends(struct store *store, int64_t *first, int64_t *last, char **error)
{
	int64_t unused;

	if (ask(store, store_prepare(store, "SELECT min(seq), 0 FROM events", error), first,
		&unused, error) < 0 ||
	    ask(store, store_prepare(store, "SELECT max(seq), 0 FROM events", error), last, &unused,
		error) < 0)
		return -1;
	if (*last == 0)
		return failure(error, "%s has no rows", store_path(store));
	return 0;
}

static int find_row(struct store *store, int64_t number, int64_t *seq, char **error)
{
	int64_t first, last, first_gap, last_gap;

	if (find_ends(store, &first, &last, error) < 0 ||
	    ask(store, store_prepare(store, "SELECT min(gap), max(gap) FROM gaps", error),
		&first_gap, &last_gap, error) < 0)
		return -1;
	if ((number < first || number > last) && (number < first_gap || number > last_gap))
		return failure(error,
			       "this trace has no row %" PRId64 "; its rows are %" PRId64
			       " to %" PRId64,
			       number, first, last);
	*seq = number;
	return 0;
}

static int find_turn(struct store *store, const char *text, int64_t *seq, char **error)
{
	sqlite3_stmt *s;
	int64_t number, most, unused;

	if (!number_read(text, &number))
		return failure(error, "'%s' is not the number of a turn", text);
	s = store_prepare(store, "SELECT min(seq), 0 FROM events WHERE turn = ?1", error);
	if (s)
		sqlite3_bind_int64(s, 1, number);
	if (ask(store, s, seq, &unused, error) < 0)
		return -1;
	if (*seq)
		return 0;
	s = store_prepare(store, "SELECT max(turn), 0 FROM events", error);
	if (ask(store, s, &most, &unused, error) < 0)
		return -1;
	return failure(error, "this run has no turn %" PRId64 "; its loop made %" PRId64, number,
		       most);
}

/* How often the step was taken, and the row of the asked occurrence (0: the last). */
static int find_taken(struct store *store, const char *step, int64_t occurrence, int64_t *seq,
		      int64_t *times, char **error)
{
	/* a bare column beside max() is that of the row that has the maximum */
	sqlite3_stmt *s = store_prepare(
		store, "SELECT max(occurrence), seq FROM article WHERE step = ?1", error);
	int64_t unused;

	if (s)
		sqlite3_bind_text(s, 1, step, -1, SQLITE_STATIC);
	if (ask(store, s, times, seq, error) < 0)
		return -1;
	if (occurrence == 0 || *times == 0)
		return 0;
	s = store_prepare(store, "SELECT seq, 0 FROM article WHERE step = ?1 AND occurrence = ?2",
			  error);
	if (s) {
		sqlite3_bind_text(s, 1, step, -1, SQLITE_STATIC);
		sqlite3_bind_int64(s, 2, occurrence);
	}
	return ask(store, s, seq, &unused, error);
}

/* Whether a run of this trace's sort can take the step; of one without a walk nobody knows. */
static bool may_take(struct store *store, const char *step)
{
	const struct walk *walk = walk_of_trace(store_handle(store));

	return walk ? walk_station_find(walk, step) != NULL : walk_station_exists(step);
}

static int find_step(struct store *store, const char *text, int64_t *seq, char **error)
{
	char step[STEP_BYTES] = "";
	const char *mark = strchr(text, '#');
	size_t length = mark ? (size_t)(mark - text) : strlen(text);
	int64_t occurrence = 1, times;

	if (length < sizeof(step))
		memcpy(step, text, length);
	if (mark && strcmp(mark + 1, "last") == 0)
		occurrence = 0;
	else if (mark && (!number_read(mark + 1, &occurrence) || occurrence == 0))
		return failure(error, "'%s' says neither how many times nor 'last'", mark + 1);
	if (find_taken(store, step, occurrence, seq, &times, error) < 0)
		return -1;
	if (times == 0 && !may_take(store, step))
		return failure(error, "the walk has no step '%.*s'", (int)length, text);
	if (times == 0)
		return failure(error, "this run did not take step %s", step);
	if (*seq == 0)
		return failure(error, "this run took step %s only %" PRId64 " time%s", step, times,
			       times == 1 ? "" : "s");
	return 0;
}

/* Kinds of system calls are from 3000 to 4095; each kind's first row is one look-up. */
static const char zero_sql[] =
	"SELECT time, 0 FROM events WHERE seq = coalesce("
	" CASE WHEN EXISTS (SELECT 1 FROM kinds k WHERE role = 'core' AND EXISTS"
	"   (SELECT 1 FROM events e WHERE e.kind = k.kind))"
	"  THEN (SELECT min(first) FROM (SELECT (SELECT seq FROM events e WHERE e.kind = k.kind"
	"    ORDER BY seq LIMIT 1) AS first FROM kinds k WHERE kind NOT BETWEEN 3000 AND 4095))"
	" END, (SELECT min(seq) FROM events))";

int at_zero(struct store *store, int64_t *time, char **error)
{
	int64_t unused;

	return ask(store, store_prepare(store, zero_sql, error), time, &unused, error);
}

int at_find(struct store *store, const char *where, int64_t *seq, char **error)
{
	int64_t number;

	*seq = 0;
	if (number_read(where, &number))
		return find_row(store, number, seq, error);
	if (strncmp(where, "step:", 5) == 0)
		return find_step(store, where + 5, seq, error);
	if (strncmp(where, "turn:", 5) == 0)
		return find_turn(store, where + 5, seq, error);
	if (strcmp(where, "end") == 0)
		return find_ends(store, &number, seq, error);
	return failure(error, "'%s' is no place in a trace; places are " AT_FORMS, where);
}

bool at_may_come(const char *where)
{
	const char *mark = strchr(where, '#');
	int64_t number;
	char step[STEP_BYTES];

	if (number_read(where, &number))
		return number > 0;
	if (strncmp(where, "turn:", 5) == 0)
		return number_read(where + 5, &number) && number > 0;
	if (strncmp(where, "step:", 5) != 0)
		return false;
	if (mark && (!number_read(mark + 1, &number) || number == 0))
		return false;
	where += 5;
	snprintf(step, sizeof(step), "%.*s", mark ? (int)(mark - where) : (int)sizeof(step), where);
	return walk_station_exists(step);
}
