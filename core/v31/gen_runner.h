/*
 * gen_runner.h - gen.Runner of 3.1: drives one generator from yield to yield.
 *
 * Of the yield points this has the two that coroutines meet: YieldFuture and
 * _NullYieldPoint.  A runner is kept alive by the callbacks that will resume
 * it and by the stack context of its coroutine; when the last of them goes,
 * the unfinished frame goes with it.
 */
#ifndef LOOPSCOPE_CORE_V31_GEN_RUNNER_H
#define LOOPSCOPE_CORE_V31_GEN_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/gen.h"

struct runner;

/* gen_coroutine.c: gen_coroutine() of 3.1. */
struct future *v31_coroutine(struct gen *gen);

/* Called once with the value that the generator returned.  0, or -1 raised. */
typedef int runner_final_fn(void *self, struct value value);

/*
 * Runner(gen, final_callback).  gen and self are taken; release lets go of
 * self when the runner is freed.
 */
struct runner *runner_new(struct gen *gen, runner_final_fn *final, void *self,
			  void (*release)(void *self));
void runner_unref(struct runner *runner);

/* Runs the generator until a yield point that is not ready.  0, or -1 raised. */
int runner_run(struct runner *runner);

/* Throws exc (lent) into the generator: 1, 0 if it cannot be now, -1 raised. */
int runner_handle_exception(struct runner *runner, struct exc *exc);

/* A key that was never used. */
uint64_t runner_new_key(void);

/* 0, or -1 raised: KeyReuseError. */
int runner_register_callback(struct runner *runner, uint64_t key);

/* 1, 0, or -1 raised: UnknownKeyError. */
int runner_is_ready(struct runner *runner, uint64_t key);

/* Takes result and resumes the generator.  0, or -1 raised. */
int runner_set_result(struct runner *runner, uint64_t key, struct value result);

/* Takes the result off, the caller owns it.  0, or -1 raised: KeyError. */
int runner_pop_result(struct runner *runner, uint64_t key, struct value *result);

/* A callback that sets the result to its argument. */
struct callback *runner_result_callback(struct runner *runner, uint64_t key);

#endif
