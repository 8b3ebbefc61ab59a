/*
 * value.c - small tagged values and who owns what they point to.
 */
#include "core/value.h"

#include <stdlib.h>
#include <string.h>

#include "core/python/alloc.h"
#include "trace/emit/emit.h"

struct value value_from_bytes(const void *data, size_t length)
{
	char *copy = core_alloc(length + 1);

	if (length)
		memcpy(copy, data, length);
	return value_take_bytes(copy, length);
}

static struct value bytes_copy(const struct value *value)
{
	return value_from_bytes(value->bytes.data, value->bytes.length);
}

static void bytes_release(struct value *value)
{
	free(value->bytes.data);
}

static uint64_t bytes_describe(const struct value *value)
{
	return EMIT_VALUE(EMIT_VALUE_BYTES, value->bytes.length);
}

static const struct value_class bytes_class = { bytes_copy, bytes_release, bytes_describe };

struct value value_take_bytes(char *data, size_t length)
{
	data[length] = '\0';
	return (struct value){ .type = VALUE_BYTES,
			       .class = &bytes_class,
			       .bytes = { data, length } };
}

static struct value items_copy(const struct value *value)
{
	struct value copy = value_of_items(value->type, value->items->count);

	for (size_t i = 0; i < value->items->count; i++) {
		copy.items->at[i].key = value->items->at[i].key;
		copy.items->at[i].value = value_copy(&value->items->at[i].value);
	}
	return copy;
}

static void items_release(struct value *value)
{
	for (size_t i = 0; i < value->items->count; i++)
		value_release(&value->items->at[i].value);
	free(value->items);
}

static uint64_t items_describe(const struct value *value)
{
	if (value->type == VALUE_DICT)
		return EMIT_VALUE(EMIT_VALUE_DICT, 0);
	return EMIT_VALUE(value->type == VALUE_TUPLE ? EMIT_VALUE_TUPLE : EMIT_VALUE_LIST,
			  value->items->count);
}

static const struct value_class items_class = { items_copy, items_release, items_describe };

struct value value_of_items(enum value_type type, size_t count)
{
	struct value_items *items = core_alloc(sizeof(*items) + count * sizeof(struct value_item));

	items->count = count;
	return (struct value){ .type = type, .class = &items_class, .items = items };
}

struct value value_of_pair(struct value a, struct value b)
{
	struct value list = value_of_items(VALUE_LIST, 2);

	list.items->at[0].value = a;
	list.items->at[1].value = b;
	return list;
}

struct value value_move(struct value *value)
{
	struct value moved = *value;

	*value = VALUE_OF_NONE;
	return moved;
}

struct value value_copy(const struct value *value)
{
	return value->class ? value->class->copy(value) : *value;
}

void value_release(struct value *value)
{
	struct value gone = value_move(value);

	if (gone.class)
		gone.class->release(&gone);
}

uint64_t value_describe(const struct value *value)
{
	if (value->class)
		return value->class->describe(value);
	switch (value->type) {
	case VALUE_NONE:
		return EMIT_VALUE(EMIT_VALUE_NONE, 0);
	case VALUE_BOOL:
		return EMIT_VALUE(EMIT_VALUE_BOOL, value->boolean);
	case VALUE_INT:
		return EMIT_VALUE(EMIT_VALUE_INT, value->integer);
	default:
		return EMIT_VALUE(EMIT_VALUE_OBJECT, 0);
	}
}
