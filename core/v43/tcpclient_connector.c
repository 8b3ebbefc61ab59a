/*
 * tcpclient_connector.c - _Connector: tries the addresses of a host, one family
 * after the other and then side by side (RFC 6555, "Happy Eyeballs").
 *
 * The addresses are parted by family.  That of the first address has a head
 * start; when it fails, or after 0.3 s, the other family is tried as well.  In
 * each family one attempt is under way at a time.  The first stream that is
 * connected wins.
 *
 * A connector is kept by its timeout and by the futures of its attempts.
 */
#include "core/v43/tcpclient.h"

#include <stdlib.h>
#include <string.h>

#include "core/ioloop.h"
#include "core/iostream.h"
#include "core/netutil.h"
#include "core/python/alloc.h"
#include "core/python/exc.h"
#include "trace/emit/emit.h"

/* _INITIAL_CONNECT_TIMEOUT, in nanoseconds. */
#define INITIAL_CONNECT_TIMEOUT 300000000u

struct connector {
	unsigned refs;
	struct ioloop *loop;
	size_t max_buffer_size;
	struct future *future;   /* of start() */
	struct timeout *timeout; /* NULL once the other family is tried */
	struct exc *last_error;
	size_t remaining; /* attempts that have not failed yet */
	struct addrinfo_list *primary;
	struct addrinfo_list *secondary;
};

/* One attempt: an address, and the family's that are left when it fails. */
struct attempt {
	struct connector *connector; /* a reference */
	const struct addrinfo_list *addresses;
	size_t index;
};

static void connector_unref(void *self)
{
	struct connector *connector = self;

	if (--connector->refs)
		return;
	future_unref(connector->future);
	timeout_unref(connector->timeout);
	exc_unref(connector->last_error);
	addrinfo_list_free(connector->primary);
	addrinfo_list_free(connector->secondary);
	free(connector);
}

static struct connector *connector_ref(struct connector *connector)
{
	connector->refs++;
	return connector;
}

/* split(): those of the first one's family, and the others. */
static void split(struct connector *connector, const struct addrinfo_list *addresses)
{
	SPAN(span, _Connector_split, INT(addresses->count));

	connector->primary = addrinfo_list_copy(addresses);
	connector->secondary = addrinfo_list_copy(addresses);
	connector->primary->count = connector->secondary->count = 0;
	for (size_t i = 0; i < addresses->count; i++) {
		const struct resolved_address *address = &addresses->entries[i];
		struct addrinfo_list *list = address->family == addresses->entries[0].family
						     ? connector->primary
						     : connector->secondary;

		list->entries[list->count++] = *address;
	}
}

/* __init__() */
static struct connector *connector_new(struct ioloop *loop, const struct addrinfo_list *addresses,
				       size_t max_buffer_size)
{
	struct connector *connector = core_alloc(sizeof(*connector));
	SPAN(span, _Connector___init__, INT(addresses->count));

	connector->refs = 1;
	connector->loop = loop;
	connector->max_buffer_size = max_buffer_size;
	connector->future = future_new();
	connector->remaining = addresses->count;
	split(connector, addresses);
	return connector;
}

/* TCPClient._create_stream: the future of a stream that connects; NULL = raised. */
static struct future *create_stream(const struct connector *connector,
				    const struct resolved_address *address)
{
	char text[ADDRESS_TEXT_MAX];
	struct iostream *stream;
	struct future *future;

	resolved_address_text(address, text);
	SPAN(span, TCPClient__create_stream, TEXT(text));
	stream = iostream_open(connector->loop, address->family, connector->max_buffer_size);
	future = stream ? iostream_connect_future(stream, address) : NULL;
	iostream_unref(stream);
	if (!future)
		(void)SPAN_RAISED(span);
	return future;
}

static int on_connect_done(void *self, struct value *argument);

static void attempt_free(void *self)
{
	struct attempt *attempt = self;

	connector_unref(attempt->connector);
	free(attempt);
}

/* Nothing is left of a family: if no attempt is under way either, all have failed. */
static int give_up(struct connector *connector)
{
	struct exc *error = connector->last_error;

	if (connector->remaining || future_done(connector->future))
		return 0;
	return future_set_exception(connector->future,
				    error ? exc_ref(error)
					  : exc_new(EXC_IO_ERROR, 0, "connection failed"));
}

static int try_connect(struct connector *connector, const struct addrinfo_list *addresses,
		       size_t index)
{
	struct attempt *attempt;
	struct future *future;
	int status;
	SPAN(span, _Connector_try_connect);

	if (index >= addresses->count)
		return SPAN_STATUS(span, give_up(connector));
	future = create_stream(connector, &addresses->entries[index]);
	if (!future)
		return SPAN_RAISED(span);
	attempt = core_alloc(sizeof(*attempt));
	*attempt = (struct attempt){ connector_ref(connector), addresses, index };
	status = future_add_done_callback(future,
					  callback_new(on_connect_done, attempt, attempt_free,
						       KIND__Connector_on_connect_done));
	future_unref(future);
	return SPAN_STATUS(span, status);
}

static int on_timeout(void *self, struct value *argument)
{
	struct connector *connector = self;
	/* without an argument it is called before its time, by whom is seen in the trace */
	struct emit_cause cause = argument ? callback_cause() : (struct emit_cause){ 0, 0 };
	SPAN_CAUSED(span, _Connector_on_timeout, &cause);

	timeout_unref(connector->timeout);
	connector->timeout = NULL;
	return SPAN_STATUS(span, try_connect(connector, connector->secondary, 0));
}

/* The next address of the family; and the other family need not wait any longer. */
static int attempt_failed(const struct attempt *attempt, struct exc *error)
{
	struct connector *connector = attempt->connector;
	struct timeout *timeout;

	if (future_done(connector->future)) {
		exc_unref(error);
		return 0;
	}
	exc_unref(connector->last_error);
	connector->last_error = error;
	if (try_connect(connector, attempt->addresses, attempt->index + 1) < 0)
		return -1;
	timeout = connector->timeout;
	if (!timeout)
		return 0;
	connector->timeout = NULL;
	ioloop_remove_timeout(connector->loop, timeout);
	return on_timeout(connector, NULL);
}

static void clear_timeout(struct connector *connector)
{
	struct timeout *timeout = connector->timeout;
	SPAN(span, _Connector_clear_timeout);

	connector->timeout = NULL;
	if (timeout)
		ioloop_remove_timeout(connector->loop, timeout);
}

/* (af, addr, stream) */
static struct value connected(const struct resolved_address *address, struct iostream *stream)
{
	struct value tuple = value_of_items(VALUE_TUPLE, 3);
	char text[ADDRESS_TEXT_MAX];

	resolved_address_text(address, text);
	tuple.items->at[0].value = VALUE_OF_INT(address->family);
	tuple.items->at[1].value = value_from_bytes(text, strlen(text));
	tuple.items->at[2].value = value_take_stream(iostream_ref(stream));
	return tuple;
}

static int on_connect_done(void *self, struct value *argument)
{
	const struct attempt *attempt = self;
	struct connector *connector = attempt->connector;
	const struct resolved_address *address = &attempt->addresses->entries[attempt->index];
	char text[ADDRESS_TEXT_MAX];
	struct value *result;

	resolved_address_text(address, text);
	SPAN(span, _Connector_on_connect_done, TEXT(text));
	connector->remaining--;
	if (future_result(argument->future, &result) < 0)
		return SPAN_STATUS(span, attempt_failed(attempt, exc_take()));
	clear_timeout(connector);
	/* another one was faster */
	if (future_done(connector->future))
		return SPAN_STATUS(span, iostream_close(result->stream));
	return SPAN_STATUS(
		span, future_set_result(connector->future, connected(address, result->stream)));
}

/* set_timout(), which is spelt so in the original. */
static void set_timout(struct connector *connector)
{
	SPAN(span, _Connector_set_timout, INT(INITIAL_CONNECT_TIMEOUT));

	connector->timeout = ioloop_add_timeout(
		connector->loop, ioloop_time(connector->loop) + INITIAL_CONNECT_TIMEOUT,
		callback_new(on_timeout, connector_ref(connector), connector_unref,
			     KIND__Connector_on_timeout));
}

static struct future *start(struct connector *connector)
{
	SPAN(span, _Connector_start);

	if (try_connect(connector, connector->primary, 0) < 0) {
		(void)SPAN_RAISED(span);
		return NULL;
	}
	set_timout(connector);
	return future_ref(connector->future);
}

struct future *tcpclient__connect_to_any(struct ioloop *loop, const struct addrinfo_list *addresses,
					 size_t max_buffer_size)
{
	struct connector *connector = connector_new(loop, addresses, max_buffer_size);
	struct future *future = start(connector);

	connector_unref(connector);
	return future;
}
