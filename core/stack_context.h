/*
 * stack_context.h - tornado.stack_context: who handles an exception that is
 * raised in a callback long after its caller has returned.
 *
 * Contexts that are in force are a chain per thread.  Wrapping a callback
 * captures the chain; calling the wrapped callback puts it in force again, so
 * that an exception in the callback meets the handlers that surrounded the
 * place where it was asked for.
 */
#ifndef LOOPSCOPE_CORE_STACK_CONTEXT_H
#define LOOPSCOPE_CORE_STACK_CONTEXT_H

#include <stdbool.h>

#include "core/callback.h"
#include "core/python/exc.h"

struct stack_context;

/*
 * An exception handler.  exc is lent.  Returns 1 = handled, 0 = not, or -1 =
 * raised another one instead (then current).
 */
typedef int stack_context_handler_fn(void *self, struct exc *exc);

/*
 * ExceptionStackContext.__enter__: puts a handler in force until the matching
 * exit.  self is borrowed if release is NULL, else released with the last
 * reference to the context.  The result is a reference for the caller, to be
 * given to stack_context_exit() and, after that, stack_context_unref().
 */
struct stack_context *stack_context_enter(stack_context_handler_fn *handler, void *self,
					  void (*release)(void *self));

/*
 * __exit__: restores what was in force before.  status is how the body ended:
 * if -1, the handler sees the current exception, and 0 is returned if it
 * handled it.
 */
int stack_context_exit(struct stack_context *context, int status);

/* The function that `with ... as deactivate` yields: the handler is skipped from now on. */
void stack_context_deactivate(struct stack_context *context);

struct stack_context *stack_context_ref(struct stack_context *context);
void stack_context_unref(struct stack_context *context);

/* The innermost context in force, borrowed; NULL outside any context. */
const struct stack_context *stack_context_in_force(void);

/* NullContext: nothing is in force until the matching exit.  Nests; for one thread. */
struct stack_contexts *stack_context_null_enter(void);
void stack_context_null_exit(struct stack_contexts *saved);

/*
 * stack_context.wrap(): takes callback, returns one that remembers the
 * contexts in force now.  Wrapping a wrapped callback, or NULL, gives it back.
 */
struct callback *stack_context_wrap(struct callback *callback);

/* For callback.c: runs callback->call inside callback->contexts. */
int stack_context_call(struct callback *callback, struct value *argument);
void stack_contexts_unref(struct stack_contexts *contexts);

#endif
