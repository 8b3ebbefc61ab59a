/*
 * gen_runner_internal.h - the Runner of 4.3, shared by gen_runner.c (what it does
 * with futures) and gen_runner_point.c (with yield points).
 */
#ifndef LOOPSCOPE_CORE_V43_GEN_RUNNER_INTERNAL_H
#define LOOPSCOPE_CORE_V43_GEN_RUNNER_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/gen.h"
#include "core/gen_point.h"

struct runner {
	struct runner_keys keys;
	unsigned refs;
	struct runner_link *link; /* a reference */
	struct gen *gen;          /* owned; NULL once it has ended */
	struct future *result;    /* result_future, a reference; NULL once it is told */
	struct future *future;    /* done, or made for a yield point: a reference; may be NULL */
	struct future *awaited;   /* somebody else's that is not done: it holds the Runner */
	struct yield_point *yield_point; /* a reference; NULL if none is waited for */
	struct ioloop *loop;
	struct stack_context *context; /* not held; NULL once it is gone */
	bool has_context;              /* the generator has met a yield point */
	bool running;
	bool finished;
	bool had_exception;
};

/* For those who must not hold the Runner, yet want to know whether it is still there. */
struct runner_link {
	unsigned refs;
	uint64_t id;
	struct runner *runner; /* NULL once it is gone */
};

struct runner *v43__runner_ref(struct runner *runner);
void v43__runner_unref(void *runner);
void v43__runner_link_unref(void *link);

/* self.future = future (a reference, taken; NULL for none). */
void v43__runner_set_future(struct runner *runner, struct future *future);

/* self.future becomes one that failed with exc, which is taken. */
void v43__runner_set_failed(struct runner *runner, struct exc *exc);

/* run(): 0, or -1 raised. */
int v43__runner_run(struct runner *runner);

/* handle_yield() of a yield point (a reference, taken): 1, 0 = it asked the loop, or -1 raised. */
int v43__runner_yield_point(struct runner *runner, struct yield_point *point);

/* handle_yield's lambda, for the future that the Runner made for a yield point. */
struct callback *v43__runner_callback_of_point(struct runner *runner);

/* result_callback() */
struct callback *v43__runner_result_callback(struct runner_keys *keys, uint64_t key);

#endif
