/*
 * gen_callback.c - gen.Callback, gen.Wait and gen.WaitAll, the same in all
 * generations: a function for whoever calls back, and the wait for that call.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "core/gen.h"
#include "core/gen_point.h"
#include "core/python/alloc.h"

uint64_t gen_new_key(void)
{
	static _Atomic uint64_t last_key;

	return atomic_fetch_add_explicit(&last_key, 1, memory_order_relaxed) + 1;
}

/* A Callback or a Wait. */
struct key_point {
	struct yield_point point;
	uint64_t key;
};

static uint64_t key_of(const struct yield_point *point)
{
	return ((const struct key_point *)point)->key;
}

static struct value key_point_new(const struct yield_point_class *class, uint64_t key)
{
	struct key_point *self = core_alloc(sizeof(*self));

	yield_point_init(&self->point, class);
	self->key = key;
	return value_take_point(&self->point);
}

static int callback_start(struct yield_point *point, struct runner_keys *runner)
{
	SPAN(span, Callback_start, OBJECT(key_of(point)));

	return SPAN_STATUS(span, runner_register_callback(runner, key_of(point)));
}

static int callback_is_ready(struct yield_point *point)
{
	SPAN(span, Callback_is_ready, OBJECT(key_of(point)));

	return SPAN_RET(span, 1);
}

static int callback_get_result(struct yield_point *point, struct value *result)
{
	SPAN(span, Callback_get_result, OBJECT(key_of(point)));

	*result = value_take_function(point->runner->result_callback(point->runner, key_of(point)));
	return 0;
}

static const struct yield_point_class callback_class = {
	.tag = EMIT_VALUE_CALLBACK,
	.start = callback_start,
	.is_ready = callback_is_ready,
	.get_result = callback_get_result,
};

struct value gen_callback(uint64_t key)
{
	SPAN(span, Callback___init__, OBJECT(key));

	return key_point_new(&callback_class, key);
}

static int wait_start(struct yield_point *point, struct runner_keys *runner)
{
	SPAN(span, Wait_start, OBJECT(key_of(point)));

	(void)runner;
	return 0;
}

static int wait_is_ready(struct yield_point *point)
{
	SPAN(span, Wait_is_ready, OBJECT(key_of(point)));
	int ready = runner_is_ready(point->runner, key_of(point));

	if (ready < 0)
		return SPAN_RAISED(span);
	return SPAN_RET(span, ready);
}

static int wait_get_result(struct yield_point *point, struct value *result)
{
	SPAN(span, Wait_get_result, OBJECT(key_of(point)));

	return SPAN_STATUS(span, runner_pop_result(point->runner, key_of(point), result));
}

static const struct yield_point_class wait_class = {
	.tag = EMIT_VALUE_WAIT,
	.start = wait_start,
	.is_ready = wait_is_ready,
	.get_result = wait_get_result,
};

struct value gen_wait(uint64_t key)
{
	SPAN(span, Wait___init__, OBJECT(key));

	return key_point_new(&wait_class, key);
}

struct wait_all {
	struct yield_point point;
	size_t count;
	uint64_t keys[];
};

static int wait_all_start(struct yield_point *point, struct runner_keys *runner)
{
	SPAN(span, WaitAll_start);

	(void)point;
	(void)runner;
	return 0;
}

/* all(...): the first key without a result settles it. */
static int wait_all_is_ready(struct yield_point *point)
{
	SPAN(span, WaitAll_is_ready);
	const struct wait_all *self = (const struct wait_all *)point;
	int ready = 1;

	for (size_t i = 0; i < self->count && ready > 0; i++)
		ready = runner_is_ready(point->runner, self->keys[i]);
	if (ready < 0)
		return SPAN_RAISED(span);
	return SPAN_RET(span, ready);
}

static int wait_all_get_result(struct yield_point *point, struct value *result)
{
	SPAN(span, WaitAll_get_result);
	const struct wait_all *self = (const struct wait_all *)point;
	struct value list = value_of_items(VALUE_LIST, self->count);

	for (size_t i = 0; i < self->count; i++)
		if (runner_pop_result(point->runner, self->keys[i], &list.items->at[i].value) < 0) {
			value_release(&list);
			return SPAN_RAISED(span);
		}
	*result = list;
	return 0;
}

static const struct yield_point_class wait_all_class = {
	.tag = EMIT_VALUE_WAIT_ALL,
	.start = wait_all_start,
	.is_ready = wait_all_is_ready,
	.get_result = wait_all_get_result,
};

struct value gen_wait_all(const uint64_t *keys, size_t count)
{
	SPAN(span, WaitAll___init__, INT(count));
	struct wait_all *self = core_alloc(sizeof(*self) + count * sizeof(*keys));

	yield_point_init(&self->point, &wait_all_class);
	self->count = count;
	for (size_t i = 0; i < count; i++)
		self->keys[i] = keys[i];
	return value_take_point(&self->point);
}
