/*
 * why_rows.c - the rows that the way from an event is made of, and how they are
 * looked up.
 */
#include "trace/read/why_internal.h"

#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/emit/ring.h"
#include "trace/kinds/meaning.h"
#include "trace/store/store.h"

#define SENDS_MAX "100000" /* looked at to find one on a descriptor */

#define ROW_COLUMNS                                                                                \
	"e.seq, e.time, e.parent, e.depth, e.thread, e.asked_by, e.triggered_by, e.a0, "           \
	"e.phase, k.symbol, k.layer = 'kernel' FROM events e LEFT JOIN kinds k ON k.kind = e.kind "

static int prepare(struct why *why, char **error)
{
	const struct {
		sqlite3_stmt **slot;
		const char *sql;
	} statements[] = {
		{ &why->row, "SELECT " ROW_COLUMNS "WHERE e.seq = ?1" },
		{ &why->first_child,
		  "SELECT " ROW_COLUMNS "WHERE e.parent = ?1 ORDER BY e.seq LIMIT 1" },
		{ &why->last_child,
		  "SELECT " ROW_COLUMNS "WHERE e.parent = ?1 ORDER BY e.seq DESC LIMIT 1" },
		{ &why->end, "SELECT after FROM ends WHERE seq = ?1" },
		/* the begin of the poll that a loop.poll:return ends */
		{ &why->poll_begin, "SELECT " ROW_COLUMNS "WHERE e.kind = " STORE_KIND(
					    "POLL") " AND e.seq < ?1 ORDER BY e.seq DESC LIMIT 1" },
		{ &why->sent,
		  "SELECT " ROW_COLUMNS
		  "WHERE e.seq = (SELECT max((SELECT s.seq FROM (SELECT x.seq, "
		  "x.a0 FROM events x WHERE x.kind = m.kind AND x.seq < ?1 ORDER BY x.seq DESC "
		  "LIMIT " SENDS_MAX ") s WHERE s.a0 = ?2 LIMIT 1)) FROM kinds m "
		  "WHERE means(m.symbol) IN ('BYTES_SENT', 'SOCKET_CONNECTS'))" },
		{ &why->dispatched,
		  "SELECT " ROW_COLUMNS "WHERE e.triggered_by = ?1 AND e.seq <= ?2 "
		  "AND means(k.symbol) = 'DISPATCHED' ORDER BY e.seq DESC LIMIT 1" },
		{ &why->led, "SELECT seq, triggered_by, thread, depth FROM events WHERE seq IN ("
			     "SELECT seq FROM events WHERE asked_by BETWEEN ?1 AND ?2 UNION "
			     "SELECT seq FROM events WHERE triggered_by BETWEEN ?1 AND ?2) "
			     "ORDER BY seq" },
	};

	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		*statements[i].slot = store_prepare(why->store, statements[i].sql, error);
		if (!*statements[i].slot)
			return -1;
	}
	return 0;
}

int why_open(struct why **out, struct store *store, char **error)
{
	struct why *why = calloc(1, sizeof(*why));

	*out = NULL;
	if (!why)
		return failure(error, "out of memory while reading the trace");
	why->store = store;
	if (prepare(why, error) < 0) {
		why_free(why);
		return -1;
	}
	*out = why;
	return 0;
}

void why_free(struct why *why)
{
	if (!why)
		return;
	store_release(why->store, why->row);
	store_release(why->store, why->first_child);
	store_release(why->store, why->last_child);
	store_release(why->store, why->end);
	store_release(why->store, why->poll_begin);
	store_release(why->store, why->sent);
	store_release(why->store, why->dispatched);
	store_release(why->store, why->led);
	free(why);
}

/* ---- rows */

int why__fetch(struct why *why, sqlite3_stmt *s, int64_t number, struct why_row *row, char **error)
{
	const char *symbol;
	int status;

	sqlite3_bind_int64(s, 1, number);
	status = sqlite3_step(s);
	*row = (struct why_row){ 0 };
	if (status == SQLITE_ROW) {
		symbol = (const char *)sqlite3_column_text(s, 9);
		row->seq = sqlite3_column_int64(s, 0);
		row->time = sqlite3_column_int64(s, 1);
		row->parent = sqlite3_column_int64(s, 2);
		row->depth = sqlite3_column_int64(s, 3);
		row->thread = sqlite3_column_int64(s, 4);
		row->asked_by = sqlite3_column_int64(s, 5);
		row->triggered_by = sqlite3_column_int64(s, 6);
		row->object = sqlite3_column_int64(s, 7);
		row->phase = (unsigned)sqlite3_column_int(s, 8);
		row->means = symbol ? meaning_of_symbol(symbol) : MEANS_NOTHING;
		row->call = sqlite3_column_int(s, 10) != 0;
	}
	sqlite3_reset(s);
	if (status == SQLITE_ROW)
		return 1;
	return status == SQLITE_DONE ? 0 : store_failure(why->store, error);
}

bool why__is_poll_return(const struct why_row *row)
{
	return row->phase == RING_END && row->means == MEANS_POLL;
}

/* The last row inside a span; of anything else the row itself.  -1 on trouble. */
static int64_t span_last(struct why *why, int64_t seq, char **error)
{
	int status;
	int64_t last = seq;

	sqlite3_bind_int64(why->end, 1, seq);
	status = sqlite3_step(why->end);
	if (status == SQLITE_ROW && sqlite3_column_int64(why->end, 0) > last)
		last = sqlite3_column_int64(why->end, 0);
	else if (status == SQLITE_DONE)
		last = seq;
	sqlite3_reset(why->end);
	return status == SQLITE_ROW || status == SQLITE_DONE ? last
							     : store_failure(why->store, error);
}

int why__is_inline(struct why *why, const struct why_row *row, char **error)
{
	struct why_row trigger;
	int64_t last;
	int status = why__fetch(why, why->row, row->triggered_by, &trigger, error);

	if (status <= 0)
		return status;
	if (trigger.phase != RING_BEGIN || trigger.thread != row->thread ||
	    trigger.depth >= row->depth)
		return 0;
	last = span_last(why, trigger.seq, error);
	return last < 0 ? -1 : trigger.seq < row->seq && row->seq <= last;
}

int why__is_within(struct why *why, int64_t seq, int64_t span, char **error)
{
	int64_t last;

	if (span <= 0 || seq <= span)
		return 0;
	last = span_last(why, span, error);
	return last < 0 ? -1 : seq <= last;
}

int why__last_sent(struct why *why, int64_t object, int64_t before, int64_t *seq, char **error)
{
	struct why_row row = { 0 };
	int status = 0;

	if (object) {
		sqlite3_bind_int64(why->sent, 2, object);
		status = why__fetch(why, why->sent, before, &row, error);
	}
	*seq = row.seq;
	return status < 0 ? -1 : 0;
}

int why_led_to(struct why *why, int64_t seq, int64_t *rows, unsigned room, char **error)
{
	int64_t last = span_last(why, seq, error);
	unsigned count = 0;
	int status = SQLITE_DONE;

	if (last < 0)
		return -1;
	sqlite3_bind_int64(why->led, 1, seq);
	sqlite3_bind_int64(why->led, 2, last);
	while (count < room && (status = sqlite3_step(why->led)) == SQLITE_ROW) {
		struct why_row row = {
			.seq = sqlite3_column_int64(why->led, 0),
			.triggered_by = sqlite3_column_int64(why->led, 1),
			.thread = sqlite3_column_int64(why->led, 2),
			.depth = sqlite3_column_int64(why->led, 3),
		};
		int inside = row.seq > last ? 0 : why__is_inline(why, &row, error);

		if (inside < 0)
			status = SQLITE_ERROR;
		else if (!inside)
			rows[count++] = row.seq;
	}
	if (status != SQLITE_ROW && status != SQLITE_DONE)
		store_failure(why->store, error);
	sqlite3_reset(why->led);
	return status == SQLITE_ROW || status == SQLITE_DONE ? (int)count : -1;
}
