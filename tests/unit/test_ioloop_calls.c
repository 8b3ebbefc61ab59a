/*
 * test_ioloop_calls.c - what loops offer beside their turns: PeriodicCallback,
 * run_sync, close, and callbacks from signals.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/ioloop.h"
#include "core/ioloop_periodic.h"
#include "core/python/signals.h"
#include "core/stack_context.h"
#include "core/v31/generation.h"
#include "tests/unit/kit/fake_loop.h"

/* What a loop still holds when a test ends is let go of by the teardown: then it is static. */
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

/* A series, and when it was called: in milliseconds since the test began. */
static struct periodic_callback *series;
static uint64_t began, called[8];
static int calls, last_call;
static uint64_t takes; /* how long the first call is */

static int tick(void *self, struct value *argument)
{
	(void)self;
	(void)argument;
	called[calls++] = (fake.now - began) / FAKE_MS;
	if (calls == 1)
		fake.now += takes;
	if (calls == last_call) {
		periodic_callback_stop(series);
		ioloop_stop(fake.loop);
	}
	return calls == 2 ? exc_raise(EXC_VALUE_ERROR, "second") : 0;
}

static void run_series(uint64_t first_takes, int count)
{
	began = fake.now;
	calls = 0;
	last_call = count;
	takes = first_takes;
	series = periodic_callback_new(callback_new(tick, NULL, NULL, 1), 100 * FAKE_MS, fake.loop);
	assert_non_null(series);
	periodic_callback_start(series);
	assert_int_equal(ioloop_start(fake.loop), 0);
	periodic_callback_free(series);
}

static void test_series(void **state)
{
	(void)state;
	run_series(0, 3);
	assert_int_equal(calls, 3);
	assert_int_equal(called[0], 100);
	assert_int_equal(called[1], 200);
	assert_int_equal(called[2], 300);
	assert_int_equal(fake.log_lines, 1); /* the second call raised, and a third came */
}

/* What is due meanwhile is left out, and the rhythm kept. */
static void test_slow_call(void **state)
{
	(void)state;
	run_series(250 * FAKE_MS, 3);
	assert_int_equal(called[0], 100);
	assert_int_equal(called[1], 400);
	assert_int_equal(called[2], 500);
}

static void test_series_that_never_runs(void **state)
{
	struct fake_step end = { .fake = &fake, .word = "end", .also = fake_stop };

	(void)state;
	assert_null(periodic_callback_new(callback_new(tick, NULL, NULL, 1), 0, fake.loop));
	assert_int_equal(exc_current()->class, EXC_VALUE_ERROR);
	exc_clear();
	calls = 0;
	series = periodic_callback_new(callback_new(tick, NULL, NULL, 1), 100 * FAKE_MS, fake.loop);
	periodic_callback_stop(series); /* not started: nothing happens */
	periodic_callback_start(series);
	periodic_callback_stop(series);
	periodic_callback_start(series);
	periodic_callback_free(series); /* started: what was to come is dropped */
	timeout_unref(fake_timeout(&end, 500));
	assert_int_equal(ioloop_start(fake.loop), 0);
	assert_int_equal(calls, 0);
	periodic_callback_free(NULL);
}

static int give_seven(void *self, struct value *result)
{
	(void)self;
	*result = VALUE_OF_INT(7);
	return 0;
}

static int raise_error(void *self, struct value *result)
{
	(void)self;
	(void)result;
	return exc_raise(EXC_VALUE_ERROR, "no");
}

/* A future that nobody resolves. */
static int wait_for_ever(void *self, struct value *result)
{
	(void)self;
	*result = value_take_future(future_new());
	return 0;
}

static int sync_status(run_sync_fn *fn, int64_t limit, struct value *result)
{
	return ioloop_run_sync(fake.loop, fn, NULL, 1, limit, result);
}

static void assert_raised(enum exc_class class, const char *text)
{
	assert_non_null(exc_current());
	assert_int_equal(exc_current()->class, class);
	assert_string_equal(exc_current()->text, text);
	exc_clear();
}

static void test_run_sync(void **state)
{
	struct value result = VALUE_OF_NONE;

	(void)state;
	assert_int_equal(sync_status(give_seven, RUN_SYNC_UNLIMITED, &result), 0);
	assert_int_equal(result.integer, 7);
	assert_int_equal(sync_status(raise_error, RUN_SYNC_UNLIMITED, &result), -1);
	assert_raised(EXC_VALUE_ERROR, "no");
	assert_int_equal(sync_status(wait_for_ever, 1500 * (int64_t)FAKE_MS, &result), -1);
	assert_raised(EXC_TIMEOUT_ERROR, "Operation timed out after 1.5 seconds");
	/* stopped before its first turn: there is not even a future */
	ioloop_stop(fake.loop);
	assert_int_equal(sync_status(give_seven, RUN_SYNC_UNLIMITED, &result), -1);
	assert_raised(EXC_ATTRIBUTE_ERROR, "'NoneType' object has no attribute 'done'");
}

static int nothing(void *self, struct value *argument)
{
	(void)self;
	(void)argument;
	return 0;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void check_close(bool all_fds)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(ioloop_add_handler(fake.loop, ends[0],
					    callback_new(nothing, NULL, NULL, 1), IOLOOP_READ),
			 0);
	ioloop_close(fake.loop, all_fds);
	assert_int_equal(is_open(ends[0]), !all_fds);
	assert_true(is_open(ends[1]));
	assert_int_equal(
		ioloop_add_callback(fake.loop, callback_new(nothing, NULL, NULL, 1), VALUE_OF_NONE),
		-1);
	assert_raised(EXC_RUNTIME_ERROR, "IOLoop is closing");
	if (!all_fds)
		close(ends[0]);
	close(ends[1]);
}

static void test_close(void **state)
{
	(void)state;
	check_close(false);
}

static void test_close_all(void **state)
{
	(void)state;
	check_close(true);
}

static int noted; /* signals of which the program's function heard */

static int note_signal(void *self, int number)
{
	(void)self;
	noted = number;
	return 0;
}

static int raise_from_signal(void *self, int number)
{
	(void)self;
	return exc_raise(EXC_RUNTIME_ERROR, "%d", number);
}

static void *set_wakeup_elsewhere(void *self)
{
	*(int *)self = signals_set_wakeup(0);
	return NULL;
}

static void test_signals(void **state)
{
	pthread_t thread;
	int ends[2], other;
	char byte;

	(void)state;
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_int_equal(signals_handle(0, note_signal, NULL), -EINVAL);
	assert_int_equal(signals_handle(SIGKILL, note_signal, NULL), -EINVAL);
	assert_int_equal(signals_handle(SIGUSR1, note_signal, NULL), 0);
	assert_int_equal(signals_set_wakeup(ends[1]), -1);
	noted = 0;
	raise(SIGUSR1);
	/* the byte is there at once, the function waits for a safe place */
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(noted, 0);
	assert_int_equal(signals_check(), 0);
	assert_int_equal(noted, SIGUSR1);
	assert_int_equal(signals_set_wakeup(-1), ends[1]);
	assert_int_equal(pthread_create(&thread, NULL, set_wakeup_elsewhere, &other), 0);
	pthread_join(thread, NULL);
	assert_int_equal(other, -2);
	signals_handle(SIGUSR1, raise_from_signal, NULL);
	raise(SIGUSR1);
	assert_int_equal(signals_check(), -1);
	assert_int_equal(exc_current()->class, EXC_RUNTIME_ERROR);
	exc_clear();
	assert_int_equal(signals_check(), 0);
	signals_handle(SIGUSR1, NULL, NULL);
	close(ends[0]);
	close(ends[1]);
}

/* The exception of a signal's function leaves the loop, as it does in Python. */
static void test_signal_ends_the_loop(void **state)
{
	(void)state;
	signals_handle(SIGUSR1, raise_from_signal, NULL);
	raise(SIGUSR1);
	assert_int_equal(ioloop_start(fake.loop), -1);
	assert_int_equal(exc_current()->class, EXC_RUNTIME_ERROR);
	exc_clear();
	signals_handle(SIGUSR1, NULL, NULL);
}

static int handle_all(void *self, struct exc *exc)
{
	(void)exc;
	++*(int *)self;
	return 1;
}

/* It runs in the next turn, outside of the contexts that the signal interrupted. */
static void test_callback_from_signal(void **state)
{
	static struct fake_step raises = { .fake = &fake, .word = "signal", .also = fake_raise };
	struct fake_step end = { .fake = &fake, .word = "end", .also = fake_stop };
	struct stack_context *context;
	int handled = 0;

	(void)state;
	context = stack_context_enter(handle_all, &handled, NULL);
	assert_int_equal(
		ioloop_add_callback_from_signal(fake.loop, fake_callback(&raises), VALUE_OF_NONE),
		0);
	stack_context_exit(context, 0);
	stack_context_unref(context);
	fake_queue(&end);
	assert_int_equal(ioloop_start(fake.loop), 0);
	assert_string_equal(fake.log, "signal end");
	assert_int_equal(handled, 0);
	assert_int_equal(fake.log_lines, 1);
}

#define LOOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOOP(test_series),
		LOOP(test_slow_call),
		LOOP(test_series_that_never_runs),
		LOOP(test_run_sync),
		LOOP(test_close),
		LOOP(test_close_all),
		LOOP(test_signals),
		LOOP(test_signal_ends_the_loop),
		LOOP(test_callback_from_signal),
	};

	generation_use(&generation_31);
	return cmocka_run_group_tests_name("ioloop_calls", tests, NULL, NULL);
}
