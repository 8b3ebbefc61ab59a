/*
 * test_gen43.c - coroutines of 4.3: what costs no turn, lists and dicts, yield points
 * inside the new Runner, and what is let go of when nobody waits any more.
 */
#include "core/v43/gen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/ioloop.h"
#include "core/log.h"
#include "core/python/alloc.h"
#include "core/stack_context.h"
#include "core/v43/generation.h"
#include "core/v43/ioloop.h"

static struct ioloop *loop;
static int frames; /* alive */
static char log_text[512];
static char logged[512];
static int lines;

static void note(const char *word)
{
	assert_true(strlen(log_text) + strlen(word) + 2 < sizeof(log_text));
	if (log_text[0])
		strcat(log_text, " ");
	strcat(log_text, word);
}

static void keep_line(const char *level, const char *logger, const char *text)
{
	(void)level;
	(void)logger;
	snprintf(logged, sizeof(logged), "%s", text);
	lines++;
}

static int setup(void **state)
{
	(void)state;
	loop = ioloop_instance();
	log_text[0] = logged[0] = '\0';
	lines = 0;
	log_to(keep_line);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ioloop_instance_free();
	log_to(NULL);
	return frames == 0 && !exc_current() ? 0 : -1;
}

/* The frame of all the generators here. */
struct frame {
	struct gen gen;
	struct future *future[3]; /* borrowed */
	struct callback *function;
	struct stack_context *context;
	uint64_t key;
	int64_t sum;
	int i;
};

static void frame_release(struct gen *gen)
{
	callback_unref(((struct frame *)gen)->function);
	frames--;
	free(gen);
}

static struct frame *frame_new(gen_body_fn *body)
{
	struct frame *frame = core_alloc(sizeof(*frame));

	gen_init(&frame->gen, body, 1, NULL);
	frame->gen.release = frame_release;
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

/* Runs what is queued, and what that queues in its turn. */
static void turns(void)
{
	for (int i = 0; i < 4; i++) {
		ioloop_add_callback(loop, callback_new(stop, NULL, NULL, 1), VALUE_OF_NONE);
		assert_int_equal(ioloop_start(loop), 0);
	}
}

/* The integer that the coroutine returned; lets go of its future. */
static int64_t outcome_of(struct future *outcome)
{
	struct value *result;
	int64_t integer;

	assert_non_null(outcome);
	assert_true(future_done(outcome));
	assert_int_equal(future_result(outcome, &result), 0);
	integer = result->integer;
	future_unref(outcome);
	return integer;
}

static struct future *done(int64_t integer)
{
	struct future *future = future_new();

	future_set_result(future, VALUE_OF_INT(integer));
	return future;
}

static struct future *failed(const char *text)
{
	struct future *future = future_new();

	future_set_exception(future, exc_new(EXC_VALUE_ERROR, 0, "%s", text));
	return future;
}

static int sums(struct gen *gen)
{
	struct frame *self = (struct frame *)gen;

	GEN_BEGIN(gen);
	for (; self->i < 3; self->i++) {
		GEN_YIELD(gen, future_ref(self->future[self->i]));
		self->sum += gen->sent->integer;
	}
	GEN_RETURN(gen, VALUE_OF_INT(self->sum));
	GEN_END(gen);
}

static void test_done_futures_cost_no_turn(void **state)
{
	struct frame *frame = frame_new(sums);
	struct future *futures[3], *outcome;

	(void)state;
	for (int i = 0; i < 3; i++)
		frame->future[i] = futures[i] = done(i + 1);
	outcome = gen_coroutine(&frame->gen);
	assert_int_equal(outcome_of(outcome), 6);
	assert_int_equal(frames, 0);
	for (int i = 0; i < 3; i++)
		future_unref(futures[i]);
}

static void test_pending_future_costs_one(void **state)
{
	struct frame *frame = frame_new(sums);
	struct future *futures[3], *outcome;

	(void)state;
	frame->future[0] = futures[0] = done(1);
	frame->future[1] = futures[1] = future_new();
	frame->future[2] = futures[2] = done(3);
	outcome = gen_coroutine(&frame->gen);
	assert_int_equal(frame->i, 1);
	future_set_result(futures[1], VALUE_OF_INT(2));
	assert_int_equal(frame->i, 1);
	turns();
	assert_int_equal(outcome_of(outcome), 6);
	for (int i = 0; i < 3; i++)
		future_unref(futures[i]);
}

static int raises(struct gen *gen)
{
	(void)gen;
	return exc_raise(EXC_VALUE_ERROR, "in the body");
}

/* A coroutine never raises into its caller. */
static void test_exception_before_a_yield(void **state)
{
	struct future *outcome = gen_coroutine(&frame_new(raises)->gen);

	(void)state;
	assert_string_equal(future_exception(outcome)->text, "in the body");
	future_unref(outcome);
	assert_int_equal(lines, 0);
	future_unref(gen_coroutine(&frame_new(raises)->gen));
	assert_int_equal(lines, 1);
}

static int gives_way(struct gen *gen)
{
	struct frame *self = (struct frame *)gen;

	GEN_BEGIN(gen);
	for (; self->i < 2; self->i++)
		GEN_YIELD(gen, gen_moment());
	GEN_END(gen);
}

static void test_moment(void **state)
{
	struct frame *frame = frame_new(gives_way);
	struct future *outcome = gen_coroutine(&frame->gen);

	(void)state;
	assert_int_equal(frame->i, 0);
	turns();
	assert_true(future_done(outcome));
	future_unref(outcome);
}

static struct value list_of(struct frame *frame)
{
	struct value list = value_of_items(VALUE_LIST, (size_t)frame->i);

	for (int i = 0; i < frame->i; i++)
		list.items->at[i].value = value_take_future(future_ref(frame->future[i]));
	return list;
}

/* Yields the list of its futures and sums up what comes; a failure is noted. */
static int sums_list(struct gen *gen)
{
	struct frame *self = (struct frame *)gen;

	GEN_BEGIN(gen);
	GEN_TRY_YIELD_VALUE(gen, list_of(self));
	if (gen->thrown) {
		note(gen->thrown->text);
		return GEN_FINISHED;
	}
	assert_int_equal(gen->sent->items->count, self->i);
	for (int i = 0; i < self->i; i++)
		self->sum = self->sum * 10 + gen->sent->items->at[i].value.integer;
	GEN_RETURN(gen, VALUE_OF_INT(self->sum));
	GEN_END(gen);
}

static void test_list(void **state)
{
	struct frame *frame = frame_new(sums_list);
	struct future *a = future_new(), *b = future_new(), *outcome;

	(void)state;
	frame->i = 3;
	frame->future[0] = frame->future[2] = a;
	frame->future[1] = b;
	outcome = gen_coroutine(&frame->gen);
	future_set_result(b, VALUE_OF_INT(2));
	turns();
	assert_false(future_done(outcome));
	future_set_result(a, VALUE_OF_INT(1));
	turns();
	assert_int_equal(outcome_of(outcome), 121);
	future_unref(a);
	future_unref(b);
}

static void test_empty_list(void **state)
{
	struct future *outcome = gen_coroutine(&frame_new(sums_list)->gen);

	(void)state;
	assert_int_equal(outcome_of(outcome), 0);
}

/* The first in the list is raised, whichever came first; the others are logged. */
static void test_list_with_failures(void **state)
{
	struct frame *frame = frame_new(sums_list);
	struct future *a = future_new(), *b = failed("second"), *c = done(3), *outcome;

	(void)state;
	frame->i = 3;
	frame->future[0] = a;
	frame->future[1] = b;
	frame->future[2] = c;
	outcome = gen_coroutine(&frame->gen);
	future_set_exception(a, exc_new(EXC_VALUE_ERROR, 0, "first"));
	turns();
	assert_true(future_done(outcome));
	assert_string_equal(log_text, "first");
	assert_int_equal(lines, 1);
	assert_non_null(strstr(logged, "ValueError(second)"));
	future_unref(a);
	future_unref(b);
	future_unref(c);
	future_unref(outcome);
}

/* {'a': [future], 'b': future} */
static struct value nested_of(struct frame *frame)
{
	struct value dict = value_of_items(VALUE_DICT, 2);
	struct value list = value_of_items(VALUE_LIST, 1);

	list.items->at[0].value = value_take_future(future_ref(frame->future[0]));
	dict.items->at[0].key = "a";
	dict.items->at[0].value = list;
	dict.items->at[1].key = "b";
	dict.items->at[1].value = value_take_future(future_ref(frame->future[1]));
	return dict;
}

static int yields_nested(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_YIELD_VALUE(gen, nested_of((struct frame *)gen));
	assert_int_equal(gen->sent->type, VALUE_DICT);
	assert_string_equal(gen->sent->items->at[0].key, "a");
	assert_string_equal(gen->sent->items->at[1].key, "b");
	GEN_RETURN(gen, VALUE_OF_INT(gen->sent->items->at[0].value.items->at[0].value.integer +
				     gen->sent->items->at[1].value.integer));
	GEN_END(gen);
}

static void test_dict_with_a_list(void **state)
{
	struct frame *frame = frame_new(yields_nested);
	struct future *a = future_new(), *b = future_new(), *outcome;

	(void)state;
	frame->future[0] = a;
	frame->future[1] = b;
	outcome = gen_coroutine(&frame->gen);
	future_set_result(a, VALUE_OF_INT(40));
	future_set_result(b, VALUE_OF_INT(2));
	turns();
	assert_int_equal(outcome_of(outcome), 42);
	future_unref(a);
	future_unref(b);
}

static int yields_badly(struct gen *gen)
{
	struct frame *self = (struct frame *)gen;

	GEN_BEGIN(gen);
	for (; self->i < 3; self->i++) {
		GEN_TRY_YIELD_VALUE(gen, self->i == 0 ? VALUE_OF_INT(5)
					 : self->i == 1
						 ? VALUE_OF_NONE
						 : value_of_pair(VALUE_OF_INT(6), VALUE_OF_NONE));
		assert_non_null(gen->thrown);
		assert_int_equal(gen->thrown->class, EXC_BAD_YIELD_ERROR);
		note(gen->thrown->text + strlen("yielded unknown object "));
	}
	GEN_END(gen);
}

static void test_bad_yields(void **state)
{
	struct future *outcome = gen_coroutine(&frame_new(yields_badly)->gen);

	(void)state;
	assert_true(future_done(outcome));
	assert_string_equal(log_text, "5 None 6");
	future_unref(outcome);
}

/* Callback, then a list of Wait and a future: MultiYieldPoint. */
static int waits_in_list(struct gen *gen)
{
	struct frame *self = (struct frame *)gen;

	GEN_BEGIN(gen);
	self->key = gen_new_key();
	GEN_YIELD_VALUE(gen, gen_callback(self->key));
	assert_int_equal(gen->sent->type, VALUE_FUNCTION);
	self->function = callback_ref(gen->sent->function);
	GEN_YIELD_VALUE(
		gen, value_of_pair(gen_wait(self->key), gen_future(future_ref(self->future[0]))));
	GEN_RETURN(gen, VALUE_OF_INT(gen->sent->items->at[0].value.integer * 10 +
				     gen->sent->items->at[1].value.integer));
	GEN_END(gen);
}

static void call_function(struct frame *frame, int64_t integer)
{
	struct callback *function = frame->function;
	struct value argument = VALUE_OF_INT(integer);

	frame->function = NULL;
	assert_int_equal(callback_call(function, &argument), 0);
	callback_unref(function);
}

static void test_yield_points_in_a_list(void **state)
{
	struct frame *frame = frame_new(waits_in_list);
	struct future *future = future_new(), *outcome;

	(void)state;
	frame->future[0] = future;
	outcome = gen_coroutine(&frame->gen);
	assert_null(frame->function);
	turns();
	assert_non_null(frame->function);
	future_set_result(future, VALUE_OF_INT(2));
	turns();
	assert_false(future_done(outcome));
	call_function(frame, 4);
	turns();
	assert_int_equal(outcome_of(outcome), 42);
	future_unref(future);
}

static void test_yield_point_outside_of_a_runner(void **state)
{
	(void)state;
	assert_null(gen_convert_yielded(gen_wait(gen_new_key())));
	assert_int_equal(exc_current()->class, EXC_BAD_YIELD_ERROR);
	exc_clear();
}

static int waits_for_nothing(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_TRY_YIELD_VALUE(gen, gen_wait(gen_new_key()));
	assert_int_equal(gen->thrown->class, EXC_UNKNOWN_KEY_ERROR);
	note("unknown");
	GEN_END(gen);
}

static void test_unknown_key(void **state)
{
	struct future *outcome = gen_coroutine(&frame_new(waits_for_nothing)->gen);

	(void)state;
	turns();
	assert_true(future_done(outcome));
	assert_string_equal(log_text, "unknown");
	future_unref(outcome);
}

static int leaks_callback(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_YIELD_VALUE(gen, gen_callback(gen_new_key()));
	GEN_END(gen);
}

/* The loop logs it, and nobody ever tells the future. */
static void test_leaked_callback(void **state)
{
	struct future *outcome = gen_coroutine(&frame_new(leaks_callback)->gen);

	(void)state;
	turns();
	assert_false(future_done(outcome));
	assert_int_equal(lines, 1);
	assert_non_null(strstr(logged, "LeakedCallbackError"));
	future_unref(outcome);
}

static int raise_later(void *self, struct value *argument)
{
	(void)self;
	(void)argument;
	return exc_raise(EXC_VALUE_ERROR, "from outside");
}

/* Queues what raises, in the Runner's context; then waits for a future, twice for the same. */
static int waits_and_is_thrown_at(struct gen *gen)
{
	struct frame *self = (struct frame *)gen;

	GEN_BEGIN(gen);
	self->key = gen_new_key();
	GEN_YIELD_VALUE(gen, gen_callback(self->key));
	self->function = callback_ref(gen->sent->function);
	ioloop_add_callback(loop, callback_new(raise_later, NULL, NULL, 1), VALUE_OF_NONE);
	GEN_TRY_YIELD(gen, future_ref(self->future[0]));
	assert_non_null(gen->thrown);
	note(gen->thrown->text);
	GEN_YIELD(gen, future_ref(self->future[0]));
	self->sum = gen->sent->integer;
	GEN_YIELD_VALUE(gen, gen_wait(self->key));
	GEN_RETURN(gen, VALUE_OF_INT(self->sum + gen->sent->integer));
	GEN_END(gen);
}

static void test_exception_from_outside(void **state)
{
	struct frame *frame = frame_new(waits_and_is_thrown_at);
	struct future *future = future_new(), *outcome;

	(void)state;
	frame->future[0] = future;
	outcome = gen_coroutine(&frame->gen);
	turns();
	assert_string_equal(log_text, "from outside");
	assert_int_equal(lines, 0);
	future_set_result(future, VALUE_OF_INT(40));
	turns();
	call_function(frame, 2);
	turns();
	assert_int_equal(outcome_of(outcome), 42);
	future_unref(future);
}

static int waits_forever(struct gen *gen)
{
	struct frame *self = (struct frame *)gen;

	GEN_BEGIN(gen);
	if (self->i)
		GEN_YIELD_VALUE(gen, gen_callback(self->key));
	if (self->i)
		GEN_YIELD_VALUE(gen, gen_wait(self->key));
	GEN_YIELD(gen, future_ref(self->future[0]));
	GEN_END(gen);
}

/* The frame goes with the last that could resume it. */
static void test_nobody_resumes(void **state)
{
	struct frame *frame = frame_new(waits_forever);
	struct future *future = future_new();

	(void)state;
	frame->future[0] = future;
	future_unref(gen_coroutine(&frame->gen));
	assert_int_equal(frames, 1);
	future_unref(future);
	assert_int_equal(frames, 0);
}

static void test_nobody_calls_the_function(void **state)
{
	struct frame *frame = frame_new(waits_forever);

	(void)state;
	frame->i = 1;
	frame->key = gen_new_key();
	future_unref(gen_coroutine(&frame->gen));
	assert_int_equal(frames, 1);
	turns();
	assert_int_equal(frames, 0);
}

static void test_loop_goes_first(void **state)
{
	struct frame *a = frame_new(waits_forever), *b = frame_new(waits_forever);
	struct future *future = future_new();

	(void)state;
	a->i = 1;
	a->key = gen_new_key();
	future_unref(gen_coroutine(&a->gen));
	b->future[0] = future;
	future_unref(gen_coroutine(&b->gen));
	future_set_result(future, VALUE_OF_INT(1));
	future_unref(future);
	assert_int_equal(frames, 2);
	ioloop_instance_free();
	assert_int_equal(frames, 0);
}

/* A list whose members go, one done and one pending. */
static void test_list_goes(void **state)
{
	struct frame *frame = frame_new(sums_list);
	struct future *a = future_new(), *b = future_new();

	(void)state;
	frame->i = 2;
	frame->future[0] = a;
	frame->future[1] = b;
	future_unref(gen_coroutine(&frame->gen));
	future_set_result(a, VALUE_OF_INT(1));
	future_unref(a);
	assert_int_equal(frames, 1);
	future_unref(b);
	assert_int_equal(frames, 0);
}

static int returns_value(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_RETURN(gen, VALUE_OF_INT(1));
	GEN_END(gen);
}

static int note_exception(void *self, struct exc *exc)
{
	(void)self;
	note(exc_class_name(exc->class));
	return 1;
}

/* What an engine raises goes to the contexts around its call, at once or later. */
static int call_engines(struct frame *later)
{
	struct stack_context *context = stack_context_enter(note_exception, NULL, NULL);
	int status = gen_engine(&frame_new(raises)->gen);

	if (status == 0)
		status = gen_engine(&frame_new(returns_value)->gen);
	if (status == 0)
		status = gen_engine(&later->gen);
	status = stack_context_exit(context, status);
	stack_context_unref(context);
	return status;
}

static void test_engine(void **state)
{
	struct frame *later = frame_new(sums);
	struct future *future = future_new();

	(void)state;
	later->future[0] = future;
	assert_int_equal(call_engines(later), 0);
	assert_string_equal(log_text, "ValueError ReturnValueIgnoredError");
	future_set_exception(future, exc_new(EXC_KEY_ERROR, 0, "k"));
	turns();
	assert_string_equal(log_text, "ValueError ReturnValueIgnoredError KeyError");
	future_unref(future);
}

static int with_limit(struct gen *gen)
{
	struct frame *self = (struct frame *)gen;

	GEN_BEGIN(gen);
	GEN_TRY_YIELD(gen, gen_with_timeout(ioloop_time(loop), self->future[0]));
	note(gen->thrown ? exc_class_name(gen->thrown->class) : "in time");
	GEN_END(gen);
}

static struct future *limited(struct future *future)
{
	struct frame *frame = frame_new(with_limit);

	frame->future[0] = future;
	return gen_coroutine(&frame->gen);
}

static void test_with_timeout(void **state)
{
	struct future *never = future_new(), *fails = future_new(), *there = done(1);

	(void)state;
	future_unref(limited(never));
	future_unref(limited(fails));
	future_unref(limited(there));
	assert_string_equal(log_text, "in time");
	turns();
	assert_string_equal(log_text, "in time TimeoutError TimeoutError");
	assert_int_equal(lines, 0);
	future_set_exception(fails, exc_new(EXC_VALUE_ERROR, 0, "too late"));
	assert_int_equal(lines, 1);
	assert_non_null(strstr(logged, "ValueError(too late)"));
	future_unref(never);
	future_unref(fails);
	future_unref(there);
}

/* A task that fails at once, one that fails later, and one that answers twice. */
static int fails_at_once(void *self, struct callback *callback)
{
	(void)self;
	callback_unref(callback);
	return exc_raise(EXC_VALUE_ERROR, "at once");
}

static int fails_later(void *self, struct callback *callback)
{
	(void)self;
	callback_unref(callback);
	return ioloop_add_callback(loop, callback_new(raise_later, NULL, NULL, 1), VALUE_OF_NONE);
}

static int answers_twice(void *self, struct callback *callback)
{
	struct value one = VALUE_OF_INT(1), two = VALUE_OF_INT(2);
	int status = callback_call(callback, &one);

	(void)self;
	if (status == 0)
		status = callback_call(callback, &two);
	callback_unref(callback);
	return status;
}

static int runs_tasks(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_TRY_YIELD_VALUE(gen, gen_task(fails_at_once, NULL, 1));
	note(gen->thrown ? gen->thrown->text : "?");
	GEN_TRY_YIELD_VALUE(gen, gen_task(fails_later, NULL, 1));
	note(gen->thrown ? gen->thrown->text : "?");
	GEN_YIELD_VALUE(gen, gen_task(answers_twice, NULL, 1));
	GEN_RETURN(gen, VALUE_OF_INT(gen->sent->integer));
	GEN_END(gen);
}

static void test_tasks(void **state)
{
	struct future *outcome = gen_coroutine(&frame_new(runs_tasks)->gen);

	(void)state;
	turns();
	assert_string_equal(log_text, "at once from outside");
	assert_int_equal(outcome_of(outcome), 1);
	assert_int_equal(lines, 0);
}

/* Yields in a context, the first time at once and the second time from the Runner. */
static int yields_in_a_context(struct gen *gen)
{
	struct frame *self = (struct frame *)gen;

	GEN_BEGIN(gen);
	if (self->i)
		GEN_YIELD(gen, future_ref(self->future[0]));
	self->context = stack_context_enter(note_exception, NULL, NULL);
	GEN_TRY_YIELD(gen, future_ref(self->future[0]));
	assert_non_null(gen->thrown);
	self->sum = stack_context_exit(self->context, gen_raise(gen));
	stack_context_unref(self->context);
	assert_int_equal(self->sum, 0);
	GEN_RETURN(gen, VALUE_OF_INT(42));
	GEN_END(gen);
}

static void test_yield_in_a_context(void **state)
{
	struct future *future = done(1);

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct frame *frame = frame_new(yields_in_a_context);

		frame->i = i;
		frame->future[0] = future;
		assert_int_equal(outcome_of(gen_coroutine(&frame->gen)), 42);
		assert_null(stack_context_in_force());
	}
	assert_string_equal(log_text,
			    "StackContextInconsistentError StackContextInconsistentError");
	future_unref(future);
}

static struct gen *new_raising(void *self)
{
	(void)self;
	return &frame_new(raises)->gen;
}

/* The loop looks at what a callback returns: a failed coroutine is logged once. */
static void test_returned_future_is_watched(void **state)
{
	(void)state;
	ioloop_spawn_callback(loop, gen_coroutine_callback(new_raising, NULL, 1));
	turns();
	assert_int_equal(lines, 1);
	assert_non_null(strstr(logged, "Exception in callback"));
	assert_non_null(strstr(logged, "ValueError(in the body)"));
}

int main(void)
{
	generation_use(&generation_43);
#define GEN(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		GEN(test_done_futures_cost_no_turn),
		GEN(test_pending_future_costs_one),
		GEN(test_exception_before_a_yield),
		GEN(test_moment),
		GEN(test_list),
		GEN(test_empty_list),
		GEN(test_list_with_failures),
		GEN(test_dict_with_a_list),
		GEN(test_bad_yields),
		GEN(test_yield_points_in_a_list),
		GEN(test_yield_point_outside_of_a_runner),
		GEN(test_unknown_key),
		GEN(test_leaked_callback),
		GEN(test_exception_from_outside),
		GEN(test_nobody_resumes),
		GEN(test_nobody_calls_the_function),
		GEN(test_loop_goes_first),
		GEN(test_list_goes),
		GEN(test_engine),
		GEN(test_with_timeout),
		GEN(test_tasks),
		GEN(test_yield_in_a_context),
		GEN(test_returned_future_is_watched),
	};

	return cmocka_run_group_tests_name("gen43", tests, NULL, NULL);
}
