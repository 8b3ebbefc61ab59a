/*
 * test_concurrent43.c - futures of 4.3: callbacks that raise, exceptions that nobody
 * looks at, futures chained.
 */
#include "core/concurrent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/log.h"
#include "core/v43/generation.h"

static char logged[512];
static int lines;

static void keep_line(const char *level, const char *logger, const char *text)
{
	assert_string_equal(level, "ERROR");
	assert_string_equal(logger, "tornado.application");
	snprintf(logged, sizeof(logged), "%s", text);
	lines++;
}

static int setup(void **state)
{
	(void)state;
	lines = 0;
	logged[0] = '\0';
	log_to(keep_line);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	log_to(NULL);
	return exc_current() ? -1 : 0;
}

static int count(void *self, struct value *argument)
{
	assert_true(future_done(argument->future));
	++*(int *)self;
	return 0;
}

static int count_and_raise(void *self, struct value *argument)
{
	count(self, argument);
	return exc_raise(EXC_RUNTIME_ERROR, "in a callback");
}

static void test_callback_that_raises(void **state)
{
	struct future *future = future_new();
	int calls = 0;

	(void)state;
	future_add_done_callback(future, callback_new(count_and_raise, &calls, NULL, 1));
	future_add_done_callback(future, callback_new(count, &calls, NULL, 1));
	assert_int_equal(future_set_result(future, VALUE_OF_INT(1)), 0);
	assert_int_equal(calls, 2);
	assert_int_equal(lines, 1);
	assert_non_null(strstr(logged, "RuntimeError(in a callback)"));
	/* on a done future the caller is told, as it calls itself */
	assert_int_equal(
		future_add_done_callback(future, callback_new(count_and_raise, &calls, NULL, 1)),
		-1);
	exc_clear();
	future_unref(future);
}

static struct future *failed(const char *text)
{
	struct future *future = future_new();

	future_set_exception(future, exc_new(EXC_VALUE_ERROR, 0, "%s", text));
	return future;
}

static void test_unseen_exception(void **state)
{
	(void)state;
	future_unref(failed("unseen"));
	assert_int_equal(lines, 1);
	assert_non_null(strstr(logged, "never retrieved"));
	assert_non_null(strstr(logged, "ValueError(unseen)"));
}

static void test_seen_exception(void **state)
{
	struct future *a = failed("a"), *b = failed("b");
	struct value *result;

	(void)state;
	assert_int_equal(future_result(a, &result), -1);
	exc_clear();
	assert_non_null(future_exception(b));
	future_unref(a);
	future_unref(b);
	assert_int_equal(lines, 0);
}

static void test_chain(void **state)
{
	struct future *a = future_new(), *b = future_new();
	struct value *result;

	(void)state;
	assert_int_equal(chain_future(a, b), 0);
	assert_false(future_done(b));
	assert_int_equal(future_set_result(a, value_from_bytes("kept", 4)), 0);
	future_unref(a);
	assert_int_equal(future_result(b, &result), 0);
	assert_string_equal(result->bytes.data, "kept");
	future_unref(b);
}

static void test_chain_of_a_failure(void **state)
{
	struct future *a = failed("bad"), *b = future_new();

	(void)state;
	assert_int_equal(chain_future(a, b), 0);
	assert_ptr_equal(future_exception(b), future_exception(a));
	future_unref(a);
	future_unref(b);
	assert_int_equal(lines, 0);
}

/* What came first stays; then nobody has looked at the failure of a. */
static void test_chain_that_comes_late(void **state)
{
	struct future *a = future_new(), *b = future_new();
	struct value *result;

	(void)state;
	assert_int_equal(chain_future(a, b), 0);
	assert_int_equal(future_set_result(b, VALUE_OF_INT(2)), 0);
	future_set_exception(a, exc_new(EXC_VALUE_ERROR, 0, "late"));
	assert_int_equal(future_result(b, &result), 0);
	assert_int_equal(result->integer, 2);
	future_unref(a);
	assert_int_equal(lines, 1);
	future_unref(b);
}

/* a goes without an end: b stays pending, and neither holds the other. */
static void test_chain_that_breaks(void **state)
{
	struct future *a = future_new(), *b = future_new();

	(void)state;
	assert_int_equal(chain_future(a, b), 0);
	future_unref(a);
	assert_false(future_done(b));
	future_unref(b);
}

static int answer(void *self, struct value *result)
{
	if (!self)
		return exc_raise(EXC_VALUE_ERROR, "no answer");
	*result = VALUE_OF_INT(42);
	return 0;
}

static void test_executor(void **state)
{
	struct future *good = dummy_executor_submit(answer, logged, 1);
	struct future *bad = dummy_executor_submit(answer, NULL, 1);
	struct value *result;

	(void)state;
	assert_int_equal(future_result(good, &result), 0);
	assert_int_equal(result->integer, 42);
	assert_string_equal(future_exception(bad)->text, "no answer");
	future_unref(good);
	future_unref(bad);
	assert_int_equal(lines, 0);
}

static void test_done_from_the_start(void **state)
{
	struct future *future = future_new_done();
	struct value *result;
	int calls = 0;

	(void)state;
	assert_int_equal(future_result(future, &result), 0);
	assert_int_equal(result->type, VALUE_NONE);
	future_add_done_callback(future, callback_new(count, &calls, NULL, 1));
	assert_int_equal(calls, 1);
	future_unref(future);
}

int main(void)
{
	generation_use(&generation_43);
#define FUTURE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		FUTURE(test_callback_that_raises), FUTURE(test_unseen_exception),
		FUTURE(test_seen_exception),       FUTURE(test_chain),
		FUTURE(test_chain_of_a_failure),   FUTURE(test_chain_that_comes_late),
		FUTURE(test_chain_that_breaks),    FUTURE(test_executor),
		FUTURE(test_done_from_the_start),
	};

	return cmocka_run_group_tests_name("concurrent43", tests, NULL, NULL);
}
