/*
 * concurrent.h - tornado.concurrent: futures (_DummyFuture and TracebackFuture
 * in 3.1, Future in 4.3), DummyExecutor and run_on_executor.
 *
 * Futures are counted.  They are for one thread: the loop's.
 */
#ifndef LOOPSCOPE_CORE_CONCURRENT_H
#define LOOPSCOPE_CORE_CONCURRENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/callback.h"
#include "core/python/exc.h"
#include "core/value.h"

struct ioloop;
struct future;

/* A pending future with one reference. */
struct future *future_new(void);
/* A future that was done, with None, before anybody looked: traces nothing. */
struct future *future_new_done(void);
struct future *future_ref(struct future *future);
void future_unref(struct future *future);

/* Its number in traces. */
uint64_t future_id(const struct future *future);

bool future_done(const struct future *future);

/* What resolved it (set_result, set_exception), for causes; 0 if pending. */
uint64_t future_done_event(const struct future *future);

/*
 * future.result(): lends the result in *result until the future is resolved
 * or freed.  Returns -1 with its exception raised if it has one, or with
 * Exception raised if it is not done ("DummyFuture does not support ...").
 */
int future_result(struct future *future, struct value **result);

/*
 * future.exception(), lent; NULL if the future has a result, or is not done.
 * Who asks has seen it: see the trait reports_unseen_exceptions.
 */
struct exc *future_exception(struct future *future);

/*
 * set_result, set_exception, set_exc_info: take their argument, then call the
 * done callbacks in order.  An exception in one stops the rest and is passed on
 * as -1, or is logged (trait futures_outlive_callback_errors).  On a future whose callbacks ran
 * already the outcome is replaced and TypeError raised, as in the original.
 */
int future_set_result(struct future *future, struct value result);
int future_set_exception(struct future *future, struct exc *exc);
int future_set_exc_info(struct future *future, struct exc *exc);

/*
 * Calls callback with the future as its argument when it is done: at once if
 * it is already, else from set_result or set_exception.  Takes callback.
 */
int future_add_done_callback(struct future *future, struct callback *callback);

/*
 * chain_future(): when a (lent) is done, b (lent) gets its outcome, unless b is
 * done by then.  0, or -1 = raised, by a callback of b.
 */
int chain_future(struct future *a, struct future *b);

/*
 * Has the loop call callback (taken; NULL does nothing) with the future's result
 * once it is there: `lambda future: callback(future.result())`, which traces
 * call `kind`.  An exception then travels into whatever context surrounds the
 * callback.  0, or -1 = raised.
 */
int future_call_with_result(struct ioloop *loop, struct future *future, struct callback *callback,
			    uint16_t kind);

/* A function for an executor: its result in *result, or -1 = raised. */
typedef int executor_fn(void *self, struct value *result);

/* An executor: its submit(). */
typedef struct future *executor_submit_fn(executor_fn *fn, void *self, uint64_t function);

/*
 * DummyExecutor.submit: calls fn(self) on the spot; the future is done when
 * this returns.  function is fn's id in traces.  The caller owns the future.
 */
struct future *dummy_executor_submit(executor_fn *fn, void *self, uint64_t function);

/*
 * run_on_executor's wrapper: submits fn to executor and has the loop call
 * callback (taken, may be NULL) as future_call_with_result() does.  The caller
 * owns the future; NULL = raised (the loop is closing, or executor is
 * NULL, which is None).
 */
struct future *run_on_executor(struct ioloop *loop, executor_submit_fn *executor, executor_fn *fn,
			       void *self, uint64_t function, struct callback *callback);

#endif
