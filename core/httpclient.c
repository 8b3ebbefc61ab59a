/*
 * httpclient.c - AsyncHTTPClient: one client a loop, and fetch().
 */
#include "core/httpclient.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/generation.h"
#include "core/httpclient_internal.h"
#include "core/ioloop.h"
#include "core/python/alloc.h"
#include "core/simple_httpclient.h"
#include "core/stack_context.h"
#include "trace/emit/emit.h"

#define MAX_CLIENTS 10

/* _async_clients(): the clients of all loops of the process, under the lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct httpclient **clients;
static size_t count, room;
static struct httpclient_options configured;

void httpclient_configure(const struct httpclient_options *options)
{
	pthread_mutex_lock(&lock);
	configured = options ? *options : (struct httpclient_options){ 0 };
	pthread_mutex_unlock(&lock);
}

/* Needs the lock. */
static struct httpclient *client_new(struct ioloop *loop)
{
	struct httpclient *client = core_alloc(sizeof(*client));

	client->refs = 1;
	client->loop = loop;
	client->max_clients = configured.max_clients ? configured.max_clients : MAX_CLIENTS;
	client->max_buffer_size = configured.max_buffer_size
					  ? configured.max_buffer_size
					  : generation()->traits->max_buffer_size;
	client->max_header_size = configured.max_header_size;
	client->max_body_size = configured.max_body_size;
	resolver_init(&client->resolver, loop);
	client->last = &client->first;
	clients = core_room_for_one(clients, count, &room, sizeof(*clients));
	clients[count++] = client;
	return client;
}

/* The loop's client, or NULL.  Needs the lock. */
static struct httpclient *client_of(const struct ioloop *loop)
{
	for (size_t i = 0; i < count; i++)
		if (clients[i]->loop == loop)
			return clients[i];
	return NULL;
}

static bool client_is_cached(const struct ioloop *loop)
{
	bool cached;

	pthread_mutex_lock(&lock);
	cached = client_of(loop) != NULL;
	pthread_mutex_unlock(&lock);
	return cached;
}

static struct httpclient *client_get(struct ioloop *loop)
{
	struct httpclient *client;

	if (!loop)
		loop = ioloop_current();
	pthread_mutex_lock(&lock);
	client = client_of(loop);
	if (!client)
		client = client_new(loop);
	pthread_mutex_unlock(&lock);
	return client;
}

/* The row comes first: to ask for a client may be what makes the loop. */
static struct httpclient *client_get_told(struct ioloop *loop)
{
	bool cached = client_is_cached(loop ? loop : ioloop_current_if_any());
	SPAN_OF(span, httpclient___new__, INT(cached), TEXT("SimpleAsyncHTTPClient"));

	return client_get(loop);
}

struct httpclient *httpclient_instance(struct ioloop *loop)
{
	return generation()->kinds->httpclient___new__ ? client_get_told(loop) : client_get(loop);
}

struct httpclient *httpclient_ref(struct httpclient *client)
{
	client->refs++;
	return client;
}

void httpclient_unref(struct httpclient *client)
{
	if (!client || --client->refs)
		return;
	simple_httpclient_release(client);
	resolver_release(&client->resolver);
	free(client);
}

void httpclient_close(struct httpclient *client)
{
	bool found = false;

	if (!client)
		return;
	resolver_close(&client->resolver);
	client->closed = true;
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < count && !found; i++) {
		found = clients[i] == client;
		if (found)
			clients[i] = clients[--count];
	}
	if (!count) {
		free(clients);
		clients = NULL;
		room = 0;
	}
	pthread_mutex_unlock(&lock);
	if (found)
		httpclient_unref(client);
}

/* What fetch()'s handle_response closes over. */
struct ending {
	struct future *future; /* a reference */
	bool raise_error;
};

/* handle_response: the end of the fetch becomes the end of its future. */
static int handle_response(void *self, struct value *argument)
{
	const struct ending *ending = self;
	struct exc *error = http_response_error(argument->response);
	struct emit_cause cause = callback_cause();
	SPAN_CAUSED(span, AsyncHTTPClient_fetch_handle_response, &cause,
		    INT(argument->response->code), TEXT(error ? exc_describe(error) : "None"));

	if (error && ending->raise_error)
		return SPAN_STATUS(span, future_set_exception(ending->future, error));
	exc_unref(error);
	return SPAN_STATUS(span, future_set_result(ending->future, value_move(argument)));
}

static void release_ending(void *self)
{
	struct ending *ending = self;

	future_unref(ending->future);
	free(ending);
}

static struct callback *ending_new(struct future *future, bool raise_error)
{
	struct ending *ending = core_alloc(sizeof(*ending));

	*ending = (struct ending){ future_ref(future), raise_error };
	return callback_new(handle_response, ending, release_ending,
			    KIND_AsyncHTTPClient_fetch_handle_response);
}

/* fetch()'s handle_future, which serves a callback that fetch() was given. */
struct waiter {
	struct ioloop *loop;
	struct http_request *request;
	struct callback *callback;
};

/* The response that a callback gets: errors come as one, too. */
static struct http_response *response_of(struct waiter *waiter, struct future *future)
{
	struct exc *exc = future_exception(future);
	struct http_response *response;
	struct value *result;

	if (exc && http_error_response(exc))
		return http_response_ref(http_error_response(exc));
	if (exc) {
		response =
			http_response_new(waiter->request, 599, http_request_age(waiter->request));
		response->error = exc_ref(exc);
		return response;
	}
	if (future_result(future, &result) < 0)
		return NULL;
	return http_response_ref(result->response);
}

static int handle_future(void *self, struct value *argument)
{
	struct waiter *waiter = self;
	struct http_response *response;
	SPAN(span, AsyncHTTPClient_fetch_handle_future);

	response = response_of(waiter, argument->future);
	if (!response)
		return SPAN_RAISED(span);
	return SPAN_STATUS(span, ioloop_add_callback(waiter->loop, callback_ref(waiter->callback),
						     value_take_response(response)));
}

static void release_waiter(void *self)
{
	struct waiter *waiter = self;

	http_request_unref(waiter->request);
	callback_unref(waiter->callback);
	free(waiter);
}

/* Takes callback. */
static int call_when_done(struct httpclient *client, struct http_request *request,
			  struct future *future, struct callback *callback)
{
	struct waiter *waiter = core_alloc(sizeof(*waiter));

	waiter->loop = client->loop;
	waiter->request = http_request_ref(request);
	waiter->callback = stack_context_wrap(callback);
	return future_add_done_callback(
		future, callback_new(handle_future, waiter, release_waiter,
				     emit_wrap(KIND_AsyncHTTPClient_fetch_handle_future,
					       callback_function(callback))));
}

struct future *httpclient__fetch(struct httpclient *client, struct http_request *request,
				 const struct http_headers *headers, struct callback *callback,
				 bool raise_error)
{
	struct http_headers *copy;
	struct future *future;
	SPAN(span, AsyncHTTPClient_fetch, TEXT(request->url), FN(callback_function(callback)));

	if (client->closed && generation()->traits->closed_client_refuses) {
		callback_unref(callback);
		exc_raise(EXC_RUNTIME_ERROR, "fetch() called on closed AsyncHTTPClient");
		(void)SPAN_RAISED(span);
		return NULL;
	}
	copy = http_headers_copy(headers);

	/* the connection adds to them (Host, Accept-Encoding): not to the caller's object */
	http_headers_free(request->headers);
	request->headers = copy;
	future = future_new();
	if ((callback && call_when_done(client, request, future, callback) < 0) ||
	    simple_httpclient_fetch_impl(client, request, ending_new(future, raise_error)) < 0) {
		future_unref(future);
		(void)SPAN_RAISED(span);
		return NULL;
	}
	SPAN_RETURN_ROW(span, OBJECT(future_id(future)));
	return future;
}

struct future *httpclient_fetch(struct httpclient *client, struct http_request *request,
				struct callback *callback)
{
	return httpclient__fetch(client, request, request->headers, callback, true);
}

struct future *httpclient_fetch_any(struct httpclient *client, struct http_request *request,
				    struct callback *callback)
{
	return httpclient__fetch(client, request, request->headers, callback, false);
}
