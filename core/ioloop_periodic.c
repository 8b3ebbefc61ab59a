/*
 * ioloop_periodic.c - PeriodicCallback: a timeout that makes the next one.
 */
#include "core/ioloop_periodic.h"

#include <stdbool.h>
#include <stdlib.h>

#include "core/generation.h"
#include "core/ioloop_internal.h"
#include "core/log.h"
#include "core/python/alloc.h"
#include "trace/emit/emit.h"

struct periodic_callback {
	struct ioloop *loop;
	struct callback *callback; /* owned */
	int64_t every;
	int64_t next;            /* _next_timeout, loop time */
	struct timeout *timeout; /* the last one made, also after it ran; a reference or NULL */
	bool running;
};

struct periodic_callback *periodic_callback_new(struct callback *callback, int64_t every,
						struct ioloop *loop)
{
	SPAN(span, PeriodicCallback___init__, FN(callback->function), INT(every));
	struct periodic_callback *periodic;

	if (every <= 0) {
		callback_unref(callback);
		exc_raise(EXC_VALUE_ERROR, "Periodic callback must have a positive callback_time");
		(void)SPAN_RAISED(span);
		return NULL;
	}
	periodic = core_alloc(sizeof(*periodic));
	periodic->loop = loop ? loop : ioloop_current();
	periodic->callback = callback;
	periodic->every = every;
	return periodic;
}

void periodic_callback_free(struct periodic_callback *periodic)
{
	if (!periodic)
		return;
	if (periodic->timeout)
		timeout_heap_cancel(&periodic->loop->timeouts, periodic->timeout);
	timeout_unref(periodic->timeout);
	callback_unref(periodic->callback);
	free(periodic);
}

static int run_and_schedule(void *self, struct value *argument);

/* _schedule_next: the first whole interval that is still to come. */
static void schedule_next(struct periodic_callback *periodic)
{
	SPAN(span, PeriodicCallback__schedule_next);
	int64_t now = (int64_t)ioloop_time(periodic->loop);

	if (!periodic->running)
		return;
	if (periodic->next <= now)
		periodic->next += ((now - periodic->next) / periodic->every + 1) * periodic->every;
	timeout_unref(periodic->timeout);
	periodic->timeout = ioloop_add_timeout(
		periodic->loop, (uint64_t)periodic->next,
		callback_new(run_and_schedule, periodic, NULL, KIND_PeriodicCallback__run));
}

/* Says what the callback raised; the series goes on. */
static void report_error(const struct periodic_callback *periodic)
{
	struct exc *exc;

	if (generation()->traits->reports_periodic_errors_as_callbacks) {
		ioloop__handle_callback_exception(periodic->callback->function);
		return;
	}
	exc = exc_take();
	log_message(LOG_LEVEL_ERROR, LOGGER_APPLICATION, "Error in periodic callback",
		    "Error in periodic callback: %s", exc_describe(exc));
	exc_unref(exc);
}

/* _run */
static int run_and_schedule(void *self, struct value *argument)
{
	struct emit_cause cause = callback_cause();
	SPAN_CAUSED(span, PeriodicCallback__run, &cause);
	struct periodic_callback *periodic = self;

	if (!periodic->running)
		return 0;
	if (callback_forward(periodic->callback, argument) < 0)
		report_error(periodic);
	schedule_next(periodic);
	return 0;
}

void periodic_callback_start(struct periodic_callback *periodic)
{
	SPAN(span, PeriodicCallback_start);

	periodic->running = true;
	periodic->next = (int64_t)ioloop_time(periodic->loop);
	schedule_next(periodic);
}

void periodic_callback_stop(struct periodic_callback *periodic)
{
	SPAN(span, PeriodicCallback_stop);
	struct timeout *timeout = periodic->timeout;

	periodic->running = false;
	periodic->timeout = NULL;
	if (timeout)
		ioloop_remove_timeout(periodic->loop, timeout);
}
