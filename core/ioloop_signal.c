/*
 * ioloop_signal.c - how a signal reaches a loop: add_callback_from_signal, and
 * the byte that ends a poll which would sleep over it.
 */
#include "core/ioloop.h"

#include "core/generation.h"
#include "core/ioloop_internal.h"
#include "core/python/signals.h"
#include "core/stack_context.h"
#include "trace/emit/emit.h"

/*
 * The signal may come just before the loop goes to sleep; then the byte that
 * the kernel's handler writes keeps it awake.  A loop that another one of this
 * thread runs inside of leaves that byte to it.
 */
bool ioloop__take_signals(struct ioloop *loop)
{
	int before = signals_set_wakeup(loop->waker.writer);

	if (before >= 0)
		signals_set_wakeup(before);
	return before == -1;
}

void ioloop__leave_signals(bool taken)
{
	if (taken)
		signals_set_wakeup(-1);
}

/* Without the waker: in its own thread the loop is awake, the signal saw to that. */
static int ioloop_append_from_signal(struct ioloop *loop, struct callback *callback,
				     struct value argument, uint64_t asked_by)
{
	callback = stack_context_wrap(callback);
	pthread_mutex_lock(&loop->lock);
	ioloop__append(loop, callback, argument, asked_by);
	pthread_mutex_unlock(&loop->lock);
	return 0;
}

int ioloop_add_callback_from_signal(struct ioloop *loop, struct callback *callback,
				    struct value argument)
{
	SPAN(span, PollIOLoop_add_callback_from_signal, FN(callback->function));
	struct stack_contexts *saved = stack_context_null_enter();
	bool appends = generation()->traits->queues_signal_callbacks_directly &&
		       !ioloop__other_thread(loop);
	int status = appends ? ioloop_append_from_signal(loop, callback, argument, span.id)
			     : ioloop_add_callback(loop, callback, argument);

	stack_context_null_exit(saved);
	return SPAN_STATUS(span, status);
}
