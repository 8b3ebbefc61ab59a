/*
 * test_stack_context.c - stack contexts: an exception in a callback meets the
 * handlers that were in force where the callback was wrapped.
 */
#include "core/stack_context.h"
#include "core/v31/generation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A handler that notes what it sees, by one letter. */
struct watcher {
	char letter;
	int answer;
	int released;
};

static char seen[32];

static void note(char letter)
{
	size_t n = strlen(seen);

	assert_true(n + 1 < sizeof(seen));
	seen[n] = letter;
	seen[n + 1] = '\0';
}

static int watch(void *self, struct exc *exc)
{
	struct watcher *watcher = self;

	assert_non_null(exc);
	note(watcher->letter);
	if (watcher->answer < 0)
		return exc_raise(EXC_KEY_ERROR, "from %c", watcher->letter);
	return watcher->answer;
}

static void release(void *self)
{
	((struct watcher *)self)->released++;
}

static int setup(void **state)
{
	(void)state;
	seen[0] = '\0';
	exc_clear();
	return 0;
}

static int raises(void *self, struct value *argument)
{
	(void)self;
	(void)argument;
	return exc_raise(EXC_VALUE_ERROR, "in the callback");
}

static int returns(void *self, struct value *argument)
{
	(void)self;
	(void)argument;
	note('.');
	return 5;
}

static int call(struct callback *callback)
{
	struct value none = VALUE_OF_NONE;

	return callback_call(callback, &none);
}

/* A callback wrapped in contexts of these watchers, the first one outermost. */
static struct callback *wrapped_in(struct watcher *watchers, int count, callback_call_fn *fn,
				   struct stack_context **contexts)
{
	struct callback *callback = callback_new(fn, NULL, NULL, 1);

	for (int i = 0; i < count; i++)
		contexts[i] = stack_context_enter(watch, &watchers[i], release);
	callback = stack_context_wrap(callback);
	for (int i = count; i-- > 0;)
		assert_int_equal(stack_context_exit(contexts[i], 0), 0);
	return callback;
}

static void test_body_handled(void **state)
{
	struct watcher a = { 'a', 1, 0 };
	struct stack_context *context = stack_context_enter(watch, &a, release);

	(void)state;
	assert_int_equal(stack_context_exit(context, exc_raise(EXC_VALUE_ERROR, "x")), 0);
	assert_null(exc_current());
	assert_string_equal(seen, "a");
	stack_context_unref(context);
	assert_int_equal(a.released, 1);
}

static void test_body_not_handled(void **state)
{
	struct watcher a = { 'a', 0, 0 };
	struct stack_context *context = stack_context_enter(watch, &a, NULL);

	(void)state;
	assert_int_equal(stack_context_exit(context, exc_raise(EXC_VALUE_ERROR, "x")), -1);
	assert_string_equal(exc_current()->text, "x");
	stack_context_unref(context);
	context = stack_context_enter(watch, &a, NULL);
	assert_int_equal(stack_context_exit(context, 0), 0);
	stack_context_unref(context);
	assert_string_equal(seen, "a");
}

static void test_wrapped_meets_handlers_inside_out(void **state)
{
	struct watcher w[3] = { { 'a', 1, 0 }, { 'b', 0, 0 }, { 'c', 0, 0 } };
	struct stack_context *contexts[3];
	struct callback *callback = wrapped_in(w, 3, raises, contexts);

	(void)state;
	assert_int_equal(call(callback), 0);
	assert_string_equal(seen, "cba");
	assert_null(exc_current());
	callback_unref(callback);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(w[i].released, 0);
		stack_context_unref(contexts[i]);
	}
	assert_int_equal(w[0].released + w[1].released + w[2].released, 3);
}

static void test_handled_stops_and_raised_goes_on(void **state)
{
	struct watcher w[3] = { { 'a', 0, 0 }, { 'b', -1, 0 }, { 'c', 0, 0 } };
	struct stack_context *contexts[3];
	struct callback *callback = wrapped_in(w, 3, raises, contexts);

	(void)state;
	assert_int_equal(call(callback), -1);
	assert_string_equal(exc_current()->text, "from b");
	assert_string_equal(seen, "cba");
	w[2].answer = 1;
	seen[0] = '\0';
	exc_clear();
	assert_int_equal(call(callback), 0);
	assert_string_equal(seen, "c");
	callback_unref(callback);
	for (int i = 0; i < 3; i++)
		stack_context_unref(contexts[i]);
}

static void test_deactivated_is_skipped(void **state)
{
	struct watcher w[3] = { { 'a', 0, 0 }, { 'b', 0, 0 }, { 'c', 0, 0 } };
	struct stack_context *contexts[3];
	struct callback *callback = wrapped_in(w, 3, raises, contexts);

	(void)state;
	stack_context_deactivate(contexts[1]);
	stack_context_deactivate(contexts[2]);
	assert_int_equal(call(callback), -1);
	assert_string_equal(seen, "a");
	stack_context_deactivate(contexts[0]);
	seen[0] = '\0';
	assert_int_equal(call(callback), -1);
	assert_string_equal(seen, "");
	callback_unref(callback);
	for (int i = 0; i < 3; i++)
		stack_context_unref(contexts[i]);
	assert_int_equal(w[0].released + w[1].released + w[2].released, 3);
}

static void test_null_context(void **state)
{
	struct watcher a = { 'a', 1, 0 };
	struct stack_context *context = stack_context_enter(watch, &a, NULL);
	struct stack_contexts *saved = stack_context_null_enter();
	struct callback *callback = stack_context_wrap(callback_new(raises, NULL, NULL, 1));

	(void)state;
	stack_context_null_exit(saved);
	assert_int_equal(call(callback), -1);
	assert_string_equal(seen, "");
	callback_unref(callback);
	callback = stack_context_wrap(callback_new(raises, NULL, NULL, 1));
	assert_int_equal(stack_context_exit(context, 0), 0);
	stack_context_unref(context);
	assert_int_equal(call(callback), 0);
	assert_string_equal(seen, "a");
	callback_unref(callback);
}

static void test_wrapping_twice_and_sharing(void **state)
{
	struct callback *plain = callback_new(returns, NULL, NULL, 9);
	struct callback *shared = stack_context_wrap(callback_ref(plain));
	struct callback *alone;

	(void)state;
	assert_ptr_not_equal(shared, plain);
	assert_null(plain->contexts);
	assert_int_equal(callback_function(shared), 9);
	assert_int_equal(call(shared), 5);
	callback_unref(shared);
	alone = stack_context_wrap(plain);
	assert_ptr_equal(alone, plain);
	assert_ptr_equal(stack_context_wrap(alone), alone);
	assert_int_equal(call(alone), 5);
	callback_unref(alone);
	assert_null(stack_context_wrap(NULL));
	assert_string_equal(seen, "..");
}

static void test_out_of_order_exit(void **state)
{
	struct watcher w[2] = { { 'a', 0, 0 }, { 'b', 0, 0 } };
	struct stack_context *a = stack_context_enter(watch, &w[0], NULL);
	struct stack_context *b = stack_context_enter(watch, &w[1], NULL);

	(void)state;
	assert_int_equal(stack_context_exit(a, 0), -1);
	assert_int_equal(exc_current()->class, EXC_STACK_CONTEXT_INCONSISTENT_ERROR);
	exc_clear();
	stack_context_unref(b);
	stack_context_unref(a);
}

/* What a long chain of coroutines leaves behind is let go without recursion. */
static void test_long_chain(void **state)
{
	enum { DEPTH = 100000 };
	static struct stack_context *contexts[DEPTH];
	struct watcher a = { 'a', 0, 0 };
	struct callback *callback;

	(void)state;
	for (int i = 0; i < DEPTH; i++)
		contexts[i] = stack_context_enter(watch, &a, release);
	callback = stack_context_wrap(callback_new(returns, NULL, NULL, 1));
	for (int i = DEPTH; i-- > 0;) {
		assert_int_equal(stack_context_exit(contexts[i], 0), 0);
		stack_context_unref(contexts[i]);
	}
	assert_int_equal(a.released, 0);
	callback_unref(callback);
	assert_int_equal(a.released, DEPTH);
}

int main(void)
{
	generation_use(&generation_31);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_body_handled, setup),
		cmocka_unit_test_setup(test_body_not_handled, setup),
		cmocka_unit_test_setup(test_wrapped_meets_handlers_inside_out, setup),
		cmocka_unit_test_setup(test_handled_stops_and_raised_goes_on, setup),
		cmocka_unit_test_setup(test_deactivated_is_skipped, setup),
		cmocka_unit_test_setup(test_null_context, setup),
		cmocka_unit_test_setup(test_wrapping_twice_and_sharing, setup),
		cmocka_unit_test_setup(test_out_of_order_exit, setup),
		cmocka_unit_test_setup(test_long_chain, setup),
	};

	return cmocka_run_group_tests_name("stack_context", tests, NULL, NULL);
}
