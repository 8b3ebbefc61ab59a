/*
 * simple_httpclient_connection.c - _HTTPConnection from its start to the request on the
 * wire, and every way in which it ends.
 */
#include "core/v31/simple_httpclient_connection.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "core/iostream_ssl.h"
#include "core/netutil.h"
#include "core/platform/descriptor.h"
#include "core/python/alloc.h"
#include "core/python/python.h"
#include "core/python/text.h"
#include "core/stack_context.h"
#include "core/v31/simple_httpclient_internal.h"
#include "trace/emit/emit.h"

static void connection_free(struct simple_connection *connection)
{
	httpclient_unref(connection->client);
	http_request_unref(connection->request);
	callback_unref(connection->release_callback);
	callback_unref(connection->final_callback);
	timeout_unref(connection->timeout);
	url_parts_release(&connection->parsed);
	free(connection->hostname);
	iostream_unref(connection->stream);
	free(connection->reason);
	http_headers_free(connection->headers);
	buffer_release(&connection->chunks);
	gzip_decompressor_free(connection->decompressor);
	free(connection);
}

void simple_httpclient__unref(void *self)
{
	struct simple_connection *connection = self;

	if (!--connection->refs)
		connection_free(connection);
}

static struct simple_connection *connection_ref(struct simple_connection *connection)
{
	connection->refs++;
	return connection;
}

struct callback *simple_httpclient__method(struct simple_connection *connection,
					   callback_call_fn *method, uint64_t function)
{
	return callback_new(method, connection_ref(connection), simple_httpclient__unref, function);
}

uint64_t simple_httpclient__request_time(const struct simple_connection *connection)
{
	return ioloop_time(connection->client->loop) - connection->start_time;
}

void simple_httpclient__remove_timeout(struct simple_connection *connection)
{
	struct timeout *timeout = connection->timeout;
	SPAN(span, _HTTPConnection__remove_timeout);

	connection->timeout = NULL;
	if (timeout)
		ioloop_remove_timeout(connection->client->loop, timeout);
}

int simple_httpclient__release(struct simple_connection *connection)
{
	struct callback *release = connection->release_callback;
	struct value nothing = VALUE_OF_NONE;
	int status;
	SPAN(span, _HTTPConnection__release);

	if (!release)
		return 0;
	connection->release_callback = NULL;
	status = callback_call(release, &nothing);
	callback_unref(release);
	return SPAN_STATUS(span, status);
}

int simple_httpclient__run_callback(struct simple_connection *connection,
				    struct http_response *response)
{
	struct callback *final;
	SPAN(span, _HTTPConnection__run_callback, INT(response->code));

	if (simple_httpclient__release(connection) < 0) {
		http_response_unref(response);
		return SPAN_RAISED(span);
	}
	final = connection->final_callback;
	connection->final_callback = NULL;
	if (!final) {
		http_response_unref(response);
		return 0;
	}
	return SPAN_STATUS(span, ioloop_add_callback(connection->client->loop, final,
						     value_take_response(response)));
}

/*
 * What ExceptionStackContext calls for every exception in a callback of this
 * connection.  After the fetch has ended the exception is someone else's.
 */
static int handle_exception(void *self, struct exc *exc)
{
	struct simple_connection *connection = self;
	struct http_response *response;
	SPAN(span, _HTTPConnection__handle_exception, TEXT(exc_describe(exc)));

	if (!connection->final_callback)
		return SPAN_RET(span, 0);
	simple_httpclient__remove_timeout(connection);
	response = http_response_new(connection->request, 599,
				     simple_httpclient__request_time(connection));
	response->error = exc_ref(exc);
	if (simple_httpclient__run_callback(connection, response) < 0)
		return SPAN_RAISED(span);
	if (connection->stream && iostream_close(connection->stream) < 0)
		return SPAN_RAISED(span);
	return SPAN_RET(span, 1);
}

static int on_timeout(void *self, struct value *argument)
{
	struct simple_connection *connection = self;
	struct emit_cause cause = callback_cause();
	SPAN_CAUSED(span, _HTTPConnection__on_timeout, &cause);

	(void)argument;
	timeout_unref(connection->timeout);
	connection->timeout = NULL;
	if (connection->final_callback) {
		exc_raise_take(exc_new(EXC_HTTP_ERROR, 599, "HTTP 599: Timeout"));
		return SPAN_RAISED(span);
	}
	return 0;
}

/* Has _on_timeout called `timeout` ns after the start; 0 = never. */
static void add_timeout(struct simple_connection *connection, int64_t timeout)
{
	struct callback *callback;

	if (!timeout)
		return;
	callback = stack_context_wrap(simple_httpclient__method(connection, on_timeout,
								KIND__HTTPConnection__on_timeout));
	connection->timeout = ioloop_add_timeout(
		connection->client->loop, connection->start_time + (uint64_t)timeout, callback);
}

static int on_close(void *self, struct value *argument)
{
	struct simple_connection *connection = self;
	struct exc *error;
	SPAN(span, _HTTPConnection__on_close);

	(void)argument;
	if (!connection->final_callback)
		return 0;
	error = iostream_error(connection->stream);
	exc_raise_take(exc_set_cause(exc_new(EXC_HTTP_ERROR, 599, "HTTP 599: %s",
					     error ? error->text : "Connection closed"),
				     error));
	return SPAN_RAISED(span);
}

/* The request's bytes, and headers that it lacked. */
static int build_request(struct simple_connection *connection, struct buffer *out)
{
	struct http_request *request = connection->request;
	char *path;
	int status;

	if (simple_httpclient__add_headers(request, &connection->parsed) < 0)
		return -1;
	path = simple_httpclient__path(&connection->parsed);
	status = simple_httpclient__append_head(out, request->method, path, request->headers);
	free(path);
	if (status == 0 && request->body &&
	    buffer_append(out, request->body, request->body_length) < 0)
		status = exc_raise(EXC_MEMORY_ERROR, "%s", "");
	return status;
}

static int on_connect(void *self, struct value *argument)
{
	struct simple_connection *connection = self;
	struct iostream *stream = connection->stream;
	struct buffer text = { 0 };
	int status;
	SPAN(span, _HTTPConnection__on_connect);

	(void)argument;
	simple_httpclient__remove_timeout(connection);
	add_timeout(connection, connection->request->request_timeout);
	status = build_request(connection, &text);
	if (status == 0)
		status = iostream_set_nodelay(stream, true);
	if (status == 0)
		status = iostream_write(stream, buffer_data(&text), text.size, NULL);
	buffer_release(&text);
	if (status == 0)
		status = simple_httpclient__read_headers(connection);
	return SPAN_STATUS(span, status);
}

static bool is_https(const struct simple_connection *connection)
{
	return simple_httpclient__is_https(&connection->parsed);
}

/* The texts stay the request's. */
static struct ssl_options ssl_options(const struct http_request *request)
{
	return (struct ssl_options){
		.cert_required = request->validate_cert,
		.trusts_system = true,
		.ends_ragged = request->is_careful,
		.ca_certs = request->ca_certs,
		.certfile = request->client_cert,
		.keyfile = request->client_key,
		.ciphers = "DEFAULT:!SSLv2",
	};
}

static struct iostream *create_stream(struct simple_connection *connection, int family)
{
	struct httpclient *client = connection->client;
	struct iostream *stream;
	SPAN(span, _HTTPConnection__create_stream);

	if (is_https(connection)) {
		struct ssl_options options = ssl_options(connection->request);

		stream = ssliostream_open(client->loop, family, client->max_buffer_size, &options);
	} else {
		stream = iostream_open(client->loop, family, client->max_buffer_size);
	}
	if (!stream)
		(void)SPAN_RAISED(span);
	return stream;
}

static int connect_stream(struct simple_connection *connection,
			  const struct resolved_address *address)
{
	struct callback *callback =
		simple_httpclient__method(connection, on_connect, KIND__HTTPConnection__on_connect);

	if (is_https(connection))
		return ssliostream_connect(connection->stream, address, connection->hostname,
					   callback);
	return iostream_connect(connection->stream, address, callback);
}

static int on_resolve(void *self, struct value *argument)
{
	struct simple_connection *connection = self;
	const struct http_request *request = connection->request;
	const struct resolved_address *address;
	SPAN(span, _HTTPConnection__on_resolve, INT(addrinfo_list_count(argument->addrinfo)));

	if (!addrinfo_list_count(argument->addrinfo)) {
		exc_raise(EXC_INDEX_ERROR, "list index out of range");
		return SPAN_RAISED(span);
	}
	/* only the first address is ever tried */
	address = &argument->addrinfo->entries[0];
	connection->stream = create_stream(connection, address->family);
	if (!connection->stream)
		return SPAN_RAISED(span);
	add_timeout(connection, request->connect_timeout < request->request_timeout
					? request->connect_timeout
					: request->request_timeout);
	(void)iostream_set_close_callback(
		connection->stream,
		simple_httpclient__method(connection, on_close, KIND__HTTPConnection__on_close));
	return SPAN_STATUS(span, connect_stream(connection, address));
}

/* The part of __init__ whose exceptions meet _handle_exception. */
static int start(struct simple_connection *connection)
{
	const struct http_request *request = connection->request;
	struct future *future;
	const char *port;

	if (simple_httpclient__parse_url(request, &connection->parsed) < 0)
		return -1;
	connection->hostname = simple_httpclient__split_host(&connection->parsed, &port);
	future = resolver_resolve(&connection->client->resolver, connection->hostname, port,
				  request->allow_ipv6 ? AF_UNSPEC : AF_INET,
				  simple_httpclient__method(connection, on_resolve,
							    KIND__HTTPConnection__on_resolve));
	if (!future)
		return -1;
	future_unref(future);
	return 0;
}

int v31_http_connection(struct httpclient *client, struct http_request *request,
			struct callback *release, struct callback *final)
{
	struct simple_connection *connection = core_alloc(sizeof(*connection));
	struct stack_context *context;
	int status;
	SPAN(span, _HTTPConnection___init__);

	connection->refs = 1;
	connection->client = httpclient_ref(client);
	connection->request = http_request_ref(request);
	connection->release_callback = release;
	connection->final_callback = final;
	connection->start_time = ioloop_time(client->loop);
	context = stack_context_enter(handle_exception, connection_ref(connection),
				      simple_httpclient__unref);
	status = stack_context_exit(context, start(connection));
	stack_context_unref(context);
	simple_httpclient__unref(connection);
	return SPAN_STATUS(span, status);
}
