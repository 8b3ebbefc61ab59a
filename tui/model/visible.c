/*
 * visible.c - rows by number, their places in the tree, and what is seen of
 * them.
 */
#include "tui/model/visible_internal.h"

#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/base/numbered.h"
#include "trace/emit/ring.h"
#include "trace/kinds/meaning.h"
#include "trace/store/store.h"

#define KINDS_MAX 65536

/* By the numbers of enum rows_query. */
static const char *const queries[ROWS_QUERIES] = {
	[ROWS_AFTER] = "SELECT seq, kind FROM events WHERE seq > ?1 ORDER BY seq",
	[ROWS_BEFORE] = "SELECT seq, kind FROM events WHERE seq < ?1 ORDER BY seq DESC",
	[ROWS_STEP_AFTER] = "SELECT seq, step FROM article WHERE seq > ?1 ORDER BY seq",
	[ROWS_STEP_BEFORE] = "SELECT seq, step FROM article WHERE seq < ?1 ORDER BY seq DESC",
	[ROWS_CALL_AFTER] = "SELECT c.seq, e.parent FROM syscalls c JOIN events e USING (seq) "
			    "WHERE c.seq > ?1 ORDER BY c.seq",
	[ROWS_CALL_BEFORE] = "SELECT c.seq, e.parent FROM syscalls c JOIN events e USING (seq) "
			     "WHERE c.seq < ?1 ORDER BY c.seq DESC",
	[ROWS_KIND_AFTER] = "SELECT min(seq) FROM events WHERE kind = ?2 AND seq > ?1",
	[ROWS_KIND_BEFORE] = "SELECT max(seq) FROM events WHERE kind = ?2 AND seq < ?1",
	[ROWS_TURN] = "SELECT min(seq) FROM events WHERE turn = ?1",
	[ROWS_LAST] = "SELECT max(seq) FROM events",
	[ROWS_MEANING_AFTER] = "SELECT min((SELECT min(seq) FROM events e WHERE e.kind = k.kind "
			       "AND e.seq > ?1)) FROM kinds k WHERE means(k.symbol) = ?2",
	[ROWS_MEANING_BEFORE] = "SELECT max((SELECT max(seq) FROM events e WHERE e.kind = k.kind "
				"AND e.seq < ?1)) FROM kinds k WHERE means(k.symbol) = ?2",
	[ROWS_CANDIDATE] = "SELECT phase, a0, EXISTS (SELECT 1 FROM article a WHERE "
			   "a.seq = e.seq) FROM events e WHERE e.seq = ?1",
	[ROWS_PLACE] = "SELECT e.seq, e.time, coalesce(e.parent, 0), e.depth, e.turn, e.kind, "
		       "e.phase, n.after FROM events e LEFT JOIN ends n "
		       "ON n.seq = e.seq AND e.phase = 1 WHERE e.seq = ?1",
};

int64_t rows__trouble(struct rows *rows)
{
	failure(&rows->trouble, "cannot read the trace: %s",
		sqlite3_errmsg(store_handle(rows->store)));
	return 0;
}

/* The statement, ready to run for that number. */
sqlite3_stmt *rows__query(struct rows *rows, enum rows_query query, int64_t number)
{
	sqlite3_stmt *s = rows->queries[query];

	sqlite3_reset(s);
	sqlite3_bind_int64(s, 1, number);
	return s;
}

/* One row of the statement: true; its end or trouble: false. */
bool rows__step(struct rows *rows, sqlite3_stmt *s)
{
	int rc = sqlite3_step(s);

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		rows__trouble(rows);
	return rc == SQLITE_ROW;
}

/* The one number that a query gives, 0 for none. */
int64_t rows__number(struct rows *rows, sqlite3_stmt *s)
{
	int64_t number = rows__step(rows, s) ? sqlite3_column_int64(s, 0) : 0;

	sqlite3_reset(s);
	return number;
}

static int read_kinds(struct rows *rows, char **error)
{
	sqlite3_stmt *s = store_prepare(
		rows->store, "SELECT kind, layer, role, symbol FROM kinds ORDER BY kind LIMIT ?1",
		error);

	if (!s)
		return -1;
	rows->kinds = calloc(KINDS_MAX, sizeof(*rows->kinds));
	if (!rows->kinds)
		return failure(error, "out of memory");
	sqlite3_bind_int(s, 1, KINDS_MAX);
	while (sqlite3_step(s) == SQLITE_ROW) {
		const char *layer = (const char *)sqlite3_column_text(s, 1);
		const char *role = (const char *)sqlite3_column_text(s, 2);
		const char *symbol = (const char *)sqlite3_column_text(s, 3);
		struct rows_kind *kind = &rows->kinds[rows->kind_count];

		if (!layer || !role || !symbol)
			continue;
		kind->kind = sqlite3_column_int64(s, 0);
		kind->means = meaning_of_symbol(symbol);
		kind->call = strcmp(layer, "kernel") == 0;
		kind->core = !kind->call && strcmp(layer, "run") != 0 && strcmp(role, "core") == 0;
		rows->kind_count++;
	}
	store_release(rows->store, s);
	return 0;
}

int rows_open(struct rows **out, struct store *store, char **error)
{
	struct rows *rows = calloc(1, sizeof(*rows));

	*out = NULL;
	if (!rows)
		return failure(error, "out of memory");
	rows->store = store;
	for (int i = 0; i < ROWS_QUERIES; i++) {
		rows->queries[i] = store_prepare(store, queries[i], error);
		if (!rows->queries[i]) {
			rows_free(rows);
			return -1;
		}
	}
	if (read_kinds(rows, error) < 0) {
		rows_free(rows);
		return -1;
	}
	rows->end = rows_of_meaning(rows, MEANS_RUN_ENDS, INT64_MAX, -1);
	rows__find_decisive(rows);
	*out = rows;
	return 0;
}

void rows_free(struct rows *rows)
{
	if (!rows)
		return;
	for (int i = 0; i < ROWS_QUERIES; i++)
		if (rows->queries[i])
			store_release(rows->store, rows->queries[i]);
	free(rows->kinds);
	free(rows->folded);
	free(rows->trouble);
	free(rows);
}

char *rows_trouble(struct rows *rows)
{
	char *trouble = rows->trouble;

	rows->trouble = NULL;
	return trouble;
}

const struct rows_kind *rows__kind(const struct rows *rows, int64_t kind)
{
	static const struct rows_kind unknown = { 0 };
	const struct rows_kind *known =
		numbered_find(rows->kinds, rows->kind_count, sizeof(*known), kind);

	return known ? known : &unknown;
}

int64_t rows_last(struct rows *rows)
{
	return rows__number(rows, rows__query(rows, ROWS_LAST, 0));
}

int64_t rows_end(struct rows *rows)
{
	return rows->end;
}

bool rows_place(struct rows *rows, int64_t seq, struct rows_place *place)
{
	sqlite3_stmt *s = rows__query(rows, ROWS_PLACE, seq);
	bool there = rows__step(rows, s);

	*place = (struct rows_place){ 0 };
	if (there) {
		place->seq = sqlite3_column_int64(s, 0);
		place->time = sqlite3_column_int64(s, 1);
		place->parent = sqlite3_column_int64(s, 2);
		place->depth = sqlite3_column_int64(s, 3);
		place->turn = sqlite3_column_int64(s, 4);
		place->kind = sqlite3_column_int64(s, 5);
		place->phase = (unsigned)sqlite3_column_int64(s, 6);
		place->after = sqlite3_column_int64(s, 7);
		/* a span that did not end has all that came after inside */
		if (place->phase == RING_BEGIN && sqlite3_column_type(s, 7) == SQLITE_NULL)
			place->after = INT64_MAX;
		if (place->after < seq)
			place->after = seq;
		place->call = rows__kind(rows, place->kind)->call;
	}
	sqlite3_reset(s);
	return there;
}

int64_t rows_turn(struct rows *rows, int64_t seq, int direction)
{
	struct rows_place place;
	int64_t first;

	if (!rows_place(rows, seq, &place))
		return 0;
	first = rows__number(rows, rows__query(rows, ROWS_TURN, place.turn));
	/* back goes to the beginning of this turn first, as a player's button does */
	if (direction < 0 && first && first < seq)
		return first;
	return rows__number(rows, rows__query(rows, ROWS_TURN, place.turn + direction));
}

int64_t rows_of_kind(struct rows *rows, int64_t kind, int64_t seq, int direction)
{
	sqlite3_stmt *s =
		rows__query(rows, direction > 0 ? ROWS_KIND_AFTER : ROWS_KIND_BEFORE, seq);

	sqlite3_bind_int64(s, 2, kind);
	return rows__number(rows, s);
}

int64_t rows_of_meaning(struct rows *rows, enum meaning means, int64_t seq, int direction)
{
	sqlite3_stmt *s =
		rows__query(rows, direction > 0 ? ROWS_MEANING_AFTER : ROWS_MEANING_BEFORE, seq);

	sqlite3_bind_text(s, 2, meaning_name(means), -1, SQLITE_STATIC);
	return rows__number(rows, s);
}

int64_t rows_of_step(struct rows *rows, const char *step, int64_t seq, int direction)
{
	sqlite3_stmt *s =
		rows__query(rows, direction > 0 ? ROWS_STEP_AFTER : ROWS_STEP_BEFORE, seq);
	int64_t found = 0;

	while (!found && rows__step(rows, s)) {
		const char *text = (const char *)sqlite3_column_text(s, 1);

		if (text && strcmp(text, step) == 0)
			found = sqlite3_column_int64(s, 0);
	}
	sqlite3_reset(s);
	return found;
}
