/*
 * callback.h - something to call later: Python's bound methods, closures and
 * functools.partial objects.
 *
 * Callbacks are counted, as the objects that they stand for are in Python: a
 * handler may remove itself while it runs.  A callback belongs to one thread
 * at a time; ioloop_add_callback() hands it to the loop's.
 */
#ifndef LOOPSCOPE_CORE_CALLBACK_H
#define LOOPSCOPE_CORE_CALLBACK_H

#include <stdint.h>

#include "core/value.h"
#include "trace/emit/emit.h"

struct stack_contexts;

/* argument is lent for the call; it may be moved out of.  Returns 0, or -1 = raised. */
typedef int callback_call_fn(void *self, struct value *argument);

struct callback {
	unsigned refs;
	callback_call_fn *call;
	void (*release)(void *self); /* lets go of self; NULL if self is borrowed */
	void *self;
	struct callback *inner;          /* what a wrapper wraps, owned; NULL if none */
	uint64_t function;               /* how traces name it: emit_wrap() of kinds */
	struct stack_contexts *contexts; /* captured by stack_context_wrap(); NULL if not wrapped */
	uint64_t asked_by;     /* the event that asked for the call, set by who keeps it */
	uint64_t triggered_by; /* the event that made it due, set before the call */
};

/*
 * A new callback with one reference.  function is its id in traces (a KIND_,
 * or emit_name()); self is handed to call and, when the last reference goes,
 * to release.
 */
struct callback *callback_new(callback_call_fn *call, void *self, void (*release)(void *self),
			      uint64_t function);

struct callback *callback_ref(struct callback *callback); /* NULL gives NULL */
void callback_unref(struct callback *callback);           /* NULL does nothing */

/*
 * Calls it, inside the stack contexts that it captured (stack_context.wrap's
 * wrapped()).  The callback is kept alive for the time of the call.
 */
int callback_call(struct callback *callback, struct value *argument);

/*
 * The same for callers that need what it returns: the value is moved to *returned,
 * None if the function returns nothing.
 */
int callback_call_for(struct callback *callback, struct value *argument, struct value *returned);

/* For wrappers: calls the inner one, and returns what that does. */
int callback_forward(struct callback *callback, struct value *argument);

/* For the callback that this thread is calling now: what it returns (moved). */
void callback_return(struct value value);

/*
 * asked_by and triggered_by of the callback that this thread is calling now,
 * for the span of what is called; zeros outside of any.
 */
struct emit_cause callback_cause(void);

/* Its function id; 0 for NULL. */
uint64_t callback_function(const struct callback *callback);

#endif
