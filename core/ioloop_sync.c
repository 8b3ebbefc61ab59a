/*
 * ioloop_sync.c - IOLoop.run_sync: a loop that runs for one function.
 */
#include <stdlib.h>

#include "core/generation.h"
#include "core/ioloop.h"
#include "core/python/alloc.h"
#include "core/value.h"
#include "trace/emit/emit.h"

/*
 * What run_sync() and its run() share: future_cell, and what to call.  A loop
 * that was stopped before its first turn keeps run() in its queue.
 */
struct run_sync {
	unsigned refs;
	struct ioloop *loop;
	run_sync_fn *fn;
	void *self;
	struct future *future; /* NULL until run() has run */
};

static void run_sync_unref(void *self)
{
	struct run_sync *sync = self;

	if (--sync->refs)
		return;
	future_unref(sync->future);
	free(sync);
}

static int stop(void *self, struct value *argument)
{
	(void)argument;
	ioloop_stop(self);
	return 0;
}

struct callback *ioloop_stop_callback(struct ioloop *loop)
{
	return callback_new(stop, loop, NULL, KIND_PollIOLoop_stop);
}

/* run()'s `lambda future: self.stop()`. */
static int run_sync_lambda(void *self, struct value *argument)
{
	struct emit_cause cause = callback_cause();
	SPAN_CAUSED(span, IOLoop_run_sync_run_lambda, &cause);

	(void)argument;
	ioloop_stop(self);
	return 0;
}

/* The future of what func() returned (moved); NULL = raised. */
static struct future *run_sync_future(struct value result)
{
	struct future *future;

	if (generation()->traits->run_sync_converts && result.type != VALUE_NONE)
		return generation()->gen.convert_yielded(result);
	if (result.type == VALUE_FUTURE)
		return result.future;
	future = future_new();
	future_set_result(future, result);
	return future;
}

/* func(), as a future in any case. */
static struct future *run_sync_call(struct run_sync *sync)
{
	struct value result = VALUE_OF_NONE;
	struct future *future = NULL;

	if (sync->fn(sync->self, &result) == 0)
		future = run_sync_future(result);
	if (future)
		return future;
	future = future_new();
	/* nobody knows it yet, so that no callback can raise */
	future_set_exc_info(future, exc_take());
	return future;
}

static int run_sync_run(void *self, struct value *argument)
{
	struct emit_cause cause = callback_cause();
	SPAN_CAUSED(span, IOLoop_run_sync_run, &cause);
	struct run_sync *sync = self;

	(void)argument;
	sync->future = run_sync_call(sync);
	return SPAN_STATUS(span, ioloop_add_future(sync->loop, sync->future,
						   callback_new(run_sync_lambda, sync->loop, NULL,
								KIND_IOLoop_run_sync_run_lambda)));
}

/* The result of a loop that has stopped, or why it has no result. */
static int run_sync_result(const struct run_sync *sync, int64_t limit, struct value *result)
{
	struct value *lent;

	if (!sync->future)
		return exc_raise(EXC_ATTRIBUTE_ERROR, "'NoneType' object has no attribute 'done'");
	if (!future_done(sync->future))
		return exc_raise(EXC_TIMEOUT_ERROR, "Operation timed out after %g seconds",
				 (double)limit / 1e9);
	if (future_result(sync->future, &lent) < 0)
		return -1;
	*result = value_copy(lent);
	return 0;
}

static uint64_t describe_limit(int64_t limit)
{
	return limit == RUN_SYNC_UNLIMITED ? EMIT_VALUE(EMIT_VALUE_NONE, 0)
					   : EMIT_VALUE(EMIT_VALUE_REAL, limit / 1000000);
}

int ioloop_run_sync(struct ioloop *loop, run_sync_fn *fn, void *self, uint64_t function,
		    int64_t limit, struct value *result)
{
	SPAN(span, IOLoop_run_sync, FN(function), INT(describe_limit(limit)));
	struct run_sync *sync = core_alloc(sizeof(*sync));
	struct timeout *timeout = NULL;
	int status;

	*sync = (struct run_sync){ .refs = 2, .loop = loop, .fn = fn, .self = self };
	status = ioloop_add_callback(loop,
				     callback_new(run_sync_run, sync, run_sync_unref,
						  emit_wrap(KIND_IOLoop_run_sync_run, function)),
				     VALUE_OF_NONE);
	if (status == 0 && limit != RUN_SYNC_UNLIMITED)
		timeout = ioloop_add_timeout(loop, ioloop_time(loop) + (uint64_t)limit,
					     ioloop_stop_callback(loop));
	if (status == 0)
		status = ioloop_start(loop);
	if (status == 0 && timeout)
		ioloop_remove_timeout(loop, timeout);
	else
		timeout_unref(timeout);
	if (status == 0)
		status = run_sync_result(sync, limit, result);
	run_sync_unref(sync);
	return SPAN_STATUS(span, status);
}
