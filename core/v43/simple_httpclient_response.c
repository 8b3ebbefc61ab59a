/*
 * simple_httpclient_response.c - _HTTPConnection as the HTTPMessageDelegate that
 * is told of the response, and what a whole one leads to.
 */
#include <stdlib.h>
#include <string.h>

#include "core/python/exc.h"
#include "core/python/text.h"
#include "core/v43/simple_httpclient_internal.h"
#include "trace/emit/emit.h"

static bool should_follow_redirect(const struct simple_connection *connection)
{
	SPAN(span, _HTTPConnection__should_follow_redirect);

	return SPAN_RET(span,
			simple_httpclient__is_redirect(connection->request, connection->code));
}

/* Calls callback with bytes, which are taken. */
static int call_with(struct callback *callback, struct value bytes)
{
	int status = callback_call(callback, &bytes);

	value_release(&bytes);
	return status;
}

static int call_with_line(struct callback *callback, char *line)
{
	return call_with(callback, value_take_bytes(line, strlen(line)));
}

static int call_header_callback(struct simple_connection *connection,
				const struct http_start_line *line)
{
	struct callback *callback = connection->request->header_callback;
	struct http_headers_cursor cursor = { 0 };
	const char *name, *value;

	if (call_with_line(callback, text_format("%s %d %s\r\n", line->version, line->code,
						 line->reason)) < 0)
		return -1;
	while (http_headers_next(connection->headers, &cursor, &name, &value))
		if (call_with_line(callback, text_format("%s: %s\r\n", name, value)) < 0)
			return -1;
	return call_with_line(callback, text_duplicate("\r\n"));
}

static int headers_received(struct http_delegate *delegate, const struct http_start_line *line,
			    struct http_headers *headers)
{
	struct simple_connection *connection = (struct simple_connection *)delegate;
	SPAN(span, _HTTPConnection_headers_received, INT(line->code));

	if (connection->request->expect_100_continue && line->code == 100)
		return SPAN_STATUS(span, v43_connection_write_body(connection, false));
	connection->code = line->code;
	free(connection->reason);
	connection->reason = text_duplicate(line->reason);
	http_headers_free(connection->headers);
	connection->headers = http_headers_ref(headers);
	if (should_follow_redirect(connection) || !connection->request->header_callback)
		return 0;
	return SPAN_STATUS(span, call_header_callback(connection, line));
}

static int keep(struct simple_connection *connection, const char *data, size_t length)
{
	size_t limit = connection->client->max_buffer_size;

	if (connection->chunks.size + length > limit)
		return exc_raise(EXC_VALUE_ERROR, "body larger than %zu bytes", limit);
	if (buffer_append(&connection->chunks, data, length) < 0)
		return exc_raise(EXC_MEMORY_ERROR, "%s", "");
	return 0;
}

static int data_received(struct http_delegate *delegate, const char *data, size_t length,
			 struct future **wait)
{
	struct simple_connection *connection = (struct simple_connection *)delegate;
	struct callback *streaming = connection->request->streaming_callback;
	SPAN(span, _HTTPConnection_data_received, INT(length));

	(void)wait;
	/* the body of a redirect is nobody's */
	if (should_follow_redirect(connection))
		return 0;
	if (streaming)
		return SPAN_STATUS(span, call_with(streaming, value_from_bytes(data, length)));
	return SPAN_STATUS(span, keep(connection, data, length));
}

static int on_end_request(struct simple_connection *connection)
{
	SPAN(span, _HTTPConnection__on_end_request);

	return SPAN_STATUS(span, iostream_close(connection->stream));
}

static int follow_redirect(struct simple_connection *connection)
{
	struct http_request *new_request = simple_httpclient__redirected(
		connection->request, connection->code, connection->headers);
	struct callback *final;

	if (!new_request)
		return -1;
	final = connection->final_callback;
	connection->final_callback = NULL;
	if (v43_connection_release(connection) < 0) {
		http_request_unref(new_request);
		callback_unref(final);
		return -1;
	}
	if (simple_httpclient__fetch_again(connection->client, connection->request, new_request,
					   final) < 0)
		return -1;
	return on_end_request(connection);
}

/* Ends the fetch with the response that is now whole. */
static int respond(struct simple_connection *connection)
{
	const struct buffer *chunks = &connection->chunks;
	struct http_response *response;

	response = simple_httpclient__response(
		connection->request, connection->code, connection->reason,
		http_headers_ref(connection->headers), v43_connection_request_time(connection));
	response->body = text_copy(chunks->size ? buffer_data(chunks) : NULL, chunks->size);
	response->body_length = chunks->size;
	if (v43_connection_run_callback(connection, response) < 0)
		return -1;
	return on_end_request(connection);
}

static int finish(struct http_delegate *delegate)
{
	struct simple_connection *connection = (struct simple_connection *)delegate;
	SPAN(span, _HTTPConnection_finish);

	v43_connection_remove_timeout(connection);
	if (should_follow_redirect(connection))
		return SPAN_STATUS(span, follow_redirect(connection));
	return SPAN_STATUS(span, respond(connection));
}

/* `raise HTTPError(599, "Connection closed")`, which is caught on the spot. */
static int handle_closed(struct simple_connection *connection)
{
	struct exc *exc = exc_new(EXC_HTTP_ERROR, 599, "HTTP 599: Connection closed");
	int handled = v43_connection_handle_exception(connection, exc);

	exc_unref(exc);
	return handled < 0 ? -1 : 0;
}

static int on_connection_close(struct http_delegate *delegate)
{
	struct simple_connection *connection = (struct simple_connection *)delegate;
	SPAN(span, _HTTPConnection_on_connection_close);

	if (!connection->final_callback)
		return 0;
	if (!iostream_error(connection->stream))
		return SPAN_STATUS(span, handle_closed(connection));
	exc_raise_take(exc_ref(iostream_error(connection->stream)));
	return SPAN_RAISED(span);
}

int v43_connection_on_connection_close(void *self, struct value *argument)
{
	struct simple_connection *connection = self;

	(void)argument;
	return on_connection_close(&connection->delegate);
}

static void connection_free(struct http_delegate *delegate)
{
	struct simple_connection *connection = (struct simple_connection *)delegate;

	httpclient_unref(connection->client);
	http_request_unref(connection->request);
	callback_unref(connection->release_callback);
	callback_unref(connection->final_callback);
	timeout_unref(connection->timeout);
	url_parts_release(&connection->parsed);
	iostream_unref(connection->stream);
	http1connection_unref(connection->connection);
	free(connection->reason);
	http_headers_free(connection->headers);
	buffer_release(&connection->chunks);
	free(connection);
}

const struct http_delegate_class v43_connection_class = {
	.headers_received = headers_received,
	.data_received = data_received,
	.finish = finish,
	.on_connection_close = on_connection_close,
	.release = connection_free,
};
