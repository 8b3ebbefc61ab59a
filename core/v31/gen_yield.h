/*
 * gen_yield.h - gen.YieldFuture and gen._NullYieldPoint: yield points that the
 * Runner of 3.1 makes by itself.
 */
#ifndef LOOPSCOPE_CORE_V31_GEN_YIELD_H
#define LOOPSCOPE_CORE_V31_GEN_YIELD_H

#include "core/concurrent.h"
#include "core/gen_point.h"

/* YieldFuture(future): takes the reference. */
struct yield_point *yield_future_new(struct future *future);

/* A _NullYieldPoint, which is ready and gives None: where a Runner begins. */
struct yield_point *null_yield_point_new(void);

#endif
