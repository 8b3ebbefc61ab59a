/*
 * replay.c - a replay's life: from the nearest keyframe to any row, folding
 * what lies between.
 */
#include "trace/replay/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/emit/ring.h"
#include "trace/kinds/meaning.h"
#include "trace/replay/internal.h"

/* So many events further it is cheaper to step than to look for a keyframe. */
#define STEPS_BEFORE_LOOKING 1024

/* Damaged keyframes in a row that are passed over before starting at the first event. */
#define KEYFRAMES_TRIED 8

static int out_of_memory(char **error)
{
	return failure(error, "out of memory while replaying the trace");
}

static int trouble(struct replay *replay, char **error)
{
	return store_failure(replay->store, error);
}

int replay__query(struct replay *replay, sqlite3_stmt **out, const char *sql, char **error)
{
	*out = store_prepare(replay->store, sql, error);
	return *out ? 0 : -1;
}

/* ---- the trace's kinds */

/* Ours of that symbol, or NULL.  Numbers are stable: nearly always the one of that number. */
static const struct catalog_kind *own_kind(const char *symbol, unsigned number)
{
	const struct catalog_kind *likely = catalog_find(number);

	return likely && strcmp(likely->symbol, symbol) == 0 ? likely : catalog_find_symbol(symbol);
}

static int read_kind(struct replay *replay, sqlite3_stmt *s)
{
	int64_t number = sqlite3_column_int64(s, 0);
	const char *symbol = (const char *)sqlite3_column_text(s, 1);
	const char *name = (const char *)sqlite3_column_text(s, 2);
	const char *fields = (const char *)sqlite3_column_text(s, 3);
	const struct catalog_kind *own;
	struct replay_kind *kind;

	if (number <= 0 || number >= REPLAY_KINDS || !symbol || !name || !fields)
		return 0;
	own = own_kind(symbol, (unsigned)number);
	kind = &replay->kinds[number];
	kind->means = meaning_of_symbol(symbol);
	/* rules read fields by place; of calls they take the detail alone, and check it */
	if (!own || meaning_fields_fit(own, fields)) {
		kind->at_begin = replay__rule(kind->means, 0);
		kind->at_return = replay__rule(kind->means, RING_END);
	}
	free(kind->name);
	kind->name = strdup(name);
	return kind->name ? 0 : -1;
}

static int read_kinds(struct replay *replay, char **error)
{
	sqlite3_stmt *s;
	int rc;

	replay->kinds = calloc(REPLAY_KINDS, sizeof(*replay->kinds));
	if (!replay->kinds)
		return out_of_memory(error);
	if (replay__query(replay, &s, "SELECT kind, symbol, name, fields FROM kinds", error) < 0)
		return -1;
	while ((rc = sqlite3_step(s)) == SQLITE_ROW)
		if (read_kind(replay, s) < 0)
			return out_of_memory(error);
	if (rc != SQLITE_DONE)
		return trouble(replay, error);
	store_release(replay->store, s);
	return 0;
}

/* Adds the numbers of the trace's kinds whose rule wants details: "43,3023". */
static void list_wanting(const struct replay *replay, char *out, size_t size)
{
	size_t at = 0;

	for (unsigned i = 0; i < REPLAY_KINDS && at + 8 < size; i++) {
		const struct replay_kind *kind = &replay->kinds[i];

		if ((kind->at_begin && kind->at_begin->wants_detail) ||
		    (kind->at_return && kind->at_return->wants_detail))
			at += (size_t)snprintf(out + at, size - at, "%s%u", at ? "," : "", i);
	}
}

/* ---- opening */

static int prepare(struct replay *replay, char **error)
{
	char kinds[512] = "", text[1024];

	/* details are long and few rules want one: not even fetched otherwise */
	list_wanting(replay, kinds, sizeof(kinds));
	snprintf(text, sizeof(text),
		 "SELECT seq, time, thread, turn, kind, phase, asked_by, a0, a1, a2, a3,"
		 " CASE WHEN kind IN (%s) THEN detail END"
		 " FROM events WHERE seq > ?1 ORDER BY seq",
		 kinds);
	if (replay__query(replay, &replay->events, text, error) < 0 ||
	    replay__query(replay, &replay->ends,
			  "SELECT seq, after, raised FROM ends WHERE seq > ?1 ORDER BY seq",
			  error) < 0)
		return -1;
	return replay__query(replay, &replay->keyframe,
			     "SELECT seq, state FROM keyframes WHERE seq <= ?1 ORDER BY seq DESC",
			     error);
}

int replay_open(struct replay **out, struct store *store, char **error)
{
	struct replay *replay = calloc(1, sizeof(*replay));

	*out = NULL;
	if (!replay)
		return out_of_memory(error);
	replay->store = store;
	replay->db = store_handle(store);
	replay->numbers = REPLAY_TABLE(struct replay_number, 1u << 16, true, 0);
	replay__state_init(&replay->state);
	if (read_kinds(replay, error) < 0 || prepare(replay, error) < 0) {
		replay_free(replay);
		return -1;
	}
	*out = replay;
	return 0;
}

void replay_free(struct replay *replay)
{
	if (!replay)
		return;
	for (unsigned i = 0; replay->kinds && i < REPLAY_KINDS; i++)
		free(replay->kinds[i].name);
	free(replay->kinds);
	store_release(replay->store, replay->events);
	store_release(replay->store, replay->ends);
	store_release(replay->store, replay->keyframe);
	store_release(replay->store, replay->object);
	store_release(replay->store, replay->detail);
	store_release(replay->store, replay->site);
	store_release(replay->store, replay->payload);
	store_release(replay->store, replay->last_of);
	replay__state_release(&replay->state);
	replay_table_clear(&replay->numbers);
	free(replay->text);
	free(replay);
}

const struct replay_state *replay_state(const struct replay *replay)
{
	return &replay->state;
}

uint64_t replay_digest(const struct replay *replay)
{
	struct replay_bytes bytes = { 0 };
	uint64_t hash;

	replay__state_write(&replay->state, &bytes);
	hash = bytes.failed ? 0 : replay__hash(bytes.bytes, bytes.length);
	free(bytes.bytes);
	return hash;
}

/* ---- stepping */

static int advance_ends(struct replay *replay, char **error)
{
	int rc = sqlite3_step(replay->ends);

	replay->end_waits = rc == SQLITE_ROW;
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : trouble(replay, error);
}

static int stand(struct replay *replay, char **error)
{
	sqlite3_reset(replay->events);
	sqlite3_reset(replay->ends);
	sqlite3_bind_int64(replay->events, 1, replay->state.now.seq);
	sqlite3_bind_int64(replay->ends, 1, replay->state.now.seq);
	replay->has_next = false;
	replay->standing = true;
	return advance_ends(replay, error);
}

/* Where the span ends that begins with this row; both come in order of seq. */
static int find_end(struct replay *replay, struct replay_row *row, char **error)
{
	row->until = INT64_MAX;
	while (replay->end_waits && sqlite3_column_int64(replay->ends, 0) < row->seq)
		if (advance_ends(replay, error) < 0)
			return -1;
	if (!replay->end_waits || sqlite3_column_int64(replay->ends, 0) != row->seq)
		return 0;
	row->until = sqlite3_column_int64(replay->ends, 1);
	row->raised = sqlite3_column_int64(replay->ends, 2) != 0;
	if (row->until < row->seq)
		row->until = row->seq;
	return 0;
}

static void read_row(sqlite3_stmt *s, struct replay_row *row)
{
	*row = (struct replay_row){
		.seq = sqlite3_column_int64(s, 0),
		.time = sqlite3_column_int64(s, 1),
		.thread = sqlite3_column_int64(s, 2),
		.turn = sqlite3_column_int64(s, 3),
		.kind = (uint16_t)sqlite3_column_int64(s, 4),
		.phase = (unsigned)sqlite3_column_int64(s, 5),
		.asked_by = sqlite3_column_int64(s, 6),
		.detail = (const char *)sqlite3_column_text(s, 11),
	};
	for (int i = 0; i < CATALOG_NUMERIC_MAX; i++) {
		row->a[i] = sqlite3_column_int64(s, 7 + i);
		if (sqlite3_column_type(s, 7 + i) == SQLITE_INTEGER)
			row->has |= 1u << i;
	}
}

/* Reads the next event unless it is already there: 1, 0 behind the last event, -1. */
static int look_ahead(struct replay *replay, char **error)
{
	int rc;

	if (!replay->standing && stand(replay, error) < 0)
		return -1;
	if (replay->has_next)
		return 1;
	rc = sqlite3_step(replay->events);
	if (rc != SQLITE_ROW) {
		replay->standing = false;
		return rc == SQLITE_DONE ? 0 : trouble(replay, error);
	}
	read_row(replay->events, &replay->next);
	if (replay->next.phase == RING_BEGIN && find_end(replay, &replay->next, error) < 0)
		return -1;
	replay->has_next = true;
	return 1;
}

int replay_step(struct replay *replay, char **error)
{
	int more = look_ahead(replay, error);

	if (more <= 0)
		return more;
	replay__fold(replay, &replay->next);
	replay->has_next = false;
	return 1;
}

static int step_until(struct replay *replay, int64_t seq, char **error)
{
	int more;

	while ((more = look_ahead(replay, error)) > 0 && replay->next.seq <= seq) {
		replay__fold(replay, &replay->next);
		replay->has_next = false;
	}
	return more < 0 ? -1 : 0;
}

/* ---- jumping */

static void take_state(struct replay *replay, const struct replay_state *state)
{
	replay__state_release(&replay->state);
	replay->state = *state;
	replay->standing = false;
	replay->numbers_current = false;
}

static void to_start(struct replay *replay)
{
	struct replay_state state;

	replay__state_init(&state);
	take_state(replay, &state);
}

/* Goes to the last keyframe in (after, seq] that can be read: 1, 0 if no keyframe lies there. */
static int to_keyframe(struct replay *replay, int64_t after, int64_t seq, char **error)
{
	sqlite3_stmt *s = replay->keyframe;
	int rc, tried = 0, found = 0;

	sqlite3_reset(s);
	sqlite3_bind_int64(s, 1, seq);
	while (!found && tried++ < KEYFRAMES_TRIED && (rc = sqlite3_step(s)) == SQLITE_ROW &&
	       sqlite3_column_int64(s, 0) > after) {
		struct replay_state state;

		if (!replay__state_read(&state, sqlite3_column_blob(s, 1),
					(size_t)sqlite3_column_bytes(s, 1)))
			continue;
		found = state.now.seq == sqlite3_column_int64(s, 0);
		if (found)
			take_state(replay, &state);
		else
			replay__state_release(&state);
	}
	sqlite3_reset(s);
	(void)error; /* a keyframe that cannot be had is one that is not there */
	return found;
}

int replay_seek(struct replay *replay, int64_t seq, char **error)
{
	int64_t here = replay->state.now.seq;

	if (seq < here) {
		if (!to_keyframe(replay, 0, seq, error))
			to_start(replay);
	} else if (seq - here > STEPS_BEFORE_LOOKING) {
		to_keyframe(replay, here, seq, error);
	}
	return step_until(replay, seq, error);
}

int replay_seek_slowly(struct replay *replay, int64_t seq, char **error)
{
	if (seq < replay->state.now.seq)
		to_start(replay);
	return step_until(replay, seq, error);
}
