/*
 * test_concurrent.c - futures, and the executor that runs what it is given on
 * the spot.
 */
#include "core/concurrent.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/ioloop.h"
#include "core/v31/generation.h"

/* What a callback saw, and what it does. */
struct seen {
	int calls;
	int status;
	int64_t result;
	int released;
	struct value argument;
};

static int see(void *self, struct value *argument)
{
	struct seen *seen = self;
	struct value *result;

	seen->calls++;
	assert_int_equal(argument->type, VALUE_FUTURE);
	assert_true(future_done(argument->future));
	if (future_result(argument->future, &result) == 0)
		seen->result = result->integer;
	else
		exc_clear();
	return seen->status < 0 ? exc_raise(EXC_RUNTIME_ERROR, "in a callback") : 0;
}

static void released(void *self)
{
	((struct seen *)self)->released++;
}

static struct callback *seeing(struct seen *seen)
{
	return callback_new(see, seen, released, 1);
}

static void test_pending(void **state)
{
	struct future *future = future_new();
	struct value *result;

	(void)state;
	assert_false(future_done(future));
	assert_null(future_exception(future));
	assert_int_equal(future_result(future, &result), -1);
	assert_string_equal(exc_current()->text,
			    "DummyFuture does not support blocking for results");
	exc_clear();
	future_unref(future);
}

static void test_ids_differ(void **state)
{
	struct future *a = future_new(), *b = future_new();

	(void)state;
	assert_true(future_id(a) > 0);
	assert_int_equal(future_id(b), future_id(a) + 1);
	future_unref(a);
	future_unref(b);
}

static void test_callbacks_in_order(void **state)
{
	struct future *future = future_new();
	struct seen first = { 0 }, second = { 0 }, late = { 0 };

	(void)state;
	assert_int_equal(future_add_done_callback(future, seeing(&first)), 0);
	assert_int_equal(future_add_done_callback(future, seeing(&second)), 0);
	assert_int_equal(first.calls, 0);
	assert_int_equal(future_set_result(future, VALUE_OF_INT(42)), 0);
	assert_int_equal(first.calls + second.calls, 2);
	assert_int_equal(second.result, 42);
	assert_int_equal(first.released + second.released, 2);
	assert_int_equal(future_add_done_callback(future, seeing(&late)), 0);
	assert_int_equal(late.calls, 1);
	assert_int_equal(late.released, 1);
	future_unref(future);
}

static void test_exception(void **state)
{
	struct future *future = future_new();
	struct exc *exc = exc_new(EXC_HTTP_ERROR, 599, "HTTP 599: Timeout");
	struct value *result;

	(void)state;
	assert_int_equal(future_set_exc_info(future, exc_ref(exc)), 0);
	assert_ptr_equal(future_exception(future), exc);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(future_result(future, &result), -1);
		assert_ptr_equal(exc_current(), exc);
		exc_clear();
	}
	future_unref(future);
	assert_int_equal(exc->refs, 1);
	exc_unref(exc);
}

/* 3.1 does not guard callbacks: the rest does not run, the caller gets the exception. */
static void test_raising_callback(void **state)
{
	struct future *future = future_new();
	struct seen first = { .status = -1 }, second = { 0 };

	(void)state;
	future_add_done_callback(future, seeing(&first));
	future_add_done_callback(future, seeing(&second));
	assert_int_equal(future_set_result(future, VALUE_OF_NONE), -1);
	assert_string_equal(exc_current()->text, "in a callback");
	exc_clear();
	assert_int_equal(second.calls, 0);
	assert_true(future_done(future));
	future_unref(future);
	assert_int_equal(second.released, 1);
}

static void test_resolved_twice(void **state)
{
	struct future *future = future_new();

	(void)state;
	assert_int_equal(future_set_result(future, value_from_bytes("abc", 3)), 0);
	assert_int_equal(future_set_result(future, VALUE_OF_NONE), -1);
	assert_int_equal(exc_current()->class, EXC_TYPE_ERROR);
	exc_clear();
	future_unref(future);
}

static void test_dropped_callbacks_are_released(void **state)
{
	struct future *future = future_new();
	struct seen seen = { 0 };

	(void)state;
	future_add_done_callback(future, seeing(&seen));
	future_unref(future_ref(future));
	assert_int_equal(seen.released, 0);
	future_unref(future);
	assert_int_equal(seen.released, 1);
	assert_int_equal(seen.calls, 0);
	future_unref(NULL);
}

static int answer(void *self, struct value *result)
{
	if (!self)
		return exc_raise_errno(EXC_SOCKET_ERROR, ECONNREFUSED);
	*result = value_from_bytes(self, strlen(self));
	return 0;
}

static void test_submit(void **state)
{
	char text[] = "found";
	struct future *future = dummy_executor_submit(answer, text, 1);
	struct value *result;

	(void)state;
	assert_int_equal(future_result(future, &result), 0);
	assert_string_equal(result->bytes.data, "found");
	future_unref(future);
	future = dummy_executor_submit(answer, NULL, 1);
	assert_null(exc_current());
	assert_int_equal(future_exception(future)->number, ECONNREFUSED);
	future_unref(future);
}

static int see_value(void *self, struct value *argument)
{
	struct seen *seen = self;

	seen->calls++;
	seen->argument = value_move(argument);
	ioloop_stop(ioloop_current());
	return 0;
}

static int stop(void *self, struct value *argument)
{
	(void)argument;
	ioloop_stop(self);
	return 0;
}

/* The callback runs in the loop, not within the call, with a value of its own. */
static void test_run_on_executor(void **state)
{
	char text[] = "found";
	struct seen seen = { 0 };
	struct ioloop *loop;
	struct future *future;

	(void)state;
	assert_int_equal(ioloop_new(&loop, NULL), 0);
	future = run_on_executor(loop, dummy_executor_submit, answer, text, 1,
				 callback_new(see_value, &seen, released, 1));
	assert_true(future_done(future));
	assert_int_equal(seen.calls, 0);
	assert_int_equal(ioloop_start(loop), 0);
	assert_int_equal(seen.calls, 1);
	assert_string_equal(seen.argument.bytes.data, "found");
	value_release(&seen.argument);
	future_unref(future);
	assert_int_equal(seen.released, 1);
	/* an error never reaches the callback */
	future = run_on_executor(loop, dummy_executor_submit, answer, NULL, 1,
				 callback_new(see_value, &seen, released, 1));
	ioloop_add_callback(loop, callback_new(stop, loop, NULL, 1), VALUE_OF_NONE);
	assert_int_equal(ioloop_start(loop), 0);
	assert_int_equal(seen.calls, 1);
	assert_null(exc_current());
	future_unref(future);
	/* no executor */
	assert_null(run_on_executor(loop, NULL, answer, text, 1,
				    callback_new(see_value, &seen, released, 1)));
	assert_string_equal(exc_describe(exc_current()),
			    "AttributeError('NoneType' object has no attribute 'submit')");
	exc_clear();
	assert_int_equal(seen.released, 3);
	ioloop_free(loop);
}

int main(void)
{
	generation_use(&generation_31);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pending),
		cmocka_unit_test(test_ids_differ),
		cmocka_unit_test(test_callbacks_in_order),
		cmocka_unit_test(test_exception),
		cmocka_unit_test(test_raising_callback),
		cmocka_unit_test(test_resolved_twice),
		cmocka_unit_test(test_dropped_callbacks_are_released),
		cmocka_unit_test(test_submit),
		cmocka_unit_test(test_run_on_executor),
	};

	return cmocka_run_group_tests_name("concurrent", tests, NULL, NULL);
}
