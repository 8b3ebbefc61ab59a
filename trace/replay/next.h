/*
 * next.h - what the loop does next, as far as the state at an event
 * tells.
 *
 * The rule is that of a turn in core/ioloop_run.c: the queue, the timeouts that
 * are due, a poll unless stop() was called, the handlers of what is ready.
 * Nothing that comes later in the trace is looked at.
 */
#ifndef LOOPSCOPE_TRACE_REPLAY_NEXT_H
#define LOOPSCOPE_TRACE_REPLAY_NEXT_H

#include "trace/replay/replay.h"

enum replay_next_is {
	REPLAY_NEXT_PROGRAM,  /* no loop runs: the program goes on by itself */
	REPLAY_NEXT_RETURNED, /* the loop has returned */
	REPLAY_NEXT_CALLBACK, /* the loop runs `callback` */
	REPLAY_NEXT_TIMEOUT,  /* it runs `timeout`, which is due */
	REPLAY_NEXT_RETURN,   /* stop() was called: it returns without a poll */
	REPLAY_NEXT_POLL,     /* it polls, until `timeout`; not at all if there is a `callback` */
	REPLAY_NEXT_POLLING,  /* it is in that poll */
	REPLAY_NEXT_DISPATCH, /* it calls the handlers of what is ready */
	REPLAY_NEXT_HANDLER,  /* it calls the handler of `fd` */
};

/* Pointers are into the state; NULL: the state has no such thing. */
struct replay_next {
	enum replay_next_is is;
	bool new_turn; /* a turn begins for it */
	const struct replay_callback *callback;
	const struct replay_timeout *timeout;
	int64_t fd;
	int64_t poll; /* REPLAY_NEXT_POLLING: where that began */
};

/* At the event where the replay stands.  0, or -1. */
int replay_next(struct replay *replay, struct replay_next *next, char **error);

/* Nanoseconds until a timeout is due, 0 or less when it is. */
int64_t replay_left(const struct replay *replay, const struct replay_timeout *timeout);

#endif
