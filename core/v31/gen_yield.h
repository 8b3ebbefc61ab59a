/*
 * gen_yield.h - yield points of 3.1 alone: YieldFuture, Multi and _NullYieldPoint,
 * which the Runner makes by itself, and Task.
 */
#ifndef LOOPSCOPE_CORE_V31_GEN_YIELD_H
#define LOOPSCOPE_CORE_V31_GEN_YIELD_H

#include "core/concurrent.h"
#include "core/gen_point.h"

/* YieldFuture(future): takes the reference. */
struct yield_point *yield_future_new(struct future *future);

/* A _NullYieldPoint, which is ready and gives None: where a Runner begins. */
struct yield_point *null_yield_point_new(void);

/*
 * Multi(list): waits for the futures and yield points of a VALUE_LIST, which are
 * moved out of it.  NULL = raised: AssertionError, for anything else in it.
 */
struct yield_point *multi_new(struct value *list);

/* gen_task() of 3.1: see core/gen.h. */
struct value v31_task(int (*call)(void *self, struct callback *callback), void *self,
		      uint64_t function);

#endif
