/*
 * ioloop.c - IOLoop.call_at, IOLoop.call_later and IOLoop.spawn_callback.
 */
#include "core/v43/ioloop.h"

#include "core/ioloop_internal.h"
#include "core/stack_context.h"
#include "trace/emit/emit.h"

struct timeout *ioloop_call_at(struct ioloop *loop, uint64_t deadline, struct callback *callback)
{
	struct timeout *timeout =
		timeout_heap_add(&loop->timeouts, (int64_t)deadline, stack_context_wrap(callback));

	ioloop__tell_call_at(loop, timeout);
	return timeout;
}

struct timeout *ioloop_call_later(struct ioloop *loop, int64_t delay, struct callback *callback)
{
	int64_t deadline = (int64_t)ioloop_time(loop) + delay;
	struct timeout *timeout =
		timeout_heap_add(&loop->timeouts, deadline, stack_context_wrap(callback));
	SPAN(span, IOLoop_call_later, OBJECT(timeout->id), INT(delay),
	     FN(timeout->callback->function));

	ioloop__tell_call_at(loop, timeout);
	return timeout;
}

int ioloop_spawn_callback(struct ioloop *loop, struct callback *callback)
{
	SPAN(span, IOLoop_spawn_callback, FN(callback->function));
	struct stack_contexts *saved = stack_context_null_enter();
	int status = ioloop_add_callback(loop, callback, VALUE_OF_NONE);

	stack_context_null_exit(saved);
	return SPAN_STATUS(span, status);
}
