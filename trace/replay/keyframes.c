/*
 * keyframes.c - keyframes: states written into the trace every so often, so
 * that any place is near to one.
 */
#include <stdlib.h>

#include "trace/replay/internal.h"

/*
 * A large state is written more rarely: this many of its bytes must be matched
 * by an event, so that keyframes never outgrow the events.
 */
#define BYTES_AN_EVENT 16

static int put(struct replay *replay, sqlite3_stmt *insert, struct replay_bytes *bytes,
	       char **error)
{
	int rc;

	bytes->length = 0;
	replay__state_write(&replay->state, bytes);
	if (bytes->failed)
		return 0; /* jumps will take longer */
	sqlite3_bind_int64(insert, 1, replay->state.now.seq);
	sqlite3_bind_blob64(insert, 2, bytes->bytes, bytes->length, SQLITE_STATIC);
	rc = sqlite3_step(insert);
	sqlite3_reset(insert);
	sqlite3_clear_bindings(insert);
	return rc == SQLITE_DONE ? 0 : store_failure(replay->store, error);
}

static int put_all(struct replay *replay, uint64_t every, char **error)
{
	struct replay_bytes bytes = { 0 };
	uint64_t since = 0, apart = every;
	sqlite3_stmt *insert;
	int more, result = -1;

	if (replay__query(replay, &insert, "INSERT INTO keyframes (seq, state) VALUES (?1, ?2)",
			  error) < 0)
		return -1;
	while ((more = replay_step(replay, error)) > 0) {
		if (++since < apart)
			continue;
		if (put(replay, insert, &bytes, error) < 0)
			goto out;
		since = 0;
		apart = every;
		if (every >= REPLAY_KEYFRAME_EVENTS && apart < bytes.length / BYTES_AN_EVENT)
			apart = bytes.length / BYTES_AN_EVENT;
	}
	result = more;
out:
	store_release(replay->store, insert);
	free(bytes.bytes);
	return result;
}

int replay_write_keyframes(struct store *store, uint64_t every, char **error)
{
	struct replay *replay;
	int result;

	if (store_run(store, "BEGIN IMMEDIATE; DELETE FROM keyframes", error) < 0)
		return -1;
	result = replay_open(&replay, store, error);
	if (result == 0)
		result = put_all(replay, every, error);
	replay_free(replay);
	if (result == 0)
		result = store_run(store, "COMMIT", error);
	/* a full disk may have rolled back already */
	if (result < 0 && !sqlite3_get_autocommit(store_handle(store)))
		store_run(store, "ROLLBACK", NULL);
	return result;
}
