/*
 * gen_sleep.c - gen.moment, gen.sleep and gen.with_timeout: futures about time.
 */
#include <stdlib.h>

#include "core/log.h"
#include "core/python/alloc.h"
#include "core/v43/gen.h"
#include "core/v43/gen_runner.h"
#include "core/v43/ioloop.h"
#include "trace/emit/emit.h"

static struct future *moment;

struct future *gen_moment(void)
{
	if (!moment)
		moment = future_new_done();
	return future_ref(moment);
}

bool v43_is_moment(const struct future *future)
{
	return future == moment;
}

static void release_future(void *self)
{
	future_unref(self);
}

/* sleep's `lambda: f.set_result(None)`. */
static int sleep_lambda(void *self, struct value *argument)
{
	struct emit_cause cause = callback_cause();
	SPAN_CAUSED(span, sleep_lambda, &cause);

	(void)argument;
	return SPAN_STATUS(span, future_set_result(self, VALUE_OF_NONE));
}

struct future *gen_sleep(uint64_t duration)
{
	SPAN(span, sleep, INT(duration));
	struct future *future = future_new();

	timeout_unref(ioloop_call_later(
		ioloop_current(), (int64_t)duration,
		callback_new(sleep_lambda, future_ref(future), release_future, KIND_sleep_lambda)));
	return future;
}

/* What with_timeout's timeout_callback() closes over. */
struct with_timeout {
	struct future *result; /* a reference */
	struct future *future; /* a reference, until the timeout fires: it holds the timeout */
};

static void with_timeout_release(void *closure)
{
	struct with_timeout *self = closure;

	future_unref(self->result);
	future_unref(self->future);
	free(self);
}

/* What its lambda closes over. */
struct with_timeout_handle {
	struct ioloop *loop;
	struct timeout *timeout; /* timeout_handle, a reference; NULL once it is given back */
};

static void with_timeout_handle_release(void *closure)
{
	struct with_timeout_handle *handle = closure;

	timeout_unref(handle->timeout);
	free(handle);
}

/* Nobody waits any more, so that a failure can only be logged. */
static int with_timeout_error_callback(void *self, struct value *argument)
{
	SPAN(span, with_timeout_error_callback);
	struct value *result;
	struct exc *exc;

	(void)self;
	if (future_result(argument->future, &result) == 0)
		return 0;
	exc = exc_take();
	log_message(LOG_LEVEL_ERROR, LOGGER_APPLICATION, "Exception in Future %r after timeout",
		    "Exception in a future after its timeout: %s", exc_describe(exc));
	exc_unref(exc);
	return 0;
}

static int with_timeout_timeout_callback(void *closure, struct value *argument)
{
	struct emit_cause cause = callback_cause();
	SPAN_CAUSED(span, with_timeout_timeout_callback, &cause);
	struct with_timeout *self = closure;
	struct future *future = self->future;
	int status;

	(void)argument;
	self->future = NULL;
	status = future_set_exception(self->result, exc_new(EXC_TIMEOUT_ERROR, 0, "Timeout"));
	if (status == 0)
		status = future_add_done_callback(
			future, callback_new(with_timeout_error_callback, NULL, NULL,
					     KIND_with_timeout_error_callback));
	future_unref(future);
	return SPAN_STATUS(span, status);
}

/* with_timeout's `lambda future: io_loop.remove_timeout(timeout_handle)`. */
static int with_timeout_lambda(void *closure, struct value *argument)
{
	SPAN(span, with_timeout_lambda);
	struct with_timeout_handle *handle = closure;
	struct timeout *timeout = handle->timeout;

	(void)argument;
	handle->timeout = NULL;
	ioloop_remove_timeout(handle->loop, timeout);
	return 0;
}

struct future *gen_with_timeout(uint64_t deadline, struct future *future)
{
	SPAN(span, with_timeout, OBJECT(future_id(future)));
	struct with_timeout *self = core_alloc(sizeof(*self));
	struct with_timeout_handle *handle = core_alloc(sizeof(*handle));
	struct future *result = future_new();
	int status = chain_future(future, result);

	*self = (struct with_timeout){ future_ref(result), future_ref(future) };
	handle->loop = ioloop_current();
	handle->timeout = ioloop_add_timeout(handle->loop, deadline,
					     callback_new(with_timeout_timeout_callback, self,
							  with_timeout_release,
							  KIND_with_timeout_timeout_callback));
	/* a done future takes the timeout away at once */
	if (future_add_done_callback(future, callback_new(with_timeout_lambda, handle,
							  with_timeout_handle_release,
							  KIND_with_timeout_lambda)) < 0)
		status = -1;
	if (status == 0)
		return result;
	future_unref(result);
	(void)SPAN_RAISED(span);
	return NULL;
}
