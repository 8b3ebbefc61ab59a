/*
 * gen_multi_point.c - gen.MultiYieldPoint and gen.YieldFuture of 4.3: a list with
 * yield points of the older kind in it, which only a Runner can start and ask.
 */
#include <stdlib.h>

#include "core/gen.h"
#include "core/ioloop.h"
#include "core/python/alloc.h"
#include "core/v43/gen.h"
#include "core/v43/gen_multi.h"
#include "trace/emit/emit.h"

/* A future among yield points. */
struct yield_future {
	struct yield_point point;
	struct future *future; /* until started, and if it is done; else it holds the Runner */
	uint64_t key;          /* 0: it was done when it was started */
};

static int yield_future_start(struct yield_point *point, struct runner_keys *runner)
{
	struct yield_future *self = (struct yield_future *)point;
	struct future *future = self->future;
	SPAN(span, YieldFuture_start, OBJECT(future_id(future)));
	int status;

	if (future_done(future))
		return 0;
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
	uint64_t key = ((struct yield_future *)point)->key;
	int ready = key ? runner_is_ready(point->runner, key) : 1;

	if (ready < 0)
		return SPAN_RAISED(span);
	return SPAN_RET(span, ready);
}

static int yield_future_get_result(struct yield_point *point, struct value *result)
{
	SPAN(span, YieldFuture_get_result);
	struct yield_future *self = (struct yield_future *)point;
	struct value popped, *lent;
	int status;

	if (self->key && runner_pop_result(point->runner, self->key, &popped) < 0)
		return SPAN_RAISED(span);
	if (self->key)
		self->future = popped.future;
	status = future_result(self->future, &lent);
	if (status == 0)
		*result = value_copy(lent);
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

/* YieldFuture(future): takes the reference. */
static struct yield_point *yield_future_new(struct future *future)
{
	SPAN(span, YieldFuture___init__, OBJECT(future_id(future)));
	struct yield_future *self = core_alloc(sizeof(*self));

	yield_point_init(&self->point, &yield_future_class);
	self->future = future;
	return &self->point;
}

struct multi_point {
	struct yield_point point;
	struct value children; /* a yield point each */
	size_t ready;          /* so many in front are; the original asks in no order */
};

static struct yield_point *child_of(const struct multi_point *self, size_t i)
{
	return self->children.items->at[i].value.point;
}

static int multi_start(struct yield_point *point, struct runner_keys *runner)
{
	struct multi_point *self = (struct multi_point *)point;
	int status = 0;

	for (size_t i = 0; i < self->children.items->count && status == 0; i++)
		status = yield_point_start(child_of(self, i), runner);
	return status;
}

static int multi_is_ready(struct yield_point *point)
{
	struct multi_point *self = (struct multi_point *)point;
	int ready = 1;

	while (self->ready < self->children.items->count && ready > 0) {
		ready = yield_point_is_ready(child_of(self, self->ready));
		if (ready > 0)
			self->ready++;
	}
	return ready;
}

/* The first exception is raised, those that follow it are logged. */
static int multi_get_result(struct yield_point *point, struct value *result)
{
	struct multi_point *self = (struct multi_point *)point;
	size_t count = self->children.items->count;
	struct value results = value_of_items(self->children.type, count);
	struct exc *first = NULL;

	for (size_t i = 0; i < count; i++) {
		results.items->at[i].key = self->children.items->at[i].key;
		if (yield_point_get_result(child_of(self, i), &results.items->at[i].value) == 0)
			continue;
		if (!first)
			first = exc_take();
		else
			v43_log_multiple(exc_take());
	}
	if (!first) {
		*result = results;
		return 0;
	}
	value_release(&results);
	return exc_raise_take(first);
}

static void multi_release(struct yield_point *point)
{
	value_release(&((struct multi_point *)point)->children);
}

static const struct yield_point_class multi_class = {
	.tag = EMIT_VALUE_OBJECT,
	.start = multi_start,
	.is_ready = multi_is_ready,
	.get_result = multi_get_result,
	.release = multi_release,
};

struct yield_point *v43_multi_yield_point(struct value children)
{
	struct multi_point *self = core_alloc(sizeof(*self));

	yield_point_init(&self->point, &multi_class);
	self->children = children;
	for (size_t i = 0; i < children.items->count; i++) {
		struct value *item = &children.items->at[i].value;
		struct future *future;

		if (item->type == VALUE_POINT)
			continue;
		future = gen_convert_yielded(value_move(item));
		if (!future) {
			yield_point_unref(&self->point);
			return NULL;
		}
		*item = value_take_point(yield_future_new(future));
	}
	return &self->point;
}
