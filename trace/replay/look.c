/*
 * look.c - what the rows of a state refer to: names, details, places, bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/emit/emit.h"
#include "trace/kinds/row.h"
#include "trace/replay/internal.h"

/* The row that the statement gives for key, to be reset; NULL if no row has that key. */
static sqlite3_stmt *look_up(struct replay *replay, sqlite3_stmt **statement, const char *sql,
			     int64_t key)
{
	if (!*statement && replay__query(replay, statement, sql, NULL) < 0)
		return NULL;
	sqlite3_reset(*statement);
	sqlite3_bind_int64(*statement, 1, key);
	if (sqlite3_step(*statement) == SQLITE_ROW)
		return *statement;
	sqlite3_reset(*statement);
	return NULL;
}

static sqlite3_stmt *object_row(struct replay *replay, int64_t object)
{
	return look_up(replay, &replay->object,
		       "SELECT name, number, runtime FROM objects WHERE object = ?1", object);
}

void replay__object_numbers(struct replay *replay, int64_t object, int64_t *number,
			    int64_t *descriptor)
{
	sqlite3_stmt *s = object_row(replay, object);

	*number = *descriptor = -1;
	if (!s)
		return;
	*number = sqlite3_column_int64(s, 1);
	*descriptor = sqlite3_column_int64(s, 2) & UINT32_MAX;
	sqlite3_reset(s);
}

void replay_object(struct replay *replay, int64_t object, char out[REPLAY_NAME_BYTES])
{
	sqlite3_stmt *s = object > 0 ? object_row(replay, object) : NULL;
	const char *name = s ? (const char *)sqlite3_column_text(s, 0) : NULL;

	if (object < 0) {
		snprintf(out, REPLAY_NAME_BYTES, "%lld", -1 - (long long)object);
		return;
	}
	snprintf(out, REPLAY_NAME_BYTES, "%s", name ? name : object ? "?" : "-");
	if (s)
		sqlite3_reset(s);
}

const char *replay_kind_name(const struct replay *replay, int64_t kind)
{
	const char *name = kind > 0 && kind < REPLAY_KINDS ? replay->kinds[kind].name : NULL;

	return name ? name : "unknown";
}

/* Adds text at *at; keeps room for the NUL. */
static void add_text(char *out, size_t size, size_t *at, const char *text)
{
	for (; *text && *at + 1 < size; text++)
		out[(*at)++] = *text;
	if (size)
		out[*at < size ? *at : size - 1] = '\0';
}

void replay_function(const struct replay *replay, int64_t function, char *out, size_t size)
{
	uint64_t id = (uint64_t)function;
	unsigned depth = 0;
	size_t at = 0;

	add_text(out, size, &at, id ? "" : "None");
	for (; id; id >>= 16) {
		if (depth++)
			add_text(out, size, &at, "(");
		add_text(out, size, &at, replay_kind_name(replay, (int64_t)(id & 0xffff)));
	}
	while (depth-- > 1)
		add_text(out, size, &at, ")");
}

const char *replay_detail(struct replay *replay, int64_t seq)
{
	sqlite3_stmt *s =
		look_up(replay, &replay->detail, "SELECT detail FROM events WHERE seq = ?1", seq);
	const char *text = s ? (const char *)sqlite3_column_text(s, 0) : NULL;

	free(replay->text);
	replay->text = text ? strdup(text) : NULL;
	if (s)
		sqlite3_reset(s);
	return replay->text ? replay->text : "";
}

bool replay_detail_value(struct replay *replay, int64_t seq, const char *key, char *out,
			 size_t size)
{
	const char *detail = replay_detail(replay, seq);

	if (!row_has(detail, key))
		return false;
	row_copy(row_text(detail, key), out, size);
	return true;
}

void replay_place(struct replay *replay, int64_t seq, char *out, size_t size)
{
	sqlite3_stmt *s = look_up(replay, &replay->site,
				  "SELECT s.file, s.line, s.function FROM events e"
				  " JOIN sites s ON s.site = e.site WHERE e.seq = ?1",
				  seq);
	const char *file = s ? (const char *)sqlite3_column_text(s, 0) : NULL;
	const char *function = s ? (const char *)sqlite3_column_text(s, 2) : NULL;

	snprintf(out, size, "%s", "?");
	if (file && function)
		snprintf(out, size, "%s:%lld (%s)", file, (long long)sqlite3_column_int64(s, 1),
			 function);
	if (s)
		sqlite3_reset(s);
}

/* Bytes of one piece that were kept, at most size. */
static size_t piece_bytes(struct replay *replay, const struct replay_piece *piece, char *out,
			  size_t size)
{
	sqlite3_stmt *s =
		look_up(replay, &replay->payload,
			"SELECT bytes FROM payloads WHERE seq = ?1 AND field = 'data'", piece->seq);
	const char *bytes = s ? sqlite3_column_blob(s, 0) : NULL;
	int64_t stored = s ? sqlite3_column_bytes(s, 0) : 0;
	int64_t n = stored - piece->offset;

	if (n > piece->length)
		n = piece->length;
	if (n > (int64_t)size)
		n = (int64_t)size;
	if (!bytes || piece->offset < 0 || n < 0)
		n = 0;
	if (n > 0)
		memcpy(out, bytes + piece->offset, (size_t)n);
	if (s)
		sqlite3_reset(s);
	return (size_t)n;
}

size_t replay_bytes(struct replay *replay, int64_t handle, char *out, size_t size, bool *whole)
{
	const struct replay_table *list = replay_lists_get(&replay->state.lists, handle);
	size_t at = 0;

	*whole = true;
	for (size_t i = 0; list && i < list->count; i++) {
		const struct replay_piece *piece = REPLAY_AT(struct replay_piece, list, i);
		size_t n = piece_bytes(replay, piece, out + at, size - at);

		at += n;
		if ((int64_t)n < piece->length) {
			/* what follows would not follow what is there */
			*whole = false;
			break;
		}
	}
	return at;
}

/* ---- in order */

static int by_turn_to_run(const void *left, const void *right)
{
	const struct replay_timeout *a = *(const struct replay_timeout *const *)left;
	const struct replay_timeout *b = *(const struct replay_timeout *const *)right;

	if (a->cancelled != b->cancelled)
		return a->cancelled ? 1 : -1;
	if (a->deadline != b->deadline)
		return a->deadline < b->deadline ? -1 : 1;
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

const struct replay_timeout **replay_timeouts(const struct replay *replay, size_t *count)
{
	const struct replay_table *table = &replay->state.timeouts;
	const struct replay_timeout **sorted = malloc((table->count + 1) * sizeof(void *));

	*count = sorted ? table->count : 0;
	for (size_t i = 0; i < *count; i++)
		sorted[i] = REPLAY_AT(const struct replay_timeout, table, i);
	if (sorted)
		qsort(sorted, *count, sizeof(void *), by_turn_to_run);
	return sorted;
}

static int by_descriptor(const void *left, const void *right)
{
	const struct replay_handler *a = *(const struct replay_handler *const *)left;
	const struct replay_handler *b = *(const struct replay_handler *const *)right;

	return a->descriptor < b->descriptor ? -1 : a->descriptor > b->descriptor;
}

static uint64_t digest_handlers(const struct replay_table *table, uint64_t digest)
{
	const struct replay_handler **sorted = malloc((table->count + 1) * sizeof(void *));

	for (size_t i = 0; sorted && i < table->count; i++)
		sorted[i] = REPLAY_AT(const struct replay_handler, table, i);
	if (sorted)
		qsort(sorted, table->count, sizeof(void *), by_descriptor);
	for (size_t i = 0; sorted && i < table->count; i++) {
		digest = emit_digest(digest, (uint64_t)sorted[i]->descriptor);
		digest = emit_digest(digest, (uint64_t)sorted[i]->events);
		digest = emit_digest(digest, (uint64_t)sorted[i]->function);
	}
	free(sorted);
	return digest;
}

uint64_t replay_loop_digest(const struct replay *replay)
{
	const struct replay_state *state = &replay->state;
	const struct replay_timeout **timeouts;
	uint64_t digest = 0;
	size_t count;

	for (size_t i = 0; i < state->callbacks.count; i++)
		digest = emit_digest(
			digest, (uint64_t)REPLAY_AT(struct replay_callback, &state->callbacks, i)
					->function);
	digest = digest_handlers(&state->handlers, digest);
	timeouts = replay_timeouts(replay, &count);
	for (size_t i = 0; i < count && !timeouts[i]->cancelled; i++) {
		digest = emit_digest(digest, (uint64_t)timeouts[i]->deadline);
		digest = emit_digest(digest, (uint64_t)timeouts[i]->function);
	}
	free(timeouts);
	return digest;
}
