/*
 * loop_blocking.c - a program about a callback that keeps the loop too long.
 */
#include "samples/loop/loop_internal.h"
#include "samples/loop/loop_kit.h"

#define MS INT64_C(1000000)

/* Watch: the row of log_stack stands inside of the callback that blocks, once. */
STEP(blocks)
{
	say("blocks");
	block_ms(50);
	stop();
	return 0;
}

int blocked_turn(void)
{
	struct ioloop *loop = ioloop_instance();

	if (ioloop_set_blocking_log_threshold(loop, 10 * MS) < 0)
		return 2;
	/* a timeout, since the first alarm is set when the first poll is over */
	timeout_unref(in_ms(20, blocks));
	start();
	return ioloop_set_blocking_log_threshold(loop, 0) < 0 ? 2 : 0;
}
