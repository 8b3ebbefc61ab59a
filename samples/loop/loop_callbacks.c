/*
 * loop_callbacks.c - programs about add_callback, start and stop.
 */
#include "samples/loop/loop_internal.h"

#include <pthread.h>

#include "samples/loop/loop_kit.h"

/* Watch: each callback runs one turn after the one that queued it. */
STEP(c)
{
	say("c");
	stop();
	return 0;
}

STEP(b)
{
	say("b");
	queue(c);
	return 0;
}

STEP(a)
{
	say("a");
	queue(b);
	say("a-end");
	return 0;
}

int callback_in_callback(void)
{
	queue(a);
	start();
	return 0;
}

/* Watch: they run in order, and an exception in one is logged and no more. */
STEP(four)
{
	say("four");
	stop();
	return 0;
}

STEP(three)
{
	say("three");
	queue(four);
	return 0;
}

STEP(two_raises)
{
	say("two");
	return exc_raise(EXC_VALUE_ERROR, "two");
}

STEP(one)
{
	say("one");
	return 0;
}

int callback_order(void)
{
	queue(one);
	loop_kit_queue("two", two_raises);
	queue(three);
	start();
	return 0;
}

/* Watch: the first add_callback before start() wakes the waker, the second does not. */
STEP(two)
{
	say("two");
	return 0;
}

STEP(fin)
{
	say("fin");
	stop();
	return 0;
}

int callback_before_start(void)
{
	queue(one);
	queue(two);
	timeout_unref(in_ms(100, fin));
	start();
	return 0;
}

/* Watch: a stop() that comes first makes start() return at once, once. */
STEP(cb)
{
	say("cb");
	stop();
	return 0;
}

int stop_before_start(void)
{
	queue(cb);
	stop();
	say("before-start-1");
	start();
	say("after-start-1");
	start();
	say("after-start-2");
	return 0;
}

/* Watch: after stop() the turn's other callbacks still run, later ones do not. */
STEP(later)
{
	say("later");
	return 0;
}

STEP(one_stops)
{
	say("one");
	queue(later);
	stop();
	return 0;
}

int stop_in_callback(void)
{
	loop_kit_queue("one", one_stops);
	queue(two);
	start();
	say("returned");
	return 0;
}

/* Watch: the turns of the second start() go on counting. */
STEP(last_one)
{
	say("one");
	stop();
	return 0;
}

STEP(last_two)
{
	say("two");
	stop();
	return 0;
}

int restart(void)
{
	loop_kit_queue("one", last_one);
	start();
	say("returned-1");
	loop_kit_queue("two", last_two);
	start();
	say("returned-2");
	return 0;
}

/* Watch: the loop sleeps in poll until a byte from another thread wakes it. */
static pthread_t other;

static void *other_calls_later(void *self)
{
	block_ms(150);
	queue(cb);
	return self;
}

STEP(first_starts_other)
{
	say("first");
	if (pthread_create(&other, NULL, other_calls_later, NULL) != 0)
		stop();
	return 0;
}

int thread_callback(void)
{
	loop_kit_queue("first", first_starts_other);
	start();
	pthread_join(other, NULL);
	return 0;
}

/* Watch: two callbacks from another thread, and one byte through the waker. */
STEP(c1)
{
	say("c1");
	return 0;
}

STEP(c2)
{
	say("c2");
	stop();
	return 0;
}

static void *other_calls_twice(void *self)
{
	queue(c1);
	queue(c2);
	return self;
}

STEP(first_waits_for_other)
{
	say("first");
	if (pthread_create(&other, NULL, other_calls_twice, NULL) != 0)
		stop();
	else
		pthread_join(other, NULL);
	say("joined");
	return 0;
}

int thread_callback_twice(void)
{
	loop_kit_queue("first", first_waits_for_other);
	start();
	return 0;
}

/* Watch: stop() from another thread writes to the waker, and that ends the poll. */
static void *other_stops(void *self)
{
	block_ms(50);
	stop();
	return self;
}

STEP(first_starts_stopper)
{
	say("first");
	if (pthread_create(&other, NULL, other_stops, NULL) != 0)
		stop();
	return 0;
}

int stop_from_thread(void)
{
	loop_kit_queue("first", first_starts_stopper);
	start();
	say("returned");
	pthread_join(other, NULL);
	return 0;
}
