/*
 * test_ioloop.c - the loop: its phases, timeouts, stop and restart, exceptions;
 * with a poller and a clock of the test's own.
 */
#include "core/ioloop.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/ioloop_internal.h"
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
	if (fake.loop)
		fake_loop_close(&fake);
	return exc_current() ? -1 : 0;
}

static void run(void)
{
	assert_int_equal(ioloop_start(fake.loop), 0);
}

static int nothing(void *self, struct value *argument)
{
	(void)self;
	(void)argument;
	return 0;
}

static struct fake_step *next_step;

static int queue_next(struct fake_step *step)
{
	(void)step;
	fake_queue(next_step);
	return 0;
}

/* Callbacks, then timeouts, then handlers; what is queued meanwhile waits. */
static void test_phases(void **state)
{
	struct fake_step last = { .fake = &fake, .word = "next", .also = fake_stop };
	struct fake_step callback = { .fake = &fake, .word = "callback", .also = queue_next };
	struct fake_step timeout = { .fake = &fake, .word = "timeout" };
	static struct fake_step handler = { .fake = &fake, .word = "handler" };

	(void)state;
	next_step = &last;
	timeout_unref(fake_timeout(&timeout, 0));
	fake_queue(&callback);
	assert_int_equal(ioloop_add_handler(fake.loop, 9, fake_callback(&handler), IOLOOP_READ), 0);
	fake.ready[fake.ready_count++] = (struct poller_ready){ 9, IOLOOP_READ };
	run();
	assert_string_equal(fake.log, "callback timeout handler next");
	assert_int_equal(fake.polls, 1);
	assert_int_equal(fake.timeouts[0], 0);
}

static void test_poll_bounds(void **state)
{
	struct fake_step first = { .fake = &fake, .word = "first" };
	struct fake_step end = { .fake = &fake, .word = "end", .also = fake_stop };

	(void)state;
	timeout_unref(fake_timeout(&end, 4000 * 1000));
	timeout_unref(fake_timeout(&first, 250));
	run();
	assert_string_equal(fake.log, "first end");
	assert_int_equal(fake.polls, 3);
	assert_int_equal(fake.timeouts[0], 250 * FAKE_MS);
	/* never more than an hour */
	assert_int_equal(fake.timeouts[1], 3600 * 1000 * FAKE_MS);
	assert_int_equal(fake.timeouts[2], 399750 * FAKE_MS);
}

/* A poller that comes back just before the deadline does not make a turn. */
static void test_early_poll_is_no_turn(void **state)
{
	struct fake_step end = { .fake = &fake, .word = "end", .also = fake_stop };

	(void)state;
	fake.early = 7;
	timeout_unref(fake_timeout(&end, 100));
	run();
	assert_int_equal(fake.polls, 2);
	assert_int_equal(fake.timeouts[1], 7);
	assert_int_equal(fake.loop->turn, 2);
}

static void test_timeout_order(void **state)
{
	struct fake_step steps[6] = {
		{ .fake = &fake, .word = "b1" }, { .fake = &fake, .word = "c", .also = fake_stop },
		{ .fake = &fake, .word = "a" },  { .fake = &fake, .word = "b2" },
		{ .fake = &fake, .word = "b3" }, { .fake = &fake, .word = "past" },
	};
	const int64_t at[6] = { 200, 300, 100, 200, 200, -2000 * 1000 };

	(void)state;
	for (int i = 0; i < 6; i++)
		timeout_unref(fake_timeout(&steps[i], at[i]));
	run();
	assert_string_equal(fake.log, "past a b1 b2 b3 c");
	for (int i = 0; i < 6; i++)
		assert_int_equal(steps[i].released, 1);
}

static int cancel_next(struct fake_step *step)
{
	ioloop_remove_timeout(step->fake->loop, next_step->timeout);
	/* what was cancelled is let go of at once */
	assert_int_equal(next_step->released, 1);
	return 0;
}

static void test_cancel(void **state)
{
	struct fake_step never = { .fake = &fake, .word = "never" };
	struct fake_step due = { .fake = &fake, .word = "due" };
	struct fake_step canceller = { .fake = &fake, .word = "canceller", .also = cancel_next };
	struct fake_step end = { .fake = &fake, .word = "end", .also = fake_stop };
	struct timeout *ran;

	(void)state;
	next_step = &due;
	fake_timeout(&never, 1);
	ioloop_remove_timeout(fake.loop, never.timeout);
	timeout_unref(fake_timeout(&canceller, 10));
	fake_timeout(&due, 10);
	ran = fake_timeout(&end, 20);
	run();
	assert_string_equal(fake.log, "canceller end");
	/* removing one that ran does nothing, but counts */
	ioloop_remove_timeout(fake.loop, ran);
	assert_int_equal(fake.loop->timeouts.cancelled, 1);
	assert_int_equal(fake.loop->timeouts.count, 0);
}

static void test_cancel_clean_up(void **state)
{
	enum { MANY = 1200, KEPT = 100 };
	static struct fake_step steps[MANY];
	struct fake_step end = { .fake = &fake, .word = "end", .also = fake_stop };
	struct timeout_heap *heap = &fake.loop->timeouts;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		steps[i] = (struct fake_step){ .fake = &fake, .word = "x" };
		fake_timeout(&steps[i], 1000 + (i * 7919) % MANY);
	}
	for (int i = 0; i < MANY - KEPT; i++)
		ioloop_remove_timeout(fake.loop, steps[i].timeout);
	for (int i = MANY - KEPT; i < MANY; i++)
		timeout_unref(steps[i].timeout);
	assert_int_equal(heap->count, MANY);
	fake_queue(&end);
	run();
	assert_int_equal(heap->count, KEPT);
	assert_int_equal(heap->cancelled, 0);
	for (size_t i = 1; i < heap->count; i++)
		assert_true(heap->timeouts[(i - 1) / 2]->deadline <= heap->timeouts[i]->deadline);
}

static void test_stop_and_restart(void **state)
{
	struct fake_step later = { .fake = &fake, .word = "later", .also = fake_stop };
	struct fake_step one = { .fake = &fake, .word = "one", .also = queue_next };
	struct fake_step two = { .fake = &fake, .word = "two", .also = fake_stop };
	struct fake_step three = { .fake = &fake, .word = "three" };

	(void)state;
	next_step = &later;
	fake_queue(&one);
	fake_queue(&two);
	fake_queue(&three);
	run();
	assert_string_equal(fake.log, "one two three");
	assert_int_equal(fake.polls, 0);
	run();
	assert_string_equal(fake.log, "one two three later");
	assert_int_equal(fake.loop->turn, 2);
}

static void test_stop_before_start(void **state)
{
	struct fake_step step = { .fake = &fake, .word = "step", .also = fake_stop };

	(void)state;
	fake_queue(&step);
	ioloop_stop(fake.loop);
	run();
	assert_string_equal(fake.log, "");
	run();
	assert_string_equal(fake.log, "step");
}

static void test_callback_raises(void **state)
{
	struct fake_step bad = { .fake = &fake, .word = "bad\x1b[2J", .also = fake_raise };
	struct fake_step end = { .fake = &fake, .word = "end", .also = fake_stop };

	(void)state;
	fake_queue(&bad);
	fake_queue(&end);
	run();
	assert_int_equal(fake.log_lines, 1);
	assert_string_equal(fake.logged, "ERROR tornado.application Exception in callback: "
					 "ValueError(bad?[2J)");
	assert_null(exc_current());
}

static int raise_epipe(struct fake_step *step)
{
	(void)step;
	return exc_raise_errno(EXC_SOCKET_ERROR, EPIPE);
}

static int stop_and_raise(struct fake_step *step)
{
	fake_stop(step);
	return fake_raise(step);
}

static void ready(int fd)
{
	fake.ready[fake.ready_count++] = (struct poller_ready){ fd, IOLOOP_READ };
}

static void test_handler_raises(void **state)
{
	static struct fake_step bad = { .fake = &fake, .word = "bad", .also = stop_and_raise };
	static struct fake_step gone = { .fake = &fake, .word = "gone", .also = raise_epipe };

	(void)state;
	ioloop_add_handler(fake.loop, 9, fake_callback(&gone), IOLOOP_READ);
	ioloop_add_handler(fake.loop, 10, fake_callback(&bad), IOLOOP_READ);
	ready(9);
	ready(10);
	run();
	assert_string_equal(fake.log, "gone bad");
	assert_int_equal(fake.log_lines, 1);
	assert_string_equal(fake.logged, "ERROR tornado.application Exception in I/O handler "
					 "for fd 10: ValueError(bad)");
}

static int remove_both(struct fake_step *step)
{
	ioloop_remove_handler(step->fake->loop, next_step->fd);
	ioloop_remove_handler(step->fake->loop, step->fd);
	assert_int_equal(next_step->released, 1);
	assert_int_equal(step->released, 0); /* it is running */
	return fake_stop(step);
}

static void test_remove_while_pending(void **state)
{
	struct fake_step first = { .fake = &fake, .word = "first", .also = remove_both, .fd = 9 };
	struct fake_step second = { .fake = &fake, .word = "second", .fd = 10 };

	(void)state;
	next_step = &second;
	ioloop_add_handler(fake.loop, 9, fake_callback(&first), IOLOOP_READ);
	ioloop_add_handler(fake.loop, 10, fake_callback(&second), IOLOOP_READ);
	ready(9);
	ready(10);
	run();
	assert_string_equal(fake.log, "first");
	assert_int_equal(first.released, 1);
	ioloop_remove_handler(fake.loop, 9); /* once more does no harm */
	ioloop_remove_handler(fake.loop, -1);
	ioloop_remove_handler(fake.loop, 1 << 30);
}

/* A descriptor that nobody handles is a KeyError in the log. */
static void test_ready_without_handler(void **state)
{
	struct fake_step end = { .fake = &fake, .word = "end", .also = fake_stop };

	(void)state;
	ready(77);
	timeout_unref(fake_timeout(&end, 10));
	run();
	assert_string_equal(fake.logged, "ERROR tornado.application Exception in I/O handler "
					 "for fd 77: KeyError(77)");
}

static void test_poll_interrupted_and_failed(void **state)
{
	struct fake_step end = { .fake = &fake, .word = "end", .also = fake_stop };

	(void)state;
	timeout_unref(fake_timeout(&end, 10));
	fake.failure = -EINTR;
	run();
	assert_int_equal(fake.loop->turn, 3);
	fake.failure = -EBADF;
	assert_int_equal(ioloop_start(fake.loop), -1);
	assert_int_equal(exc_current()->number, EBADF);
	exc_clear();
}

static void test_refused_descriptors(void **state)
{
	static struct fake_step step = { .fake = &fake, .word = "step" };

	(void)state;
	assert_int_equal(ioloop_add_handler(fake.loop, -1, fake_callback(&step), IOLOOP_READ), -1);
	assert_int_equal(exc_current()->number, EBADF);
	assert_int_equal(ioloop_add_handler(fake.loop, 1 << 30, fake_callback(&step), IOLOOP_READ),
			 -1);
	fake.refuse = -EEXIST;
	assert_int_equal(ioloop_add_handler(fake.loop, 9, fake_callback(&step), IOLOOP_READ), -1);
	assert_string_equal(exc_describe(exc_current()), "IOError([Errno 17] File exists)");
	fake.refuse = -ENOENT;
	assert_int_equal(ioloop_update_handler(fake.loop, 10, IOLOOP_READ), -1);
	assert_int_equal(exc_current()->number, ENOENT);
	exc_clear();
	assert_int_equal(step.released, 2);
}

static void refuse_more(void *self)
{
	struct fake_step *step = self;

	step->released++;
	assert_int_equal(ioloop_add_callback(step->fake->loop, fake_callback(step), VALUE_OF_NONE),
			 -1);
	assert_int_equal(exc_current()->class, EXC_RUNTIME_ERROR);
	exc_clear();
}

static void test_free_drops_everything(void **state)
{
	struct fake_step queued = { .fake = &fake, .word = "queued" };
	struct fake_step timeout = { .fake = &fake, .word = "timeout" };
	struct fake_step handler = { .fake = &fake, .word = "handler" };
	struct fake_step last = { .fake = &fake, .word = "last" };
	struct callback *refused = callback_new(nothing, &last, refuse_more, 1);

	(void)state;
	fake_queue(&queued);
	ioloop_add_callback(fake.loop, refused, value_from_bytes("argument", 8));
	fake_timeout(&timeout, 10);
	ioloop_add_handler(fake.loop, 9, fake_callback(&handler), IOLOOP_READ);
	fake_loop_close(&fake);
	fake.loop = NULL;
	assert_string_equal(fake.log, "");
	assert_int_equal(queued.released + timeout.released + handler.released, 3);
	assert_int_equal(last.released, 2);
	timeout_unref(timeout.timeout);
	ioloop_free(NULL);
}

static int take_time(struct fake_step *step)
{
	step->fake->now += 200 * FAKE_MS;
	return 0;
}

/* What is due is decided after the callbacks ran. */
static void test_when_timeouts_are_due(void **state)
{
	struct fake_step slow = { .fake = &fake, .word = "slow", .also = take_time };
	struct fake_step end = { .fake = &fake, .word = "end", .also = fake_stop };

	(void)state;
	timeout_unref(fake_timeout(&end, 100));
	fake_queue(&slow);
	run();
	assert_int_equal(fake.loop->turn, 1);
	assert_string_equal(fake.log, "slow end");
}

static int handle(void *self, struct exc *exc)
{
	fake_loop_note(self, exc->text);
	return 1;
}

static void test_callbacks_keep_their_context(void **state)
{
	struct stack_context *context = stack_context_enter(handle, &fake, NULL);
	struct fake_step bad = { .fake = &fake, .word = "bad", .also = fake_raise };
	struct fake_step end = { .fake = &fake, .word = "end", .also = fake_stop };

	(void)state;
	fake_queue(&bad);
	timeout_unref(fake_timeout(&bad, 1));
	assert_int_equal(stack_context_exit(context, 0), 0);
	stack_context_unref(context);
	timeout_unref(fake_timeout(&end, 2));
	run();
	assert_string_equal(fake.log, "bad bad bad bad end");
	assert_int_equal(fake.log_lines, 0);
}

static int stop_with_result(void *self, struct value *argument)
{
	struct value *result;

	assert_int_equal(future_result(argument->future, &result), 0);
	assert_int_equal(result->integer, 42);
	fake_loop_note(self, "future");
	ioloop_stop(fake.loop);
	return 0;
}

static void test_add_future(void **state)
{
	struct future *future = future_new();

	(void)state;
	assert_int_equal(ioloop_add_future(fake.loop, future,
					   callback_new(stop_with_result, &fake, NULL, 1)),
			 0);
	assert_int_equal(future_set_result(future, VALUE_OF_INT(42)), 0);
	assert_string_equal(fake.log, "");
	run();
	assert_string_equal(fake.log, "future");
	future_unref(future);
}

int main(void)
{
	generation_use(&generation_31);
#define FAKE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		FAKE(test_phases),
		FAKE(test_poll_bounds),
		FAKE(test_early_poll_is_no_turn),
		FAKE(test_timeout_order),
		FAKE(test_cancel),
		FAKE(test_cancel_clean_up),
		FAKE(test_stop_and_restart),
		FAKE(test_stop_before_start),
		FAKE(test_callback_raises),
		FAKE(test_handler_raises),
		FAKE(test_remove_while_pending),
		FAKE(test_ready_without_handler),
		FAKE(test_poll_interrupted_and_failed),
		FAKE(test_refused_descriptors),
		FAKE(test_free_drops_everything),
		FAKE(test_when_timeouts_are_due),
		FAKE(test_callbacks_keep_their_context),
		FAKE(test_add_future),
	};

	return cmocka_run_group_tests_name("ioloop", tests, NULL, NULL);
}
