/*
 * 01_callback.c - "later" means the next turn.
 *
 *     build/loopscope record -- build/samples/01_callback
 *     build/loopscope steps loopscope.db
 *
 * Watch: `first` queues `second` and goes on; `second` runs only after `first`
 * has returned, in turn 2.  And before it the loop polls with a timeout of 0,
 * since something is waiting.
 */
#include <stdio.h>

#include "core/ioloop.h"
#include "core/v31/generation.h"
#include "trace/emit/emit.h"

static int second(void *loop, struct value *argument)
{
	SPAN_NAMED(span, emit_name("user.second", ""));

	(void)argument;
	puts("second");
	ioloop_stop(loop);
	return 0;
}

static int first(void *loop, struct value *argument)
{
	SPAN_NAMED(span, emit_name("user.first", ""));

	(void)argument;
	puts("first begins");
	ioloop_add_callback(loop, callback_new(second, loop, NULL, emit_name("user.second", "")),
			    VALUE_OF_NONE);
	puts("first ends");
	return 0;
}

int main(void)
{
	generation_use(&generation_31);
	struct ioloop *loop = ioloop_instance();

	ioloop_add_callback(loop, callback_new(first, loop, NULL, emit_name("user.first", "")),
			    VALUE_OF_NONE);
	ioloop_start(loop);
	ioloop_instance_free();
	return 0;
}
