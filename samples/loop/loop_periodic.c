/*
 * loop_periodic.c - programs about PeriodicCallback.
 */
#include "core/ioloop_periodic.h"
#include "samples/loop/loop_internal.h"
#include "samples/loop/loop_kit.h"

static struct periodic_callback *series;
static int ticks;

/* Runs tick every so many milliseconds until it stops the loop. */
static int run_series(callback_call_fn *tick, int ms)
{
	struct callback *callback = callback_new(tick, NULL, NULL, emit_name("user.tick", "n:int"));

	ticks = 0;
	series = periodic_callback_new(callback, ms * INT64_C(1000000), ioloop_instance());
	periodic_callback_start(series);
	start();
	periodic_callback_free(series);
	return 0;
}

static void say_tick(void)
{
	ticks++;
	EMIT_NAMED(emit_name("user.tick", "n:int"), INT(ticks));
}

/* Watch: each call makes the timeout for the next one; stop() cancels one that has run. */
STEP(fin)
{
	say("fin");
	stop();
	return 0;
}

STEP(tick_thrice)
{
	say_tick();
	if (ticks == 3) {
		periodic_callback_stop(series);
		queue(fin);
	}
	return 0;
}

int periodic_three(void)
{
	return run_series(tick_thrice, 100);
}

/* Watch: an exception does not end the series. */
STEP(tick_raises)
{
	say_tick();
	if (ticks == 2)
		return exc_raise(EXC_VALUE_ERROR, "second");
	if (ticks == 3)
		stop();
	return 0;
}

int periodic_exception(void)
{
	return run_series(tick_raises, 50);
}
