/*
 * gen_yield.h - gen.YieldFuture and gen._NullYieldPoint: what a generator
 * waits at.  Embedded in the Runner; all zero is the _NullYieldPoint.
 */
#ifndef LOOPSCOPE_CORE_V31_GEN_YIELD_H
#define LOOPSCOPE_CORE_V31_GEN_YIELD_H

#include <stdint.h>

#include "core/concurrent.h"

struct runner;

struct yield_point {
	/*
	 * Held until started only.  From then on the future holds the runner,
	 * through its callback, and brings itself along as the result; a
	 * reference back would keep both alive for ever.
	 */
	struct future *future;
	uint64_t key; /* 0 is the _NullYieldPoint */
};

/* YieldFuture(future): takes the reference. */
void yield_point_init(struct yield_point *point, struct future *future);
void yield_point_release(struct yield_point *point);

/* 0, or -1 raised. */
int yield_point_start(struct yield_point *point, struct runner *runner);

/* 1, 0, or -1 raised. */
int yield_point_is_ready(struct yield_point *point, struct runner *runner);

/*
 * The future whose result the yield expression gets, or None, into *received;
 * the caller owns it.  -1 with the future's exception raised, if it has one.
 */
int yield_point_get_result(struct yield_point *point, struct runner *runner,
			   struct value *received);

#endif
