/*
 * company.c - timers, a handler of SIGUSR1 and an alarm beside the fetches.
 */
#include "samples/client/company.h"

#include <signal.h>
#include <stddef.h>

#include "core/ioloop.h"
#include "core/ioloop_periodic.h"
#include "core/python/signals.h"
#include "samples/client/plan.h"
#include "trace/emit/emit.h"

static int say(uint16_t function)
{
	EMIT_NAMED(function);
	return 0;
}

static int on_timer(void *self, struct value *argument)
{
	(void)self, (void)argument;
	return say(emit_name("user.timer", ""));
}

static int on_tick(void *self, struct value *argument)
{
	(void)self, (void)argument;
	return say(emit_name("user.tick", ""));
}

static int on_signal_callback(void *self, struct value *argument)
{
	(void)self, (void)argument;
	return say(emit_name("user.signal_callback", ""));
}

static enum scenario_on_signal does;
static struct periodic_callback *ticking;

static int on_signal(void *self, int number)
{
	struct ioloop *loop = ioloop_current();

	(void)self, (void)number;
	say(emit_name("user.signal", ""));
	if (does == SCENARIO_SIGNAL_STOP)
		ioloop_stop(loop);
	if (does != SCENARIO_SIGNAL_CALLBACK)
		return 0;
	return ioloop_add_callback_from_signal(
		loop,
		callback_new(on_signal_callback, NULL, NULL, emit_name("user.signal_callback", "")),
		VALUE_OF_NONE);
}

/* How regularly it comes tells whether the loop is free meanwhile. */
static void start_ticking(uint64_t interval)
{
	ticking =
		periodic_callback_new(callback_new(on_tick, NULL, NULL, emit_name("user.tick", "")),
				      (int64_t)interval, NULL);
	periodic_callback_start(ticking);
}

void company_invite(const struct plan *plan)
{
	if (plan->blocking_threshold)
		ioloop_set_blocking_log_threshold(ioloop_current(), plan->blocking_threshold);
	does = plan->on_signal;
	if (does != SCENARIO_SIGNAL_UNHANDLED)
		signals_handle(SIGUSR1, on_signal, NULL);
	if (plan->timer) {
		struct ioloop *loop = ioloop_current();

		timeout_unref(ioloop_add_timeout(
			loop, ioloop_time(loop) + plan->timer,
			callback_new(on_timer, NULL, NULL, emit_name("user.timer", ""))));
	}
	if (plan->tick)
		start_ticking(plan->tick);
}

void company_leave(void)
{
	periodic_callback_free(ticking);
	ticking = NULL;
	ioloop_set_blocking_log_threshold(ioloop_current(), 0);
}
