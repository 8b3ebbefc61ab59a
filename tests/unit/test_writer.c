/*
 * test_writer.c - depth, parents, returns, causes, turns, and the order of two
 * rings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "trace/emit/emit.h"
#include "trace/record/drain.h"
#include "trace/record/ring_file.h"
#include "trace/store/store.h"
#include "trace/write/writer.h"

#define SLOTS RING_SLOTS_MIN

struct fixture {
	char folder[256], path[320];
	struct store *store;
	struct ring_file *ring;
	struct writer *writer;
	struct drain *drain;
};
static struct fixture f;

static int setup(void **state)
{
	struct ring_options options = { .slots = SLOTS, .payload_limit = 4096 };
	const char *top = getenv("TMPDIR");
	char *error = NULL;
	bool full;

	(void)state;
	snprintf(f.folder, sizeof(f.folder), "%.200s/writer-XXXXXX", top ? top : "/tmp");
	assert_non_null(mkdtemp(f.folder));
	snprintf(f.path, sizeof(f.path), "%s/t.db", f.folder);
	if (store_create(&f.store, f.path, &full, &error) < 0 ||
	    ring_file_create(&f.ring, f.path, &options, &full, &error) < 0 ||
	    writer_new(&f.writer, f.store, &error) < 0 ||
	    drain_new(&f.drain, f.ring, f.writer, f.store, &error) < 0)
		fail_msg("%s", error);
	f.ring->header->catalogue_hash = catalog_hash();
	strcpy(f.ring->header->sites[3].file, "core/x.c");
	strcpy(f.ring->header->sites[3].function, "x");
	f.ring->header->sites[3].line = 77;
	atomic_store(&f.ring->header->site_count, 4);
	atomic_store(&f.ring->header->attached, 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	drain_free(f.drain);
	writer_free(f.writer);
	store_free(f.store);
	ring_file_remove(f.ring);
	ring_file_free(f.ring);
	store_remove(f.path);
	return rmdir(f.folder);
}

/* Writes a record by hand and publishes it. Returns its id. */
static uint64_t put(unsigned thread, struct ring_slot slot, const void *payload, size_t bytes)
{
	struct ring_thread *t = &ring_threads(f.ring->header)[thread];
	struct ring_slot *slots = ring_slots(f.ring->header, thread);
	uint64_t head = atomic_load(&t->head);

	if (atomic_load(&t->thread) == 0) {
		atomic_store(&t->thread, 100 + thread);
		atomic_fetch_add(&f.ring->header->claimed, 1);
	}
	slot.payload_slots = (uint16_t)((bytes + 63) / 64);
	slots[head % SLOTS] = slot;
	for (size_t at = 0; at < bytes; at += 64)
		memcpy(&slots[(head + 1 + at / 64) % SLOTS], (const char *)payload + at,
		       bytes - at < 64 ? bytes - at : 64);
	atomic_store(&t->head, head + 1 + slot.payload_slots);
	return (uint64_t)thread << 48 | (head + 1);
}

static uint64_t simple(unsigned thread, uint64_t time, unsigned kind, enum ring_phase phase,
		       unsigned present, uint64_t a0)
{
	return put(thread,
		   (struct ring_slot){ .time = time,
				       .kind = (uint16_t)kind,
				       .phase = (unsigned)phase & 3u,
				       .site = 3,
				       .flags = RING_FLAG_CAUSE,
				       .present = (uint8_t)present,
				       .arg = { a0 } },
		   NULL, 0);
}

static void drain_all(void)
{
	char *error = NULL;

	if (drain_rest(f.drain, &error) < 0)
		fail_msg("%s", error);
}

/* The rows of a query as lines of words. */
static void expect_rows(const char *sql, const char *rows)
{
	char text[16384];
	size_t length = 0;
	sqlite3_stmt *s = store_prepare(f.store, sql, NULL);

	assert_non_null(s);
	text[0] = '\0';
	while (sqlite3_step(s) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(s); i++) {
			const char *word = (const char *)sqlite3_column_text(s, i);

			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s",
						   word ? word : "-",
						   i + 1 < sqlite3_column_count(s) ? " " : "\n");
			assert_true(length < sizeof(text));
		}
	store_release(f.store, s);
	assert_string_equal(text, rows);
}

static void test_spans(void **state)
{
	(void)state;
	simple(0, 10, KIND_PollIOLoop_start, RING_BEGIN, 0, 0);
	simple(0, 20, KIND_loop_iteration, RING_INSTANT, 1, 1);
	simple(0, 30, KIND_BaseIOStream__read_to_buffer, RING_BEGIN, 1, 3ull << 32 | 7);
	simple(0, 40, KIND_IOStream_read_from_fd, RING_BEGIN, 1, 3ull << 32 | 7);
	simple(0, 50, KIND_IOStream_read_from_fd, RING_END, 0, 0);
	put(0,
	    (struct ring_slot){ .time = 60,
				.kind = KIND_BaseIOStream__read_to_buffer,
				.phase = RING_END,
				.flags = RING_FLAG_RETURN,
				.present = 1,
				.arg = { EMIT_VALUE(EMIT_VALUE_INT, 82) } },
	    NULL, 0);
	simple(0, 70, KIND_loop_poll, RING_BEGIN, 1, EMIT_UNTIL_NOTHING);
	simple(0, 80, KIND_loop_poll, RING_END, 1, 0);
	simple(0, 90, KIND_loop_iteration, RING_INSTANT, 1, 2);
	simple(0, 100, KIND_PollIOLoop_start, RING_END, 0, 0);
	drain_all();
	expect_rows("SELECT seq, turn, depth, parent, phase, detail FROM events",
		    "1 0 0 - 1 \n2 1 1 1 3 n=1\n3 1 1 1 1 fd=fd#1\n4 1 2 3 1 fd=fd#1\n"
		    "5 1 1 1 1 timeout=3600\n6 1 1 1 2 n=0\n7 2 1 1 3 n=2\n8 2 1 1 2 \n");
	expect_rows("SELECT * FROM ends", "1 100 8 - 0\n3 60 4 82 0\n4 50 4 - 0\n5 80 5 - 0\n");
	expect_rows("SELECT object, class, number, name, runtime, seq FROM objects",
		    "1 fd 1 fd#1 12884901895 3\n");
	expect_rows("SELECT a0, a1 FROM events WHERE seq IN (3, 5)", "1 -\n-1 -\n");
	expect_rows("SELECT * FROM sites WHERE site = 3", "3 core/x.c 77 x\n");
	expect_rows("SELECT name, site FROM events JOIN kinds USING (kind) WHERE seq IN (3, 8)",
		    "iostream.BaseIOStream._read_to_buffer 3\nioloop.PollIOLoop.start 3\n");
}

/* An end that got lost is made up for by the one around it; a stray one is ignored. */
static void test_unmatched(void **state)
{
	(void)state;
	simple(0, 1, KIND_PollIOLoop_stop, RING_BEGIN, 0, 0);
	simple(0, 2, KIND_Waker_wake, RING_BEGIN, 0, 0);
	simple(0, 3, KIND_Waker_consume, RING_END, 0, 0);
	simple(0, 4, KIND_PollIOLoop_stop, RING_END, 0, 0);
	put(0,
	    (struct ring_slot){ .time = 5, .kind = KIND_DummyExecutor_submit, .phase = RING_BEGIN },
	    NULL, 0);
	put(0,
	    (struct ring_slot){ .time = 6,
				.kind = KIND_DummyExecutor_submit,
				.phase = RING_END,
				.flags = RING_FLAG_RAISED },
	    NULL, 0);
	drain_all();
	expect_rows("SELECT seq, depth, parent FROM events", "1 0 -\n2 1 1\n3 0 -\n");
	expect_rows("SELECT seq, after, raised FROM ends", "1 2 0\n3 3 1\n");
}

static void test_causes(void **state)
{
	uint64_t asked, due;

	(void)state;
	asked = simple(0, 1, KIND_PollIOLoop_add_callback, RING_BEGIN, 0, 0);
	put(0, (struct ring_slot){ .time = 2, .kind = KIND_loop_iteration, .phase = RING_INSTANT },
	    NULL, 0);
	due = simple(1, 3, KIND_Waker_wake, RING_BEGIN, 0, 0);
	put(0,
	    (struct ring_slot){ .time = 4,
				.kind = KIND_IOLoop__run_callback,
				.phase = RING_BEGIN,
				.asked_by = asked,
				.triggered_by = due },
	    NULL, 0);
	put(0,
	    (struct ring_slot){ .time = 5,
				.kind = KIND_IOLoop__run_callback,
				.phase = RING_BEGIN,
				.asked_by = asked + 1,
				.triggered_by = UINT64_MAX },
	    NULL, 0);
	drain_all();
	expect_rows("SELECT seq, thread, asked_by, triggered_by, id IS NOT NULL FROM events",
		    "1 100 - - 1\n2 100 - - 0\n3 101 - - 1\n4 100 1 3 0\n5 100 - - 0\n");
}

static void test_payload_is_masked(void **state)
{
	char payload[256] = "";
	struct ring_text head = { .total = 30, .stored = 30 };
	struct ring_slot slot = { .time = 1,
				  .kind = KIND_sock_send,
				  .phase = RING_INSTANT,
				  .present = 15,
				  .arg = { 1ull << 32 | 7, 30, 30 } };

	(void)state;
	memcpy(payload, &head, sizeof(head));
	memcpy(payload + 8, "GET / HTTP/1.1\r\nCookie: secr", 28);
	memcpy(payload + 36, "et", 2);
	put(0, slot, payload, 38);
	memcpy(payload + 8, "value\r\nA: b\r\n\r\n0123456789abcdef", 30);
	put(0, slot, payload, 38);
	drain_all();
	expect_rows("SELECT seq, field, total, CAST(bytes AS TEXT) FROM payloads",
		    "1 data 30 GET / HTTP/1.1\r\nCookie: ******\n"
		    "2 data 30 *****\r\nA: b\r\n\r\n0123456789abcde\n");
	expect_rows("SELECT detail FROM events", "fd=fd#1; bytes=30; result=30\n"
						 "fd=fd#1; bytes=30; result=30\n");
}

/* What is written is ordered by time; nothing that could still be undercut is written. */
static void test_merge(void **state)
{
	struct ring_thread *second = &ring_threads(f.ring->header)[1];
	char *error = NULL;

	(void)state;
	simple(0, 10, KIND_loop_iteration, RING_INSTANT, 1, 10);
	simple(1, 20, KIND_loop_iteration, RING_INSTANT, 1, 20);
	simple(0, 30, KIND_loop_iteration, RING_INSTANT, 1, 30);
	simple(0, 50, KIND_loop_iteration, RING_INSTANT, 1, 50);
	atomic_store(&second->writing, 1);
	assert_true(drain_pass(f.drain, &error) >= 0);
	/* the second thread is making an event that may be of time 20 or later */
	expect_rows("SELECT detail FROM events", "n=10\nn=20\n");
	assert_int_equal(drain_pass(f.drain, &error), 0);
	simple(1, 40, KIND_loop_iteration, RING_INSTANT, 1, 40);
	atomic_store(&second->writing, 0);
	for (int i = 0; i < 3; i++)
		assert_true(drain_pass(f.drain, &error) >= 0);
	expect_rows("SELECT detail FROM events", "n=10\nn=20\nn=30\nn=40\nn=50\n");
}

/* A thread that never publishes must not hold up one whose ring is full. */
static void test_pressed(void **state)
{
	time_t until = time(NULL) + 10;
	char *error = NULL;

	(void)state;
	simple(1, 1, KIND_loop_iteration, RING_INSTANT, 1, 0);
	atomic_store(&ring_threads(f.ring->header)[1].writing, 1);
	for (unsigned i = 0; i < SLOTS; i++)
		simple(0, 10 + i, KIND_loop_iteration, RING_INSTANT, 1, i);
	while (atomic_load(&ring_threads(f.ring->header)[0].tail) < SLOTS / 8) {
		assert_true(drain_pass(f.drain, &error) >= 0);
		assert_true(time(NULL) < until);
	}
}

static void test_gaps(void **state)
{
	(void)state;
	simple(0, 1, KIND_loop_iteration, RING_INSTANT, 1, 1);
	put(0, (struct ring_slot){ .time = 2, .phase = RING_INSTANT, .arg = { 17 } }, NULL, 0);
	simple(0, 3, KIND_loop_iteration, RING_INSTANT, 1, 2);
	atomic_store(&ring_threads(f.ring->header)[0].lost, 20);
	atomic_store(&f.ring->header->unclaimed_lost, 4);
	drain_all();
	expect_rows("SELECT seq FROM events", "1\n3\n");
	expect_rows("SELECT gap, after, thread, source, lost FROM gaps",
		    "2 1 100 program 17\n4 3 100 program 3\n5 4 - program 4\n");
	assert_int_equal(drain_lost(f.drain), 24);
	drain_all();
	expect_rows("SELECT count(*) FROM gaps", "3\n");
}

/* Garbage stops its thread with a gap; the other one goes on. */
static void test_damaged(void **state)
{
	static const struct ring_slot bad[] = {
		{ .time = 5, .kind = 2000, .phase = RING_INSTANT },
		{ .time = 5, .kind = KIND_loop_iteration, .phase = 0 },
		{ .time = UINT64_MAX, .kind = KIND_loop_iteration, .phase = RING_INSTANT },
		{ .time = 5, .kind = KIND_NONE, .phase = RING_INSTANT, .arg = { UINT64_MAX } },
	};
	unsigned count = sizeof(bad) / sizeof(bad[0]);

	(void)state;
	for (unsigned i = 0; i < count; i++) {
		simple(i, 1 + i, KIND_loop_iteration, RING_INSTANT, 1, i);
		put(i, bad[i], NULL, 0);
		simple(i, 6, KIND_loop_iteration, RING_INSTANT, 1, 99);
	}
	simple(count, 1, KIND_loop_iteration, RING_INSTANT, 1, 7);
	simple(count, 9, KIND_loop_iteration, RING_INSTANT, 1, 8);
	/* a payload that reaches beyond what was published */
	put(count, (struct ring_slot){ .time = 10, .kind = KIND_run_note, .phase = RING_INSTANT },
	    NULL, 0);
	ring_slots(f.ring->header, count)[2].payload_slots = 9;
	/* and a head that cannot be */
	simple(count + 1, 3, KIND_loop_iteration, RING_INSTANT, 1, 5);
	atomic_store(&ring_threads(f.ring->header)[count + 1].head, SLOTS + 2);
	drain_all();
	expect_rows("SELECT count(*) FROM events WHERE detail = 'n=99'", "0\n");
	expect_rows("SELECT count(*) FROM events", "6\n");
	expect_rows("SELECT count(*), count(lost) FROM gaps", "6 0\n");
}

static void test_names(void **state)
{
	(void)state;
	strcpy(f.ring->header->names[0], "user.download n:int");
	strcpy(f.ring->header->names[1], "user.\x1b[31m broken:nothing");
	atomic_store(&f.ring->header->name_count, 2);
	simple(0, 1, RING_NAME_FIRST, RING_BEGIN, 1, 5);
	simple(0, 2, KIND_gen_create, RING_INSTANT, 1, RING_NAME_FIRST);
	simple(0, 3, RING_NAME_FIRST + 1, RING_INSTANT, 1, RING_NAME_FIRST);
	drain_all();
	expect_rows("SELECT name, detail FROM events JOIN kinds USING (kind) ORDER BY seq",
		    "user.download n=5\ngen.create gen=user.download\nuser.\\x1b[31m \n");
	expect_rows("SELECT kind, name, fields FROM kinds WHERE kind >= 4096",
		    "4096 user.download n:int\n4097 user.\\x1b[31m broken:nothing\n");
}

/* Tails are published with the commit and not before. */
static void test_commit(void **state)
{
	struct ring_thread *t = &ring_threads(f.ring->header)[0];
	char *error = NULL;

	(void)state;
	simple(0, 1, KIND_loop_iteration, RING_INSTANT, 1, 1);
	assert_int_equal(drain_pass(f.drain, &error), 1);
	assert_int_equal(atomic_load(&t->tail), 0);
	assert_int_equal(drain_commit(f.drain, &error), 0);
	assert_int_equal(atomic_load(&t->tail), 1);
	assert_int_equal(store_fact_number(f.store, "tail:0", -1), 1);
	for (unsigned i = 0; i < SLOTS / 4; i++)
		simple(0, 2 + i, KIND_loop_iteration, RING_INSTANT, 1, 1);
	assert_int_equal(drain_pass(f.drain, &error), SLOTS / 4);
	assert_int_equal(atomic_load(&t->tail), 1 + SLOTS / 4);
}

/* A second writer takes over from the rows of the first. */
static void test_resume(void **state)
{
	uint32_t threads[RING_THREADS] = { 100, 101 };
	uint64_t asked;
	char *error = NULL;

	(void)state;
	strcpy(f.ring->header->names[0], "user.f ");
	atomic_store(&f.ring->header->name_count, 1);
	simple(0, 1, KIND_PollIOLoop_start, RING_BEGIN, 0, 0);
	simple(0, 2, KIND_loop_iteration, RING_INSTANT, 1, 1);
	asked = simple(0, 3, KIND_BaseIOStream__handle_read, RING_BEGIN, 1, 1ull << 32 | 7);
	simple(1, 4, KIND_Waker_wake, RING_BEGIN, 0, 0);
	drain_all();
	drain_free(f.drain);
	writer_free(f.writer);
	assert_int_equal(writer_new(&f.writer, f.store, &error), 0);
	assert_int_equal(writer_resume(f.writer, threads, &error), 0);
	assert_int_equal(drain_new(&f.drain, f.ring, f.writer, f.store, &error), 0);
	drain_resume(f.drain);
	put(0,
	    (struct ring_slot){ .time = 5,
				.kind = KIND_loop_dispatch,
				.phase = RING_INSTANT,
				.present = 3,
				.arg = { 2ull << 32 | 7, 1 },
				.asked_by = asked },
	    NULL, 0);
	simple(0, 6, KIND_BaseIOStream__handle_read, RING_END, 0, 0);
	simple(1, 7, KIND_Waker_wake, RING_END, 0, 0);
	simple(0, 8, RING_NAME_FIRST, RING_INSTANT, 0, 0);
	drain_all();
	expect_rows("SELECT seq, turn, depth, parent, asked_by, detail FROM events WHERE seq > 3",
		    "4 1 0 - - \n5 1 2 3 3 fd=fd#2; events=READ\n6 1 1 1 - \n");
	expect_rows("SELECT seq, time, after FROM ends", "3 6 5\n4 7 4\n");
	expect_rows("SELECT count(*) FROM kinds WHERE kind >= 4096", "1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_spans, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unmatched, setup, teardown),
		cmocka_unit_test_setup_teardown(test_causes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_payload_is_masked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_merge, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pressed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gaps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_commit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_resume, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
