/*
 * loop_timeouts.c - programs about add_timeout.
 */
#include "samples/loop/loop_internal.h"

#include "samples/loop/loop_kit.h"

STEP(t1)
{
	say("t1");
	return 0;
}

STEP(t2)
{
	say("t2");
	return 0;
}

STEP(t3)
{
	say("t3");
	stop();
	return 0;
}

/* Watch: what poll is bounded by is always the earliest deadline. */
int timeout_order(void)
{
	timeout_unref(in_ms(200, t2));
	timeout_unref(in_ms(300, t3));
	timeout_unref(in_ms(100, t1));
	start();
	return 0;
}

/* Watch: a cancelled timeout stays in the heap, and never bounds a poll. */
STEP(t2_stops)
{
	say("t2");
	stop();
	return 0;
}

int timeout_cancelled(void)
{
	struct timeout *first = in_ms(100, t1);

	timeout_unref(loop_kit_in_ms("t2", t2_stops, 200));
	ioloop_remove_timeout(ioloop_instance(), first);
	start();
	return 0;
}

/* Watch: all that is overdue runs in one turn, also what is added meanwhile. */
STEP(t2_adds_t3)
{
	say("t2");
	timeout_unref(in_ms(-1000, t3));
	return 0;
}

int timeout_past(void)
{
	timeout_unref(loop_kit_in_ms("t2", t2_adds_t3, -5000));
	timeout_unref(in_ms(-10000, t1));
	start();
	return 0;
}

/* Watch: t1 and t2 are both due after the long callback, but t1 cancels t2. */
static struct timeout *second;

STEP(t1_cancels_t2)
{
	say("t1");
	ioloop_remove_timeout(ioloop_instance(), second);
	return 0;
}

STEP(block)
{
	say("block");
	block_ms(250);
	return 0;
}

int timeout_cancel_other(void)
{
	timeout_unref(loop_kit_in_ms("t1", t1_cancels_t2, 100));
	second = in_ms(150, t2);
	timeout_unref(in_ms(500, t3));
	queue(block);
	start();
	return 0;
}

/* Watch: callbacks first, then the timeout that became due while they ran. */
STEP(fromtimeout)
{
	say("fromtimeout");
	stop();
	return 0;
}

STEP(t1_queues)
{
	say("t1");
	queue(fromtimeout);
	return 0;
}

STEP(cb2)
{
	say("cb2");
	return 0;
}

STEP(cb1)
{
	say("cb1");
	queue(cb2);
	block_ms(200);
	return 0;
}

int timeout_vs_callback(void)
{
	timeout_unref(loop_kit_in_ms("t1", t1_queues, 100));
	queue(cb1);
	start();
	return 0;
}

/* Watch: the first deadline bounds the poll, then the second does. */
int timer_bounds_poll(void)
{
	timeout_unref(loop_kit_in_ms("t2", t2_stops, 500));
	timeout_unref(in_ms(50, t1));
	start();
	return 0;
}

/* Watch: nothing to do for almost a second, and not one turn in it. */
STEP(t1_stops)
{
	say("t1");
	stop();
	return 0;
}

int idle_second(void)
{
	timeout_unref(loop_kit_in_ms("t1", t1_stops, 900));
	start();
	return 0;
}

/* Watch: a callback that a timeout queued makes the poll one that does not wait. */
STEP(timer_cb)
{
	say("cb");
	stop();
	return 0;
}

STEP(timer_t1)
{
	say("t1");
	loop_kit_queue("cb", timer_cb);
	return 0;
}

int timer_adds_callback(void)
{
	timeout_unref(loop_kit_in_ms("t1", timer_t1, 50));
	start();
	return 0;
}

/* Watch: an exception in a timeout is logged, and the next one comes all the same. */
STEP(t1_raises)
{
	say("t1");
	return exc_raise(EXC_KEY_ERROR, "t1");
}

int callback_exception_in_timeout(void)
{
	timeout_unref(loop_kit_in_ms("t1", t1_raises, 50));
	timeout_unref(loop_kit_in_ms("t2", t2_stops, 100));
	start();
	return 0;
}

/* Watch: to remove a timeout that has run is allowed, and changes nothing. */
static struct timeout *fired;

STEP(t2_removes_fired)
{
	say("t2");
	ioloop_remove_timeout(ioloop_instance(), fired);
	say("no-error");
	stop();
	return 0;
}

int timeout_remove_fired(void)
{
	fired = in_ms(50, t1);
	timeout_unref(loop_kit_in_ms("t2", t2_removes_fired, 100));
	start();
	return 0;
}
