#include "trace/why.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "trace/catalog.h"
#include "trace/failure.h"
#include "trace/ring.h"
#include "trace/store.h"

#define CLIMB_MAX 256                    /* spans around a trigger that are looked at */
#define SENDS_MAX "100000"               /* sends that are looked at for that of one descriptor */

/* What the way needs of a row; seq 0 is no row. */
struct row {
	int64_t seq, time, parent, depth, thread, asked_by, triggered_by, object;
	unsigned phase;
	char symbol[64];
};

/* Why a span ran later than inline. */
struct cause {
	int64_t asked_by, triggered_by;
};

struct why {
	struct store *store;
	sqlite3_stmt *row, *first_child, *last_child, *end, *poll, *sent, *dispatched, *led;
	enum why_links links;
	struct row at;           /* the row to be given next */
	enum why_by by;
	struct cause noted;      /* of the innermost deferred span since the last hop */
	bool begun;              /* at is the first row of its turn on this way */
	enum why_end end_is;
};

#define ROW_COLUMNS                                                                      \
	"e.seq, e.time, e.parent, e.depth, e.thread, e.asked_by, e.triggered_by, e.a0, " \
	"e.phase, k.symbol FROM events e LEFT JOIN kinds k ON k.kind = e.kind "

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
		{ &why->poll,
		  "SELECT " ROW_COLUMNS "WHERE e.kind = (SELECT kind FROM kinds WHERE symbol = "
		  "'loop_poll') AND e.seq < ?1 ORDER BY e.seq DESC LIMIT 1" },
		{ &why->sent,
		  "SELECT " ROW_COLUMNS "WHERE e.seq = (SELECT seq FROM (SELECT seq, a0 FROM events "
		  "WHERE kind = (SELECT kind FROM kinds WHERE symbol = ?3) AND seq < ?1 "
		  "ORDER BY seq DESC LIMIT " SENDS_MAX ") WHERE a0 = ?2 LIMIT 1)" },
		{ &why->dispatched,
		  "SELECT " ROW_COLUMNS "WHERE e.triggered_by = ?1 ORDER BY e.seq LIMIT 1" },
		{ &why->led,
		  "SELECT seq, triggered_by, thread, depth FROM events WHERE seq IN ("
		  "SELECT seq FROM events WHERE asked_by BETWEEN ?1 AND ?2 AND seq > ?3 UNION "
		  "SELECT seq FROM events WHERE triggered_by BETWEEN ?1 AND ?2 AND seq > ?3) "
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
	store_release(why->store, why->poll);
	store_release(why->store, why->sent);
	store_release(why->store, why->dispatched);
	store_release(why->store, why->led);
	free(why);
}

/* ---- rows */

/* Runs a question whose one answer is a row.  1, 0 = none (*row is zeroed), -1. */
static int fetch(struct why *why, sqlite3_stmt *s, struct row *row, char **error)
{
	const char *symbol;
	int status = sqlite3_step(s);

	*row = (struct row){ 0 };
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
		strncpy(row->symbol, symbol ? symbol : "", sizeof(row->symbol) - 1);
	}
	sqlite3_reset(s);
	if (status == SQLITE_ROW)
		return 1;
	return status == SQLITE_DONE ? 0 : store_failure(why->store, error);
}

static int fetch_by(struct why *why, sqlite3_stmt *s, int64_t number, struct row *row,
		    char **error)
{
	sqlite3_bind_int64(s, 1, number);
	return fetch(why, s, row, error);
}

static bool is(const struct row *row, const char *symbol)
{
	return strcmp(row->symbol, symbol) == 0;
}

static bool is_poll_return(const struct row *row)
{
	return row->phase == RING_END && is(row, "loop_poll");
}

/* Calls that the kernel saw have kinds of their own, without a place in the catalogue. */
static bool is_call(const struct row *row)
{
	return strncmp(row->symbol, "kernel_", 7) == 0;
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
	return status == SQLITE_ROW || status == SQLITE_DONE ? last :
							       store_failure(why->store, error);
}

/*
 * Whether a row with causes ran inside what triggered it, as a future's
 * callbacks run inside set_result: that one is among its callers then, and
 * nothing was deferred.  1, 0 or -1.
 */
static int is_inline(struct why *why, const struct row *row, char **error)
{
	struct row trigger;
	int64_t last;
	int status = fetch_by(why, why->row, row->triggered_by, &trigger, error);

	if (status <= 0)
		return status;
	if (trigger.phase != RING_BEGIN || trigger.thread != row->thread ||
	    trigger.depth >= row->depth)
		return 0;
	last = span_last(why, trigger.seq, error);
	return last < 0 ? -1 : trigger.seq < row->seq && row->seq <= last;
}

/* ---- what the loop called, and what made it due */

/* Sets *frame: the loop called this row itself, or nobody that is recorded did.  0 or -1. */
static int is_frame(struct why *why, const struct row *row, bool *frame, char **error)
{
	struct row parent;

	*frame = true;
	if (row->parent == 0)
		return 0;
	if (fetch_by(why, why->row, row->parent, &parent, error) < 0)
		return -1;
	*frame = is(&parent, "PollIOLoop_start");
	return 0;
}

/* Takes note of a row's causes if it was deferred and nothing inside it was. */
static int note(struct why *why, const struct row *row, struct cause *noted, char **error)
{
	int inside;

	if (noted->asked_by || !row->asked_by)
		return 0;
	inside = is_inline(why, row, error);
	if (inside == 0)
		*noted = (struct cause){ row->asked_by, row->triggered_by };
	return inside < 0 ? -1 : 0;
}

/*
 * A call of the loop's may be the wrapper of one that was asked for elsewhere:
 * the loop's _run_callback was asked for by add_callback, the stream's wrapper
 * in it by read_until, and that is who asked.  A way that begins at the outer
 * row has not seen the inner one yet.
 */
static int note_wrapped(struct why *why, const struct row *row, struct cause *noted, char **error)
{
	struct row child;
	int status;

	if (noted->asked_by || !row->asked_by)
		return 0;
	status = fetch_by(why, why->first_child, row->seq, &child, error);
	return status > 0 ? note(why, &child, noted, error) : status;
}

/* The kernel's row of the poll that ends with `poll_return`, else that itself. */
static int poll_shown(struct why *why, const struct row *poll_return, int64_t *seq, char **error)
{
	struct row begin, call;

	*seq = poll_return->seq;
	if (fetch_by(why, why->poll, poll_return->seq, &begin, error) <= 0)
		return begin.seq ? -1 : 0;
	if (fetch_by(why, why->last_child, begin.seq, &call, error) < 0)
		return -1;
	if (call.seq && call.seq < poll_return->seq && is_call(&call))
		*seq = call.seq;
	return 0;
}

/* What of a receiving span shows the bytes: the kernel's row, else sock.recv. */
static int received(struct why *why, const struct row *span, int64_t *seq, char **error)
{
	struct row call;

	*seq = span->seq;
	if (!is(span, "IOStream_read_from_fd"))
		return 0;
	if (fetch_by(why, why->first_child, span->seq, &call, error) < 0)
		return -1;
	if (call.seq)
		*seq = call.seq;
	return 0;
}

/* The poll in whose dispatch the trigger lay, or a zeroed row. */
static int poll_behind(struct why *why, const struct row *trigger, struct row *poll, char **error)
{
	struct row row = *trigger, parent;
	int status;

	*poll = (struct row){ 0 };
	for (int i = 0; i < CLIMB_MAX && row.seq; i++) {
		if (row.parent >= row.seq)
			return 0;
		status = fetch_by(why, why->row, row.parent, &parent, error);
		if (status < 0)
			return -1;
		if (row.triggered_by && (status == 0 || is(&parent, "PollIOLoop_start"))) {
			if (fetch_by(why, why->row, row.triggered_by, poll, error) < 0)
				return -1;
			if (!is_poll_return(poll))
				*poll = (struct row){ 0 };
			return 0;
		}
		row = parent;
	}
	return 0;
}

static int64_t between(int64_t from, int64_t to)
{
	uint64_t apart = (uint64_t)to - (uint64_t)from;

	return to > from && apart <= INT64_MAX ? (int64_t)apart : 0;
}

/* Tells of a deferred row who asked for it, what made it due, and how long it waited. */
static int describe(struct why *why, const struct cause *cause, struct why_hop *hop, char **error)
{
	struct row asked, trigger, poll = { 0 };
	int64_t due;

	if (fetch_by(why, why->row, cause->asked_by, &asked, error) < 0 ||
	    fetch_by(why, why->row, cause->triggered_by, &trigger, error) < 0)
		return -1;
	hop->asked = cause->asked_by;
	if (is(&asked, "PollIOLoop_add_timeout"))
		hop->timeout = asked.seq;
	due = asked.time;
	if (is(&trigger, "loop_iteration")) {
		hop->turn = trigger.seq;
		if (hop->timeout)
			due = trigger.time;
	} else if (is_poll_return(&trigger)) {
		poll = trigger;
	} else if (trigger.seq) {
		if (received(why, &trigger, &hop->trigger, error) < 0 ||
		    poll_behind(why, &trigger, &poll, error) < 0)
			return -1;
	}
	if (trigger.seq > asked.seq)
		due = trigger.time;
	/* a poll of before the request brought what was waiting already */
	if (poll.seq > asked.seq && poll_shown(why, &poll, &hop->poll, error) < 0)
		return -1;
	hop->waited = between(asked.time, due);
	hop->ran_after = between(due, why->at.time);
	return 0;
}

/* ---- the way */

int why_begin(struct why *why, int64_t seq, enum why_links links, char **error)
{
	int status = fetch_by(why, why->row, seq, &why->at, error);

	if (status < 0)
		return -1;
	if (status == 0)
		return failure(error, "this trace has no row %lld", (long long)seq);
	why->links = links;
	why->by = WHY_BY_START;
	why->noted = (struct cause){ 0, 0 };
	why->begun = true;
	why->end_is = WHY_END_GOES_ON;
	return 0;
}

/* Goes on to a row, or ends the way there. */
static int go(struct why *why, int64_t seq, enum why_by by, char **error)
{
	int64_t from = why->at.seq;
	int status;

	why->by = by;
	why->at.seq = 0;
	if (seq == 0) {
		why->end_is = WHY_END_PROGRAM;
		return 0;
	}
	if (seq < 0 || seq >= from) {
		why->end_is = WHY_END_DAMAGED;
		return 0;
	}
	status = fetch_by(why, why->row, seq, &why->at, error);
	if (status == 0)
		why->end_is = WHY_END_MISSING;
	if (by != WHY_BY_CALL) {
		why->noted = (struct cause){ 0, 0 };
		why->begun = true;
	} else {
		why->begun = false;
	}
	return status < 0 ? -1 : 0;
}

/* What was last sent, or the connection last begun, on a descriptor before a row. */
static int last_sent(struct why *why, int64_t object, int64_t before, int64_t *seq, char **error)
{
	static const char *const symbols[] = { "sock_send", "sock_connect" };
	struct row row;

	*seq = 0;
	for (size_t i = 0; object && i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		sqlite3_bind_int64(why->sent, 2, object);
		sqlite3_bind_text(why->sent, 3, symbols[i], -1, SQLITE_STATIC);
		if (fetch_by(why, why->sent, before, &row, error) < 0)
			return -1;
		if (row.seq > *seq)
			*seq = row.seq;
	}
	return 0;
}

/*
 * From a poll: by way of the kernel's row to what it waited for an answer to.
 * The peer is another program, so that this link is not recorded: it is what
 * was last sent on the descriptor that the poll returned.
 */
static int go_through_poll(struct why *why, const struct row *poll, char **error)
{
	struct row dispatch;
	int64_t sent;

	if (fetch_by(why, why->dispatched, poll->seq, &dispatch, error) < 0 ||
	    last_sent(why, dispatch.object, poll->seq, &sent, error) < 0)
		return -1;
	if (!sent)
		return go(why, dispatch.seq ? dispatch.asked_by : poll->parent,
			  dispatch.seq ? WHY_BY_ASKED : WHY_BY_CALL, error);
	return go(why, sent, WHY_BY_SENT, error);
}

/* What the trigger's way follows from a deferred row. */
static int go_to_trigger(struct why *why, const struct cause *cause, const struct why_hop *hop,
			 char **error)
{
	/* a turn runs what is queued: what made it due is what queued it */
	if (!cause->triggered_by || (hop->turn && !hop->timeout))
		return go(why, cause->asked_by, WHY_BY_ASKED, error);
	return go(why, hop->trigger ? hop->trigger : cause->triggered_by, WHY_BY_TRIGGER, error);
}

static int leave(struct why *why, struct why_hop *hop, char **error)
{
	struct row row = why->at;
	bool frame = false;

	if (why->links == WHY_TRIGGERED && is_poll_return(&row))
		return go_through_poll(why, &row, error);
	if (is_frame(why, &row, &frame, error) < 0)
		return -1;
	if (frame && why->begun && note_wrapped(why, &row, &why->noted, error) < 0)
		return -1;
	if (note(why, &row, &why->noted, error) < 0)
		return -1;
	if (!frame || !why->noted.asked_by)
		return go(why, row.parent, WHY_BY_CALL, error);
	if (describe(why, &why->noted, hop, error) < 0)
		return -1;
	if (why->links == WHY_TRIGGERED)
		return go_to_trigger(why, &why->noted, hop, error);
	return go(why, why->noted.asked_by, WHY_BY_ASKED, error);
}

int why_next(struct why *why, struct why_hop *hop, char **error)
{
	*hop = (struct why_hop){ .seq = why->at.seq, .by = why->by };
	if (why->at.seq == 0)
		return 0;
	return leave(why, hop, error) < 0 ? -1 : 1;
}

enum why_end why_end(const struct why *why)
{
	return why->end_is;
}

int why_led_to(struct why *why, int64_t seq, int64_t after, int64_t *rows, unsigned room,
	       char **error)
{
	int64_t last = span_last(why, seq, error);
	unsigned count = 0;
	int status = SQLITE_DONE;

	if (last < 0)
		return -1;
	sqlite3_bind_int64(why->led, 1, seq);
	sqlite3_bind_int64(why->led, 2, last);
	sqlite3_bind_int64(why->led, 3, after);
	while (count < room && (status = sqlite3_step(why->led)) == SQLITE_ROW) {
		struct row row = {
			.seq = sqlite3_column_int64(why->led, 0),
			.triggered_by = sqlite3_column_int64(why->led, 1),
			.thread = sqlite3_column_int64(why->led, 2),
			.depth = sqlite3_column_int64(why->led, 3),
		};
		int inside = row.seq > last ? 0 : is_inline(why, &row, error);

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
