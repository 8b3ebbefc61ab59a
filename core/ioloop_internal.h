/*
 * ioloop_internal.h - the loop's state, shared by ioloop.c (its parts),
 * ioloop_run.c (its turns) and ioloop_instance.c (whose it is).
 */
#ifndef LOOPSCOPE_CORE_IOLOOP_INTERNAL_H
#define LOOPSCOPE_CORE_IOLOOP_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/ioloop.h"
#include "core/ioloop_timeouts.h"
#include "core/platform/waker.h"
#include "core/python/dict_ready.h"

/* Of _handlers: who is called for a descriptor. */
struct ioloop_handler {
	struct callback *callback; /* owned; NULL if the descriptor has none */
	uint32_t events;           /* what it was last registered with, for reports */
	uint64_t asked_by;         /* the add_handler or update_handler that came last */
};

/* Of _callbacks: functools.partial(callback, argument). */
struct ioloop_queued {
	struct callback *callback; /* owned */
	struct value argument;
	uint64_t asked_by; /* the add_callback */
};

struct ioloop_queue {
	struct ioloop_queued *entries;
	size_t count;
	size_t room;
};

struct ioloop {
	struct poller poller;
	uint64_t (*clock)(void *user);
	void *clock_user;
	struct waker waker;

	struct ioloop_handler *handlers; /* by descriptor */
	size_t handler_room;
	struct ready_set events;
	struct timeout_heap timeouts;

	pthread_mutex_t lock; /* _callback_lock: of the next two */
	struct ioloop_queue callbacks;
	bool closing;

	int64_t blocking_threshold; /* _blocking_signal_threshold in ns; 0: none */
	bool running;
	bool stopped;
	bool closed;              /* waker and poller are gone */
	_Atomic bool started;     /* _thread_ident is not None */
	_Atomic pthread_t thread; /* who started it, before that who made it */

	/* for the trace */
	uint64_t turn;
	uint64_t turn_event; /* the loop.iteration */
	uint64_t poll_event; /* the loop.poll:return before it */
	int64_t poll_ended;  /* when that was, in loop time */
	struct emit_cause dispatching;
};

/* True if the caller is not in the loop's thread. */
bool ioloop__other_thread(const struct ioloop *loop);

/* The handler of fd, or NULL if it has none. */
struct ioloop_handler *ioloop__handler(struct ioloop *loop, int fd);

/* In checking mode: what the loop and its streams hold, for a replay to compare with. */
void ioloop__report(struct ioloop *loop);

/*
 * Queues a callback (taken, as is argument) that event asked for.  Under the
 * lock; whether it is the first.
 */
bool ioloop__append(struct ioloop *loop, struct callback *callback, struct value argument,
		    uint64_t asked_by);

/* handle_callback_exception: says what the current exception is, takes it, and goes on. */
void ioloop__handle_callback_exception(uint64_t function);

/*
 * Has signals wake the loop, unless they wake another already; what the second
 * one is to be given.
 */
bool ioloop__take_signals(struct ioloop *loop);
void ioloop__leave_signals(bool taken);

/* Traces 4.3's call_at(), which all ways to add a timeout come to. */
void ioloop__tell_call_at(struct ioloop *loop, struct timeout *timeout);

/* Starts the alarm of the blocking threshold, or stops it; without one it does nothing. */
void ioloop__alarm(const struct ioloop *loop, bool on);
/*
 * A callback or a handler has returned: if the alarm went off meanwhile, its action
 * runs now, within the rows of who kept the loop.  0, or -1 raised.
 */
int ioloop__heed_alarm(const struct ioloop *loop);

/* Drops what the queue holds without running it. */
void ioloop__drop_queue(struct ioloop_queue *queue);

/* A loop was made, or is about to go: which one is current may change. */
void ioloop__made(struct ioloop *loop);
void ioloop__gone(const struct ioloop *loop);

/* Makes loop this thread's current one (NULL: none); returns the one before. */
struct ioloop *ioloop__make_current(struct ioloop *loop);

#endif
