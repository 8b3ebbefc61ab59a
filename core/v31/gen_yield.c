/*
 * gen_yield.c - YieldFuture and _NullYieldPoint.
 */
#include "core/v31/gen_yield.h"

#include "core/ioloop.h"
#include "core/v31/gen_runner.h"
#include "trace/emit/emit.h"

void yield_point_init(struct yield_point *point, struct future *future)
{
	SPAN(span, YieldFuture___init__, OBJECT(future_id(future)));

	point->future = future;
	point->key = runner_new_key();
}

void yield_point_release(struct yield_point *point)
{
	future_unref(point->future);
	*point = (struct yield_point){ 0 };
}

int yield_point_start(struct yield_point *point, struct runner *runner)
{
	SPAN(span, YieldFuture_start, OBJECT(future_id(point->future)));
	struct future *future = point->future;
	int status = runner_register_callback(runner, point->key);

	point->future = NULL;
	if (status == 0)
		status = ioloop_add_future(ioloop_current(), future,
					   runner_result_callback(runner, point->key));
	future_unref(future);
	return SPAN_STATUS(span, status);
}

static int null_is_ready(void)
{
	SPAN(span, _NullYieldPoint_is_ready);

	return SPAN_RET(span, 1);
}

int yield_point_is_ready(struct yield_point *point, struct runner *runner)
{
	int ready;

	if (!point->key)
		return null_is_ready();

	SPAN(span, YieldFuture_is_ready);
	ready = runner_is_ready(runner, point->key);
	if (ready < 0)
		return SPAN_RAISED(span);
	return SPAN_RET(span, ready);
}

static int null_get_result(struct value *received)
{
	SPAN(span, _NullYieldPoint_get_result);

	*received = VALUE_OF_NONE;
	return 0;
}

int yield_point_get_result(struct yield_point *point, struct runner *runner, struct value *received)
{
	struct value *result;

	if (!point->key)
		return null_get_result(received);

	SPAN(span, YieldFuture_get_result);
	if (runner_pop_result(runner, point->key, received) < 0)
		return SPAN_RAISED(span);
	if (received->type != VALUE_FUTURE)
		return 0;
	return SPAN_STATUS(span, future_result(received->future, &result));
}
