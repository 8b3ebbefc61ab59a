/*
 * test_gen.c - coroutines: values and exceptions through yields, who is told of
 * the end, and what is let go of when nobody waits any more.
 */
#include "core/gen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/gen_point.h"
#include "core/ioloop.h"
#include "core/python/alloc.h"
#include "core/stack_context.h"
#include "core/v31/gen_runner.h"
#include "core/v31/generation.h"

static struct ioloop *loop;
static int frames; /* alive */
static char log_text[256];

static void note(const char *word)
{
	assert_true(strlen(log_text) + strlen(word) + 2 < sizeof(log_text));
	if (log_text[0])
		strcat(log_text, " ");
	strcat(log_text, word);
}

static int setup(void **state)
{
	(void)state;
	loop = ioloop_instance();
	log_text[0] = '\0';
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ioloop_instance_free();
	return frames == 0 && !exc_current() ? 0 : -1;
}

/* The frame of all the generators here. */
struct frame {
	struct gen gen;
	struct future *future[3]; /* borrowed */
	int i;
	int64_t sum;
};

static void frame_release(struct gen *gen)
{
	frames--;
	free(gen);
}

static struct frame *frame_new(gen_body_fn *body)
{
	struct frame *frame = core_alloc(sizeof(*frame));

	frame->gen.body = body;
	frame->gen.release = frame_release;
	frame->gen.function = 1;
	frames++;
	return frame;
}

static int stop(void *self, struct value *argument)
{
	(void)self;
	(void)argument;
	ioloop_stop(loop);
	return 0;
}

/* Runs the turns that are due, and one more. */
static void turn(void)
{
	for (int i = 0; i < 3; i++) {
		ioloop_add_callback(loop, callback_new(stop, NULL, NULL, 1), VALUE_OF_NONE);
		assert_int_equal(ioloop_start(loop), 0);
	}
}

static int sums(struct gen *gen)
{
	struct frame *self = (struct frame *)gen;

	GEN_BEGIN(gen);
	assert_int_equal(gen->sent->type, VALUE_NONE);
	for (; self->i < 3; self->i++) {
		GEN_YIELD(gen, future_ref(self->future[self->i]));
		self->sum += gen->sent->integer;
	}
	GEN_RETURN(gen, VALUE_OF_INT(self->sum));
	GEN_END(gen);
}

static void test_values(void **state)
{
	struct frame *frame = frame_new(sums);
	struct future *futures[3], *outcome;
	struct value *result;

	(void)state;
	for (int i = 0; i < 3; i++)
		frame->future[i] = futures[i] = future_new();
	/* one that is done already still takes a turn */
	assert_int_equal(future_set_result(futures[1], VALUE_OF_INT(20)), 0);
	outcome = gen_coroutine(&frame->gen);
	assert_int_equal(frame->i, 0);
	future_set_result(futures[0], VALUE_OF_INT(1));
	assert_int_equal(frame->i, 0);
	turn();
	assert_int_equal(frame->i, 2);
	assert_false(future_done(outcome));
	future_set_result(futures[2], VALUE_OF_INT(300));
	turn();
	assert_int_equal(frames, 0);
	assert_int_equal(future_result(outcome, &result), 0);
	assert_int_equal(result->integer, 321);
	for (int i = 0; i < 3; i++)
		future_unref(futures[i]);
	future_unref(outcome);
}

static int ends_at_once(struct gen *gen)
{
	GEN_BEGIN(gen);
	note("ran");
	GEN_END(gen);
}

static int raises_at_once(struct gen *gen)
{
	GEN_BEGIN(gen);
	return exc_raise(EXC_VALUE_ERROR, "at once");
	GEN_END(gen);
}

static void test_without_yield(void **state)
{
	struct future *outcome = gen_coroutine(&frame_new(ends_at_once)->gen);
	struct value *result;

	(void)state;
	assert_int_equal(future_result(outcome, &result), 0);
	assert_int_equal(result->type, VALUE_NONE);
	assert_string_equal(log_text, "ran");
	future_unref(outcome);
	outcome = gen_coroutine(&frame_new(raises_at_once)->gen);
	assert_null(exc_current());
	assert_string_equal(exc_describe(future_exception(outcome)), "ValueError(at once)");
	future_unref(outcome);
}

static int catches(struct gen *gen)
{
	struct frame *self = (struct frame *)gen;

	GEN_BEGIN(gen);
	GEN_TRY_YIELD(gen, future_ref(self->future[0]));
	note(gen->thrown ? gen->thrown->text : "nothing");
	GEN_YIELD(gen, future_ref(self->future[1]));
	note("not reached");
	GEN_END(gen);
}

static void test_exceptions(void **state)
{
	struct frame *frame = frame_new(catches);
	struct future *first = future_new(), *second = future_new(), *outcome;

	(void)state;
	frame->future[0] = first;
	frame->future[1] = second;
	outcome = gen_coroutine(&frame->gen);
	future_set_exception(first, exc_new(EXC_HTTP_ERROR, 599, "caught"));
	turn();
	assert_string_equal(log_text, "caught");
	future_set_exception(second, exc_new(EXC_KEY_ERROR, 0, "not caught"));
	turn();
	assert_string_equal(log_text, "caught");
	assert_string_equal(exc_describe(future_exception(outcome)), "KeyError(not caught)");
	future_unref(first);
	future_unref(second);
	future_unref(outcome);
}

static struct future *raises_instead(void)
{
	exc_raise(EXC_RUNTIME_ERROR, "no future");
	return NULL;
}

static int yields_nothing(struct gen *gen)
{
	struct frame *self = (struct frame *)gen;

	GEN_BEGIN(gen);
	GEN_TRY_YIELD(gen, NULL);
	assert_int_equal(gen->thrown->class, EXC_BAD_YIELD_ERROR);
	self->i = 1;
	GEN_YIELD(gen, raises_instead());
	GEN_END(gen);
}

static void test_bad_yields(void **state)
{
	struct future *outcome = gen_coroutine(&frame_new(yields_nothing)->gen);

	(void)state;
	assert_string_equal(exc_describe(future_exception(outcome)), "RuntimeError(no future)");
	future_unref(outcome);
}

/* An exception in a callback that the body asked for is thrown into the body. */
static int raises_in_callback(void *self, struct value *argument)
{
	(void)self;
	(void)argument;
	return exc_raise(EXC_INDEX_ERROR, "from outside");
}

static int waits_with_callback(struct gen *gen)
{
	struct frame *self = (struct frame *)gen;

	GEN_BEGIN(gen);
	ioloop_add_callback(loop, callback_new(raises_in_callback, NULL, NULL, 1), VALUE_OF_NONE);
	GEN_TRY_YIELD(gen, future_ref(self->future[0]));
	note(gen->thrown ? gen->thrown->text : "nothing");
	GEN_YIELD(gen, future_ref(self->future[1]));
	note("second");
	GEN_END(gen);
}

static void test_exception_from_outside(void **state)
{
	struct frame *frame = frame_new(waits_with_callback);
	struct future *first = future_new(), *second = future_new(), *outcome;

	(void)state;
	frame->future[0] = first;
	frame->future[1] = second;
	outcome = gen_coroutine(&frame->gen);
	turn();
	assert_string_equal(log_text, "from outside");
	/* the future that it waited for has nobody to resume any more */
	future_set_result(first, VALUE_OF_NONE);
	turn();
	assert_string_equal(log_text, "from outside");
	future_set_result(second, VALUE_OF_NONE);
	turn();
	/* and its key is no leaked callback, since there was an exception */
	assert_string_equal(log_text, "from outside second");
	assert_null(future_exception(outcome));
	future_unref(first);
	future_unref(second);
	future_unref(outcome);
}

static int ends_with_callback(struct gen *gen)
{
	GEN_BEGIN(gen);
	ioloop_add_callback(loop, callback_new(raises_in_callback, NULL, NULL, 1), VALUE_OF_NONE);
	return exc_raise(EXC_VALUE_ERROR, "first");
	GEN_END(gen);
}

static int count_call(void *self, struct value *argument)
{
	(void)argument;
	++*(int *)self;
	return 0;
}

/* After its end a coroutine's context can only set the outcome again, as in 3.1. */
static void test_exception_after_the_end(void **state)
{
	struct future *outcome = gen_coroutine(&frame_new(ends_with_callback)->gen);
	int calls = 0;

	(void)state;
	future_add_done_callback(outcome, callback_new(count_call, &calls, NULL, 1));
	assert_string_equal(future_exception(outcome)->text, "first");
	turn();
	assert_string_equal(future_exception(outcome)->text, "from outside");
	assert_int_equal(calls, 1);
	future_unref(outcome);
}

static int inner_body(struct gen *gen)
{
	struct frame *self = (struct frame *)gen;

	GEN_BEGIN(gen);
	GEN_YIELD(gen, future_ref(self->future[0]));
	GEN_RETURN(gen, value_copy(gen->sent));
	GEN_END(gen);
}

static int outer_body(struct gen *gen)
{
	struct frame *self = (struct frame *)gen;
	struct frame *inner;

	GEN_BEGIN(gen);
	inner = frame_new(inner_body);
	inner->future[0] = self->future[0];
	GEN_YIELD(gen, gen_coroutine(&inner->gen));
	GEN_RETURN(gen, value_copy(gen->sent));
	GEN_END(gen);
}

static void test_coroutine_in_coroutine(void **state)
{
	struct frame *frame = frame_new(outer_body);
	struct future *future = future_new(), *outcome;
	struct value *result;

	(void)state;
	frame->future[0] = future;
	outcome = gen_coroutine(&frame->gen);
	assert_int_equal(frames, 2);
	future_set_result(future, value_from_bytes("deep", 4));
	turn();
	assert_int_equal(frames, 0);
	assert_int_equal(future_result(outcome, &result), 0);
	assert_string_equal(result->bytes.data, "deep");
	future_unref(future);
	future_unref(outcome);
}

/* Nobody can resume it any more: the frame goes with the future it waited for. */
static void test_unfinished(void **state)
{
	struct frame *frame = frame_new(outer_body);
	struct future *future = future_new();

	(void)state;
	frame->future[0] = future;
	future_unref(gen_coroutine(&frame->gen));
	assert_int_equal(frames, 2);
	future_unref(future);
	assert_int_equal(frames, 0);
}

static int fresh_future(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_YIELD(gen, future_new());
	note("not reached");
	GEN_END(gen);
}

static void test_forgotten_while_it_runs(void **state)
{
	struct future *outcome = gen_coroutine(&frame_new(fresh_future)->gen);

	(void)state;
	assert_int_equal(frames, 0);
	assert_false(future_done(outcome));
	future_unref(outcome);
}

static void test_unfinished_in_queue(void **state)
{
	struct frame *frame = frame_new(sums);
	struct future *future = future_new();

	(void)state;
	frame->future[0] = future;
	future_unref(gen_coroutine(&frame->gen));
	future_set_result(future, VALUE_OF_INT(1)); /* now queued in the loop */
	future_unref(future);
	assert_int_equal(frames, 1);
	ioloop_instance_free();
	assert_int_equal(frames, 0);
}

static int final_counts(void *self, struct value value)
{
	value_release(&value);
	++*(int *)self;
	return 0;
}

static void test_keys(void **state)
{
	struct frame *frame = frame_new(ends_at_once);
	int finals = 0;
	struct runner *runner = runner_new(&frame->gen, final_counts, &finals, NULL);
	struct runner_keys *keys = (struct runner_keys *)runner;
	uint64_t key = gen_new_key();
	struct value result;

	(void)state;
	assert_int_equal(runner_is_ready(keys, key), -1);
	assert_int_equal(exc_current()->class, EXC_UNKNOWN_KEY_ERROR);
	assert_int_equal(runner_register_callback(keys, key), 0);
	assert_int_equal(runner_register_callback(keys, key), -1);
	assert_int_equal(exc_current()->class, EXC_KEY_REUSE_ERROR);
	assert_int_equal(runner_is_ready(keys, key), 0);
	assert_int_equal(runner_pop_result(keys, key, &result), -1);
	assert_int_equal(exc_current()->class, EXC_KEY_ERROR);
	/* the body ends without having waited for the key */
	assert_int_equal(runner_run(runner), -1);
	assert_int_equal(exc_current()->class, EXC_LEAKED_CALLBACK_ERROR);
	exc_clear();
	assert_int_equal(finals, 0);
	assert_int_equal(runner_run(runner), 0);
	assert_int_equal(runner_set_result(runner, key, value_from_bytes("late", 4)), 0);
	assert_int_equal(runner_set_result(runner, key + 1, value_from_bytes("lost", 4)), 0);
	assert_int_equal(runner_pop_result(keys, key, &result), 0);
	assert_string_equal(result.bytes.data, "late");
	value_release(&result);
	runner_unref(runner);
}

int main(void)
{
	generation_use(&generation_31);
#define GEN(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		GEN(test_values),
		GEN(test_without_yield),
		GEN(test_exceptions),
		GEN(test_bad_yields),
		GEN(test_exception_from_outside),
		GEN(test_exception_after_the_end),
		GEN(test_coroutine_in_coroutine),
		GEN(test_unfinished),
		GEN(test_forgotten_while_it_runs),
		GEN(test_unfinished_in_queue),
		GEN(test_keys),
	};

	return cmocka_run_group_tests_name("gen", tests, NULL, NULL);
}
