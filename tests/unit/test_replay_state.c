/*
 * test_replay_state.c - its tables, states as bytes, keyframes, and traces that
 * lie.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/kit/replay_kit.h"
#include "trace/emit/emit.h"

/* ---- tables */

static void test_tables(void **state)
{
	struct replay_table table = { .cells = 2, .most = 500, .keyed = true };
	struct replay_table queue = { .cells = 1, .most = 1000 };
	uint64_t random = 1;

	(void)state;
	/* a keyed table against a plain array, through thousands of changes */
	{
		bool there[1000] = { false };
		size_t count = 0;

		for (int i = 0; i < 20000; i++) {
			int64_t key, *row;

			random = random * 6364136223846793005u + 1442695040888963407u;
			key = (int64_t)(random >> 33) % 1000;
			row = replay_table_find(&table, key);
			assert_int_equal(row != NULL, there[key]);
			if (row) {
				assert_int_equal(row[1], key * 3);
				replay_table_remove(&table, replay_table_index(&table, row));
			} else if ((row = replay_table_add(&table, key)) != NULL) {
				row[1] = key * 3;
			} else {
				assert_int_equal(count, 500);
				continue;
			}
			there[key] = !there[key];
			count = table.count;
		}
	}
	replay_table_clear(&table);
	for (int i = 0; i < 5000; i++) {
		assert_non_null(replay_table_add(&queue, i));
		if (queue.count > 100)
			replay_table_remove(&queue, 0);
	}
	assert_int_equal(queue.count, 100);
	assert_true(queue.room < 1000);
	replay_table_remove(&queue, 50);
	assert_int_equal(*replay_table_at(&queue, 0), 4900);
	assert_int_equal(*replay_table_at(&queue, 50), 4951);
	replay_table_clear(&queue);
}

/* ---- states as bytes */

/* A trace in which every table has something. */
static void make_rich(void)
{
	int64_t run;

	sql("INSERT INTO objects VALUES (2, 'fd', 1, 'fd#1', 7, 1)");
	span(KIND_PollIOLoop_add_handler, "2, 1, 48, NULL");
	begin(KIND_loop_poll, NOTHING);
	row_of(THREAD, KIND_loop_poll, RING_END, 0, NOTHING, "n=1; events=fd#1:READ");
	fetch(true);
	fetch(false);
	span(KIND_IOStream___init__, "2, NULL, NULL, NULL");
	span(KIND_BaseIOStream_read_until, "2, 106, NULL, NULL");
	receive(10);
	receive(20);
	instant(KIND_iostream_consume, "2, 15, 15, 1");
	span(KIND__DummyFuture_add_done_callback, "1, 0, 39, NULL");
	span(KIND_Runner___init__, "7, 113, NULL, NULL");
	run = begin(KIND_Runner_run, "7, NULL, NULL, NULL");
	instant(KIND_gen_yield, "113, 9, NULL, NULL");
	instant(KIND_gen_local, NOTHING);
	end(run);
	add_timeout(80, 500);
	add_timeout(81, 400);
	span(KIND_PollIOLoop_remove_timeout, "80, NULL, NULL, NULL");
	instant(KIND_sock_socket, "4, 2, NULL, NULL");
	instant(KIND_epoll_ctl, "0, 4, 25, 0");
	begin(KIND_user_call, NOTHING);
}

static struct replay_bytes written(const struct replay_state *s)
{
	struct replay_bytes bytes = { 0 };

	replay__state_write(s, &bytes);
	assert_false(bytes.failed);
	return bytes;
}

static void put_hash(struct replay_bytes *bytes)
{
	uint64_t hash = replay__hash(bytes->bytes, bytes->length - 8);

	for (unsigned i = 0; i < 8; i++)
		bytes->bytes[bytes->length - 8 + i] = (unsigned char)(hash >> 8 * i);
}

static void test_state_as_bytes(void **state)
{
	struct replay_bytes first, second;
	struct replay_state copy;

	(void)state;
	make_rich();
	first = written(at(last_seq));
	assert_true(replay__state_read(&copy, first.bytes, first.length));
	assert_int_equal(copy.cancelled, 1);
	assert_int_equal(copy.heap.count, 2);
	second = written(&copy);
	assert_int_equal(first.length, second.length);
	assert_memory_equal(first.bytes, second.bytes, first.length);
	replay__state_release(&copy);
	for (size_t i = 0; i < first.length; i++)
		assert_false(replay__state_read(&copy, first.bytes, i));
	for (size_t i = 0; i < first.length * 8; i++) {
		first.bytes[i / 8] ^= (unsigned char)(1u << i % 8);
		assert_false(replay__state_read(&copy, first.bytes, first.length));
		first.bytes[i / 8] ^= (unsigned char)(1u << i % 8);
	}
	free(first.bytes);
	free(second.bytes);
}

static void insert_keyframe(int64_t seq, const struct replay_bytes *bytes)
{
	sqlite3_stmt *s =
		store_prepare(store, "INSERT OR REPLACE INTO keyframes VALUES (?1, ?2)", NULL);

	assert_non_null(s);
	sqlite3_bind_int64(s, 1, seq);
	sqlite3_bind_blob64(s, 2, bytes->bytes, bytes->length, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(s), SQLITE_DONE);
	store_release(store, s);
}

/*
 * Keyframes with a fitting hash and anything in them: what is accepted must be
 * a state that one can go on from.
 */
static void test_forged_states(void **state)
{
	struct replay_bytes bytes;
	uint64_t random = 7;
	int64_t middle;
	unsigned accepted = 0;

	(void)state;
	make_rich();
	middle = last_seq / 2;
	bytes = written(at(middle));
	for (int i = 0; i < 4000; i++) {
		size_t place[2];
		unsigned char was[2];

		for (int n = 0; n < 2; n++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			place[n] = 1 + (size_t)(random >> 33) % (bytes.length - 9);
			was[n] = bytes.bytes[place[n]];
			bytes.bytes[place[n]] =
				random >> 24 & 1 ? 0xff : (unsigned char)(random >> 20);
		}
		put_hash(&bytes);
		insert_keyframe(middle, &bytes);
		at(last_seq);
		accepted += at(middle)->now.seq == middle;
		at(last_seq);
		replay_digest(replay);
		for (int n = 2; n-- > 0;)
			bytes.bytes[place[n]] = was[n];
	}
	assert_int_equal(accepted, 4000);
	free(bytes.bytes);
}

/* ---- keyframes */

static void test_keyframes(void **state)
{
	uint64_t digests[512];
	char *error = NULL;

	(void)state;
	make_rich();
	assert_true(last_seq < 512);
	for (int64_t seq = 0; seq <= last_seq; seq++)
		digests[seq] = digest_at(seq);
	if (replay_write_keyframes(store, 5, &error) < 0)
		fail_msg("%s", error);
	for (int64_t seq = last_seq; seq >= 0; seq--)
		assert_int_equal(digest_at(seq), digests[seq]);
	for (int64_t seq = 0; seq <= last_seq; seq++)
		assert_int_equal(digest_at((seq * 37) % (last_seq + 1)),
				 digests[(seq * 37) % (last_seq + 1)]);
	/* lies: damaged, of another place, no blob, empty, huge */
	sql("UPDATE keyframes SET state = substr(state, 1, 20) WHERE seq %% 3 = 0");
	sql("UPDATE keyframes SET seq = -seq WHERE seq %% 4 = 1");
	sql("UPDATE keyframes SET state = 'nonsense' WHERE seq %% 5 = 2");
	sql("UPDATE keyframes SET state = zeroblob(1000000) WHERE seq %% 7 = 1");
	sql("INSERT INTO keyframes SELECT seq + 1, state FROM keyframes"
	    " WHERE seq + 1 NOT IN (SELECT seq FROM keyframes) LIMIT 5");
	for (int64_t seq = last_seq; seq >= 0; seq--)
		assert_int_equal(digest_at(seq), digests[seq]);
	/* beyond the last, and before the first */
	assert_int_equal(digest_at(INT64_MAX), digests[last_seq]);
	assert_int_equal(digest_at(-3), digests[0]);
}

/* ---- traces that are not ours, or lie */

static void test_foreign_kinds(void **state)
{
	(void)state;
	/* the same events under other numbers, with fewer fields and with other fields */
	sql("UPDATE kinds SET kind = kind + 500 WHERE symbol = 'PollIOLoop_add_callback'");
	sql("UPDATE kinds SET fields = 'timeout:timeout after:seconds callback:fn'"
	    " WHERE symbol = 'PollIOLoop_add_timeout'");
	sql("UPDATE kinds SET fields = 'events:mask fd:fd' WHERE symbol = 'PollIOLoop_add_handler'");
	span(KIND_PollIOLoop_add_callback + 500, "113, NULL, NULL, NULL");
	span(KIND_PollIOLoop_add_callback, "113, NULL, NULL, NULL");
	span(KIND_PollIOLoop_add_timeout, "1, 50, 113, NULL");
	span(KIND_PollIOLoop_add_handler, "1, 50, 113, NULL");
	assert_int_equal(at(last_seq)->callbacks.count, 1);
	assert_int_equal(at(last_seq)->timeouts.count, 1);
	assert_int_equal(ROW(replay_timeout, at(last_seq)->timeouts, 0)->deadline, 3050);
	assert_int_equal(at(last_seq)->handlers.count, 0);
}

static void test_nonsense(void **state)
{
	static const char *const values[] = {
		"NULL, NULL, NULL, NULL",
		"'x', 'y', 'z', x'00'",
		"1.5, 1e300, -1e300, 0.1",
		"9223372036854775807, 9223372036854775807, 9223372036854775807, 1",
		"-9223372036854775808, -9223372036854775808, -9223372036854775808, -1",
		"1, 2, 3, 4",
		"0, 0, 0, 0",
	};
	static const char *const details[] = { "events=,,,::,fd#,fd#99999999999999999999:READ|",
					       "args=ADD", "args=MOD |||", "events=waker" };
	size_t count;

	(void)state;
	catalog_all(&count);
	sql("BEGIN");
	for (unsigned kind = 1; kind <= count; kind++)
		for (unsigned v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
			row_of(THREAD + kind % 3, kind, 1 + (kind + v) % 3, last_seq - 1, values[v],
			       details[v % 4]);
			if (v % 2)
				end(last_seq);
		}
	for (unsigned v = 0; v < 4; v++)
		row_of(THREAD, 3023, RING_INSTANT, 0, "1, 0, NULL, NULL", details[v]);
	row_of(THREAD, 60000, 77, 0, "1, 0, NULL, NULL", "");
	sql("UPDATE events SET kind = -7 WHERE seq = 5");
	sql("COMMIT");
	assert_int_equal(at(last_seq)->now.seq, last_seq);
	assert_int_equal(digest_at(0), digest_at(-1));
	assert_int_equal(digest_at(last_seq), digest_at(INT64_MAX));
}

static void test_bounds(void **state)
{
	const struct replay_state *s;

	(void)state;
	/* more of everything than the tables hold */
	sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
	    " INSERT INTO events (seq, time, thread, turn, depth, kind, phase, a0, a1, a2, a3, detail)"
	    " SELECT i, i, 1, 0, 0, CASE i %% 3 WHEN 0 THEN %d WHEN 1 THEN %d ELSE %d END, 3, i,"
	    " 4096, 100, i, '' FROM n",
	    KIND__DummyFuture_add_done_callback, KIND_PollIOLoop_add_timeout,
	    KIND_PollIOLoop_add_callback);
	sql("UPDATE events SET a1 = 0 WHERE kind = %d", KIND__DummyFuture_add_done_callback);
	last_seq = 300000;
	s = at(last_seq);
	assert_int_equal(s->futures.count, 1 << 16);
	assert_int_equal(s->now.untracked, 100000 - (1 << 16));
	assert_int_equal(s->timeouts.count, 100000);
	assert_int_equal(s->callbacks.count, 100000);
	assert_int_equal(digest_at(300000), digest_at(INT64_MAX));
}

/* ---- names */

static void test_names(void **state)
{
	char text[128], object[REPLAY_NAME_BYTES];
	int64_t seq;

	(void)state;
	seq = row_of(THREAD, KIND_gen_local, RING_INSTANT, 0, NOTHING, "name=a\\x3b b; value=x=1");
	at(seq);
	replay_function(replay, (int64_t)emit_wrap(KIND_IOLoop_add_future_lambda, KIND_user_call),
			text, sizeof(text));
	assert_string_equal(text, "ioloop.IOLoop.add_future.<lambda>(user.call)");
	replay_function(replay, 0xffff, text, sizeof(text));
	assert_string_equal(text, "unknown");
	replay_function(replay, (int64_t)emit_wrap(KIND_IOLoop_add_future_lambda, KIND_user_call),
			text, 8);
	assert_string_equal(text, "ioloop.");
	assert_true(replay_detail_value(replay, seq, "name", text, sizeof(text)));
	assert_string_equal(text, "a\\x3b b");
	assert_true(replay_detail_value(replay, seq, "value", text, sizeof(text)));
	assert_string_equal(text, "x=1");
	assert_false(replay_detail_value(replay, seq, "x", text, sizeof(text)));
	assert_false(replay_detail_value(replay, 999, "name", text, sizeof(text)));
	replay_object(replay, 12345, object);
	assert_string_equal(object, "?");
	replay_place(replay, seq, text, sizeof(text));
	assert_string_equal(text, "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names),         TEST(test_tables),    TEST(test_state_as_bytes),
		TEST(test_forged_states), TEST(test_keyframes), TEST(test_foreign_kinds),
		TEST(test_nonsense),      TEST(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
