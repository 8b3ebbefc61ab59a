/*
 * loop_signals.c - programs about signals that come while the loop sleeps.
 *
 * Watch in all of them: the poll ends with EINTR and found nothing; the byte
 * that the kernel's handler wrote is what the next poll finds.
 */
#include <signal.h>
#include <sys/time.h>

#include "core/python/signals.h"
#include "samples/loop/loop_internal.h"
#include "samples/loop/loop_kit.h"

/* Runs the loop with SIGALRM coming after 0.1 s. */
static void start_with_alarm(signals_fn *on_signal)
{
	const struct itimerval alarm = { .it_value.tv_usec = 100000 };

	signals_handle(SIGALRM, on_signal, NULL);
	setitimer(ITIMER_REAL, &alarm, NULL);
	start();
}

/* Watch: the timeout is not disturbed. */
static int only_say(void *self, int number)
{
	(void)self, (void)number;
	say("signal");
	return 0;
}

STEP(t1)
{
	say("t1");
	stop();
	return 0;
}

int signal_eintr(void)
{
	timeout_unref(in_ms(250, t1));
	start_with_alarm(only_say);
	return 0;
}

/* Watch: the callback is queued without the waker, and runs in the next turn. */
STEP(cb)
{
	say("cb");
	stop();
	return 0;
}

static int add_callback(void *self, int number)
{
	(void)self, (void)number;
	say("signal");
	return ioloop_add_callback_from_signal(
		ioloop_instance(), callback_new(cb, NULL, NULL, emit_name("user.cb", "")),
		VALUE_OF_NONE);
}

int signal_callback(void)
{
	start_with_alarm(add_callback);
	say("returned");
	return 0;
}

/* Watch: stop() in the handler ends the loop in its next turn. */
static int say_and_stop(void *self, int number)
{
	(void)self, (void)number;
	say("signal");
	stop();
	return 0;
}

int signal_stop(void)
{
	start_with_alarm(say_and_stop);
	say("returned");
	return 0;
}
