/*
 * test_ready.c - the order in which ready descriptors are dispatched is CPython
 * 2.7's dict.popitem().  The sequences below were recorded there.
 */
#include "core/python/dict_ready.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum op_what { OP_PUT, OP_POP, OP_REMOVE };

struct op {
	enum op_what what;
	int fd;
};

#define PUT(fd)                                                                                    \
	{                                                                                          \
		OP_PUT, fd                                                                         \
	}
#define POP(fd)                                                                                    \
	{                                                                                          \
		OP_POP, fd                                                                         \
	}
#define REMOVE(fd)                                                                                 \
	{                                                                                          \
		OP_REMOVE, fd                                                                      \
	}

/* Two sockets and a waker: the finger survives between polls. */
static const struct op fetches[] = {
	PUT(5), PUT(7), POP(5), POP(7), PUT(7), POP(7), PUT(9), PUT(7),
	PUT(5), POP(9), POP(5), POP(7), PUT(7), PUT(9), POP(9), POP(7)
};

/* Slot 0 comes first whenever it is taken. */
static const struct op slot_zero[] = { PUT(8),  PUT(7),  PUT(16), POP(8),     POP(16),
				       POP(7),  PUT(16), PUT(9),  POP(16),    POP(9),
				       PUT(24), PUT(8),  PUT(3),  REMOVE(24), POP(8),
				       POP(3),  PUT(3),  PUT(5),  POP(5),     POP(3) };

/* One slot for several: the probe decides. */
static const struct op collisions[] = { PUT(7),  PUT(15), PUT(23), PUT(31), POP(23), POP(31),
					POP(15), POP(7),  PUT(15), PUT(7),  POP(7),  POP(15),
					PUT(31), PUT(9),  PUT(17), POP(9),  POP(17), POP(31) };

/* A sixth entry makes the table four times as large as it is full. */
static const struct op grows[] = { PUT(5),  PUT(6),  PUT(7),  PUT(8),  PUT(9),  PUT(10), PUT(11),
				   PUT(12), PUT(13), PUT(14), PUT(15), PUT(16), PUT(17), PUT(18),
				   PUT(19), PUT(20), PUT(21), PUT(22), PUT(23), PUT(24), POP(5),
				   POP(6),  POP(7),  POP(8),  POP(9),  POP(10), POP(11), POP(12),
				   POP(13), POP(14), POP(15), POP(16), POP(17), POP(18), POP(19),
				   POP(20), POP(21), POP(22), POP(23), POP(24), PUT(40), PUT(8),
				   PUT(64), PUT(5),  POP(64), POP(5),  POP(40), POP(8),  PUT(5),
				   PUT(6),  PUT(7),  POP(5),  POP(6),  POP(7) };

/* Dummies fill the table until it is rebuilt. */
static const struct op shrinks[] = { PUT(7),  PUT(8),  PUT(9),  POP(8),  POP(9),  POP(7),  PUT(9),
				     PUT(10), PUT(11), POP(9),  POP(10), POP(11), PUT(11), PUT(12),
				     PUT(13), POP(11), POP(12), POP(13), PUT(13), PUT(14), PUT(15),
				     POP(14), POP(15), POP(13), PUT(15), PUT(16), PUT(17), POP(16),
				     POP(17), POP(15), PUT(17), PUT(18), PUT(19), POP(17), POP(18),
				     POP(19), PUT(19), PUT(20), PUT(21), POP(19), POP(20), POP(21),
				     PUT(21), PUT(22), PUT(23), POP(22), POP(23), POP(21) };

/* A handler removed before its event was dispatched. */
static const struct op removed[] = { PUT(7),      PUT(9),  PUT(11), REMOVE(9), REMOVE(9),
				     REMOVE(100), POP(11), POP(7),  PUT(9),    REMOVE(9),
				     PUT(10),     PUT(18), POP(10), POP(18) };

static void play(const struct op *ops, size_t count)
{
	struct ready_set set;
	uint32_t events;
	int fd;

	assert_int_equal(ready_set_init(&set), 0);
	for (size_t i = 0; i < count; i++) {
		switch (ops[i].what) {
		case OP_PUT:
			assert_int_equal(ready_set_put(&set, ops[i].fd, (uint32_t)ops[i].fd + 1),
					 0);
			break;
		case OP_POP:
			assert_true(ready_set_pop(&set, &fd, &events));
			assert_int_equal(fd, ops[i].fd);
			assert_int_equal(events, fd + 1);
			break;
		case OP_REMOVE:
			ready_set_remove(&set, ops[i].fd);
			break;
		}
	}
	assert_false(ready_set_pop(&set, &fd, &events));
	ready_set_release(&set);
}

#define PLAY(ops) play(ops, sizeof(ops) / sizeof(*(ops)))

static void test_sequences(void **state)
{
	(void)state;
	PLAY(fetches);
	PLAY(slot_zero);
	PLAY(collisions);
	PLAY(grows);
	PLAY(shrinks);
	PLAY(removed);
}

static void test_put_again_replaces_events(void **state)
{
	struct ready_set set;
	uint32_t events;
	int fd;

	(void)state;
	assert_int_equal(ready_set_init(&set), 0);
	assert_int_equal(ready_set_put(&set, 7, 1), 0);
	assert_int_equal(ready_set_put(&set, 7, 4), 0);
	assert_true(ready_set_pop(&set, &fd, &events));
	assert_int_equal(events, 4);
	assert_false(ready_set_pop(&set, &fd, &events));
	ready_set_release(&set);
}

static unsigned next_random(uint64_t *x, unsigned below)
{
	*x = *x * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)((*x >> 33) % below);
}

/* What a round does at most, and the numbers of the descriptors. */
struct rounds {
	int count;
	unsigned puts, pops, descriptors;
};

/* The hash of the order in which rounds of updates, a few removals and pops give them. */
static uint64_t play_rounds(struct rounds rounds)
{
	struct ready_set set;
	uint64_t hash = 0xcbf29ce484222325u, x = 12345;
	uint32_t events;
	int fd;

	assert_int_equal(ready_set_init(&set), 0);
	for (int round = 0; round < rounds.count; round++) {
		unsigned n = next_random(&x, rounds.puts);

		while (n--)
			assert_int_equal(
				ready_set_put(&set, (int)next_random(&x, rounds.descriptors), 1),
				0);
		for (n = next_random(&x, 4); n; n--)
			ready_set_remove(&set, (int)next_random(&x, rounds.descriptors));
		for (n = next_random(&x, rounds.pops); n && ready_set_pop(&set, &fd, &events); n--)
			hash = (hash ^ (uint64_t)fd) * 0x100000001b3u;
	}
	assert_int_equal(set.used, 0);
	ready_set_release(&set);
	return hash;
}

/* The hashes are what CPython 2.7.18 gives for the same rounds. */
static void test_long_run(void **state)
{
	const struct rounds few = { 2000, 60, 80, 3000 };
	const struct rounds full = { 200, 1024, 1500, 4000 };

	(void)state;
	assert_true(play_rounds(few) == 0x6779f27ceb259436u);
	assert_true(play_rounds(full) == 0x6a0cf0369cf7a3e4u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequences),
		cmocka_unit_test(test_put_again_replaces_events),
		cmocka_unit_test(test_long_run),
	};

	return cmocka_run_group_tests_name("ready", tests, NULL, NULL);
}
