/*
 * callback.c - counted callables.
 */
#include "core/callback.h"

#include <stdlib.h>

#include "core/python/alloc.h"
#include "core/stack_context.h"

/* The callback being called by this thread; it is kept alive by its call. */
static _Thread_local const struct callback *calling;
/* Where its value goes; NULL if its caller does not want it. */
static _Thread_local struct value *returning;

struct callback *callback_new(callback_call_fn *call, void *self, void (*release)(void *self),
			      uint64_t function)
{
	struct callback *callback = core_alloc(sizeof(*callback));

	callback->refs = 1;
	callback->call = call;
	callback->self = self;
	callback->release = release;
	callback->function = function;
	return callback;
}

struct callback *callback_ref(struct callback *callback)
{
	if (callback)
		callback->refs++;
	return callback;
}

void callback_unref(struct callback *callback)
{
	if (!callback || --callback->refs)
		return;
	if (callback->release)
		callback->release(callback->self);
	callback_unref(callback->inner);
	stack_contexts_unref(callback->contexts);
	free(callback);
}

static struct value function_value_copy(const struct value *value)
{
	return value_take_function(callback_ref(value->function));
}

static void function_value_release(struct value *value)
{
	callback_unref(value->function);
}

static uint64_t function_value_describe(const struct value *value)
{
	(void)value;
	return EMIT_VALUE(EMIT_VALUE_FUNCTION, 0);
}

static const struct value_class function_class = {
	function_value_copy,
	function_value_release,
	function_value_describe,
};

struct value value_take_function(struct callback *function)
{
	return (struct value){ .type = VALUE_FUNCTION,
			       .class = &function_class,
			       .function = function };
}

int callback_call(struct callback *callback, struct value *argument)
{
	return callback_call_for(callback, argument, NULL);
}

int callback_call_for(struct callback *callback, struct value *argument, struct value *returned)
{
	const struct callback *outer = calling;
	struct value *outer_returning = returning;
	int status;

	callback_ref(callback);
	calling = callback;
	returning = returned;
	if (callback->contexts)
		status = stack_context_call(callback, argument);
	else
		status = callback->call(callback->self, argument);
	calling = outer;
	returning = outer_returning;
	callback_unref(callback);
	return status;
}

void callback_return(struct value value)
{
	if (returning)
		*returning = value;
	else
		value_release(&value);
}

int callback_forward(struct callback *callback, struct value *argument)
{
	return callback_call_for(callback, argument, returning);
}

struct emit_cause callback_cause(void)
{
	if (!calling)
		return (struct emit_cause){ 0, 0 };
	return (struct emit_cause){ calling->asked_by, calling->triggered_by };
}

uint64_t callback_function(const struct callback *callback)
{
	return callback ? callback->function : 0;
}
