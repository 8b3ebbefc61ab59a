/*
 * gen_runner.h - gen.Runner of 3.1: drives one generator from yield to yield.
 *
 * A runner is kept alive by the callbacks that will resume
 * it and by the stack context of its coroutine; when the last of them goes,
 * the unfinished frame goes with it.
 */
#ifndef LOOPSCOPE_CORE_V31_GEN_RUNNER_H
#define LOOPSCOPE_CORE_V31_GEN_RUNNER_H

#include <stdint.h>

#include "core/gen.h"

/* Begins with a struct runner_keys. */
struct runner;

/* gen_coroutine.c: gen_coroutine() of 3.1. */
struct future *v31_coroutine(struct gen *gen);
/* The same file: gen_coroutine_calling() of 3.1. */
struct future *v31_coroutine_calling(struct gen *gen, struct callback *callback);
/* The same file: gen_engine() of 3.1. */
int v31_engine(struct gen *gen);

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

/* Takes result for key, and resumes the generator.  0, or -1 raised. */
int runner_set_result(struct runner *runner, uint64_t key, struct value result);

#endif
