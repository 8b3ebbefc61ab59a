/*
 * ioloop_run.c - PollIOLoop.start: the turns of the loop.
 *
 * A turn runs the callbacks that were queued before it, then the timeouts that
 * are due, then polls and calls the handlers of what is ready.  Callbacks that
 * are queued meanwhile wait for the next turn, so that sockets cannot starve.
 */
#include "core/ioloop.h"

#include <errno.h>
#include <stdlib.h>

#include "core/generation.h"
#include "core/ioloop_internal.h"
#include "core/log.h"
#include "core/platform/descriptor.h"
#include "core/python/alloc.h"
#include "core/python/signals.h"
#include "trace/emit/emit.h"

void ioloop__handle_callback_exception(uint64_t function)
{
	struct exc *exc = exc_take();
	SPAN(span, IOLoop_handle_callback_exception, FN(function), TEXT(exc_describe(exc)));

	log_message(LOG_LEVEL_ERROR, LOGGER_APPLICATION, "Exception in callback %r",
		    "Exception in callback: %s", exc_describe(exc));
	exc_unref(exc);
}

/* _run_callback's `lambda f: f.result()`: raises what went wrong, to have it logged. */
static int ioloop_run_callback_lambda(void *self, struct value *argument)
{
	SPAN(span, IOLoop__run_callback_lambda);
	struct value *result;

	(void)self;
	return SPAN_STATUS(span, future_result(argument->future, &result));
}

/* What a callback returned (moved), if that is something to wait for.  0, or -1 raised. */
static int ioloop_watch_returned(struct ioloop *loop, struct value returned)
{
	struct future *future;
	int status;

	if (returned.type == VALUE_NONE || !generation()->traits->watches_returned_futures) {
		value_release(&returned);
		return 0;
	}
	future = generation()->gen.convert_yielded(returned);
	if (!future) {
		exc_clear();
		return 0;
	}
	status = ioloop_add_future(loop, future,
				   callback_new(ioloop_run_callback_lambda, NULL, NULL,
						KIND_IOLoop__run_callback_lambda));
	future_unref(future);
	return status;
}

/* IOLoop._run_callback; timeout is the timeout's number, 0 if a callback of the queue is run. */
static void ioloop_run_callback(struct ioloop *loop, struct callback *callback,
				struct value *argument, uint64_t timeout, struct emit_cause cause)
{
	SPAN_CAUSED(span, IOLoop__run_callback, &cause, FN(callback->function),
		    WHEN(timeout, OBJECT(timeout)));
	struct value returned = VALUE_OF_NONE;
	int status;

	callback->asked_by = cause.asked_by;
	callback->triggered_by = cause.triggered_by;
	status = callback_call_for(callback, argument, &returned);
	if (ioloop__heed_alarm(loop) < 0)
		status = -1;
	if (status == 0)
		status = ioloop_watch_returned(loop, value_move(&returned));
	if (status < 0)
		ioloop__handle_callback_exception(callback->function);
	value_release(&returned);
}

/*
 * The row is made under the lock: what other threads queue is before it in the
 * trace if it is in this turn, and after it if it waits for the next.
 */
static struct ioloop_queue ioloop_take_callbacks(struct ioloop *loop)
{
	struct ioloop_queue taken;

	pthread_mutex_lock(&loop->lock);
	taken = loop->callbacks;
	loop->callbacks = (struct ioloop_queue){ 0 };
	loop->turn++;
	loop->turn_event = EMIT_CAUSE(loop_iteration, INT(loop->turn));
	pthread_mutex_unlock(&loop->lock);
	return taken;
}

static bool ioloop_has_callbacks(struct ioloop *loop)
{
	bool any;

	pthread_mutex_lock(&loop->lock);
	any = loop->callbacks.count > 0;
	pthread_mutex_unlock(&loop->lock);
	return any;
}

static void ioloop_run_queue(struct ioloop *loop, struct ioloop_queue *queue)
{
	for (size_t i = 0; i < queue->count; i++) {
		struct ioloop_queued *queued = &queue->entries[i];

		ioloop_run_callback(loop, queued->callback, &queued->argument, 0,
				    (struct emit_cause){ queued->asked_by, loop->turn_event });
	}
	ioloop__drop_queue(queue);
}

/* Runs a timeout (a reference, taken) unless it was cancelled since. */
static void ioloop_run_timeout(struct ioloop *loop, struct timeout *timeout)
{
	struct callback *callback = callback_ref(timeout->callback);
	struct emit_cause cause = { timeout->asked_by, loop->turn_event };
	struct value none = VALUE_OF_NONE;

	/* due already when the poll ended: then that is what set it off */
	if (timeout->deadline <= loop->poll_ended && timeout->asked_by < loop->poll_event)
		cause.triggered_by = loop->poll_event;
	if (callback)
		ioloop_run_callback(loop, callback, &none, timeout->id, cause);
	callback_unref(callback);
	timeout_unref(timeout);
}

/* Due timeouts off the heap, in their order; each is a reference. */
struct ioloop_due {
	struct timeout **timeouts;
	size_t count;
	size_t room;
};

static struct ioloop_due ioloop_take_due(struct ioloop *loop)
{
	struct ioloop_due due = { 0 };
	int64_t now = (int64_t)ioloop_time(loop);
	size_t before = loop->timeouts.count;
	struct timeout *timeout;

	while ((timeout = timeout_heap_take_due(&loop->timeouts, now))) {
		due.timeouts = core_room_for_one(due.timeouts, due.count, &due.room,
						 sizeof(struct timeout *));
		due.timeouts[due.count++] = timeout;
	}
	timeout_heap_clean(&loop->timeouts);
	EMIT(loop_due, INT(due.count), INT(before - due.count - loop->timeouts.count),
	     INT(loop->timeouts.count));
	return due;
}

static void ioloop_run_due(struct ioloop *loop, struct ioloop_due *due)
{
	for (size_t i = 0; i < due->count; i++)
		ioloop_run_timeout(loop, due->timeouts[i]);
	free(due->timeouts);
}

/*
 * Straight from the heap: one that becomes due while the callbacks run, or is
 * added with a deadline in the past by a timeout, still runs in this turn.
 */
static void ioloop_run_timeouts(struct ioloop *loop)
{
	int64_t now = (int64_t)ioloop_time(loop);
	struct timeout *timeout;

	while ((timeout = timeout_heap_take_due(&loop->timeouts, now)))
		ioloop_run_timeout(loop, timeout);
	timeout_heap_clean(&loop->timeouts);
}

/* What a poll is bounded by. */
struct ioloop_bound {
	uint64_t until;   /* for the trace: 0, a timeout or EMIT_UNTIL_NOTHING */
	int64_t deadline; /* loop time */
};

/* A timeout that has become due since the due ones were taken waits for the next turn. */
static bool ioloop_is_overdue(const struct timeout *first, int64_t now)
{
	return first && first->deadline <= now && generation()->traits->takes_due_timeouts_first;
}

static struct ioloop_bound ioloop_poll_bound(struct ioloop *loop)
{
	int64_t now = (int64_t)ioloop_time(loop);
	int64_t at_most = now + generation()->traits->poll_at_most;
	const struct timeout *first = timeout_heap_first(&loop->timeouts);

	if (ioloop_has_callbacks(loop) || ioloop_is_overdue(first, now))
		return (struct ioloop_bound){ 0, now };
	if (first && first->deadline < at_most)
		return (struct ioloop_bound){ first->id, first->deadline };
	return (struct ioloop_bound){ EMIT_UNTIL_NOTHING, at_most };
}

/*
 * Polls until something is ready or the bound is reached.  A poller may come
 * back a little early; that is not a turn.
 */
static int ioloop_poll_until(struct ioloop *loop, struct ioloop_bound bound,
			     struct poller_ready *ready)
{
	int64_t left = bound.until ? bound.deadline - (int64_t)ioloop_time(loop) : 0;
	int n;

	do {
		n = loop->poller.poll(loop->poller.self, ready, POLLER_READY_MAX,
				      left > 0 ? (uint64_t)left : 0);
		if (n != 0 || left <= 0)
			return n;
		left = bound.deadline - (int64_t)ioloop_time(loop);
	} while (left > 0);
	return n;
}

/*
 * One poll with its rows.  Returns the number ready, or -1 = raised.  One that a
 * signal interrupts finds nothing ready; the program's function for the signal
 * runs before it returns, else after the row.
 */
static int ioloop_poll(struct ioloop *loop, struct poller_ready *ready)
{
	struct ioloop_bound bound = ioloop_poll_bound(loop);
	SPAN(span, loop_poll, INT(bound.until));
	struct ring_ready listed[POLLER_READY_MAX];
	bool interrupted;
	int n;

	emit_loop_state(bound.until ? RING_LOOP_POLL_WAIT : RING_LOOP_POLL_NOW);
	n = ioloop_poll_until(loop, bound, ready);
	emit_loop_state(RING_LOOP_RUNNING);
	interrupted = n == -EINTR;
	if (interrupted)
		n = signals_check();
	else if (n < 0)
		exc_raise_errno(EXC_IO_ERROR, -n);
	if (n < 0)
		return SPAN_RAISED(span);
	for (int i = 0; span.id && i < n; i++)
		listed[i] = (struct ring_ready){ descriptor_name(ready[i].fd), ready[i].events };
	SPAN_RETURN_ROW(span, INT(n), BYTES(listed, (size_t)n * sizeof(*listed)),
			WHEN(interrupted, INT(EINTR)));
	loop->poll_event = emit_last();
	loop->poll_ended = (int64_t)ioloop_time(loop);
	return signals_check() < 0 ? -1 : n;
}

/* An exception in a handler: logged, except that the peer is gone. */
static void ioloop_handle_handler_exception(struct ioloop *loop, int fd)
{
	const struct generation_traits *traits = generation()->traits;
	struct exc *exc;

	if (exc_is_environment(exc_current()) && exc_current()->number == EPIPE) {
		exc_clear();
		return;
	}
	if (traits->reports_handler_errors_as_callbacks) {
		/* what stands in _handlers there: (fd, handler), or None when it was removed */
		ioloop__handle_callback_exception(ioloop__handler(loop, fd) ? emit_name("tuple", "")
									    : 0);
		return;
	}
	exc = exc_take();
	log_message(LOG_LEVEL_ERROR, LOGGER_APPLICATION, traits->handler_error,
		    "Exception in I/O handler for fd %d: %s", fd, exc_describe(exc));
	exc_unref(exc);
}

static int ioloop_call_handler(struct ioloop *loop, int fd, uint32_t events)
{
	struct ioloop_handler *handler = ioloop__handler(loop, fd);
	struct value argument = { .type = VALUE_EVENTS, .ready = { fd, events } };
	int status;

	if (!handler)
		return exc_raise(EXC_KEY_ERROR, "%d", fd);
	handler->callback->asked_by = loop->dispatching.asked_by;
	handler->callback->triggered_by = loop->dispatching.triggered_by;
	status = callback_call(handler->callback, &argument);
	return ioloop__heed_alarm(loop) < 0 ? -1 : status;
}

/*
 * Takes the ready descriptors one at a time: a handler may remove others, and
 * their events with them.
 */
static void ioloop_dispatch(struct ioloop *loop)
{
	uint32_t events;
	int fd;

	while (ready_set_pop(&loop->events, &fd, &events)) {
		struct ioloop_handler *handler = ioloop__handler(loop, fd);

		loop->dispatching.asked_by = handler ? handler->asked_by : 0;
		loop->dispatching.triggered_by = loop->poll_event;
		(void)EMIT__DO(KIND_loop_dispatch, RING_INSTANT, 0, &loop->dispatching,
			       FD(descriptor_name(fd)), INT(events));
		if (ioloop_call_handler(loop, fd, events) < 0)
			ioloop_handle_handler_exception(loop, fd);
	}
	loop->dispatching = (struct emit_cause){ 0, 0 };
}

/* The queue and the timeouts of a turn. */
static void ioloop_run_what_is_due(struct ioloop *loop)
{
	struct ioloop_queue callbacks = ioloop_take_callbacks(loop);
	struct ioloop_due due;

	if (generation()->traits->takes_due_timeouts_first) {
		due = ioloop_take_due(loop);
		ioloop_run_queue(loop, &callbacks);
		ioloop_run_due(loop, &due);
	} else {
		ioloop_run_queue(loop, &callbacks);
		ioloop_run_timeouts(loop);
	}
}

/* One turn.  1 = go on, 0 = stopped, -1 = raised. */
static int ioloop_turn(struct ioloop *loop)
{
	struct poller_ready ready[POLLER_READY_MAX];
	int n;

	ioloop_run_what_is_due(loop);
	if (!loop->running)
		return 0;
	ioloop__alarm(loop, false);
	if (signals_check() < 0)
		return -1;
	n = ioloop_poll(loop, ready);
	if (n < 0)
		return -1;
	ioloop__alarm(loop, true);
	for (int i = 0; i < n; i++)
		if (ready_set_put(&loop->events, ready[i].fd, ready[i].events) < 0)
			return exc_raise(EXC_MEMORY_ERROR, "too many ready descriptors");
	ioloop_dispatch(loop);
	return 1;
}

int ioloop_start(struct ioloop *loop)
{
	SPAN(span, PollIOLoop_start);
	struct ioloop *before;
	bool signals;
	int status = 0;

	if (loop->running && generation()->traits->refuses_nested_start) {
		exc_raise(EXC_RUNTIME_ERROR, "IOLoop is already running");
		return SPAN_RAISED(span);
	}
	if (!loop->stopped) {
		before = ioloop__make_current(loop);
		atomic_store(&loop->thread, pthread_self());
		atomic_store(&loop->started, true);
		loop->running = true;
		signals = ioloop__take_signals(loop);
		emit_loop_state(RING_LOOP_RUNNING);
		do {
			emit_wait_while_held();
			status = ioloop_turn(loop);
			if (emit_checking())
				ioloop__report(loop);
		} while (status > 0);
		ioloop__alarm(loop, false);
		ioloop__make_current(before);
		ioloop__leave_signals(signals);
	}
	if (status < 0)
		return SPAN_RAISED(span);
	loop->stopped = false;
	emit_loop_state(RING_LOOP_STOPPED);
	SPAN_RETURN_ROW(span);
	return 0;
}

void ioloop_stop(struct ioloop *loop)
{
	bool other = ioloop__other_thread(loop);
	SPAN(span, PollIOLoop_stop, WHEN(other, INT(1)));

	loop->running = false;
	loop->stopped = true;
	waker_wake(&loop->waker, other);
}
