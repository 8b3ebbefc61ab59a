/*
 * ioloop.h - tornado.ioloop of 3.1: IOLoop and PollIOLoop over epoll.
 *
 * A loop belongs to the thread that runs it.  Other threads may call
 * ioloop_add_callback() and ioloop_stop(), which wake it, and nothing else.
 *
 * One turn (see PollIOLoop.start): run the callbacks that were queued before
 * the turn began, in order; run the timeouts that are due; poll, without
 * blocking if callbacks were queued meanwhile; pop the ready descriptors one
 * by one in the order of CPython's dict and call their handlers.
 */
#ifndef LOOPSCOPE_CORE_IOLOOP_H
#define LOOPSCOPE_CORE_IOLOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/callback.h"
#include "core/concurrent.h"
#include "core/platform/poller.h"
#include "core/python/signals.h"

/* epoll's bits, which are also Tornado's. */
#define IOLOOP_NONE 0x000u
#define IOLOOP_READ 0x001u
#define IOLOOP_WRITE 0x004u
#define IOLOOP_ERROR 0x018u /* EPOLLERR | EPOLLHUP */

struct ioloop;
struct timeout;

struct ioloop_options {
	const struct poller *poller;   /* NULL: epoll; copied */
	uint64_t (*clock)(void *user); /* NULL: CLOCK_MONOTONIC; nanoseconds */
	void *clock_user;
};

/* options may be NULL.  Makes epoll and waker descriptors.  0 or -errno. */
int ioloop_new(struct ioloop **out, const struct ioloop_options *options);

/*
 * Closes; drops what is queued without running it.  The loop must not be
 * running.  Traces nothing of its own.  NULL does nothing.
 */
void ioloop_free(struct ioloop *loop);

/*
 * close(): gives back waker and epoll descriptor, with all_fds also every
 * descriptor that still has a handler.  The loop must not be running and cannot
 * run again; the object stays until ioloop_free().
 */
void ioloop_close(struct ioloop *loop, bool all_fds);

/* IOLoop.instance(): the process's loop, made on first use; aborts if it cannot be. */
struct ioloop *ioloop_instance(void);
/* Frees the instance, if there is one. */
void ioloop_instance_free(void);
/* IOLoop.current(): the loop running in this thread, else the instance. */
struct ioloop *ioloop_current(void);

/* The same, but NULL where ioloop_current() would make one: current(instance=False). */
struct ioloop *ioloop_current_if_any(void);

/* Loop time: nanoseconds of its clock, without the time it was held. */
uint64_t ioloop_time(struct ioloop *loop);

/*
 * Handlers are called with a VALUE_EVENTS argument.  handler is taken (and
 * wrapped); events are IOLOOP_ bits, IOLOOP_ERROR is added.  0, or -1 raised.
 */
int ioloop_add_handler(struct ioloop *loop, int fd, struct callback *handler, uint32_t events);
int ioloop_update_handler(struct ioloop *loop, int fd, uint32_t events);
/* Also forgets an event of fd that was polled and not yet dispatched. */
void ioloop_remove_handler(struct ioloop *loop, int fd);

/*
 * Why the handler that is being called is called: asked by the add_handler or
 * update_handler that last said which events of its descriptor matter,
 * triggered by the poll that returned them.  Zeros outside of a dispatch.
 */
struct emit_cause ioloop_dispatch_cause(const struct ioloop *loop);

/*
 * Queues callback for the next turn with argument; takes both.  From any
 * thread.  0, or -1 raised (the loop is closing).
 */
int ioloop_add_callback(struct ioloop *loop, struct callback *callback, struct value argument);

/*
 * The same, for the handler of a signal (core/python/signals.h): it does not
 * wake the loop, which the signal itself has done.  3.1 calls it in no context.
 */
int ioloop_add_callback_from_signal(struct ioloop *loop, struct callback *callback,
				    struct value argument);

/*
 * Calls callback (taken) at deadline, in loop time; a deadline in the past is
 * due at once, one of "time() - 5 s" also where that wraps below zero.  The
 * handle is a reference of the caller's, to be given back with timeout_unref()
 * or ioloop_remove_timeout().  Equal deadlines run in the order in which they
 * were made.
 */
struct timeout *ioloop_add_timeout(struct ioloop *loop, uint64_t deadline,
				   struct callback *callback);
/* Cancels (nothing happens if it ran already) and takes the reference. */
void ioloop_remove_timeout(struct ioloop *loop, struct timeout *timeout);
void timeout_unref(struct timeout *timeout);

/* Queues callback(future) when future is done.  Takes callback. */
int ioloop_add_future(struct ioloop *loop, struct future *future, struct callback *callback);

/*
 * Runs until stop.  0, or -1 raised (poll failed).  May be started again.  A
 * stop() that came before makes it return at once.
 */
int ioloop_start(struct ioloop *loop);

/* Ends start() after the running turn's callbacks and timeouts. */
void ioloop_stop(struct ioloop *loop);

/*
 * set_blocking_signal_threshold(): has action(self, SIGALRM) called when the loop
 * works for so many nanoseconds without a poll; 0 for none.  It runs once what
 * kept the loop returns, and may be as free as any callback; NULL has the system
 * end the process, at once.  Takes SIGALRM and its timer; system calls that the
 * alarm interrupts fail with EINTR.  self is borrowed until it is 0 again.
 * 0 or -errno.
 */
int ioloop_set_blocking_signal_threshold(struct ioloop *loop, int64_t threshold, signals_fn *action,
					 void *self);

/* set_blocking_log_threshold(): the action is log_stack().  0 again before the loop is freed. */
int ioloop_set_blocking_log_threshold(struct ioloop *loop, int64_t threshold);

/* The bound method loop.stop, for who wants a callback; one reference. */
struct callback *ioloop_stop_callback(struct ioloop *loop);

/*
 * A function for run_sync: its result in *result, where a VALUE_FUTURE is waited
 * for; or -1 = raised.
 */
typedef int run_sync_fn(void *self, struct value *result);

/* No limit for ioloop_run_sync(). */
#define RUN_SYNC_UNLIMITED INT64_MAX

/*
 * run_sync(): starts the loop, calls fn(self) in its first turn, and stops it
 * once the result is there.  function is fn's id in traces.  limit is in
 * nanoseconds.  0 with the result in *result, the caller's; or -1 raised: what
 * the function raised, or TimeoutError.
 */
int ioloop_run_sync(struct ioloop *loop, run_sync_fn *fn, void *self, uint64_t function,
		    int64_t limit, struct value *result);

#endif
