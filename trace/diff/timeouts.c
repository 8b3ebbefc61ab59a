/*
 * timeouts.c - how long the timeouts are that a connection asks for.
 *
 * A row of add_timeout tells what is left at that moment, and that depends on
 * how long the resolver took.  But a connection reckons from its own beginning
 * (_HTTPConnection.start_time): the timeout it was given is at least what is
 * left, and at most that and all the time that has passed since the connection
 * began.  Two timeouts are told apart only where these bounds do not meet, so
 * that time that passed is never taken for another option.
 */
#include "trace/diff/internal.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "trace/base/failure.h"
#include "trace/base/grow.h"
#include "trace/store/store.h"

/* A row of add_timeout, and the bounds of what was asked for, in nanoseconds. */
struct asked {
	int64_t seq, least, most;
};

struct diff_timeouts {
	struct asked *asked; /* by seq */
	size_t count, room;
	int64_t open;  /* connections that are under way */
	int64_t since; /* time at which the first of them began */
};

/* What a row is to this count. */
enum { BEGINS = 1, ENDS, ASKS };

/* Of the timeouts only those count that show the function of a connection, by its name there. */
static const char timeouts_sql[] =
	"SELECT e.seq, e.time, k.is_what, e.a1 FROM (SELECT kind, CASE means(symbol) "
	"WHEN 'CONNECTION_MADE' THEN 1 WHEN 'FETCH_RELEASED' THEN 2 WHEN 'TIMEOUT_ASKED' THEN 3 "
	"WHEN 'TIMEOUT_ADDED' THEN 3 END AS is_what FROM kinds) k JOIN events e USING (kind) WHERE k.is_what IS NOT NULL "
	"AND e.phase <> 2 AND (k.is_what <> 3 OR EXISTS (SELECT 1 FROM kinds t WHERE "
	"means(t.symbol) = 'CONNECTION_TIMED_OUT' AND instr(e.detail, t.name))) ORDER BY e.seq";

static bool asked_add(struct diff_timeouts *timeouts, int64_t seq, int64_t left, int64_t passed)
{
	struct asked *asked;

	if (!array_grow(&timeouts->asked, &timeouts->room, timeouts->count + 1,
			sizeof(*timeouts->asked)))
		return false;
	asked = &timeouts->asked[timeouts->count++];
	*asked = (struct asked){ .seq = seq, .least = left };
	/* times of a stranger's may be anything */
	if (passed < 0 || __builtin_add_overflow(left, passed, &asked->most))
		asked->most = INT64_MAX;
	return true;
}

static bool row_look(struct diff_timeouts *timeouts, sqlite3_stmt *s)
{
	int64_t time = sqlite3_column_int64(s, 1), passed;

	switch (sqlite3_column_int(s, 2)) {
	case BEGINS: /* of several connections nobody knows which one asks: the oldest */
		if (timeouts->open++ == 0)
			timeouts->since = time;
		return true;
	case ENDS:
		timeouts->open -= timeouts->open > 0;
		return true;
	}
	if (sqlite3_column_type(s, 3) != SQLITE_INTEGER)
		return true;
	if (!timeouts->open || __builtin_sub_overflow(time, timeouts->since, &passed))
		passed = -1;
	return asked_add(timeouts, sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 3), passed);
}

int diff_timeouts_new(struct diff_timeouts **out, struct store *store, char **error)
{
	struct diff_timeouts *timeouts = *out = calloc(1, sizeof(*timeouts));
	sqlite3_stmt *s = store_prepare(store, timeouts_sql, error);
	int rc = SQLITE_ERROR;
	bool fine = timeouts != NULL;

	if (!s)
		return -1;
	while (fine && (rc = sqlite3_step(s)) == SQLITE_ROW)
		fine = row_look(timeouts, s);
	store_release(store, s);
	if (!fine)
		return failure(error, "out of memory");
	return rc == SQLITE_DONE ? 0 : store_failure(store, error);
}

void diff_timeouts_free(struct diff_timeouts *timeouts)
{
	if (!timeouts)
		return;
	free(timeouts->asked);
	free(timeouts);
}

static int asked_compare(const void *key, const void *entry)
{
	int64_t seq = *(const int64_t *)key, at = ((const struct asked *)entry)->seq;

	return (seq > at) - (seq < at);
}

bool diff_timeouts_differ(const struct diff_timeouts *a, int64_t a_seq,
			  const struct diff_timeouts *b, int64_t b_seq)
{
	const struct asked *x, *y;

	if (!a->count || !b->count)
		return false;
	x = bsearch(&a_seq, a->asked, a->count, sizeof(*x), asked_compare);
	y = bsearch(&b_seq, b->asked, b->count, sizeof(*y), asked_compare);
	return x && y && (x->least > y->most || y->least > x->most);
}
