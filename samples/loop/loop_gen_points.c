/*
 * loop_gen_points.c - programs about the yield points that are older than futures:
 * Task, Callback, Wait and WaitAll.
 */
#include "core/generation.h"
#include "samples/loop/loop_gen_kit.h"
#include "samples/loop/loop_internal.h"

static int call_coroutine(gen_body_fn *body)
{
	ioloop_instance(); /* its descriptors come first in the trace */
	future_unref(gen_coroutine(work_new("user.work", body)));
	start();
	return 0;
}

static int call_engine(gen_body_fn *body)
{
	ioloop_instance();
	if (gen_engine(work_new("user.work", body)) < 0)
		exc_clear();
	start();
	return 0;
}

/* Watch: the function gets a callback in place of the program's, and may keep it. */
static int operation(void *self, struct callback *callback)
{
	struct ioloop *loop = ioloop_instance();
	struct callback *answer;

	(void)self;
	say_integer("user.operation", "value:int", 41);
	answer = partial_new(callback, 42,
			     emit_wrap(emit_name("user.answer", ""), callback->function));
	callback_unref(callback);
	return ioloop_add_callback(loop, answer, VALUE_OF_NONE);
}

static int wait_for_task(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_YIELD_VALUE(gen, gen_task(operation, NULL, emit_name("user.operation", "")));
	say_integer("user.got", "value:int", gen->sent->integer);
	stop();
	GEN_END(gen);
}

int gen_task_program(void)
{
	return call_coroutine(wait_for_task);
}

/* Watch: one that calls back at once has the generator go on without a turn. */
static int operation_now(void *self, struct callback *callback)
{
	struct value now = value_from_bytes("now", 3);
	int status;

	(void)self;
	say("operation");
	status = callback_call(callback, &now);
	value_release(&now);
	callback_unref(callback);
	return status;
}

static int wait_for_task_now(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_YIELD_VALUE(gen, gen_task(operation_now, NULL, emit_name("user.operation", "")));
	say_text("user.got", "value:str", gen->sent->bytes.data);
	queue_stop();
	GEN_END(gen);
}

int gen_task_now(void)
{
	return call_coroutine(wait_for_task_now);
}

/* Watch: add_timeout takes a callback, so a task of it is a sleep. */
static int sleep_50_ms(void *self, struct callback *callback)
{
	struct ioloop *loop = ioloop_instance();

	(void)self;
	timeout_unref(ioloop_add_timeout(loop, ioloop_time(loop) + 50000000, callback));
	return 0;
}

static int sleep_as_task(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_YIELD_VALUE(gen, gen_task(sleep_50_ms, NULL, generation()->kinds->ioloop_add_timeout));
	say("woke");
	stop();
	GEN_END(gen);
}

int gen_task_timeout(void)
{
	return call_coroutine(sleep_as_task);
}

/* Watch: Callback gives a function at once; Wait stops at the key until it is called. */
/* The function that a yielded Callback gave; the frame keeps it until its call is arranged. */
static void keep_function(struct work *work, unsigned i)
{
	work->functions[i] = callback_ref(work->gen.sent->function);
}

static void call_kept(struct work *work, unsigned i, int ms, int64_t number)
{
	call_in_ms(ms, work->functions[i], number);
	callback_unref(work->functions[i]);
	work->functions[i] = NULL;
}

static int wait_for_key(struct gen *gen)
{
	struct work *work = (struct work *)gen;

	GEN_BEGIN(gen);
	work->keys[0] = gen_new_key();
	GEN_YIELD_VALUE(gen, gen_callback(work->keys[0]));
	keep_function(work, 0);
	say("has-callback");
	call_kept(work, 0, 50, 42);
	GEN_YIELD_VALUE(gen, gen_wait(work->keys[0]));
	say_integer("user.got", "value:int", gen->sent->integer);
	stop();
	GEN_END(gen);
}

int gen_callback_wait(void)
{
	return call_engine(wait_for_key);
}

/* Watch: the results come in the order of the keys, not of the calls. */
static int wait_for_keys(struct gen *gen)
{
	struct work *work = (struct work *)gen;

	GEN_BEGIN(gen);
	work->keys[0] = gen_new_key();
	GEN_YIELD_VALUE(gen, gen_callback(work->keys[0]));
	keep_function(work, 0);
	work->keys[1] = gen_new_key();
	GEN_YIELD_VALUE(gen, gen_callback(work->keys[1]));
	keep_function(work, 1);
	call_kept(work, 0, 100, 1);
	call_kept(work, 1, 50, 2);
	GEN_YIELD_VALUE(gen, gen_wait_all(work->keys, 2));
	say_got_pair(gen->sent);
	stop();
	GEN_END(gen);
}

int gen_wait_all_program(void)
{
	return call_engine(wait_for_keys);
}
