/*
 * ioloop.h - what IOLoop has in 4.3 and did not have in 3.1: for programs.
 */
#ifndef LOOPSCOPE_CORE_V43_IOLOOP_H
#define LOOPSCOPE_CORE_V43_IOLOOP_H

#include <stdint.h>

#include "core/ioloop.h"

/* call_at(): ioloop_add_timeout() without the step that works out the deadline. */
struct timeout *ioloop_call_at(struct ioloop *loop, uint64_t deadline, struct callback *callback);

/* call_later(): ioloop_add_timeout() so many nanoseconds from now. */
struct timeout *ioloop_call_later(struct ioloop *loop, int64_t delay, struct callback *callback);

/*
 * spawn_callback(): ioloop_add_callback() without an argument and without the
 * stack contexts of the caller, who has nothing to do with how it ends.
 */
int ioloop_spawn_callback(struct ioloop *loop, struct callback *callback);

#endif
