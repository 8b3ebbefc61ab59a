/*
 * ioloop_blocking.c - set_blocking_signal_threshold: who keeps the loop from its poll?
 *
 * An alarm runs whenever the loop does not sleep; if it goes off, a callback or a
 * handler takes longer than it should, and everybody else waits.  The original
 * logs the stack at that moment.  With us the signal is heeded when that callback
 * returns, so that the row stands where the stack would lead: inside of it.
 */
#include <errno.h>
#include <signal.h>
#include <sys/time.h>

#include "core/ioloop.h"
#include "core/ioloop_internal.h"
#include "core/log.h"
#include "core/python/signals.h"
#include "trace/emit/emit.h"

#define SECOND INT64_C(1000000000)

void ioloop__alarm(const struct ioloop *loop, bool on)
{
	int64_t left = on ? loop->blocking_threshold : 0;
	struct itimerval alarm = { .it_value = { left / SECOND, left % SECOND / 1000 } };

	if (loop->blocking_threshold)
		setitimer(ITIMER_REAL, &alarm, NULL);
}

/* log_stack() */
static int ioloop_log_stack(void *self, int number)
{
	const struct ioloop *loop = self;

	SPAN(span, IOLoop_log_stack, INT(loop->blocking_threshold));

	(void)number;
	log_message(LOG_LEVEL_WARNING, LOGGER_GENERAL, "IOLoop blocked for %f seconds in\n%s",
		    "IOLoop blocked for %f seconds", (double)loop->blocking_threshold / SECOND);
	return 0;
}

int ioloop__heed_alarm(const struct ioloop *loop)
{
	return loop->blocking_threshold ? signals_check() : 0;
}

int ioloop_set_blocking_signal_threshold(struct ioloop *loop, int64_t threshold, signals_fn *action,
					 void *self)
{
	if (threshold < 0)
		return -EINVAL;
	ioloop__alarm(loop, false);
	loop->blocking_threshold = threshold;
	return threshold ? signals_handle(SIGALRM, action, self) : 0;
}

int ioloop_set_blocking_log_threshold(struct ioloop *loop, int64_t threshold)
{
	return ioloop_set_blocking_signal_threshold(loop, threshold, ioloop_log_stack, loop);
}
