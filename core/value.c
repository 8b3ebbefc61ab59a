/*
 * value.c - small tagged values and who owns what they point to.
 */
#include "core/value.h"

#include <stdlib.h>
#include <string.h>

#include "core/concurrent.h"
#include "core/httpclient.h"
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
	default:
		return EMIT_VALUE(EMIT_VALUE_OBJECT, 0);
	}
}
