/*
 * ioloop.c - PollIOLoop: what a loop is made of, and how it is asked for things.
 *
 * The turns of a running loop are in ioloop_run.c.
 */
#include "core/ioloop.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "core/generation.h"
#include "core/ioloop_internal.h"
#include "core/log.h"
#include "core/platform/descriptor.h"
#include "core/platform/poller.h"
#include "core/python/alloc.h"
#include "core/stack_context.h"
#include "trace/emit/clock.h"
#include "trace/emit/emit.h"

/* More than the kernel's ceiling on descriptors (fs.nr_open) has by default. */
#define HANDLERS_MAX (1 << 20)

static uint64_t ioloop_clock_monotonic(void *user)
{
	(void)user;
	return clock_now();
}

/* initialize()'s `lambda fd, events: self._waker.consume()`. */
static int ioloop_initialize_lambda(void *self, struct value *argument)
{
	struct ioloop *loop = self;
	struct emit_cause cause = ioloop_dispatch_cause(loop);
	SPAN_CAUSED(span, PollIOLoop_initialize_lambda, &cause);

	(void)argument;
	waker_consume(&loop->waker);
	return 0;
}

int ioloop_new(struct ioloop **out, const struct ioloop_options *options)
{
	struct ioloop *loop = core_alloc(sizeof(*loop));
	struct ioloop_handler *handler;
	struct callback *lambda;
	int status;

	loop->clock = options && options->clock ? options->clock : ioloop_clock_monotonic;
	loop->clock_user = options ? options->clock_user : NULL;
	atomic_init(&loop->thread, pthread_self());
	pthread_mutex_init(&loop->lock, NULL);
	if (options && options->poller)
		loop->poller = *options->poller;
	else if ((status = poller_epoll_init(&loop->poller)) < 0)
		goto no_poller;
	if ((status = ready_set_init(&loop->events)) < 0)
		goto no_ready_set;
	if ((status = waker_init(&loop->waker)) < 0)
		goto no_waker;
	lambda = callback_new(ioloop_initialize_lambda, loop, NULL,
			      KIND_PollIOLoop_initialize_lambda);
	if (ioloop_add_handler(loop, loop->waker.reader, lambda, IOLOOP_READ) < 0) {
		status = exc_current()->number ? -exc_current()->number : -EINVAL;
		exc_clear();
		goto no_handler;
	}
	ioloop__made(loop);
	*out = loop;
	return 0;
no_handler:
	handler = ioloop__handler(loop, loop->waker.reader);
	if (handler)
		callback_unref(handler->callback);
	free(loop->handlers);
	waker_release(&loop->waker);
no_waker:
	ready_set_release(&loop->events);
no_ready_set:
	loop->poller.close(loop->poller.self);
no_poller:
	pthread_mutex_destroy(&loop->lock);
	free(loop);
	return status;
}

/*
 * close(), and the end of the object.  What is let go of here may still call
 * the loop (a stream removes its handler, a coroutine its timeout), so each
 * list is taken off its place before its entries are dropped.
 */
void ioloop_free(struct ioloop *loop)
{
	struct ioloop_queue callbacks;

	if (!loop)
		return;
	ioloop__gone(loop);
	pthread_mutex_lock(&loop->lock);
	loop->closing = true;
	callbacks = loop->callbacks;
	loop->callbacks = (struct ioloop_queue){ 0 };
	pthread_mutex_unlock(&loop->lock);
	ioloop__drop_queue(&callbacks);
	timeout_heap_release(&loop->timeouts);
	for (size_t fd = 0; fd < loop->handler_room; fd++) {
		struct callback *handler = loop->handlers[fd].callback;

		loop->handlers[fd].callback = NULL;
		callback_unref(handler);
	}
	timeout_heap_release(&loop->timeouts);
	free(loop->handlers);
	ready_set_release(&loop->events);
	if (!loop->closed) {
		waker_release(&loop->waker);
		loop->poller.close(loop->poller.self);
	}
	pthread_mutex_destroy(&loop->lock);
	free(loop);
}

uint64_t ioloop_time(struct ioloop *loop)
{
	return loop->clock(loop->clock_user) - emit_held();
}

bool ioloop__other_thread(const struct ioloop *loop)
{
	return !pthread_equal(atomic_load_explicit(&loop->thread, memory_order_relaxed),
			      pthread_self());
}

struct ioloop_handler *ioloop__handler(struct ioloop *loop, int fd)
{
	if (fd < 0 || (size_t)fd >= loop->handler_room || !loop->handlers[fd].callback)
		return NULL;
	return &loop->handlers[fd];
}

/* The place for fd's handler, with room made for it; NULL = raised. */
static struct ioloop_handler *ioloop_handler_place(struct ioloop *loop, int fd)
{
	size_t bigger = loop->handler_room ? loop->handler_room : 16;

	if (fd < 0 || fd >= HANDLERS_MAX) {
		exc_raise_errno(EXC_IO_ERROR, EBADF);
		return NULL;
	}
	while (bigger <= (size_t)fd)
		bigger *= 2;
	if (bigger > loop->handler_room) {
		struct ioloop_handler *handlers = core_alloc(bigger * sizeof(*handlers));

		for (size_t i = 0; i < loop->handler_room; i++)
			handlers[i] = loop->handlers[i];
		free(loop->handlers);
		loop->handlers = handlers;
		loop->handler_room = bigger;
	}
	return &loop->handlers[fd];
}

int ioloop_add_handler(struct ioloop *loop, int fd, struct callback *handler, uint32_t events)
{
	SPAN(span, PollIOLoop_add_handler, FD(descriptor_name(fd)), INT(events),
	     FN(handler->function));
	struct ioloop_handler *place = ioloop_handler_place(loop, fd);
	struct callback *replaced;
	int status;

	if (!place) {
		callback_unref(handler);
		return SPAN_RAISED(span);
	}
	replaced = place->callback;
	place->callback = stack_context_wrap(handler);
	place->asked_by = span.id;
	callback_unref(replaced);
	events |= IOLOOP_ERROR;
	place->events = events;
	status = loop->poller.add(loop->poller.self, fd, events);
	if (status < 0)
		exc_raise_errno(EXC_IO_ERROR, -status);
	return SPAN_STATUS(span, status < 0 ? -1 : 0);
}

int ioloop_update_handler(struct ioloop *loop, int fd, uint32_t events)
{
	SPAN(span, PollIOLoop_update_handler, FD(descriptor_name(fd)), INT(events));
	struct ioloop_handler *handler = ioloop__handler(loop, fd);
	int status;

	events |= IOLOOP_ERROR;
	if (handler) {
		handler->asked_by = span.id;
		handler->events = events;
	}
	status = loop->poller.modify(loop->poller.self, fd, events);
	if (status < 0)
		exc_raise_errno(EXC_IO_ERROR, -status);
	return SPAN_STATUS(span, status < 0 ? -1 : 0);
}

void ioloop_remove_handler(struct ioloop *loop, int fd)
{
	SPAN(span, PollIOLoop_remove_handler, FD(descriptor_name(fd)));
	struct ioloop_handler *handler = ioloop__handler(loop, fd);
	struct callback *removed = NULL;
	int status;

	if (handler) {
		removed = handler->callback;
		handler->callback = NULL;
	}
	ready_set_remove(&loop->events, fd);
	status = loop->poller.remove(loop->poller.self, fd);
	if (status < 0)
		log_message(LOG_LEVEL_DEBUG, LOGGER_GENERAL, "Error deleting fd from IOLoop",
			    "Error deleting fd from IOLoop");
	callback_unref(removed);
}

bool ioloop__append(struct ioloop *loop, struct callback *callback, struct value argument,
		    uint64_t asked_by)
{
	struct ioloop_queue *queue = &loop->callbacks;

	queue->entries = core_room_for_one(queue->entries, queue->count, &queue->room,
					   sizeof(*queue->entries));
	queue->entries[queue->count++] = (struct ioloop_queued){ callback, argument, asked_by };
	return queue->count == 1;
}

int ioloop_add_callback(struct ioloop *loop, struct callback *callback, struct value argument)
{
	bool other = ioloop__other_thread(loop);
	bool closing, first = false;

	/* the span begins under the lock, so that a trace has the order of the queue */
	pthread_mutex_lock(&loop->lock);
	SPAN(span, PollIOLoop_add_callback, FN(callback->function), WHEN(other, INT(1)));
	callback = stack_context_wrap(callback);
	closing = loop->closing;
	if (!closing)
		first = ioloop__append(loop, callback, argument, span.id);
	pthread_mutex_unlock(&loop->lock);
	if (closing) {
		value_release(&argument);
		callback_unref(callback);
		if (!generation()->traits->refuses_callbacks_when_closing)
			return 0;
		exc_raise(EXC_RUNTIME_ERROR, "IOLoop is closing");
		return SPAN_RAISED(span);
	}
	/* In its own thread the loop is known not to be in poll. */
	if (generation()->traits->wakes_always ||
	    (first && (other || !atomic_load(&loop->started))))
		waker_wake(&loop->waker, other);
	return 0;
}

void ioloop__drop_queue(struct ioloop_queue *queue)
{
	for (size_t i = 0; i < queue->count; i++) {
		value_release(&queue->entries[i].argument);
		callback_unref(queue->entries[i].callback);
	}
	free(queue->entries);
}

void ioloop__tell_call_at(struct ioloop *loop, struct timeout *timeout)
{
	SPAN_OF(span, ioloop_call_at, OBJECT(timeout->id),
		INT(timeout->deadline - (int64_t)ioloop_time(loop)),
		FN(timeout->callback->function), INT(timeout->deadline));

	timeout->asked_by = span.id;
}

/*
 * A deadline that was reckoned to be before the clock's zero wraps around in
 * the unsigned number; as a signed one it is what was meant.
 */
struct timeout *ioloop_add_timeout(struct ioloop *loop, uint64_t deadline,
				   struct callback *callback)
{
	struct timeout *timeout =
		timeout_heap_add(&loop->timeouts, (int64_t)deadline, stack_context_wrap(callback));
	bool calls_at = generation()->kinds->ioloop_call_at != 0;
	SPAN_OF(span, ioloop_add_timeout, OBJECT(timeout->id), INT(deadline - ioloop_time(loop)),
		FN(timeout->callback->function), WHEN(!calls_at, INT(deadline)));

	timeout->asked_by = span.id;
	if (calls_at)
		ioloop__tell_call_at(loop, timeout);
	return timeout;
}

void ioloop_remove_timeout(struct ioloop *loop, struct timeout *timeout)
{
	SPAN(span, PollIOLoop_remove_timeout, OBJECT(timeout->id));

	timeout_heap_cancel(&loop->timeouts, timeout);
	timeout_unref(timeout);
}

struct add_future {
	struct ioloop *loop;
	struct callback *callback; /* the lambda's inner, which owns it */
};

/* add_future()'s `lambda future: self.add_callback(callback, future)`. */
static int ioloop_add_future_lambda(void *self, struct value *argument)
{
	struct emit_cause cause = callback_cause();
	SPAN_CAUSED(span, IOLoop_add_future_lambda, &cause);
	struct add_future *add = self;
	int status =
		ioloop_add_callback(add->loop, callback_ref(add->callback), value_move(argument));

	return SPAN_STATUS(span, status);
}

int ioloop_add_future(struct ioloop *loop, struct future *future, struct callback *callback)
{
	SPAN(span, IOLoop_add_future, OBJECT(future_id(future)), FN(callback->function));
	struct add_future *add = core_alloc(sizeof(*add));
	struct callback *lambda;
	int status;

	callback = stack_context_wrap(callback);
	*add = (struct add_future){ loop, callback };
	lambda = callback_new(ioloop_add_future_lambda, add, free,
			      emit_wrap(KIND_IOLoop_add_future_lambda, callback->function));
	lambda->inner = callback;
	status = future_add_done_callback(future, lambda);
	return SPAN_STATUS(span, status);
}

struct emit_cause ioloop_dispatch_cause(const struct ioloop *loop)
{
	return loop->dispatching;
}
