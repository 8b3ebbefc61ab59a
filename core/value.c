/*
 * value.c - small tagged values and who owns what they point to.
 */
#include "core/value.h"

#include <stdlib.h>
#include <string.h>

#include "core/callback.h"
#include "core/concurrent.h"
#include "core/gen_point.h"
#include "core/httpclient.h"
#include "core/iostream.h"
#include "core/netutil.h"
#include "core/python/alloc.h"
#include "trace/emit/emit.h"

struct value value_from_bytes(const void *data, size_t length)
{
	char *copy = core_alloc(length + 1);

	if (length)
		memcpy(copy, data, length);
	return value_take_bytes(copy, length);
}

struct value value_take_bytes(char *data, size_t length)
{
	data[length] = '\0';
	return (struct value){ .type = VALUE_BYTES, .bytes = { data, length } };
}

struct value value_take_future(struct future *future)
{
	return (struct value){ .type = VALUE_FUTURE, .future = future };
}

struct value value_take_response(struct http_response *response)
{
	return (struct value){ .type = VALUE_RESPONSE, .response = response };
}

struct value value_take_addrinfo(struct addrinfo_list *list)
{
	return (struct value){ .type = VALUE_ADDRINFO, .addrinfo = list };
}

struct value value_take_function(struct callback *function)
{
	return (struct value){ .type = VALUE_FUNCTION, .function = function };
}

struct value value_take_point(struct yield_point *point)
{
	return (struct value){ .type = VALUE_POINT, .point = point };
}

struct value value_take_stream(struct iostream *stream)
{
	return (struct value){ .type = VALUE_STREAM, .stream = stream };
}

struct value value_of_items(enum value_type type, size_t count)
{
	struct value_items *items = core_alloc(sizeof(*items) + count * sizeof(struct value_item));

	items->count = count;
	return (struct value){ .type = type, .items = items };
}

struct value value_of_pair(struct value a, struct value b)
{
	struct value list = value_of_items(VALUE_LIST, 2);

	list.items->at[0].value = a;
	list.items->at[1].value = b;
	return list;
}

static struct value value_copy_items(const struct value *value)
{
	struct value copy = value_of_items(value->type, value->items->count);

	for (size_t i = 0; i < value->items->count; i++) {
		copy.items->at[i].key = value->items->at[i].key;
		copy.items->at[i].value = value_copy(&value->items->at[i].value);
	}
	return copy;
}

static void value_free_items(struct value_items *items)
{
	for (size_t i = 0; i < items->count; i++)
		value_release(&items->at[i].value);
	free(items);
}

struct value value_move(struct value *value)
{
	struct value moved = *value;

	*value = VALUE_OF_NONE;
	return moved;
}

struct value value_copy(const struct value *value)
{
	switch (value->type) {
	case VALUE_BYTES:
		return value_from_bytes(value->bytes.data, value->bytes.length);
	case VALUE_ADDRINFO:
		return value_take_addrinfo(addrinfo_list_copy(value->addrinfo));
	case VALUE_RESPONSE:
		return value_take_response(http_response_ref(value->response));
	case VALUE_FUTURE:
		return value_take_future(future_ref(value->future));
	case VALUE_LIST:
	case VALUE_DICT:
	case VALUE_TUPLE:
		return value_copy_items(value);
	case VALUE_FUNCTION:
		return value_take_function(callback_ref(value->function));
	case VALUE_POINT:
		return value_take_point(yield_point_ref(value->point));
	case VALUE_STREAM:
		return value_take_stream(iostream_ref(value->stream));
	default:
		return *value;
	}
}

void value_release(struct value *value)
{
	struct value gone = value_move(value);

	switch (gone.type) {
	case VALUE_BYTES:
		free(gone.bytes.data);
		break;
	case VALUE_ADDRINFO:
		addrinfo_list_free(gone.addrinfo);
		break;
	case VALUE_RESPONSE:
		http_response_unref(gone.response);
		break;
	case VALUE_FUTURE:
		future_unref(gone.future);
		break;
	case VALUE_LIST:
	case VALUE_DICT:
	case VALUE_TUPLE:
		value_free_items(gone.items);
		break;
	case VALUE_FUNCTION:
		callback_unref(gone.function);
		break;
	case VALUE_POINT:
		yield_point_unref(gone.point);
		break;
	case VALUE_STREAM:
		iostream_unref(gone.stream);
		break;
	default:
		break;
	}
}

uint64_t value_describe(const struct value *value)
{
	switch (value->type) {
	case VALUE_NONE:
		return EMIT_VALUE(EMIT_VALUE_NONE, 0);
	case VALUE_BOOL:
		return EMIT_VALUE(EMIT_VALUE_BOOL, value->boolean);
	case VALUE_INT:
		return EMIT_VALUE(EMIT_VALUE_INT, value->integer);
	case VALUE_BYTES:
		return EMIT_VALUE(EMIT_VALUE_BYTES, value->bytes.length);
	case VALUE_ADDRINFO:
		return EMIT_VALUE(EMIT_VALUE_LIST, addrinfo_list_count(value->addrinfo));
	case VALUE_RESPONSE:
		return EMIT_VALUE(EMIT_VALUE_RESPONSE, http_response_code(value->response));
	case VALUE_LIST:
		return EMIT_VALUE(EMIT_VALUE_LIST, value->items->count);
	case VALUE_DICT:
		return EMIT_VALUE(EMIT_VALUE_DICT, 0);
	case VALUE_FUNCTION:
		return EMIT_VALUE(EMIT_VALUE_FUNCTION, 0);
	case VALUE_POINT:
		return EMIT_VALUE(yield_point_tag(value->point), 0);
	case VALUE_TUPLE:
		return EMIT_VALUE(EMIT_VALUE_TUPLE, value->items->count);
	case VALUE_STREAM:
		return emit_value_stream(iostream_name(value->stream));
	default:
		return EMIT_VALUE(EMIT_VALUE_OBJECT, 0);
	}
}
