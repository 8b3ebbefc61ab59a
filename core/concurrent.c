/*
 * concurrent.c - futures that know nothing of threads, and the executor that
 * runs what it is given on the spot.
 */
#include "core/concurrent.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "core/generation.h"
#include "core/ioloop.h"
#include "core/log.h"
#include "core/python/alloc.h"
#include "trace/emit/emit.h"

struct future {
	unsigned refs;
	uint64_t id;
	bool done;
	bool callbacks_gone; /* _callbacks is None: they all ran */
	bool unseen;         /* it has an exception that nobody looked at */
	uint64_t done_event;
	struct value result;
	struct exc *exc;             /* owned; NULL if it has a result */
	struct callback **callbacks; /* owned; run when it is done */
	size_t count;
	size_t room;
};

/* A future that no row tells of. */
static struct future *future_make(void)
{
	static _Atomic uint64_t last_id;
	struct future *future = core_alloc(sizeof(*future));

	future->refs = 1;
	future->id = atomic_fetch_add_explicit(&last_id, 1, memory_order_relaxed) + 1;
	return future;
}

struct future *future_new(void)
{
	struct future *future = future_make();

	if (generation()->kinds->future___init__)
		EMIT_NAMED(generation()->kinds->future___init__, OBJECT(future->id));
	return future;
}

struct future *future_new_done(void)
{
	struct future *future = future_make();

	future->done = future->callbacks_gone = true;
	return future;
}

struct future *future_ref(struct future *future)
{
	if (future)
		future->refs++;
	return future;
}

static void future_drop_callbacks(struct future *future)
{
	struct callback **callbacks = future->callbacks;
	size_t count = future->count;

	future->callbacks = NULL;
	future->count = future->room = 0;
	for (size_t i = 0; i < count; i++)
		callback_unref(callbacks[i]);
	free(callbacks);
}

/* What 4.3's _TracebackLogger does when the collector comes. */
static void future_report_unseen(const struct future *future)
{
	if (future->unseen && generation()->traits->reports_unseen_exceptions)
		log_message(LOG_LEVEL_ERROR, LOGGER_APPLICATION,
			    "Future exception was never retrieved: %s",
			    "Future exception was never retrieved: %s", exc_describe(future->exc));
}

void future_unref(struct future *future)
{
	if (!future || --future->refs)
		return;
	future_report_unseen(future);
	future_drop_callbacks(future);
	value_release(&future->result);
	exc_unref(future->exc);
	free(future);
}

static struct value future_value_copy(const struct value *value)
{
	return value_take_future(future_ref(value->future));
}

static void future_value_release(struct value *value)
{
	future_unref(value->future);
}

static uint64_t future_value_describe(const struct value *value)
{
	(void)value;
	return EMIT_VALUE(EMIT_VALUE_OBJECT, 0);
}

static const struct value_class future_class = {
	future_value_copy,
	future_value_release,
	future_value_describe,
};

struct value value_take_future(struct future *future)
{
	return (struct value){ .type = VALUE_FUTURE, .class = &future_class, .future = future };
}

uint64_t future_id(const struct future *future)
{
	return future->id;
}

bool future_done(const struct future *future)
{
	return future->done;
}

uint64_t future_done_event(const struct future *future)
{
	return future->done_event;
}

int future_result(struct future *future, struct value **result)
{
	future->unseen = false;
	if (!future->done)
		return exc_raise(EXC_EXCEPTION,
				 "DummyFuture does not support blocking for results");
	if (future->exc)
		return exc_raise_take(exc_ref(future->exc));
	*result = &future->result;
	return 0;
}

struct exc *future_exception(struct future *future)
{
	future->unseen = false;
	return future->exc;
}

/* cb(future), noting what made the callback due. */
static int future_call(struct future *future, struct callback *callback, uint64_t trigger)
{
	struct value argument = value_take_future(future_ref(future));
	int status;

	callback->triggered_by = trigger;
	status = callback_call(callback, &argument);
	value_release(&argument);
	return status;
}

/* An exception in a done callback: ends the rest with -1, or is logged and the rest goes on. */
static int future_callback_failed(void)
{
	struct exc *exc;

	if (!generation()->traits->futures_outlive_callback_errors)
		return -1;
	exc = exc_take();
	log_message(LOG_LEVEL_ERROR, LOGGER_APPLICATION, "Exception in callback %r for %r",
		    "Exception in callback for a future: %s", exc_describe(exc));
	exc_unref(exc);
	return 0;
}

/* _set_done.  resolver is the set_result or set_exception that it ends. */
static int future__set_done(struct future *future, uint64_t resolver)
{
	SPAN_OF(span, future__set_done, OBJECT(future->id), INT(future->count));

	future->done = true;
	future->done_event = resolver;
	if (future->callbacks_gone) {
		exc_raise(EXC_TYPE_ERROR, "'NoneType' object is not iterable");
		return SPAN_RAISED(span);
	}
	/* nothing is added meanwhile: add_done_callback calls at once from now on */
	for (size_t i = 0; i < future->count; i++)
		if (future_call(future, future->callbacks[i], resolver) < 0 &&
		    future_callback_failed() < 0)
			return SPAN_RAISED(span);
	future->callbacks_gone = true;
	future_drop_callbacks(future);
	return 0;
}

int future_set_result(struct future *future, struct value result)
{
	SPAN_OF(span, future_set_result, OBJECT(future->id), INT(value_describe(&result)));
	int status;

	future_ref(future);
	value_release(&future->result);
	future->result = result;
	status = future__set_done(future, span.id);
	future_unref(future);
	return SPAN_STATUS(span, status);
}

/* The exception is in its place; resolver is the call that put it there. */
static int future_fail(struct future *future, struct exc *exc, uint64_t resolver)
{
	int status;

	future_ref(future);
	exc_unref(future->exc);
	future->exc = exc;
	future->unseen = true;
	status = future__set_done(future, resolver);
	future_unref(future);
	return status;
}

/* Each of the two calls the other in one of the generations, which then does the work. */
int future_set_exception(struct future *future, struct exc *exc)
{
	SPAN_OF(span, future_set_exception, OBJECT(future->id), TEXT(exc_describe(exc)));

	if (generation()->traits->exc_info_is_primitive)
		return SPAN_STATUS(span, future_set_exc_info(future, exc));
	return SPAN_STATUS(span, future_fail(future, exc, span.id));
}

int future_set_exc_info(struct future *future, struct exc *exc)
{
	SPAN_OF(span, future_set_exc_info, OBJECT(future->id), TEXT(exc_describe(exc)));

	if (generation()->traits->exc_info_is_primitive)
		return SPAN_STATUS(span, future_fail(future, exc, span.id));
	return SPAN_STATUS(span, future_set_exception(future, exc));
}

int future_add_done_callback(struct future *future, struct callback *callback)
{
	SPAN_OF(span, future_add_done_callback, OBJECT(future->id), INT(future->done),
		FN(callback->function));
	int status = 0;

	callback->asked_by = span.id;
	if (!future->done) {
		future->callbacks = core_room_for_one(future->callbacks, future->count,
						      &future->room, sizeof(*future->callbacks));
		future->callbacks[future->count++] = callback;
		return 0;
	}
	status = future_call(future, callback, span.id);
	callback_unref(callback);
	return SPAN_STATUS(span, status);
}

/* chain_future's copy(); self is b. */
static int chain_future_copy(void *self, struct value *argument)
{
	SPAN(span, chain_future_copy);
	struct future *a = argument->future;

	if (future_done(self))
		return 0;
	if (future_exception(a))
		return SPAN_STATUS(span, future_set_exc_info(self, exc_ref(a->exc)));
	return SPAN_STATUS(span, future_set_result(self, value_copy(&a->result)));
}

static void chain_future_release(void *self)
{
	future_unref(self);
}

int chain_future(struct future *a, struct future *b)
{
	SPAN(span, chain_future, OBJECT(a->id), OBJECT(b->id));
	struct callback *copy = callback_new(chain_future_copy, future_ref(b), chain_future_release,
					     KIND_chain_future_copy);

	return SPAN_STATUS(span, future_add_done_callback(a, copy));
}

struct future *dummy_executor_submit(executor_fn *fn, void *self, uint64_t function)
{
	SPAN(span, DummyExecutor_submit, FN(function));
	struct future *future = future_new();
	struct value result = VALUE_OF_NONE;

	/* nobody else knows the future yet, so that no callback can raise here */
	if (fn(self, &result) < 0)
		future_set_exc_info(future, exc_take());
	else
		future_set_result(future, value_move(&result));
	value_release(&result);
	SPAN_RETURN_ROW(span, OBJECT(future->id));
	return future;
}

/* `lambda future: callback(future.result())`, under its name in traces. */
struct result_lambda {
	struct callback *callback; /* held by the lambda's callback */
	uint16_t kind;
};

static int result_lambda_call(void *self, struct value *argument)
{
	const struct result_lambda *lambda = self;
	struct value *result = NULL;
	struct emit_cause cause = callback_cause();
	struct value copy;
	int status;
	SPAN_NAMED_CAUSED(span, lambda->kind, &cause);

	if (future_result(argument->future, &result) < 0)
		return SPAN_RAISED(span);
	/* the callback may move it, and others may still ask the future */
	copy = value_copy(result);
	status = callback_call(lambda->callback, &copy);
	value_release(&copy);
	return SPAN_STATUS(span, status);
}

int future_call_with_result(struct ioloop *loop, struct future *future, struct callback *callback,
			    uint16_t kind)
{
	struct result_lambda *lambda;
	struct callback *wrapper;

	if (!callback)
		return 0;
	lambda = core_alloc(sizeof(*lambda));
	*lambda = (struct result_lambda){ callback, kind };
	wrapper =
		callback_new(result_lambda_call, lambda, free, emit_wrap(kind, callback->function));
	wrapper->inner = callback;
	return ioloop_add_future(loop, future, wrapper);
}

struct future *run_on_executor(struct ioloop *loop, executor_submit_fn *executor, executor_fn *fn,
			       void *self, uint64_t function, struct callback *callback)
{
	SPAN_OF(span, run_on_executor, FN(callback_function(callback)));
	struct future *future;

	if (!executor) {
		callback_unref(callback);
		exc_raise(EXC_ATTRIBUTE_ERROR, "'NoneType' object has no attribute 'submit'");
		(void)SPAN_RAISED(span);
		return NULL;
	}
	future = executor(fn, self, function);
	if (future_call_with_result(loop, future, callback,
				    generation()->kinds->run_on_executor_lambda) < 0) {
		future_unref(future);
		(void)SPAN_RAISED(span);
		return NULL;
	}
	return future;
}
