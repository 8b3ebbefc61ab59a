/*
 * loop_sync.c - programs about run_sync: a loop that runs for one function.
 */
#include "core/generation.h"
#include "samples/loop/loop_gen_kit.h"
#include "samples/loop/loop_internal.h"

/* Watch: run_sync starts the loop, and stops it when the coroutine's future is done. */
static int main_body(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_YIELD(gen, later(50, 7, NULL));
	say_integer("user.got", "bytes:int", gen->sent->integer);
	GEN_RETURN(gen, VALUE_OF_INT(gen->sent->integer + 1));
	GEN_END(gen);
}

/* A run_sync_fn: the call of a coroutine. */
static int call_coroutine(void *self, struct value *result)
{
	struct future *future = gen_coroutine(self);

	*result = gen_future(future);
	return future ? 0 : -1;
}

static int run_main(gen_body_fn *body, int64_t limit, struct value *result)
{
	struct gen *gen = work_new("user.main", body);

	return ioloop_run_sync(ioloop_instance(), call_coroutine, gen,
			       emit_wrap(generation()->kinds->coroutine, gen->function), limit,
			       result);
}

int run_sync(void)
{
	struct value result = VALUE_OF_NONE;

	if (run_main(main_body, RUN_SYNC_UNLIMITED, &result) < 0)
		exc_clear();
	say_integer("user.result", "bytes:int", result.integer);
	return 0;
}

static void say_caught(void)
{
	struct exc *exc = exc_take();

	say_text("user.caught", "exc:str", exc_class_name(exc->class));
	exc_unref(exc);
}

/* Watch: the limit is a timeout that stops the loop; the coroutine is left where it is. */
static int slow_body(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_YIELD(gen, later(300, 7, NULL));
	GEN_END(gen);
}

int run_sync_timeout(void)
{
	struct value result = VALUE_OF_NONE;

	if (run_main(slow_body, 100000000, &result) < 0)
		say_caught();
	value_release(&result);
	return 0;
}

/* Watch: an exception of the function becomes a future's, and comes out of run_sync. */
static int raise_at_once(void *self, struct value *result)
{
	(void)self, (void)result;
	say("main");
	return exc_raise(EXC_VALUE_ERROR, "main");
}

int run_sync_exception(void)
{
	struct value result = VALUE_OF_NONE;

	if (ioloop_run_sync(ioloop_instance(), raise_at_once, NULL, emit_name("user.main", ""),
			    RUN_SYNC_UNLIMITED, &result) < 0)
		say_caught();
	return 0;
}
