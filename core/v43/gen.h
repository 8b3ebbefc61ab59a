/*
 * gen.h - what tornado.gen has in 4.3 and did not have in 3.1: for programs.
 *
 * What both have stands in core/gen.h and does here what 4.3 does.
 */
#ifndef LOOPSCOPE_CORE_V43_GEN_H
#define LOOPSCOPE_CORE_V43_GEN_H

#include <stdint.h>

#include "core/gen.h"

/*
 * gen.moment: yielding it gives way to whatever else is queued, for one turn.
 * A done future that is the same each time; the reference is the caller's.
 */
struct future *gen_moment(void);

/* gen.sleep(): a future that gets None in so many nanoseconds.  The caller owns it. */
struct future *gen_sleep(uint64_t duration);

/*
 * gen.with_timeout(): a future that takes over the outcome of future (lent), or
 * gets TimeoutError at the deadline, in loop time.  The operation behind future
 * goes on all the same; if it fails after that, it is logged.  The caller owns
 * the result.
 */
struct future *gen_with_timeout(uint64_t deadline, struct future *future);

/*
 * gen.convert_yielded(): the future that stands for a value (moved), which may be
 * one itself, or a list or dict of such.  NULL = raised: BadYieldError.
 */
struct future *gen_convert_yielded(struct value yielded);

/*
 * gen.multi(): what waits for all items of a list or dict (moved) together, a
 * future, or a yield point if one is among them.  None = raised.
 */
struct value gen_multi(struct value children);

#endif
