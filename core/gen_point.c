/*
 * gen_point.c - what Callback, Wait and WaitAll are: a key that the Runner
 * expects a result for, and the questions about it.
 */
#include "core/gen_point.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "core/gen.h"
#include "core/python/alloc.h"

void runner_keys_init(struct runner_keys *keys,
		      struct callback *(*result_callback)(struct runner_keys *keys, uint64_t key))
{
	static _Atomic uint64_t last_id;

	keys->id = atomic_fetch_add_explicit(&last_id, 1, memory_order_relaxed) + 1;
	keys->result_callback = result_callback;
}

void runner_keys_release(struct runner_keys *keys)
{
	for (size_t i = 0; i < keys->count; i++)
		value_release(&keys->keys[i].result);
	free(keys->keys);
}

static struct runner_key *runner_find_key(struct runner_keys *keys, uint64_t key)
{
	for (size_t i = 0; i < keys->count; i++)
		if (keys->keys[i].key == key)
			return &keys->keys[i];
	return NULL;
}

int runner_register_callback(struct runner_keys *keys, uint64_t key)
{
	SPAN(span, Runner_register_callback, OBJECT(keys->id), OBJECT(key));

	if (runner_find_key(keys, key)) {
		exc_raise(EXC_KEY_REUSE_ERROR, "key %llu is already pending",
			  (unsigned long long)key);
		return SPAN_RAISED(span);
	}
	keys->keys = core_room_for_one(keys->keys, keys->count, &keys->room, sizeof(*keys->keys));
	keys->keys[keys->count++] = (struct runner_key){ .key = key };
	return 0;
}

int runner_is_ready(struct runner_keys *keys, uint64_t key)
{
	SPAN(span, Runner_is_ready, OBJECT(keys->id), OBJECT(key));
	const struct runner_key *pending = runner_find_key(keys, key);

	if (!pending) {
		exc_raise(EXC_UNKNOWN_KEY_ERROR, "key %llu is not pending",
			  (unsigned long long)key);
		return SPAN_RAISED(span);
	}
	return SPAN_RET(span, pending->has_result);
}

void runner_keep_result(struct runner_keys *keys, uint64_t key, struct value result)
{
	struct runner_key *pending = runner_find_key(keys, key);

	if (!pending) {
		value_release(&result);
		return;
	}
	value_release(&pending->result);
	pending->result = result;
	pending->has_result = true;
}

int runner_pop_result(struct runner_keys *keys, uint64_t key, struct value *result)
{
	struct runner_key *pending = runner_find_key(keys, key);

	if (!pending || !pending->has_result)
		return exc_raise(EXC_KEY_ERROR, "%llu", (unsigned long long)key);
	*result = pending->result;
	*pending = keys->keys[--keys->count];
	return 0;
}

void yield_point_init(struct yield_point *point, const struct yield_point_class *class)
{
	point->refs = 1;
	point->class = class;
}

struct yield_point *yield_point_ref(struct yield_point *point)
{
	if (point)
		point->refs++;
	return point;
}

void yield_point_unref(struct yield_point *point)
{
	if (!point || --point->refs)
		return;
	if (point->class->release)
		point->class->release(point);
	free(point);
}

enum emit_value yield_point_tag(const struct yield_point *point)
{
	return point->class->tag;
}

static struct value point_value_copy(const struct value *value)
{
	return value_take_point(yield_point_ref(value->point));
}

static void point_value_release(struct value *value)
{
	yield_point_unref(value->point);
}

static uint64_t point_value_describe(const struct value *value)
{
	return EMIT_VALUE(yield_point_tag(value->point), 0);
}

static const struct value_class point_class = {
	point_value_copy,
	point_value_release,
	point_value_describe,
};

struct value value_take_point(struct yield_point *point)
{
	return (struct value){ .type = VALUE_POINT, .class = &point_class, .point = point };
}

int yield_point_start(struct yield_point *point, struct runner_keys *runner)
{
	point->runner = runner;
	return point->class->start(point, runner);
}

int yield_point_is_ready(struct yield_point *point)
{
	return point->class->is_ready(point);
}

int yield_point_get_result(struct yield_point *point, struct value *result)
{
	return point->class->get_result(point, result);
}

bool value_has_points(const struct value *value)
{
	if (value->type != VALUE_LIST && value->type != VALUE_DICT)
		return false;
	for (size_t i = 0; i < value->items->count; i++)
		if (value->items->at[i].value.type == VALUE_POINT)
			return true;
	return false;
}
