/*
 * ioloop_periodic.h - tornado.ioloop.PeriodicCallback: a function that is called
 * again and again.
 *
 * Calls fall on whole intervals since start(): one that takes longer than its
 * interval leaves calls out instead of piling them up.
 */
#ifndef LOOPSCOPE_CORE_IOLOOP_PERIODIC_H
#define LOOPSCOPE_CORE_IOLOOP_PERIODIC_H

#include <stdint.h>

#include "core/ioloop.h"

struct periodic_callback;

/*
 * Calls callback (taken) every so many nanoseconds once started.  loop may be
 * NULL: ioloop_current().  NULL = raised: ValueError, for an interval that is
 * not positive.
 */
struct periodic_callback *periodic_callback_new(struct callback *callback, int64_t every,
						struct ioloop *loop);

/*
 * Drops what was still to come; traces nothing.  Before the loop is freed, and
 * not from the callback.  NULL does nothing.
 */
void periodic_callback_free(struct periodic_callback *periodic);

/* The first call comes after one interval. */
void periodic_callback_start(struct periodic_callback *periodic);

/* No call comes any more; start() may be called again. */
void periodic_callback_stop(struct periodic_callback *periodic);

#endif
