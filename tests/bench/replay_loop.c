/*
 * replay_loop.c - a loop that is busy for as long as it is told.
 *
 *     loopscope record -- replay_loop TURNS
 *
 * Each turn runs a callback that queues itself again; every tenth sets a
 * timeout and cancels the one before, every hundredth lets one fire and
 * resolves the future of a coroutine that waits for it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/gen.h"
#include "core/ioloop.h"
#include "core/v31/generation.h"

static struct ioloop *loop;
static long turns;
static struct timeout *cancelled;

struct waiting {
	struct gen gen;
	int ms;
	struct future *done;
};
static const struct gen_local locals[] = { GEN_LOCAL(struct waiting, GEN_INT, ms), { 0 } };

static int resolve(void *future, struct value *argument)
{
	(void)argument;
	return future_set_result(future, VALUE_OF_INT(1));
}

static void release_future(void *future)
{
	future_unref(future);
}

static int wait_a_moment(struct gen *gen)
{
	struct waiting *self = (struct waiting *)gen;

	GEN_BEGIN(gen);
	self->done = future_new();
	timeout_unref(ioloop_add_timeout(
		loop, ioloop_time(loop),
		callback_new(resolve, future_ref(self->done), release_future, KIND_user_call)));
	GEN_YIELD(gen, self->done);
	GEN_END(gen);
}

static void start_waiting(void)
{
	struct waiting *self = calloc(1, sizeof(*self));

	if (!self)
		abort();
	gen_init(&self->gen, wait_a_moment, KIND_user_call, locals);
	future_unref(gen_coroutine(&self->gen));
}

static int nothing(void *self, struct value *argument)
{
	(void)self;
	(void)argument;
	return 0;
}

static void set_and_cancel(void)
{
	struct timeout *fresh =
		ioloop_add_timeout(loop, ioloop_time(loop) + UINT64_C(60000000000),
				   callback_new(nothing, NULL, NULL, KIND_user_call));

	if (cancelled)
		ioloop_remove_timeout(loop, cancelled);
	cancelled = fresh;
}

static int again(void *self, struct value *argument)
{
	(void)self;
	(void)argument;
	if (turns-- <= 0) {
		ioloop_stop(loop);
		return 0;
	}
	if (turns % 10 == 0)
		set_and_cancel();
	if (turns % 100 == 0)
		start_waiting();
	return ioloop_add_callback(loop, callback_new(again, NULL, NULL, KIND_user_call),
				   VALUE_OF_NONE);
}

int main(int argc, char **argv)
{
	generation_use(&generation_31);
	turns = argc > 1 ? atol(argv[1]) : 1000;
	loop = ioloop_instance();
	if (ioloop_add_callback(loop, callback_new(again, NULL, NULL, KIND_user_call),
				VALUE_OF_NONE) < 0 ||
	    ioloop_start(loop) < 0)
		return 1;
	timeout_unref(cancelled);
	ioloop_instance_free();
	return 0;
}
