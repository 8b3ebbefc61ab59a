/*
 * gen_task.c - gen.Task of 3.1: a yield point that calls a function when it is
 * started, and waits until that calls back.
 */
#include "core/gen.h"
#include "core/python/alloc.h"
#include "core/v31/gen_yield.h"
#include "trace/emit/emit.h"

struct task {
	struct yield_point point;
	gen_task_fn *call;
	void *self; /* lent: the task is started in the yield that gets it */
	uint64_t key;
};

static int task_start(struct yield_point *point, struct runner_keys *runner)
{
	SPAN(span, Task_start);
	struct task *task = (struct task *)point;

	task->key = gen_new_key();
	if (runner_register_callback(runner, task->key) < 0)
		return SPAN_RAISED(span);
	return SPAN_STATUS(span,
			   task->call(task->self, runner->result_callback(runner, task->key)));
}

static int task_is_ready(struct yield_point *point)
{
	SPAN(span, Task_is_ready);
	int ready = runner_is_ready(point->runner, ((struct task *)point)->key);

	if (ready < 0)
		return SPAN_RAISED(span);
	return SPAN_RET(span, ready);
}

static int task_get_result(struct yield_point *point, struct value *result)
{
	SPAN(span, Task_get_result);

	return SPAN_STATUS(span,
			   runner_pop_result(point->runner, ((struct task *)point)->key, result));
}

static const struct yield_point_class task_class = {
	.tag = EMIT_VALUE_TASK,
	.start = task_start,
	.is_ready = task_is_ready,
	.get_result = task_get_result,
};

struct value v31_task(gen_task_fn *call, void *self, uint64_t function)
{
	SPAN(span, Task___init__, FN(function));
	struct task *task = core_alloc(sizeof(*task));

	yield_point_init(&task->point, &task_class);
	task->call = call;
	task->self = self;
	return value_take_point(&task->point);
}
