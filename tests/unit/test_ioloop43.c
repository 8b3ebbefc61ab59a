/*
 * test_ioloop43.c - where the loop of 4.3 differs: due timeouts are taken before the
 * callbacks run, closing is silent, start() does not nest, and run_sync is choosy.
 */
#include "core/v43/ioloop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/gen.h"
#include "core/ioloop_periodic.h"
#include "core/python/alloc.h"
#include "core/stack_context.h"
#include "core/v43/generation.h"
#include "tests/unit/kit/fake_loop.h"

static struct fake_loop fake;

static int setup(void **state)
{
	(void)state;
	fake_loop_open(&fake);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_loop_close(&fake);
	return exc_current() ? -1 : 0;
}

static void run(void)
{
	assert_int_equal(ioloop_start(fake.loop), 0);
}

static int take_a_second(struct fake_step *step)
{
	step->fake->now += 1000 * FAKE_MS;
	return 0;
}

static void test_overdue_waits_for_the_next_turn(void **state)
{
	struct fake_step slow = { &fake, "slow", take_a_second, NULL, 0, 0 };
	struct fake_step timeout = { &fake, "timeout", fake_stop, NULL, 0, 0 };

	(void)state;
	fake_queue(&slow);
	timeout_unref(fake_timeout(&timeout, 500));
	run();
	assert_string_equal(fake.log, "slow timeout");
	/* the poll between the two turns did not sleep */
	assert_int_equal(fake.polls, 1);
	assert_int_equal(fake.timeouts[0], 0);
}

static int cancel(struct fake_step *step)
{
	ioloop_remove_timeout(step->fake->loop, step->timeout);
	return 0;
}

/* Taken as due, cancelled by a callback of the same turn: it does not run. */
static void test_callback_cancels_what_is_due(void **state)
{
	struct fake_step timeout = { &fake, "timeout", NULL, NULL, 0, 0 };
	struct fake_step canceller = { &fake, "cancel", cancel, NULL, 0, 0 };
	struct fake_step last = { &fake, "last", fake_stop, NULL, 0, 0 };

	(void)state;
	canceller.timeout = fake_timeout(&timeout, -1);
	timeout_unref(fake_timeout(&last, -1));
	fake_queue(&canceller);
	run();
	assert_string_equal(fake.log, "cancel last");
	assert_int_equal(timeout.released, 1);
}

/* What a callback cancels stays at the top of the heap, and bounds the poll. */
static void test_cancelled_timeout_bounds_the_poll(void **state)
{
	struct fake_step timeout = { &fake, "timeout", NULL, NULL, 0, 0 };
	struct fake_step canceller = { &fake, "cancel", cancel, NULL, 0, 0 };
	struct fake_step last = { &fake, "last", fake_stop, NULL, 0, 0 };

	(void)state;
	canceller.timeout = fake_timeout(&timeout, 100);
	timeout_unref(fake_timeout(&last, 300));
	fake_queue(&canceller);
	run();
	assert_string_equal(fake.log, "cancel last");
	assert_int_equal(fake.polls, 2);
	assert_int_equal(fake.timeouts[0], 100 * FAKE_MS);
	assert_int_equal(fake.timeouts[1], 200 * FAKE_MS);
}

static void test_call_later(void **state)
{
	struct fake_step a = { &fake, "a", NULL, NULL, 0, 0 };
	struct fake_step b = { &fake, "b", fake_stop, NULL, 0, 0 };
	struct fake_step c = { &fake, "c", NULL, NULL, 0, 0 };
	int64_t delay = 50 * FAKE_MS;

	(void)state;
	/* equal deadlines: in the order in which they were made */
	timeout_unref(ioloop_call_later(fake.loop, delay, fake_callback(&a)));
	timeout_unref(ioloop_call_at(fake.loop, fake.now + 50 * FAKE_MS, fake_callback(&c)));
	timeout_unref(ioloop_call_later(fake.loop, delay, fake_callback(&b)));
	run();
	assert_string_equal(fake.log, "a c b");
}

static int start_again(struct fake_step *step)
{
	assert_int_equal(ioloop_start(step->fake->loop), -1);
	assert_string_equal(exc_current()->text, "IOLoop is already running");
	exc_clear();
	ioloop_stop(step->fake->loop);
	return 0;
}

static void test_start_does_not_nest(void **state)
{
	struct fake_step step = { &fake, "step", start_again, NULL, 0, 0 };

	(void)state;
	fake_queue(&step);
	run();
	assert_string_equal(fake.log, "step");
}

static void test_closed_loop_is_silent(void **state)
{
	struct fake_step before = { &fake, "before", NULL, NULL, 0, 0 };
	struct fake_step after = { &fake, "after", NULL, NULL, 0, 0 };

	(void)state;
	fake_queue(&before);
	ioloop_close(fake.loop, false);
	assert_int_equal(before.released, 1);
	assert_int_equal(ioloop_add_callback(fake.loop, fake_callback(&after), VALUE_OF_NONE), 0);
	assert_int_equal(after.released, 1);
}

static void test_new_loop_is_current(void **state)
{
	(void)state;
	assert_ptr_equal(ioloop_current(), fake.loop);
}

/* Functions for run_sync. */
static int return_list(void *self, struct value *result)
{
	struct future *done = future_new();

	(void)self;
	future_set_result(done, VALUE_OF_INT(2));
	*result = value_of_pair(gen_future(future_new_done()), gen_future(done));
	return 0;
}

static int return_number(void *self, struct value *result)
{
	(void)self;
	*result = VALUE_OF_INT(5);
	return 0;
}

static int return_nothing(void *self, struct value *result)
{
	(void)self;
	(void)result;
	return 0;
}

static int run_sync(run_sync_fn *fn, struct value *result)
{
	return ioloop_run_sync(fake.loop, fn, NULL, 1, RUN_SYNC_UNLIMITED, result);
}

static void test_run_sync(void **state)
{
	struct value result = VALUE_OF_NONE;

	(void)state;
	assert_int_equal(run_sync(return_list, &result), 0);
	assert_int_equal(result.type, VALUE_LIST);
	assert_int_equal(result.items->at[1].value.integer, 2);
	value_release(&result);
	assert_int_equal(run_sync(return_number, &result), -1);
	assert_int_equal(exc_current()->class, EXC_BAD_YIELD_ERROR);
	exc_clear();
	assert_int_equal(run_sync(return_nothing, &result), 0);
	assert_int_equal(result.type, VALUE_NONE);
}

static int fails(struct gen *gen)
{
	(void)gen;
	ioloop_stop(fake.loop);
	return exc_raise(EXC_VALUE_ERROR, "in a coroutine");
}

static struct gen *new_failing(void *self)
{
	struct gen *gen = core_alloc(sizeof(*gen));

	(void)self;
	gen_init(gen, fails, 1, NULL);
	return gen;
}

/* A PeriodicCallback returns what its callback does, so that the loop watches a coroutine. */
static void test_periodic_coroutine(void **state)
{
	struct callback *callback = gen_coroutine_callback(new_failing, NULL, 1);
	struct periodic_callback *periodic =
		periodic_callback_new(callback, 10 * FAKE_MS, fake.loop);

	(void)state;
	periodic_callback_start(periodic);
	run();
	assert_int_equal(fake.log_lines, 0);
	periodic_callback_stop(periodic);
	ioloop_stop(fake.loop);
	run();
	assert_int_equal(fake.log_lines, 0);
	timeout_unref(ioloop_call_later(fake.loop, 0, ioloop_stop_callback(fake.loop)));
	run();
	assert_int_equal(fake.log_lines, 1);
	assert_non_null(strstr(fake.logged, "ValueError(in a coroutine)"));
	periodic_callback_free(periodic);
}

static int note_and_handle(void *self, struct exc *exc)
{
	(void)exc;
	fake_loop_note(self, "handled");
	return 1;
}

/* What is spawned has nothing to do with the contexts of who spawned it. */
static void test_spawned_callback_has_no_context(void **state)
{
	struct fake_step raises = { &fake, "raises", fake_raise, NULL, 0, 0 };
	struct stack_context *context = stack_context_enter(note_and_handle, &fake, NULL);

	(void)state;
	ioloop_spawn_callback(fake.loop, fake_callback(&raises));
	assert_int_equal(stack_context_exit(context, 0), 0);
	stack_context_unref(context);
	ioloop_add_callback(fake.loop, ioloop_stop_callback(fake.loop), VALUE_OF_NONE);
	run();
	assert_string_equal(fake.log, "raises");
	assert_int_equal(fake.log_lines, 1);
}

/* Works for a tenth of a second that the clock of the system sees. */
static int work(struct fake_step *step)
{
	struct timespec begin, now;

	(void)step;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 < 100);
	return 0;
}

static int queue_next(struct fake_step *step)
{
	fake_queue(step + 1);
	return 0;
}

/* The alarm runs from the end of a poll on; the turn that it ends in is told once. */
static void test_blocking_threshold(void **state)
{
	struct fake_step steps[3] = {
		{ .fake = &fake, .word = "first", .also = queue_next },
		{ .fake = &fake, .word = "works", .also = work },
		{ .fake = &fake, .word = "last", .also = fake_stop },
	};

	(void)state;
	assert_int_equal(ioloop_set_blocking_log_threshold(fake.loop, 20 * FAKE_MS), 0);
	fake_queue(&steps[0]);
	timeout_unref(fake_timeout(&steps[2], 1));
	run();
	assert_int_equal(ioloop_set_blocking_log_threshold(fake.loop, 0), 0);
	assert_string_equal(fake.log, "first works last");
	assert_int_equal(fake.log_lines, 1);
	assert_non_null(strstr(fake.logged, "IOLoop blocked for 0.020000 seconds"));
}

int main(void)
{
	generation_use(&generation_43);
#define LOOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		LOOP(test_overdue_waits_for_the_next_turn),
		LOOP(test_callback_cancels_what_is_due),
		LOOP(test_cancelled_timeout_bounds_the_poll),
		LOOP(test_call_later),
		LOOP(test_start_does_not_nest),
		LOOP(test_closed_loop_is_silent),
		LOOP(test_new_loop_is_current),
		LOOP(test_run_sync),
		LOOP(test_periodic_coroutine),
		LOOP(test_spawned_callback_has_no_context),
		LOOP(test_blocking_threshold),
	};

	return cmocka_run_group_tests_name("ioloop43", tests, NULL, NULL);
}
