/*
 * test_gen_points.c - the yield points of 3.1 where they go wrong, and engines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/gen.h"
#include "core/ioloop.h"
#include "core/python/alloc.h"
#include "core/stack_context.h"
#include "core/v31/generation.h"

static enum exc_class caught; /* what the body caught at its yield */
static int resumed;           /* how often a body went on behind it */

static int setup(void **state)
{
	(void)state;
	ioloop_instance();
	caught = EXC_CLASSES;
	resumed = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ioloop_instance_free();
	return exc_current() ? -1 : 0;
}

static struct gen *gen_new(gen_body_fn *body)
{
	struct gen *gen = core_alloc(sizeof(*gen));

	gen_init(gen, body, 1, NULL);
	return gen;
}

/* Calls a coroutine that comes to its end at once. */
static void call(gen_body_fn *body)
{
	struct future *future = gen_coroutine(gen_new(body));

	assert_non_null(future);
	assert_true(future_done(future));
	future_unref(future);
}

static int note_end(struct gen *gen)
{
	resumed++;
	if (gen->thrown)
		caught = gen->thrown->class;
	return GEN_FINISHED;
}

/* Beside a future something that cannot be waited for. */
static int yields_mixed_list(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_TRY_YIELD_VALUE(gen, value_of_pair(value_take_future(future_new()), VALUE_OF_INT(5)));
	return note_end(gen);
	GEN_END(gen);
}

static int yields_empty_list(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_TRY_YIELD_VALUE(gen, value_of_items(VALUE_LIST, 0));
	assert_int_equal(gen->sent->type, VALUE_LIST);
	assert_int_equal(gen->sent->items->count, 0);
	return note_end(gen);
	GEN_END(gen);
}

static void test_lists(void **state)
{
	(void)state;
	call(yields_mixed_list);
	assert_int_equal(caught, EXC_ASSERTION_ERROR);
	caught = EXC_CLASSES;
	call(yields_empty_list);
	assert_int_equal(caught, EXC_CLASSES);
	assert_int_equal(resumed, 2);
}

static int raises(void *self, struct callback *callback)
{
	(void)self;
	callback_unref(callback);
	return exc_raise(EXC_KEY_ERROR, "task");
}

static int yields_task_that_raises(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_TRY_YIELD_VALUE(gen, gen_task(raises, NULL, 1));
	return note_end(gen);
	GEN_END(gen);
}

static void test_task_that_raises(void **state)
{
	(void)state;
	call(yields_task_that_raises);
	assert_int_equal(caught, EXC_KEY_ERROR);
	assert_int_equal(resumed, 1);
}

/* A Wait without its Callback, and a key that is pending already. */
static int waits_for_nothing(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_TRY_YIELD_VALUE(gen, gen_wait(gen_new_key()));
	return note_end(gen);
	GEN_END(gen);
}

static int uses_key_twice(struct gen *gen)
{
	static uint64_t key;

	GEN_BEGIN(gen);
	key = gen_new_key();
	GEN_YIELD_VALUE(gen, gen_callback(key));
	GEN_TRY_YIELD_VALUE(gen, gen_callback(key));
	return note_end(gen);
	GEN_END(gen);
}

static void test_keys(void **state)
{
	(void)state;
	call(waits_for_nothing);
	assert_int_equal(caught, EXC_UNKNOWN_KEY_ERROR);
	call(uses_key_twice);
	assert_int_equal(caught, EXC_KEY_REUSE_ERROR);
}

/* An engine whose generator raises: the caller hears of it, since nothing was awaited. */
static int raises_at_once(struct gen *gen)
{
	(void)gen;
	return exc_raise(EXC_VALUE_ERROR, "engine");
}

static int returns_value(struct gen *gen)
{
	GEN_RETURN(gen, VALUE_OF_INT(1));
}

static int leaks_callback(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_YIELD_VALUE(gen, gen_callback(gen_new_key()));
	GEN_END(gen);
}

static void check_engine(gen_body_fn *body, enum exc_class class)
{
	assert_int_equal(gen_engine(gen_new(body)), -1);
	assert_int_equal(exc_current()->class, class);
	exc_clear();
}

static void test_engines_that_fail(void **state)
{
	(void)state;
	check_engine(raises_at_once, EXC_VALUE_ERROR);
	check_engine(returns_value, EXC_RETURN_VALUE_IGNORED_ERROR);
	check_engine(leaks_callback, EXC_LEAKED_CALLBACK_ERROR);
}

/* What it raises later goes to the contexts around its call. */
static struct future *awaited;

static int raises_later(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_YIELD(gen, future_ref(awaited));
	return exc_raise(EXC_VALUE_ERROR, "later");
	GEN_END(gen);
}

static int handle(void *self, struct exc *exc)
{
	*(enum exc_class *)self = exc->class;
	ioloop_stop(ioloop_instance());
	return 1;
}

static void test_engine_that_fails_later(void **state)
{
	struct stack_context *context;
	enum exc_class handled = EXC_CLASSES;

	(void)state;
	awaited = future_new();
	context = stack_context_enter(handle, &handled, NULL);
	assert_int_equal(gen_engine(gen_new(raises_later)), 0);
	assert_int_equal(stack_context_exit(context, 0), 0);
	stack_context_unref(context);
	assert_int_equal(future_set_result(awaited, VALUE_OF_NONE), 0);
	assert_int_equal(ioloop_start(ioloop_instance()), 0);
	assert_int_equal(handled, EXC_VALUE_ERROR);
	future_unref(awaited);
}

#define GEN(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		GEN(test_lists),
		GEN(test_task_that_raises),
		GEN(test_keys),
		GEN(test_engines_that_fail),
		GEN(test_engine_that_fails_later),
	};

	generation_use(&generation_31);
	return cmocka_run_group_tests_name("gen_points", tests, NULL, NULL);
}
