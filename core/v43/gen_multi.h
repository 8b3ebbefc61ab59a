/*
 * gen_multi.h - the two forms of gen.multi.
 */
#ifndef LOOPSCOPE_CORE_V43_GEN_MULTI_H
#define LOOPSCOPE_CORE_V43_GEN_MULTI_H

#include "core/concurrent.h"
#include "core/gen_point.h"

/*
 * multi_future(): of a list or dict (moved) of what convert_yielded takes.  The
 * caller owns the future.  NULL = raised: BadYieldError.
 */
struct future *v43_multi_future(struct value children);

/* MultiYieldPoint(): the same with yield points among them; a reference. */
struct yield_point *v43_multi_yield_point(struct value children);

/* The second exception and those that follow it: the first is raised, they are logged.  Taken. */
void v43_log_multiple(struct exc *exc);

#endif
