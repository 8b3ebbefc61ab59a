/*
 * loop_gen_new.c - programs about generators that only 4.3 can run: dicts, moment,
 * sleep and with_timeout.
 */
#include <stdlib.h>

#include "core/v43/gen.h"
#include "samples/loop/loop_gen_kit.h"
#include "samples/loop/loop_internal.h"

static int call_and_start(gen_body_fn *body)
{
	ioloop_instance(); /* its descriptors come first in the trace */
	future_unref(gen_coroutine(work_new("user.work", body)));
	start();
	return 0;
}

/* Watch: a dict is waited for as a list is; the values come under their keys. */
static struct value one_later(void)
{
	struct value dict = value_of_items(VALUE_DICT, 1);

	dict.items->at[0].key = "a";
	dict.items->at[0].value = value_take_future(later(100, 1, NULL));
	return dict;
}

static int wait_for_dict(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_YIELD_VALUE(gen, one_later());
	say_text("user.got", "value:str",
		 gen->sent->items->at[0].value.integer == 1 ? "{'a': 1}" : "{}");
	stop();
	GEN_END(gen);
}

int gen_dict(void)
{
	return call_and_start(wait_for_dict);
}

/* Watch: moment is done, and yet the callback that was queued before runs first. */
STEP(cb)
{
	say("cb");
	return 0;
}

static int give_way(struct gen *gen)
{
	GEN_BEGIN(gen);
	queue(cb);
	say("before");
	GEN_YIELD(gen, gen_moment());
	say("after");
	stop();
	GEN_END(gen);
}

int gen_moment_program(void)
{
	return call_and_start(give_way);
}

/* One of two generators with the same body; the last to end stops the loop. */
struct one_of_two {
	struct gen gen;
	const char *which;
	uint64_t duration;
	int n;
};
static int left;

static void call_one(gen_body_fn *body, const char *which, int ms)
{
	struct one_of_two *self = calloc(1, sizeof(*self));

	if (!self)
		abort();
	gen_init(&self->gen, body, emit_name("user.work", ""), NULL);
	self->which = which;
	self->duration = (uint64_t)ms * 1000000;
	future_unref(gen_coroutine(&self->gen));
}

static int call_two(gen_body_fn *body, const char *first, int first_ms, const char *second,
		    int second_ms)
{
	ioloop_instance();
	left = 2;
	call_one(body, first, first_ms);
	call_one(body, second, second_ms);
	start();
	return 0;
}

static void stop_if_last(void)
{
	if (--left == 0)
		stop();
}

/* Watch: each gives way after every step, so that their steps alternate. */
static int take_turns(struct gen *gen)
{
	struct one_of_two *self = (struct one_of_two *)gen;

	GEN_BEGIN(gen);
	for (self->n = 1; self->n <= 2; self->n++) {
		EMIT_NAMED(emit_name("user.step", "which:str n:int"), TEXT(self->which),
			   INT(self->n));
		GEN_YIELD(gen, gen_moment());
	}
	stop_if_last();
	GEN_END(gen);
}

int gen_moment_two(void)
{
	return call_two(take_turns, "a", 0, "b", 0);
}

/* Watch: nothing sleeps but the loop, in its poll. */
static int sleep_once(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_YIELD(gen, gen_sleep(50000000));
	say("woke");
	stop();
	GEN_END(gen);
}

int gen_sleep_program(void)
{
	return call_and_start(sleep_once);
}

/* Watch: two sleep at the same time; the poll is bounded by who wakes first. */
static int sleep_side_by_side(struct gen *gen)
{
	struct one_of_two *self = (struct one_of_two *)gen;

	GEN_BEGIN(gen);
	GEN_YIELD(gen, gen_sleep(self->duration));
	say_text("user.woke", "which:str", self->which);
	stop_if_last();
	GEN_END(gen);
}

int gen_sleep_two(void)
{
	return call_two(sleep_side_by_side, "slow", 100, "fast", 50);
}

/* with_timeout() of so many milliseconds; future is taken. */
static struct future *limited(int ms, struct future *future)
{
	uint64_t deadline = ioloop_time(ioloop_instance()) + (uint64_t)ms * 1000000;
	struct future *result = gen_with_timeout(deadline, future);

	future_unref(future);
	return result;
}

/* Watch: the wait ends, the operation does not: its timeout fires later all the same. */
STEP(fin)
{
	say("fin");
	stop();
	return 0;
}

static int give_up(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_TRY_YIELD(gen, limited(50, later(150, 1, NULL)));
	if (gen->thrown && gen->thrown->class == EXC_TIMEOUT_ERROR)
		say("timeout-error");
	timeout_unref(in_ms(200, fin));
	GEN_END(gen);
}

int gen_with_timeout_program(void)
{
	return call_and_start(give_up);
}

/* Watch: what comes in time takes the timeout away. */
static int be_in_time(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_YIELD(gen, limited(300, later(50, 9, NULL)));
	say_integer("user.got", "value:int", gen->sent->integer);
	stop();
	GEN_END(gen);
}

int gen_with_timeout_in_time(void)
{
	return call_and_start(be_in_time);
}
