/*
 * gen_task.c - gen.Task of 4.3: a function that calls, and the future of what it
 * is called back with.
 *
 * It was a yield point in 3.1.  As a future it needs neither key nor Runner, and
 * can be put into a list or given to with_timeout.
 */
#include "core/stack_context.h"
#include "core/v43/gen_runner.h"
#include "trace/emit/emit.h"

/* _argument_adapter's wrapper() around Task's set_result(): what comes too late is dropped. */
static int task_set_result(struct future *future, struct value *argument)
{
	SPAN(span, Task_set_result, OBJECT(future_id(future)), INT(value_describe(argument)));

	if (future_done(future))
		return 0;
	return SPAN_STATUS(span, future_set_result(future, value_move(argument)));
}

static int task_adapter_call(void *self, struct value *argument)
{
	struct emit_cause cause = callback_cause();
	SPAN_CAUSED(span, _argument_adapter_wrapper, &cause);

	return SPAN_STATUS(span, task_set_result(self, argument));
}

static void task_release(void *self)
{
	future_unref(self);
}

/* Task's handle_exception(): an operation that raises, now or later, fails the future. */
static int task_handle_exception(void *self, struct exc *exc)
{
	if (future_done(self))
		return 0;
	return future_set_exc_info(self, exc_ref(exc)) < 0 ? -1 : 1;
}

struct value v43_task(gen_task_fn *call, void *self, uint64_t function)
{
	SPAN(span, Task, FN(function));
	struct future *future = future_new();
	struct callback *callback;
	struct stack_context *context;
	int status;

	callback = callback_new(task_adapter_call, future_ref(future), task_release,
				emit_wrap(KIND__argument_adapter_wrapper, KIND_Task_set_result));
	callback->asked_by = span.id;
	context = stack_context_enter(task_handle_exception, future_ref(future), task_release);
	status = call(self, callback);
	status = stack_context_exit(context, status);
	stack_context_unref(context);
	if (status == 0)
		return value_take_future(future);
	future_unref(future);
	(void)SPAN_RAISED(span);
	return VALUE_OF_NONE;
}
