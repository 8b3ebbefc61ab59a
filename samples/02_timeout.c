/*
 * 02_timeout.c - timeouts are a heap, and a late one is not an early one.
 *
 *     build/loopscope record -- build/samples/02_timeout
 *     build/loopscope steps loopscope.db
 *
 * Watch: three timeouts are set in the order 200, 100, 150 ms and run in the
 * order of their deadlines, but for the one that was cancelled.  Each poll is
 * bounded by the timeout at the head of the heap: that is all a timer is.
 */
#include <stdio.h>

#include "core/ioloop.h"
#include "core/v31/generation.h"
#include "trace/emit/emit.h"

#define MS(n) ((uint64_t)(n)*1000000)

static int tick(void *self, struct value *argument)
{
	(void)argument;
	EMIT_NAMED(emit_name("user.tick", "ms:int"), INT(*(int *)self));
	printf("%d ms\n", *(int *)self);
	return 0;
}

static int last(void *self, struct value *argument)
{
	int status = tick(self, argument);

	ioloop_stop(ioloop_current());
	return status;
}

static struct timeout *set(callback_call_fn *function, int *ms)
{
	struct ioloop *loop = ioloop_instance();

	return ioloop_add_timeout(
		loop, ioloop_time(loop) + MS(*ms),
		callback_new(function, ms, NULL, emit_name("user.tick", "ms:int")));
}

int main(void)
{
	generation_use(&generation_31);
	int ms[] = { 200, 100, 150 };
	struct timeout *slow = set(last, &ms[0]);
	struct timeout *fast = set(tick, &ms[1]);
	struct timeout *cancelled = set(tick, &ms[2]);

	ioloop_remove_timeout(ioloop_instance(), cancelled);
	ioloop_start(ioloop_instance());
	timeout_unref(slow);
	timeout_unref(fast);
	ioloop_instance_free();
	return 0;
}
