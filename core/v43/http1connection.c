/*
 * http1connection.c - HTTP1Connection: the writing half, and the end.
 *
 * Reading and writing are independent of each other: the response is read while
 * the request is still being written, and _finish_future tells the reader that
 * the writer is done.
 */
#include "core/v43/http1connection_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/iostream.h"
#include "core/iostream_internal.h"
#include "core/log.h"
#include "core/python/alloc.h"
#include "core/python/buffer.h"
#include "core/python/python.h"
#include "core/simple_httpclient_internal.h"
#include "trace/emit/emit.h"

struct http1connection *http1connection_new(struct iostream *stream,
					    const struct http1connection_parameters *parameters)
{
	struct http1connection *connection = core_alloc(sizeof(*connection));
	SPAN(span, HTTP1Connection___init__);

	connection->refs = 1;
	connection->stream = iostream_ref(stream);
	connection->max_header_size =
		parameters->max_header_size ? parameters->max_header_size : IOSTREAM_HEADER_MAX;
	connection->max_body_size = (int64_t)(parameters->max_body_size ? parameters->max_body_size
									: stream->max_buffer_size);
	connection->decompress = parameters->decompress;
	connection->refuses_cut_off = parameters->refuses_cut_off;
	connection->finish_future = future_new();
	if (http1connection__clear_callbacks(connection) == 0)
		return connection;
	http1connection_unref(connection);
	(void)SPAN_RAISED(span);
	return NULL;
}

struct http1connection *http1connection_ref(struct http1connection *connection)
{
	connection->refs++;
	return connection;
}

void http1connection_unref(void *self)
{
	struct http1connection *connection = self;

	if (!connection || --connection->refs)
		return;
	iostream_unref(connection->stream);
	future_unref(connection->pending_write);
	future_unref(connection->write_future);
	future_unref(connection->finish_future);
	free(connection);
}

static struct future *take(struct future **place)
{
	struct future *future = *place;

	*place = NULL;
	return future;
}

/* future (taken; NULL does nothing) gets None. */
static int resolve(struct future *future)
{
	int status = future ? future_set_result(future, VALUE_OF_NONE) : 0;

	future_unref(future);
	return status;
}

int http1connection__log_exceptions(int status)
{
	struct exc *exc;

	if (status >= 0)
		return status;
	exc = exc_take();
	log_message(LOG_LEVEL_ERROR, LOGGER_APPLICATION, "Uncaught exception",
		    "Uncaught exception: %s", exc_describe(exc));
	SPAN(span, _QuietException___init__);
	exc_raise_take(exc_set_cause(exc_new(EXC_QUIET_EXCEPTION, 0, "%s", ""), exc));
	exc_unref(exc);
	return -1;
}

int http1connection__clear_callbacks(struct http1connection *connection)
{
	SPAN(span, HTTP1Connection__clear_callbacks);

	future_unref(take(&connection->write_future));
	return SPAN_STATUS(span, iostream_set_close_callback(connection->stream, NULL));
}

/* The request was on its way when the connection was closed. */
static int on_connection_close(void *self, struct value *argument)
{
	struct http1connection *connection = self;
	SPAN(span, HTTP1Connection__on_connection_close);

	(void)argument;
	if (resolve(take(&connection->finish_future)) < 0)
		return SPAN_RAISED(span);
	return SPAN_STATUS(span, http1connection__clear_callbacks(connection));
}

/*
 * The stream has dropped the callback.  If nobody has taken _finish_future off
 * by now nobody will resolve it, and the coroutine that waits for it, which
 * holds the connection, has to go.
 */
static void on_close_release(void *self)
{
	struct http1connection *connection = self;

	future_unref(take(&connection->finish_future));
	http1connection_unref(connection);
}

struct callback *http1connection__on_close(struct http1connection *connection)
{
	return callback_new(on_connection_close, http1connection_ref(connection), on_close_release,
			    KIND_HTTP1Connection__on_connection_close);
}

int http1connection_close(struct http1connection *connection)
{
	struct future *finish = take(&connection->finish_future);
	int status;
	SPAN(span, HTTP1Connection_close);

	status = iostream_close(connection->stream);
	if (status == 0)
		status = http1connection__clear_callbacks(connection);
	if (status < 0) {
		future_unref(finish);
		return SPAN_RAISED(span);
	}
	return SPAN_STATUS(span, resolve(finish));
}

static int on_write_complete(void *self, struct value *argument)
{
	struct http1connection *connection = self;
	struct exc *exc = future_exception(argument->future);
	SPAN(span, HTTP1Connection__on_write_complete);

	if (exc && exc->class != EXC_STREAM_CLOSED_ERROR) {
		exc_raise_take(exc_ref(exc));
		return SPAN_RAISED(span);
	}
	return SPAN_STATUS(span, resolve(take(&connection->write_future)));
}

/* Has method called when the last write to the stream is done. */
static int after_write(struct http1connection *connection, callback_call_fn *method,
		       uint64_t function)
{
	return future_add_done_callback(connection->pending_write,
					callback_new(method, http1connection_ref(connection),
						     http1connection_unref, function));
}

static int write_to_stream(struct http1connection *connection, const void *data, size_t length)
{
	struct future *future = iostream_write_future(connection->stream, data, length);

	if (!future)
		return -1;
	future_unref(connection->pending_write);
	connection->pending_write = future;
	return after_write(connection, on_write_complete, KIND_HTTP1Connection__on_write_complete);
}

/* A write's own future: it fails at once if the stream is closed.  1 = go on, 0 = it is. */
static int begin_write(struct http1connection *connection)
{
	int status;

	future_unref(connection->write_future);
	connection->write_future = future_new();
	if (!iostream_closed(connection->stream))
		return 1;
	status = future_set_exception(connection->write_future,
				      exc_new(EXC_STREAM_CLOSED_ERROR, 0, "Stream is closed"));
	future_exception(connection->write_future);
	return status;
}

static bool has_body(const char *method)
{
	return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
	       strcmp(method, "PATCH") == 0;
}

/* What the headers say about the body; and a header, where they should have said it. */
static int frame_output(struct http1connection *connection, const char *method,
			struct http_headers *headers)
{
	const char *length;

	connection->chunking_output = has_body(method) &&
				      !http_headers_contains(headers, "Content-Length") &&
				      !http_headers_contains(headers, "Transfer-Encoding");
	if (connection->chunking_output)
		http_headers_set(headers, "Transfer-Encoding", "chunked");
	length = http_headers_get(headers, "Content-Length");
	connection->has_length = length != NULL;
	return length ? python_int(length, strlen(length), 10, &connection->remaining) : 0;
}

int http1connection_write_headers(struct http1connection *connection, const char *method,
				  const char *path, struct http_headers *headers)
{
	struct buffer head = { 0 };
	int status;
	SPAN(span, HTTP1Connection_write_headers);

	connection->is_head = strcmp(method, "HEAD") == 0;
	if (frame_output(connection, method, headers) < 0)
		return SPAN_RAISED(span);
	status = simple_httpclient__append_head(&head, method, path, headers);
	if (status == 0)
		status = begin_write(connection);
	if (status > 0)
		status = write_to_stream(connection, buffer_data(&head), head.size);
	buffer_release(&head);
	return SPAN_STATUS(span, status);
}

/* Nothing may be written that was not announced: closes and raises if the body is too long. */
static int count_output(struct http1connection *connection, size_t length)
{
	if (!connection->has_length)
		return 0;
	connection->remaining -= (int64_t)length;
	if (connection->remaining >= 0)
		return 0;
	if (iostream_close(connection->stream) < 0)
		return -1;
	return exc_raise(EXC_HTTP_OUTPUT_ERROR, "Tried to write more data than Content-Length");
}

/* The piece as it goes onto the wire, appended to *out. */
static int format_chunk(struct http1connection *connection, const void *data, size_t length,
			struct buffer *out)
{
	bool chunked = connection->chunking_output && length;
	char size[24];
	int n;
	SPAN(span, HTTP1Connection__format_chunk);

	if (count_output(connection, length) < 0)
		return SPAN_RAISED(span);
	n = snprintf(size, sizeof(size), "%zx\r\n", length);
	if ((chunked && buffer_append(out, size, (size_t)n) < 0) ||
	    buffer_append(out, data, length) < 0 || (chunked && buffer_append(out, "\r\n", 2) < 0))
		return SPAN_STATUS(span, exc_raise(EXC_MEMORY_ERROR, "%s", ""));
	return 0;
}

int http1connection_write(struct http1connection *connection, const void *data, size_t length)
{
	struct buffer chunk = { 0 };
	int status;
	SPAN(span, HTTP1Connection_write, INT(length));

	status = begin_write(connection);
	if (status > 0)
		status = format_chunk(connection, data, length, &chunk) < 0
				 ? -1
				 : write_to_stream(connection, buffer_data(&chunk), chunk.size);
	buffer_release(&chunk);
	return SPAN_STATUS(span, status);
}

static int finish_request(void *self, struct value *argument)
{
	struct http1connection *connection = self;
	struct future *finish = take(&connection->finish_future);
	int status;
	SPAN(span, HTTP1Connection__finish_request);

	(void)argument;
	status = http1connection__clear_callbacks(connection);
	/* the stream is left as the next request would expect it */
	if (status == 0)
		status = iostream_set_nodelay(connection->stream, false);
	if (status < 0) {
		future_unref(finish);
		return SPAN_RAISED(span);
	}
	return SPAN_STATUS(span, resolve(finish));
}

/* The body is shorter than announced: closes and raises. */
static int body_too_short(struct http1connection *connection)
{
	if (iostream_close(connection->stream) < 0)
		return -1;
	return exc_raise(EXC_HTTP_OUTPUT_ERROR,
			 "Tried to write %lld bytes less than Content-Length",
			 (long long)connection->remaining);
}

int http1connection_finish(struct http1connection *connection)
{
	bool open = !iostream_closed(connection->stream);
	SPAN(span, HTTP1Connection_finish);

	if (connection->has_length && connection->remaining && open)
		return SPAN_STATUS(span, body_too_short(connection));
	if (connection->chunking_output && open && write_to_stream(connection, "0\r\n\r\n", 5) < 0)
		return SPAN_RAISED(span);
	/* what is left goes out now, instead of waiting for more */
	if (iostream_set_nodelay(connection->stream, true) < 0)
		return SPAN_RAISED(span);
	if (!connection->pending_write)
		return SPAN_STATUS(span, finish_request(connection, NULL));
	return SPAN_STATUS(span, after_write(connection, finish_request,
					     KIND_HTTP1Connection__finish_request));
}

struct future *http1connection_read_response(struct http1connection *connection,
					     struct http_delegate *delegate)
{
	struct http_delegate *gzip = NULL;
	struct future *future;
	SPAN(span, HTTP1Connection_read_response);

	if (connection->decompress)
		delegate = gzip = http1connection__gzip_delegate(delegate);
	future = http1connection__read_message(connection, delegate);
	http_delegate_unref(gzip);
	if (!future)
		(void)SPAN_RAISED(span);
	return future;
}
