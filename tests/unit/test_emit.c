/*
 * test_emit.c - what a trace point leaves in the ring, also when the ring is
 * full.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "trace/emit/emit.h"

static struct ring_header *header;

static int attach(void **state)
{
	size_t size = ring_file_bytes(RING_SLOTS_MIN);

	(void)state;
	header = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(header != MAP_FAILED);
	memcpy(header->magic, RING_MAGIC, sizeof(header->magic));
	header->abi = RING_ABI;
	header->slots_per_thread = RING_SLOTS_MIN;
	header->file_bytes = size;
	header->payload_limit = 100;
	return emit_attach(header) ? 0 : -1;
}

static int detach(void **state)
{
	(void)state;
	emit_detach();
	return munmap(header, ring_file_bytes(RING_SLOTS_MIN));
}

static struct ring_thread *first(void)
{
	return ring_threads(header);
}

static struct ring_slot *slot(uint64_t cursor)
{
	return ring_slots(header, 0) + cursor % RING_SLOTS_MIN;
}

static void consume_all(void)
{
	atomic_store(&first()->tail, atomic_load(&first()->head));
}

static void test_instant(void **state)
{
	struct ring_slot *s = slot(0);

	(void)state;
	EMIT(loop_dispatch, FD(emit_descriptor(3, 7)), INT(5));
	assert_int_equal(atomic_load(&first()->head), 1);
	assert_int_equal(s->kind, KIND_loop_dispatch);
	assert_int_equal(s->phase, RING_INSTANT);
	assert_int_equal(s->present, 3);
	assert_true(s->arg[0] == (3ull << 32 | 7));
	assert_int_equal(s->arg[1], 5);
	assert_int_equal(s->payload_slots, 0);
	assert_true(s->time > 0);
	assert_int_equal(s->asked_by, 0);
	assert_true(s->site < atomic_load(&header->site_count));
	assert_string_equal(header->sites[s->site].function, "test_instant");
	assert_string_equal(header->sites[s->site].file, "tests/unit/test_emit.c");
	assert_int_equal(header->sites[s->site].line, __LINE__ - 13);
	assert_int_equal(atomic_load(&first()->thread), gettid());
}

static int a_span(void)
{
	SPAN(span, BaseIOStream__read_to_buffer, FD(9));

	assert_true(span.id != 0);
	assert_true(emit_current() == span.id);
	return SPAN_RET(span, 42);
}

static void test_span(void **state)
{
	(void)state;
	assert_int_equal(a_span(), 42);
	assert_int_equal(emit_current(), 0);
	assert_int_equal(atomic_load(&first()->head), 2);
	assert_int_equal(slot(0)->phase, RING_BEGIN);
	assert_int_equal(slot(1)->phase, RING_END);
	assert_int_equal(slot(1)->kind, KIND_BaseIOStream__read_to_buffer);
	assert_int_equal(slot(1)->flags & RING_FLAG_RETURN, RING_FLAG_RETURN);
	assert_int_equal(slot(1)->arg[0], 42);
}

static int a_raise(void)
{
	SPAN(span, _HTTPConnection__on_close);

	return SPAN_RAISED(span);
}

static void a_return_row(void)
{
	SPAN(span, DummyExecutor_submit, FN(KIND_ExecutorResolver_resolve));

	SPAN_RETURN_ROW(span, OBJECT(7));
}

static void test_ends(void **state)
{
	(void)state;
	assert_int_equal(a_raise(), -1);
	assert_int_equal(slot(1)->flags, RING_FLAG_RAISED);
	a_return_row();
	assert_int_equal(atomic_load(&first()->head), 4);
	assert_int_equal(slot(3)->phase, RING_END);
	assert_int_equal(slot(3)->present, 1);
	assert_int_equal(slot(3)->arg[0], 7);
	assert_int_equal(emit_current(), 0);
}

static void test_cause(void **state)
{
	uint64_t asked = EMIT_CAUSE(loop_iteration, INT(1));
	struct emit_cause cause = { .asked_by = asked, .triggered_by = emit_last() };

	(void)state;
	assert_int_equal(asked, 1);
	assert_int_equal(slot(0)->flags, RING_FLAG_CAUSE);
	{
		SPAN_CAUSED(span, IOLoop__run_callback, &cause, FN(KIND_IOLoop_add_future_lambda));

		assert_int_equal(slot(1)->asked_by, 1);
		assert_int_equal(slot(1)->triggered_by, 1);
	}
}

static void read_payload(uint64_t cursor, char *out, size_t size)
{
	for (size_t i = 0; i < size; i++)
		out[i] = ((char *)slot(cursor + i / 64))[i % 64];
}

/* Texts of every length, at every place of the ring: also across its end. */
static void test_payload(void **state)
{
	char text[300], got[400];
	struct ring_text head;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 26);
	for (unsigned round = 0; round < 3 * RING_SLOTS_MIN; round++) {
		uint64_t at = atomic_load(&first()->head);
		size_t length = round % sizeof(text);

		EMIT(run_note, BYTES(text, length));
		assert_int_equal(slot(at)->payload_slots, (length + sizeof(head) + 63) / 64);
		assert_int_equal(slot(at)->present, 1);
		read_payload(at + 1, got, sizeof(head) + length);
		memcpy(&head, got, sizeof(head));
		assert_int_equal(head.total, length);
		assert_int_equal(head.stored, length);
		assert_memory_equal(got + sizeof(head), text, length);
		consume_all();
	}
}

static void test_data_is_limited(void **state)
{
	char data[5000] = "x", got[8];
	struct ring_text head;

	(void)state;
	EMIT(sock_recv, FD(1), INT(4096), INT(5000), BYTES(data, sizeof(data)));
	read_payload(1, got, sizeof(got));
	memcpy(&head, got, sizeof(head));
	assert_int_equal(head.total, 5000);
	assert_int_equal(head.stored, 100);
	assert_int_equal(slot(0)->present, 15);
}

/* What does not fit into a quarter of the ring is cut, and says so. */
static void test_payload_is_bounded(void **state)
{
	size_t size = 200000;
	char *text = calloc(1, size), got[8];
	struct ring_text head;

	(void)state;
	assert_non_null(text);
	EMIT(run_note, BYTES(text, size));
	free(text);
	read_payload(1, got, sizeof(got));
	memcpy(&head, got, sizeof(head));
	assert_int_equal(head.total, size);
	assert_int_equal(head.stored, RING_SLOTS_MIN / 4 * 64 - sizeof(head));
	assert_int_equal(slot(0)->payload_slots, RING_SLOTS_MIN / 4);
}

static void test_absent_fields(void **state)
{
	(void)state;
	EMIT(PollIOLoop_add_callback, FN(KIND_log), WHEN(false, INT(1)));
	assert_int_equal(slot(0)->present, 1);
	EMIT(run_outcome, INT(1), NONE, INT(599), TEXT("HTTPError"), TEXT(NULL));
	assert_int_equal(slot(1)->present, 1 | 4 | 8);
	assert_int_equal(slot(1)->arg[0], 1);
	assert_int_equal(slot(1)->arg[1], 599);
}

static void test_drop_tells_a_gap(void **state)
{
	unsigned sent = RING_SLOTS_MIN + 500;
	uint64_t at, lost;

	(void)state;
	header->on_full = RING_ON_FULL_DROP;
	for (unsigned i = 0; i < sent; i++)
		EMIT(loop_iteration, INT(i));
	lost = atomic_load(&first()->lost);
	at = atomic_load(&first()->head);
	assert_true(lost > 0);
	assert_int_equal(at + lost, sent);
	consume_all();
	EMIT(loop_iteration, INT(sent));
	assert_int_equal(atomic_load(&first()->head), at + 2);
	assert_int_equal(slot(at)->kind, 0);
	assert_true(slot(at)->arg[0] == lost);
	assert_int_equal(slot(at + 1)->arg[0], sent);
}

/* Spans that begin while nothing can be stored leave the stack in order. */
static void test_drop_inside_spans(void **state)
{
	(void)state;
	header->on_full = RING_ON_FULL_DROP;
	while (atomic_load(&first()->lost) == 0)
		EMIT(loop_iteration, INT(0));
	{
		SPAN(lost, PollIOLoop_stop);

		assert_int_equal(lost.id, 0);
		consume_all();
		{
			SPAN(kept, Waker_wake, NONE);

			assert_true(emit_current() == kept.id);
		}
	}
	assert_int_equal(emit_current(), 0);
}

static void *reader(void *user)
{
	uint64_t seen = 0, wrong = 0, end = *(uint64_t *)user;

	while (seen < end && !wrong) {
		uint64_t head = atomic_load_explicit(&first()->head, memory_order_acquire);

		for (; seen < head; seen++)
			wrong += slot(seen)->arg[0] != seen;
		atomic_store_explicit(&first()->tail, seen, memory_order_release);
	}
	return (void *)wrong;
}

/* A full ring holds the writer up and loses nothing. */
static void test_wait_loses_nothing(void **state)
{
	uint64_t count = 200000;
	pthread_t thread;
	void *wrong;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, reader, &count), 0);
	for (uint64_t i = 0; i < count; i++)
		EMIT(loop_iteration, INT(i));
	pthread_join(thread, &wrong);
	assert_null(wrong);
	assert_int_equal(atomic_load(&first()->lost), 0);
}

/* Without a reader a full ring drops instead of waiting for ever. */
static void test_reader_gone(void **state)
{
	(void)state;
	atomic_store(&header->stopped_reading, 1);
	for (unsigned i = 0; i < 3 * RING_SLOTS_MIN; i++)
		EMIT(loop_iteration, INT(i));
	assert_true(atomic_load(&first()->lost) > RING_SLOTS_MIN);
}

static void *emit_one(void *user)
{
	(void)user;
	EMIT(loop_iteration, INT(1));
	return NULL;
}

static void test_threads_claim_rings(void **state)
{
	pthread_t thread[RING_THREADS + 4];

	(void)state;
	for (unsigned i = 0; i < RING_THREADS + 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, emit_one, NULL), 0);
	for (unsigned i = 0; i < RING_THREADS + 4; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(atomic_load(&header->claimed), RING_THREADS);
	assert_int_equal(atomic_load(&header->unclaimed_lost), 4);
	for (unsigned i = 0; i < RING_THREADS; i++)
		assert_int_equal(atomic_load(&ring_threads(header)[i].head), 1);
}

static void test_names(void **state)
{
	uint16_t a = emit_name("user.a", ""), b = emit_name("user.b", "which:str bytes:int");

	(void)state;
	assert_int_equal(a, RING_NAME_FIRST);
	assert_int_equal(b, RING_NAME_FIRST + 1);
	assert_int_equal(emit_name("user.a", ""), a);
	assert_string_equal(header->names[1], "user.b which:str bytes:int");
	for (unsigned i = 0; i < RING_NAMES + 10; i++) {
		char name[32];

		snprintf(name, sizeof(name), "user.%u", i);
		emit_name(name, "");
	}
	assert_int_equal(atomic_load(&header->name_count), RING_NAMES);
	assert_int_equal(emit_name("user.one-too-many", ""), KIND_user_call);
}

static void test_facts(void **state)
{
	(void)state;
	emit_fact("generation", "3.1");
	emit_fact("role", "client");
	assert_int_equal(atomic_load(&header->fact_count), 2);
	assert_string_equal(header->facts[0], "generation=3.1");
	assert_string_equal(header->facts[1], "role=client");
	for (unsigned i = 0; i < RING_FACTS; i++)
		emit_fact("role", "too many");
	assert_int_equal(atomic_load(&header->fact_count), RING_FACTS);
}

static void test_second_owner_is_refused(void **state)
{
	(void)state;
	assert_false(emit_attach(header));
	header->abi++;
	atomic_store(&header->attached, 0);
	assert_false(emit_attach(header));
}

static void test_idle_emits_nothing(void **state)
{
	(void)state;
	emit_detach();
	EMIT(loop_iteration, INT(1));
	assert_int_equal(a_raise(), -1);
	assert_int_equal(atomic_load(&first()->head), 0);
	assert_int_equal(emit_name("user.a", ""), KIND_user_call);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, attach, detach)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_instant),
		TEST(test_span),
		TEST(test_ends),
		TEST(test_cause),
		TEST(test_payload),
		TEST(test_data_is_limited),
		TEST(test_payload_is_bounded),
		TEST(test_absent_fields),
		TEST(test_drop_tells_a_gap),
		TEST(test_drop_inside_spans),
		TEST(test_wait_loses_nothing),
		TEST(test_reader_gone),
		TEST(test_threads_claim_rings),
		TEST(test_names),
		TEST(test_facts),
		TEST(test_second_owner_is_refused),
		TEST(test_idle_emits_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
