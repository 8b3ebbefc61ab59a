/*
 * simple_httpclient_connection.c - _HTTPConnection: its start, and every way in
 * which it ends.
 */
#include "core/v43/simple_httpclient_connection.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "core/python/alloc.h"
#include "core/python/ssl.h"
#include "core/stack_context.h"
#include "core/v43/simple_httpclient_internal.h"
#include "core/v43/tcpclient.h"
#include "trace/emit/emit.h"

static void connection_unref(void *self)
{
	struct simple_connection *connection = self;

	http_delegate_unref(&connection->delegate);
}

struct callback *v43_connection_method(struct simple_connection *connection,
				       callback_call_fn *method, uint64_t function)
{
	http_delegate_ref(&connection->delegate);
	return callback_new(method, connection, connection_unref, function);
}

uint64_t v43_connection_request_time(const struct simple_connection *connection)
{
	return ioloop_time(connection->client->loop) - connection->start_time;
}

void v43_connection_remove_timeout(struct simple_connection *connection)
{
	struct timeout *timeout = connection->timeout;
	SPAN(span, _HTTPConnection__remove_timeout);

	connection->timeout = NULL;
	if (timeout)
		ioloop_remove_timeout(connection->client->loop, timeout);
}

int v43_connection_release(struct simple_connection *connection)
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

int v43_connection_run_callback(struct simple_connection *connection,
				struct http_response *response)
{
	struct callback *final;
	SPAN(span, _HTTPConnection__run_callback, INT(response->code));

	if (v43_connection_release(connection) < 0) {
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

/* What the user is told instead of "Stream is closed": why it was.  A new reference. */
static struct exc *reason_of(struct exc *exc)
{
	if (exc->class != EXC_STREAM_CLOSED_ERROR)
		return exc_ref(exc);
	if (iostream_real_error(exc))
		return exc_ref(iostream_real_error(exc));
	return exc_new(EXC_HTTP_ERROR, 599, "HTTP 599: Stream closed");
}

/* After the fetch has ended the exception is someone else's, unless it is only about the stream. */
int v43_connection_handle_exception(void *self, struct exc *exc)
{
	struct simple_connection *connection = self;
	struct http_response *response;
	SPAN(span, _HTTPConnection__handle_exception, TEXT(exc_describe(exc)));

	if (!connection->final_callback)
		return SPAN_RET(span, exc->class == EXC_STREAM_CLOSED_ERROR);
	v43_connection_remove_timeout(connection);
	response = http_response_new(connection->request, 599,
				     v43_connection_request_time(connection));
	response->error = reason_of(exc);
	if (v43_connection_run_callback(connection, response) < 0)
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

void v43_connection_add_timeout(struct simple_connection *connection, int64_t timeout)
{
	struct callback *callback;

	if (!timeout)
		return;
	callback = stack_context_wrap(
		v43_connection_method(connection, on_timeout, KIND__HTTPConnection__on_timeout));
	connection->timeout = ioloop_add_timeout(
		connection->client->loop, connection->start_time + (uint64_t)timeout, callback);
}

/*
 * _get_ssl_options: without special wishes those of the default context, which
 * checks the host's name by itself.  Of a dict start_tls hands no name to the
 * stream, so that nobody checks it; and if it has no ca_certs nobody is trusted.
 * A careful request wants the name checked, and trusts the system's CAs.  Texts
 * stay the request's.
 */
static struct ssl_options ssl_options(const struct http_request *request)
{
	bool wishes = !request->validate_cert || request->ca_certs || request->client_cert ||
		      request->client_key;

	return (struct ssl_options){
		.cert_required = request->validate_cert,
		.check_hostname = !wishes || (request->validate_cert && request->is_careful),
		.trusts_system = !wishes || request->is_careful,
		.ends_ragged = request->is_careful,
		.ca_certs = request->ca_certs,
		.certfile = request->client_cert,
		.keyfile = request->client_key,
		.ciphers = wishes ? "DEFAULT:!SSLv2:!EXPORT:!DES" : NULL,
	};
}

/* The part of __init__ whose exceptions meet _handle_exception. */
static int start(struct simple_connection *connection)
{
	const struct http_request *request = connection->request;
	struct httpclient *client = connection->client;
	struct tcp_target target = {
		.family = request->allow_ipv6 ? AF_UNSPEC : AF_INET,
		.max_buffer_size = client->max_buffer_size,
	};
	struct ssl_options options = ssl_options(request);
	struct future *future;
	char *host;

	if (simple_httpclient__parse_url(request, &connection->parsed) < 0)
		return -1;
	target.host = host = simple_httpclient__split_host(&connection->parsed, &target.port);
	if (simple_httpclient__is_https(&connection->parsed))
		target.ssl_options = &options;
	v43_connection_add_timeout(connection, request->connect_timeout < request->request_timeout
						       ? request->connect_timeout
						       : request->request_timeout);
	future = tcpclient_connect(client->loop, &client->resolver, &target,
				   v43_connection_method(connection, v43_connection_on_connect,
							 KIND__HTTPConnection__on_connect));
	free(host);
	if (!future)
		return -1;
	future_unref(future);
	return 0;
}

int v43_http_connection(struct httpclient *client, struct http_request *request,
			struct callback *release, struct callback *final)
{
	struct simple_connection *connection = core_alloc(sizeof(*connection));
	struct stack_context *context;
	int status;
	SPAN(span, _HTTPConnection___init__);

	connection->delegate = (struct http_delegate){ &v43_connection_class, 1 };
	connection->client = httpclient_ref(client);
	connection->request = http_request_ref(request);
	connection->release_callback = release;
	connection->final_callback = final;
	connection->start_time = ioloop_time(client->loop);
	http_delegate_ref(&connection->delegate);
	context =
		stack_context_enter(v43_connection_handle_exception, connection, connection_unref);
	status = stack_context_exit(context, start(connection));
	stack_context_unref(context);
	connection_unref(connection);
	return SPAN_STATUS(span, status);
}
