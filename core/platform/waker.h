/*
 * waker.h - tornado.platform.posix.Waker: a pipe that ends a poll.
 *
 * Embedded in the loop.  waker_wake() may be called from any thread.
 */
#ifndef LOOPSCOPE_CORE_PLATFORM_WAKER_H
#define LOOPSCOPE_CORE_PLATFORM_WAKER_H

#include <stdbool.h>

struct waker {
	int reader;
	int writer;
};

/* Makes the pipe, neither end blocking or inherited.  0 or -errno. */
int waker_init(struct waker *waker);
void waker_release(struct waker *waker);

/* Makes reader readable.  other: the caller is not the loop's thread (for the trace). */
void waker_wake(struct waker *waker, bool other);

/* Reads until nothing is left. */
void waker_consume(struct waker *waker);

#endif
