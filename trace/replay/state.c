/*
 * state.c - states as bytes, the form of keyframes and the ground of
 * comparison: a version, the numbers of struct replay_now, the tables in a
 * fixed order, a hash over all of it.  A number is written as its difference to
 * the same member of the row before, in as few bytes as it needs.
 *
 * What is read may come from a stranger: counts are held against the table's
 * bounds and the bytes that are left, and keys must be unique.
 */
#include "trace/replay/internal.h"

#include <stdlib.h>
#include <string.h>

#include "trace/base/grow.h"

#define VERSION 3
#define NOW_CELLS (sizeof(struct replay_now) / sizeof(int64_t))

#define CELLS(type) (sizeof(type) / sizeof(int64_t))

/* Together well below 100 MB, however a trace fills them. */
void replay__state_init(struct replay_state *state)
{
	*state = (struct replay_state){
		.callbacks = REPLAY_TABLE(struct replay_callback, 1u << 18, false, 0),
		.handlers = REPLAY_TABLE(struct replay_handler, 1u << 16, true, 0),
		.timeouts = REPLAY_TABLE(struct replay_timeout, 1u << 18, true, 0),
		.ready = REPLAY_TABLE(struct replay_ready, 1u << 10, false, 0),
		.streams = REPLAY_TABLE(struct replay_stream, 1u << 16, true,
					CELLS(struct replay_piece)),
		.futures = REPLAY_TABLE(struct replay_future, 1u << 16, true,
					CELLS(struct replay_waiter)),
		.coroutines = REPLAY_TABLE(struct replay_coroutine, 1u << 16, true,
					   CELLS(struct replay_local)),
		.requests = REPLAY_TABLE(struct replay_request, 1u << 16, false, 0),
		.connections = REPLAY_TABLE(struct replay_connection, 1u << 14, true,
					    CELLS(struct replay_piece)),
		.interest = REPLAY_TABLE(struct replay_interest, 1u << 16, true, 0),
		.sockets = REPLAY_TABLE(struct replay_socket, 1u << 16, true, 0),
		.threads = REPLAY_TABLE(struct replay_thread, 64, true, CELLS(struct replay_span)),
		.past_streams = REPLAY_TABLE(struct replay_past, REPLAY_HISTORY + 1, false, 0),
		.past_futures = REPLAY_TABLE(struct replay_past, REPLAY_HISTORY + 1, false, 0),
		.past_coroutines = REPLAY_TABLE(struct replay_past, REPLAY_HISTORY + 1, false, 0),
		.past_connections = REPLAY_TABLE(struct replay_past, REPLAY_HISTORY + 1, false, 0),
		.heap = { .cells = 3, .most = 1u << 18 },
	};
}

#define TABLES 16

static void tables_of(struct replay_state *s, struct replay_table *tables[TABLES])
{
	struct replay_table *const all[TABLES] = {
		&s->callbacks,    &s->handlers,     &s->timeouts,        &s->ready,
		&s->streams,      &s->futures,      &s->coroutines,      &s->requests,
		&s->connections,  &s->interest,     &s->sockets,         &s->threads,
		&s->past_streams, &s->past_futures, &s->past_coroutines, &s->past_connections,
	};

	memcpy(tables, all, sizeof(all));
}

void replay__state_release(struct replay_state *state)
{
	struct replay_table *tables[TABLES];

	tables_of(state, tables);
	for (unsigned i = 0; i < TABLES; i++)
		replay_table_clear(tables[i]);
	replay_table_clear(&state->heap);
	replay_lists_release(&state->lists);
}

uint64_t replay__hash(const unsigned char *bytes, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3ull;
	return hash;
}

static void put_byte(struct replay_bytes *out, unsigned char byte)
{
	if (out->failed || !array_grow(&out->bytes, &out->room, out->length + 1, 1)) {
		out->failed = true;
		return;
	}
	out->bytes[out->length++] = byte;
}

static void put_unsigned(struct replay_bytes *out, uint64_t n)
{
	for (; n >= 0x80; n >>= 7)
		put_byte(out, (unsigned char)(n | 0x80));
	put_byte(out, (unsigned char)n);
}

/* The difference of two numbers, small ones of either sign in few bytes; wraps. */
static void put_difference(struct replay_bytes *out, int64_t from, int64_t to)
{
	uint64_t d = (uint64_t)to - (uint64_t)from;

	put_unsigned(out, d << 1 ^ (0 - (d >> 63)));
}

static void put_cells(struct replay_bytes *out, const int64_t *before, const int64_t *row,
		      uint32_t cells)
{
	for (uint32_t i = 0; i < cells; i++)
		put_difference(out, before ? before[i] : 0, row[i]);
}

static void put_list(struct replay_bytes *out, const struct replay_table *list)
{
	const int64_t *before = NULL;

	put_unsigned(out, list ? list->count : 0);
	for (size_t i = 0; list && i < list->count; i++) {
		put_cells(out, before, replay_table_at(list, i), list->cells);
		before = replay_table_at(list, i);
	}
}

static void put_table(struct replay_bytes *out, const struct replay_state *state,
		      const struct replay_table *table)
{
	uint32_t cells = table->cells - (table->list_cells != 0);
	const int64_t *before = NULL;

	put_unsigned(out, table->count);
	for (size_t i = 0; i < table->count; i++) {
		const int64_t *row = replay_table_at(table, i);

		put_cells(out, before, row, cells);
		if (table->list_cells)
			put_list(out, replay_lists_get(&state->lists, row[cells]));
		before = row;
	}
}

void replay__state_write(const struct replay_state *state, struct replay_bytes *out)
{
	struct replay_state copy = *state; /* shares everything; only to name its tables */
	struct replay_table *tables[TABLES];
	int64_t now[NOW_CELLS];
	size_t start = out->length;
	uint64_t hash;

	memcpy(now, &state->now, sizeof(now));
	tables_of(&copy, tables);
	put_byte(out, VERSION);
	put_cells(out, NULL, now, NOW_CELLS);
	for (unsigned i = 0; i < TABLES; i++)
		put_table(out, state, tables[i]);
	if (out->failed)
		return;
	hash = replay__hash(out->bytes + start, out->length - start);
	for (unsigned shift = 0; shift < 64; shift += 8)
		put_byte(out, (unsigned char)(hash >> shift));
}

/* Bytes being read; bad once something was not as it must be. */
struct reader {
	const unsigned char *at, *end;
	bool bad;
};

static uint64_t get_unsigned(struct reader *in)
{
	uint64_t n = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		unsigned char byte;

		if (in->at == in->end)
			break;
		byte = *in->at++;
		n |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return n;
	}
	in->bad = true;
	return 0;
}

static void get_row(struct reader *in, const int64_t *before, int64_t *row, uint32_t cells)
{
	for (uint32_t i = 0; i < cells; i++) {
		uint64_t n = get_unsigned(in);
		uint64_t d = n >> 1 ^ (0 - (n & 1));

		row[i] = (int64_t)((uint64_t)(before ? before[i] : 0) + d);
	}
}

/* How many rows follow: no more than `most`, and each needs a byte a cell. */
static uint64_t get_count(struct reader *in, uint64_t most, uint32_t cells)
{
	uint64_t count = get_unsigned(in);

	if (count > most || count * cells > (uint64_t)(in->end - in->at)) {
		in->bad = true;
		return 0;
	}
	return count;
}

#define CELLS_MAX 20

static void get_list(struct reader *in, struct replay_lists *lists, int64_t *handle, uint32_t cells)
{
	uint64_t count = get_count(in, REPLAY_LIST_ROWS_MAX, cells);
	int64_t row[CELLS_MAX] = { 0 };

	for (uint64_t i = 0; i < count && !in->bad; i++) {
		int64_t before[CELLS_MAX];

		memcpy(before, row, sizeof(row));
		get_row(in, before, row, cells);
		if (!replay_lists_append(lists, handle, cells, row))
			in->bad = true;
	}
}

static void get_table(struct reader *in, struct replay_state *state, struct replay_table *table)
{
	uint32_t cells = table->cells - (table->list_cells != 0);
	uint64_t count = get_count(in, table->most, cells);
	int64_t row[CELLS_MAX] = { 0 };

	for (uint64_t i = 0; i < count && !in->bad; i++) {
		int64_t before[CELLS_MAX], handle = 0, *to = NULL;

		memcpy(before, row, sizeof(row));
		get_row(in, before, row, cells);
		if (!in->bad && !(table->keyed && replay_table_find(table, row[0])))
			to = replay_table_add(table, row[0]);
		if (!to) {
			in->bad = true;
			break;
		}
		memcpy(to, row, cells * sizeof(*row));
		if (!table->list_cells)
			continue;
		get_list(in, &state->lists, &handle, table->list_cells);
		to[cells] = handle;
	}
}

/* A number that rules add to: never negative, and far from where it would overflow. */
static bool counts(int64_t n)
{
	return n >= 0 && n <= INT64_MAX / 4;
}

static bool pieces_count(const struct replay_state *state, int64_t handle)
{
	const struct replay_table *list = replay_lists_get(&state->lists, handle);

	for (size_t i = 0; list && i < list->count; i++) {
		const struct replay_piece *piece = REPLAY_AT(struct replay_piece, list, i);

		if (!counts(piece->offset) || !counts(piece->length))
			return false;
	}
	return true;
}

/* Whether the rules may go on with what was read. */
static bool is_plausible(const struct replay_state *state)
{
	const struct replay_now *now = &state->now;

	if (!counts(now->seq) || !counts(now->active) || !counts(now->connections) ||
	    !counts(now->untracked) || !counts(now->sets))
		return false;
	for (size_t i = 0; i < state->streams.count; i++) {
		const struct replay_stream *s = REPLAY_AT(struct replay_stream, &state->streams, i);

		if (!counts(s->received) || !counts(s->unsent) || !counts(s->callbacks) ||
		    !pieces_count(state, s->list))
			return false;
	}
	for (size_t i = 0; i < state->connections.count; i++) {
		const struct replay_connection *c =
			REPLAY_AT(struct replay_connection, &state->connections, i);

		if (!counts(c->chunks) || !counts(c->body) || !pieces_count(state, c->list))
			return false;
	}
	return true;
}

/* What follows from the rest. */
static void build_heap(struct replay_state *state)
{
	for (size_t i = 0; i < state->timeouts.count; i++)
		replay__heap_add(state, REPLAY_AT(struct replay_timeout, &state->timeouts, i));
}

bool replay__state_read(struct replay_state *state, const unsigned char *bytes, size_t length)
{
	struct reader in = { bytes, bytes + length, false };
	struct replay_table *tables[TABLES];
	int64_t now[NOW_CELLS];
	uint64_t hash = 0;

	_Static_assert(CELLS(struct replay_stream) <= CELLS_MAX, "rows fit");
	replay__state_init(state);
	if (length < 9 || *in.at++ != VERSION)
		return false;
	in.end -= 8;
	for (unsigned i = 0; i < 8; i++)
		hash |= (uint64_t)in.end[i] << 8 * i;
	if (hash != replay__hash(bytes, length - 8))
		return false;
	get_row(&in, NULL, now, NOW_CELLS);
	memcpy(&state->now, now, sizeof(now));
	tables_of(state, tables);
	for (unsigned i = 0; i < TABLES && !in.bad; i++)
		get_table(&in, state, tables[i]);
	if (in.bad || in.at != in.end || !is_plausible(state)) {
		replay__state_release(state);
		replay__state_init(state);
		return false;
	}
	build_heap(state);
	return true;
}
