/*
 * simple_httpclient_request.c - _HTTPConnection._on_connect: the connection
 * stands, so the request is written and the response waited for.
 */
#include <stdlib.h>

#include "core/v43/simple_httpclient_internal.h"
#include "trace/emit/emit.h"

static struct http1connection *create_connection(struct simple_connection *connection)
{
	const struct http1connection_parameters parameters = {
		.max_header_size = connection->client->max_header_size,
		.max_body_size = connection->client->max_body_size,
		.decompress = connection->request->use_gzip,
		.refuses_cut_off = connection->request->is_careful,
	};
	struct http1connection *created = NULL;
	SPAN(span, _HTTPConnection__create_connection);

	if (iostream_set_nodelay(connection->stream, true) == 0)
		created = http1connection_new(connection->stream, &parameters);
	if (!created)
		(void)SPAN_RAISED(span);
	return created;
}

/* _read_response's `lambda f: f.result()`: an exception there meets _handle_exception. */
static int read_response_lambda(void *self, struct value *argument)
{
	struct emit_cause cause = callback_cause();
	struct value *result;
	SPAN_CAUSED(span, _HTTPConnection__read_response_lambda, &cause);

	(void)self;
	return SPAN_STATUS(span, future_result(argument->future, &result));
}

static int read_response(struct simple_connection *connection)
{
	struct future *future;
	int status;
	SPAN(span, _HTTPConnection__read_response);

	future = http1connection_read_response(connection->connection, &connection->delegate);
	if (!future)
		return SPAN_RAISED(span);
	status = ioloop_add_future(connection->client->loop, future,
				   callback_new(read_response_lambda, NULL, NULL,
						KIND__HTTPConnection__read_response_lambda));
	future_unref(future);
	return SPAN_STATUS(span, status);
}

int v43_connection_write_body(struct simple_connection *connection, bool start_read)
{
	const struct http_request *request = connection->request;
	int status = 0;
	SPAN(span, _HTTPConnection__write_body);

	if (request->body)
		status = http1connection_write(connection->connection, request->body,
					       request->body_length);
	if (status == 0)
		status = http1connection_finish(connection->connection);
	if (status == 0 && start_read)
		status = read_response(connection);
	return SPAN_STATUS(span, status);
}

static int write_head(struct simple_connection *connection)
{
	struct http_request *request = connection->request;
	char *path = simple_httpclient__path(&connection->parsed);
	int status = -1;

	connection->connection = create_connection(connection);
	if (connection->connection)
		status = http1connection_write_headers(connection->connection, request->method,
						       path, request->headers);
	free(path);
	return status;
}

static int send_request(struct simple_connection *connection)
{
	struct http_request *request = connection->request;

	v43_connection_remove_timeout(connection);
	v43_connection_add_timeout(connection, request->request_timeout);
	if (simple_httpclient__add_headers(request, &connection->parsed) < 0 ||
	    write_head(connection) < 0)
		return -1;
	if (request->expect_100_continue)
		return read_response(connection);
	return v43_connection_write_body(connection, true);
}

int v43_connection_on_connect(void *self, struct value *argument)
{
	struct simple_connection *connection = self;
	struct iostream *stream = argument->stream;
	SPAN(span, _HTTPConnection__on_connect, FD(iostream_name(stream)));

	/* the fetch has ended meanwhile: its time was up */
	if (!connection->final_callback)
		return SPAN_STATUS(span, iostream_close(stream));
	connection->stream = iostream_ref(stream);
	if (iostream_set_close_callback(
		    stream, v43_connection_method(connection, v43_connection_on_connection_close,
						  KIND__HTTPConnection_on_connection_close)) < 0)
		return SPAN_RAISED(span);
	return SPAN_STATUS(span, send_request(connection));
}
