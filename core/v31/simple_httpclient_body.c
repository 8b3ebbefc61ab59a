/*
 * simple_httpclient_body.c - the body of a response: of known length, in chunks, or up to
 * the close; and what a complete one leads to.
 */
#include <string.h>

#include "core/python/alloc.h"
#include "core/python/exc.h"
#include "core/python/python.h"
#include "core/python/text.h"
#include "core/v31/simple_httpclient_internal.h"
#include "trace/emit/emit.h"

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
	if (simple_httpclient__release(connection) < 0) {
		http_request_unref(new_request);
		callback_unref(final);
		return -1;
	}
	if (simple_httpclient__fetch_again(connection->client, connection->request, new_request,
					   final) < 0)
		return -1;
	return on_end_request(connection);
}

static int call_streaming(struct simple_connection *connection, const char *data, size_t length)
{
	struct value argument = value_from_bytes(data, length);
	int status = callback_call(connection->request->streaming_callback, &argument);

	value_release(&argument);
	return status;
}

/* Ends the fetch with the response that is now complete. */
static int respond(struct simple_connection *connection, const char *data, size_t length)
{
	struct http_request *request = connection->request;
	struct http_response *response;

	if (request->streaming_callback) {
		/* the chunks of a chunked body have been there already */
		if (!connection->chunked && call_streaming(connection, data, length) < 0)
			return -1;
		length = 0;
	}
	response = simple_httpclient__response(request, connection->code, connection->reason,
					       connection->headers,
					       simple_httpclient__request_time(connection));
	connection->headers = NULL;
	response->body = text_copy(data, length);
	response->body_length = length;
	if (simple_httpclient__run_callback(connection, response) < 0)
		return -1;
	return on_end_request(connection);
}

/* respond() with what the data decompresses to. */
static int respond_decompressed(struct simple_connection *connection, const char *data,
				size_t length)
{
	struct buffer plain = { 0 };
	int status = gzip_decompress(connection->decompressor, data, length, &plain,
				     connection->client->max_buffer_size);

	if (status == 0)
		status = respond(connection, plain.size ? buffer_data(&plain) : NULL, plain.size);
	buffer_release(&plain);
	return status;
}

int simple_httpclient__on_body(struct simple_connection *connection, const char *data,
			       size_t length)
{
	SPAN(span, _HTTPConnection__on_body, INT(length));

	simple_httpclient__remove_timeout(connection);
	if (connection->until_close && connection->request->is_careful &&
	    iostream_check_cut_off(connection->stream) < 0)
		return SPAN_RAISED(span);
	if (simple_httpclient__is_redirect(connection->request, connection->code))
		return SPAN_STATUS(span, follow_redirect(connection));
	if (connection->decompressor)
		return SPAN_STATUS(span, respond_decompressed(connection, data, length));
	return SPAN_STATUS(span, respond(connection, data, length));
}

static int on_body(void *self, struct value *argument)
{
	return simple_httpclient__on_body(self, argument->bytes.data, argument->bytes.length);
}

static int on_chunk_length(void *self, struct value *argument);

static int read_chunk_length(struct simple_connection *connection)
{
	return iostream_read_until(
		connection->stream, "\r\n", 2,
		simple_httpclient__method(connection, on_chunk_length,
					  KIND__HTTPConnection__on_chunk_length));
}

/* A chunk, decompressed, to where it belongs. */
static int take_chunk(struct simple_connection *connection, const char *data, size_t length)
{
	size_t limit = connection->client->max_buffer_size;

	if (connection->request->streaming_callback)
		return call_streaming(connection, data, length);
	if (connection->chunks.size + length > limit)
		return exc_raise(EXC_VALUE_ERROR, "body larger than %zu bytes", limit);
	if (buffer_append(&connection->chunks, data, length) < 0)
		return exc_raise(EXC_MEMORY_ERROR, "%s", "");
	return 0;
}

static int take_compressed_chunk(struct simple_connection *connection, const char *data,
				 size_t length)
{
	struct buffer plain = { 0 };
	int status = gzip_decompress(connection->decompressor, data, length, &plain,
				     connection->client->max_buffer_size);

	if (status == 0)
		status =
			take_chunk(connection, plain.size ? buffer_data(&plain) : NULL, plain.size);
	buffer_release(&plain);
	return status;
}

static int on_chunk_data(void *self, struct value *argument)
{
	struct simple_connection *connection = self;
	const char *data = argument->bytes.data;
	size_t length = argument->bytes.length;
	int status;
	SPAN(span, _HTTPConnection__on_chunk_data, INT(length));

	if (length < 2 || data[length - 2] != '\r' || data[length - 1] != '\n') {
		exc_raise(EXC_ASSERTION_ERROR, "%s", "");
		return SPAN_RAISED(span);
	}
	if (connection->decompressor)
		status = take_compressed_chunk(connection, data, length - 2);
	else
		status = take_chunk(connection, data, length - 2);
	if (status == 0)
		status = read_chunk_length(connection);
	return SPAN_STATUS(span, status);
}

/* The chunk of length 0: the body is complete.  Trailers are never read. */
static int finish_chunks(struct simple_connection *connection)
{
	/* each chunk was decompressed when it came, and flush() has no more to give */
	gzip_decompressor_free(connection->decompressor);
	connection->decompressor = NULL;
	return simple_httpclient__on_body(
		connection, connection->chunks.size ? buffer_data(&connection->chunks) : NULL,
		connection->chunks.size);
}

static int on_chunk_length(void *self, struct value *argument)
{
	struct simple_connection *connection = self;
	const char *text = argument->bytes.data;
	size_t text_length = argument->bytes.length;
	int64_t length;
	SPAN(span, _HTTPConnection__on_chunk_length, BYTES(text, text_length));

	python_strip(&text, &text_length);
	if (python_int(text, text_length, 16, &length) < 0)
		return SPAN_RAISED(span);
	if (length == 0)
		return SPAN_STATUS(span, finish_chunks(connection));
	/* the chunk ends in CRLF */
	return SPAN_STATUS(span, iostream_read_bytes(connection->stream, length + 2,
						     simple_httpclient__method(
							     connection, on_chunk_data,
							     KIND__HTTPConnection__on_chunk_data),
						     NULL));
}

int simple_httpclient__read_body(struct simple_connection *connection, bool has_length,
				 int64_t content_length)
{
	struct callback *callback;

	if (connection->chunked)
		return read_chunk_length(connection);
	connection->until_close = !has_length;
	callback = simple_httpclient__method(connection, on_body, KIND__HTTPConnection__on_body);
	if (has_length)
		return iostream_read_bytes(connection->stream, content_length, callback, NULL);
	return iostream_read_until_close(connection->stream, callback, NULL);
}
