/*
 * loop_new.c - programs about what IOLoop has since 4.0: call_later and
 * spawn_callback.
 */
#include "core/v43/ioloop.h"
#include "samples/loop/loop_gen_kit.h"
#include "samples/loop/loop_internal.h"

/* Has step called, as "user.name", in so many milliseconds; the handle is the caller's. */
static struct timeout *call_later_ms(int ms, callback_call_fn *step, const char *name)
{
	return ioloop_call_later(ioloop_instance(), ms * INT64_C(1000000),
				 callback_new(step, NULL, NULL, emit_name(name, "")));
}

/* Watch: call_later comes down to call_at, as add_timeout does. */
STEP(t1)
{
	say_integer("user.t1", "bytes:int", 1);
	return 0;
}

STEP(t2)
{
	say_integer("user.t2", "bytes:int", 2);
	stop();
	return 0;
}

int call_later(void)
{
	timeout_unref(call_later_ms(100, t2, "user.t2"));
	timeout_unref(call_later_ms(50, t1, "user.t1"));
	start();
	return 0;
}

/* Watch: the cancelled timeout bounds no poll: the turn that comes first drops it. */
STEP(never)
{
	say("t1");
	return 0;
}

STEP(t2_stops)
{
	say("t2");
	stop();
	return 0;
}

int call_later_cancel(void)
{
	struct timeout *first = call_later_ms(50, never, "user.t1");

	timeout_unref(call_later_ms(100, t2_stops, "user.t2"));
	ioloop_remove_timeout(ioloop_instance(), first);
	start();
	return 0;
}

/* Watch: the loop watches the coroutine's future, for nobody else does. */
static int worker(struct gen *gen)
{
	GEN_BEGIN(gen);
	say("worker");
	GEN_YIELD(gen, later(50, 1, NULL));
	say("worker-end");
	stop();
	GEN_END(gen);
}

static struct gen *new_worker(void *self)
{
	(void)self;
	return work_new("user.worker", worker);
}

int spawn_callback(void)
{
	struct callback *callback =
		gen_coroutine_callback(new_worker, NULL, emit_name("user.worker", ""));

	if (ioloop_spawn_callback(ioloop_instance(), callback) < 0)
		exc_clear();
	start();
	return 0;
}
