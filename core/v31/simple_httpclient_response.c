/*
 * simple_httpclient_response.c - _on_headers: the head of the response, and what it says
 * about the body.
 */
#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "core/python/alloc.h"
#include "core/python/python.h"
#include "core/python/text.h"
#include "core/v31/simple_httpclient_internal.h"
#include "trace/emit/emit.h"

int simple_httpclient__read_headers(struct simple_connection *connection)
{
	return iostream_read_until_regex(
		connection->stream, HTTP_END_OF_HEADERS, "end-of-headers",
		simple_httpclient__method(connection, simple_httpclient__on_headers,
					  KIND__HTTPConnection__on_headers));
}

static int handle_1xx(struct simple_connection *connection, int code)
{
	SPAN(span, _HTTPConnection__handle_1xx, INT(code));

	return SPAN_STATUS(span, simple_httpclient__read_headers(connection));
}

/*
 * The match of "HTTP/1.[01] ([0-9]+) ([^\r]*)" at the start of the first line:
 * the code, cut off at INT_MAX, and where the reason starts, or NULL.
 */
static const char *match_status_line(const char *line, int *code)
{
	const char *end = line;
	int64_t number;

	/* the dots of the expression: any character, and one that stands for itself */
	if (strncmp(line, "HTTP/1", 6) != 0 || !line[6] || (line[7] != '0' && line[7] != '1') ||
	    line[8] != ' ')
		return NULL;
	for (end = line + 9; isdigit((unsigned char)*end); end++)
		;
	if (end == line + 9 || *end != ' ')
		return NULL;
	if (python_int(line + 9, (size_t)(end - line - 9), 10, &number) < 0)
		return NULL;
	*code = number > INT_MAX ? INT_MAX : (int)number;
	return end + 1;
}

/* 1 = *length is the Content-Length, 0 = the response has none, -1 raised. */
static int content_length_of(struct http_headers *headers, int64_t *length)
{
	const char *value = http_headers_get(headers, "Content-Length");

	if (!value)
		return 0;
	if (http_merge_content_lengths(headers, EXC_VALUE_ERROR) < 0)
		return -1;
	value = http_headers_get(headers, "Content-Length");
	return python_int(value, strlen(value), 10, length) < 0 ? -1 : 1;
}

/* Calls header_callback with a line, which is freed. */
static int call_with_line(struct callback *callback, char *line)
{
	struct value argument = value_take_bytes(line, strlen(line));
	int status = callback_call(callback, &argument);

	value_release(&argument);
	return status;
}

static int call_header_callback(struct simple_connection *connection, const char *first_line)
{
	struct callback *callback = connection->request->header_callback;
	struct http_headers_cursor cursor = { 0 };
	const char *name, *value;

	if (call_with_line(callback, text_format("%s\n", first_line)) < 0)
		return -1;
	while (http_headers_next(connection->headers, &cursor, &name, &value))
		if (call_with_line(callback, text_format("%s: %s\r\n", name, value)) < 0)
			return -1;
	return call_with_line(callback, text_duplicate("\r\n"));
}

static bool is_header(const struct http_headers *headers, const char *name, const char *value)
{
	const char *actual = http_headers_get(headers, name);

	return actual && strcmp(actual, value) == 0;
}

/* The rest of _on_headers: whether there is a body, and how to read it. */
static int expect_body(struct simple_connection *connection, int has_length, int64_t length)
{
	const struct http_headers *headers = connection->headers;

	if (strcmp(connection->request->method, "HEAD") == 0 || connection->code == 304)
		return simple_httpclient__on_body(connection, "", 0);
	if (connection->code == 204) {
		if (http_headers_contains(headers, "Transfer-Encoding") ||
		    (has_length && length != 0))
			return exc_raise(EXC_VALUE_ERROR,
					 "Response with code %d should not have body",
					 connection->code);
		return simple_httpclient__on_body(connection, "", 0);
	}
	if (connection->request->use_gzip && is_header(headers, "Content-Encoding", "gzip")) {
		gzip_decompressor_free(connection->decompressor);
		connection->decompressor = gzip_decompressor_new();
		if (!connection->decompressor)
			return -1;
	}
	connection->chunked = is_header(headers, "Transfer-Encoding", "chunked");
	return simple_httpclient__read_body(connection, has_length != 0, length);
}

/* first_line and the header lines after it, as UTF-8. */
static int parse_head(struct simple_connection *connection, char *first_line, const char *lines,
		      size_t lines_length)
{
	const char *reason;
	int64_t length = 0;
	int code, has_length;

	reason = match_status_line(first_line, &code);
	if (!reason)
		return exc_raise(EXC_ASSERTION_ERROR, "%s", "");
	http_headers_free(connection->headers);
	connection->headers = NULL;
	if (http_headers_parse(&connection->headers, lines, lines_length) < 0)
		return -1;
	if (code >= 100 && code < 200)
		return handle_1xx(connection, code);
	connection->code = code;
	free(connection->reason);
	connection->reason = text_copy(reason, strcspn(reason, "\r"));
	has_length = content_length_of(connection->headers, &length);
	if (has_length < 0)
		return -1;
	if (connection->request->header_callback &&
	    call_header_callback(connection, first_line) < 0)
		return -1;
	return expect_body(connection, has_length, length);
}

int simple_httpclient__on_headers(void *self, struct value *argument)
{
	struct simple_connection *connection = self;
	size_t length, first_length;
	char *text, *newline;
	int status;
	SPAN(span, _HTTPConnection__on_headers, INT(argument->bytes.length));

	text = http_latin1_to_utf8(argument->bytes.data, argument->bytes.length, &length);
	/* partition("\n"): the expression that was read for ends in one */
	newline = memchr(text, '\n', length);
	first_length = newline ? (size_t)(newline - text) : length;
	text[first_length] = '\0';
	if (strlen(text) != first_length)
		status = exc_raise(EXC_VALUE_ERROR, "null byte in header");
	else
		status = parse_head(connection, text, newline ? newline + 1 : text + length,
				    length - first_length - (newline != NULL));
	free(text);
	return SPAN_STATUS(span, status);
}
