/*
 * gen_runner.h - gen.Runner of 4.3: drives a generator that had to wait once.
 */
#ifndef LOOPSCOPE_CORE_V43_GEN_RUNNER_H
#define LOOPSCOPE_CORE_V43_GEN_RUNNER_H

#include <stdbool.h>

#include "core/gen.h"

/* gen_coroutine.c: gen_coroutine() and gen_engine() of 4.3. */
struct future *v43_coroutine(struct gen *gen);
/*
 * The same with `callback=`: callback (taken, may be NULL) is queued with the
 * result; a failure is raised in its place.
 */
struct future *v43_coroutine_calling(struct gen *gen, struct callback *callback);
int v43_engine(struct gen *gen);

/* gen_coroutine.c: what a yield inside of a stack context is answered with; the caller's. */
struct exc *v43_inconsistent(void);

/* gen_task.c: gen_task() of 4.3. */
struct value v43_task(gen_task_fn *call, void *self, uint64_t function);

/* gen_sleep.c: is it gen.moment, which is done and takes a turn all the same? */
bool v43_is_moment(const struct future *future);

/*
 * Runner(gen, result_future, first_yielded), of which gen->yielded is the last;
 * gen and result are taken.  Goes on with the generator as far as it gets.  The
 * Runner lives as long as something is left that can resume it.  0, or -1 raised.
 */
int v43_run(struct gen *gen, struct future *result);

#endif
