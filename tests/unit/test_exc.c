/*
 * test_exc.c - exceptions: the thread's current one, and who owns it.
 */
#include "core/python/exc.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_raise_and_take(void **state)
{
	struct exc *exc;

	(void)state;
	assert_null(exc_current());
	assert_int_equal(exc_raise(EXC_VALUE_ERROR, "bad %d", 7), -1);
	assert_string_equal(exc_current()->text, "bad 7");
	exc = exc_take();
	assert_null(exc_current());
	assert_string_equal(exc_describe(exc), "ValueError(bad 7)");
	assert_ptr_equal(exc_describe(exc), exc_describe(exc));
	exc_unref(exc);
	exc_raise(EXC_VALUE_ERROR, "%s", "\x1b[2J\xc3\xa9~");
	assert_string_equal(exc_printable(exc_current()), "ValueError(?[2J??~)");
	assert_ptr_equal(exc_printable(exc_current()), exc_printable(exc_current()));
	exc_clear();
}

static void test_raise_replaces(void **state)
{
	(void)state;
	exc_raise(EXC_VALUE_ERROR, "first");
	exc_raise(EXC_KEY_ERROR, "second");
	assert_int_equal(exc_current()->class, EXC_KEY_ERROR);
	exc_clear();
	exc_clear();
	assert_null(exc_current());
}

static void test_shared(void **state)
{
	struct exc *exc = exc_new(EXC_HTTP_ERROR, 599, "HTTP 599: %s", "Timeout");

	(void)state;
	assert_int_equal(exc_raise_take(exc_ref(exc)), -1);
	assert_ptr_equal(exc_current(), exc);
	exc_clear();
	assert_int_equal(exc->number, 599);
	exc_unref(exc);
	exc_unref(NULL);
	assert_null(exc_ref(NULL));
}

static void test_system_errors(void **state)
{
	(void)state;
	exc_raise_errno(EXC_SOCKET_ERROR, ECONNREFUSED);
	assert_string_equal(exc_describe(exc_current()), "error([Errno 111] Connection refused)");
	assert_int_equal(exc_current()->number, ECONNREFUSED);
	assert_true(exc_is_environment(exc_current()));
	exc_raise_errno(EXC_IO_ERROR, 99999);
	assert_string_equal(exc_current()->text, "[Errno 99999] Unknown error 99999");
	exc_raise(EXC_ZLIB_ERROR, "Error -3");
	assert_string_equal(exc_class_name(exc_current()->class), "error");
	assert_false(exc_is_environment(exc_current()));
	exc_raise(EXC_STREAM_CLOSED_ERROR, "Stream is closed");
	assert_true(exc_is_environment(exc_current()));
	exc_clear();
	assert_false(exc_is_environment(NULL));
}

static void test_every_class_has_a_name(void **state)
{
	(void)state;
	for (unsigned i = 0; i < EXC_CLASSES; i++)
		assert_non_null(exc_class_name((enum exc_class)i));
	assert_string_equal(exc_class_name(EXC_CLASSES), "Exception");
}

static void *current_of_thread(void *self)
{
	struct exc **seen = self;

	*seen = exc_current();
	exc_raise(EXC_TYPE_ERROR, "of the thread");
	exc_clear();
	return NULL;
}

static void test_threads_have_their_own(void **state)
{
	struct exc *seen = (struct exc *)(intptr_t)1;
	pthread_t thread;

	(void)state;
	exc_raise(EXC_VALUE_ERROR, "of main");
	assert_int_equal(pthread_create(&thread, NULL, current_of_thread, &seen), 0);
	pthread_join(thread, NULL);
	assert_null(seen);
	assert_string_equal(exc_current()->text, "of main");
	exc_clear();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_raise_and_take),
		cmocka_unit_test(test_raise_replaces),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_system_errors),
		cmocka_unit_test(test_every_class_has_a_name),
		cmocka_unit_test(test_threads_have_their_own),
	};

	return cmocka_run_group_tests_name("exc", tests, NULL, NULL);
}
