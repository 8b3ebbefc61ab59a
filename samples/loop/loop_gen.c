/*
 * loop_gen.c - programs about generators that wait for futures, one or several.
 */
#include "samples/loop/loop_gen_kit.h"
#include "samples/loop/loop_internal.h"

/* gen.coroutine(work)(), whose future nobody keeps. */
static void call(gen_body_fn *body)
{
	ioloop_instance(); /* its descriptors come first in the trace */
	future_unref(gen_coroutine(work_new("user.work", body)));
}

static int call_and_start(gen_body_fn *body)
{
	call(body);
	start();
	return 0;
}

/* Watch: the inner coroutine's value reaches the outer one a turn after it is there. */
static int inner(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_YIELD(gen, later(50, 20, NULL));
	GEN_RETURN(gen, VALUE_OF_INT(gen->sent->integer + 1));
	GEN_END(gen);
}

static int outer(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_YIELD(gen, gen_coroutine(work_new("user.inner", inner)));
	say_integer("user.got", "value:int", gen->sent->integer);
	stop();
	GEN_END(gen);
}

int gen_nested(void)
{
	ioloop_instance();
	future_unref(gen_coroutine(work_new("user.outer", outer)));
	start();
	return 0;
}

/* Watch: the exception of a future is thrown at the yield. */
static int catch_error(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_TRY_YIELD(gen, later(50, 0, exc_new(EXC_VALUE_ERROR, 0, "bad")));
	if (gen->thrown)
		say_text("user.caught", "exc:str", gen->thrown->text);
	stop();
	GEN_END(gen);
}

int gen_exception(void)
{
	return call_and_start(catch_error);
}

/* Watch: a future that is done costs a turn all the same in 3.1. */
static struct future *done_future(void)
{
	struct future *future = future_new();

	future_set_result(future, VALUE_OF_INT(3));
	return future;
}

static int wait_for_done(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_YIELD(gen, done_future());
	say_integer("user.got", "value:int", gen->sent->integer);
	queue_stop();
	GEN_END(gen);
}

int gen_done_future(void)
{
	call(wait_for_done);
	say("created");
	start();
	return 0;
}

/* Watch: what cannot be waited for is an exception at the yield. */
static int yield_number(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_TRY_YIELD_VALUE(gen, VALUE_OF_INT(5));
	if (gen->thrown)
		say_text("user.caught", "exc:str", exc_class_name(gen->thrown->class));
	queue_stop();
	GEN_END(gen);
}

int gen_bad_yield(void)
{
	return call_and_start(yield_number);
}

/* Watch: both timeouts run at the same time; each arrival asks the unfinished ones. */
static struct value two_later(int ms_a, struct exc *exc_a, int ms_b)
{
	struct value a = value_take_future(later(ms_a, 1, exc_a));

	return value_of_pair(a, value_take_future(later(ms_b, 2, NULL)));
}

static int wait_for_list(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_YIELD_VALUE(gen, two_later(100, NULL, 50));
	say_got_pair(gen->sent);
	stop();
	GEN_END(gen);
}

int gen_list(void)
{
	return call_and_start(wait_for_list);
}

/* Watch: the exception of one is thrown only when the other is there, too. */
static int catch_list_error(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_TRY_YIELD_VALUE(gen, two_later(50, exc_new(EXC_VALUE_ERROR, 0, "first"), 100));
	if (gen->thrown)
		say_text("user.caught", "exc:str", gen->thrown->text);
	stop();
	GEN_END(gen);
}

int gen_list_error(void)
{
	return call_and_start(catch_list_error);
}
