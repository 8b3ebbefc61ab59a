/*
 * gen_yield.c - YieldFuture and _NullYieldPoint.
 */
#include "core/v31/gen_yield.h"

#include "core/gen.h"
#include "core/ioloop.h"
#include "core/python/alloc.h"
#include "trace/emit/emit.h"

struct yield_future {
	struct yield_point point;
	/*
	 * Held until started only.  From then on the future holds the runner,
	 * through its callback, and brings itself along as the result; a
	 * reference back would keep both alive for ever.
	 */
	struct future *future;
	uint64_t key;
};

static int yield_future_start(struct yield_point *point, struct runner_keys *runner)
{
	struct yield_future *self = (struct yield_future *)point;
	struct future *future = self->future;
	SPAN(span, YieldFuture_start, OBJECT(future_id(future)));
	int status;

	self->future = NULL;
	self->key = gen_new_key();
	status = runner_register_callback(runner, self->key);
	if (status == 0)
		status = ioloop_add_future(ioloop_current(), future,
					   runner->result_callback(runner, self->key));
	future_unref(future);
	return SPAN_STATUS(span, status);
}

static int yield_future_is_ready(struct yield_point *point)
{
	SPAN(span, YieldFuture_is_ready);
	int ready = runner_is_ready(point->runner, ((struct yield_future *)point)->key);

	if (ready < 0)
		return SPAN_RAISED(span);
	return SPAN_RET(span, ready);
}

static int yield_future_get_result(struct yield_point *point, struct value *result)
{
	SPAN(span, YieldFuture_get_result);
	struct value popped, *lent;
	int status;

	if (runner_pop_result(point->runner, ((struct yield_future *)point)->key, &popped) < 0)
		return SPAN_RAISED(span);
	status = future_result(popped.future, &lent);
	if (status == 0)
		*result = value_copy(lent);
	value_release(&popped);
	return SPAN_STATUS(span, status);
}

static void yield_future_release(struct yield_point *point)
{
	future_unref(((struct yield_future *)point)->future);
}

static const struct yield_point_class yield_future_class = {
	.tag = EMIT_VALUE_OBJECT,
	.start = yield_future_start,
	.is_ready = yield_future_is_ready,
	.get_result = yield_future_get_result,
	.release = yield_future_release,
};

struct yield_point *yield_future_new(struct future *future)
{
	SPAN(span, YieldFuture___init__, OBJECT(future_id(future)));
	struct yield_future *self = core_alloc(sizeof(*self));

	yield_point_init(&self->point, &yield_future_class);
	self->future = future;
	return &self->point;
}

static int null_start(struct yield_point *point, struct runner_keys *runner)
{
	(void)point;
	(void)runner;
	return 0;
}

static int null_is_ready(struct yield_point *point)
{
	SPAN(span, _NullYieldPoint_is_ready);

	(void)point;
	return SPAN_RET(span, 1);
}

static int null_get_result(struct yield_point *point, struct value *result)
{
	SPAN(span, _NullYieldPoint_get_result);

	(void)point;
	*result = VALUE_OF_NONE;
	return 0;
}

static const struct yield_point_class null_class = {
	.tag = EMIT_VALUE_OBJECT,
	.start = null_start,
	.is_ready = null_is_ready,
	.get_result = null_get_result,
};

struct yield_point *null_yield_point_new(void)
{
	struct yield_point *self = core_alloc(sizeof(*self));

	yield_point_init(self, &null_class);
	return self;
}
