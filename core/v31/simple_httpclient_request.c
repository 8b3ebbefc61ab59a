/*
 * simple_httpclient_request.c - the request that _on_connect writes: the middle part of
 * that function, which adds the headers that are missing.
 */
#include <stdio.h>
#include <string.h>

#include "core/python/alloc.h"
#include "core/python/python.h"
#include "core/python/text.h"
#include "core/v31/simple_httpclient_internal.h"

static bool one_of(const char *text, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(text, *list) == 0)
			return true;
	return false;
}

static int check_method(const struct http_request *request)
{
	static const char *const supported[] = { "GET",    "HEAD",  "POST",    "PUT",
						 "DELETE", "PATCH", "OPTIONS", NULL };
	char *message, *repr;

	if (request->allow_nonstandard_methods || one_of(request->method, supported))
		return 0;
	message = text_format("unknown method %s", request->method);
	repr = python_repr(message, strlen(message));
	/* str() of a KeyError is the repr of its argument */
	exc_raise(EXC_KEY_ERROR, "%s", repr);
	free(message);
	free(repr);
	return -1;
}

static void set_default(struct http_headers *headers, const char *name, const char *value)
{
	if (!http_headers_contains(headers, name))
		http_headers_set(headers, name, value);
}

/* Those of the URL come first, then those of the request. */
static int add_authorization(struct simple_connection *connection)
{
	const struct http_request *request = connection->request;
	const char *username = connection->parsed.username;
	const char *password = connection->parsed.password;
	char *text, *encoded, *value;

	if (!username) {
		username = request->auth_username;
		password = request->auth_password ? request->auth_password : "";
	}
	if (!username)
		return 0;
	if (request->auth_mode && strcmp(request->auth_mode, "basic") != 0) {
		char *repr = python_repr(request->auth_mode, strlen(request->auth_mode));

		exc_raise(EXC_VALUE_ERROR, "('unsupported auth_mode %%s', %s)", repr);
		free(repr);
		return -1;
	}
	if (!password)
		return exc_raise(EXC_TYPE_ERROR, "cannot concatenate 'str' and 'NoneType' objects");
	text = text_format("%s:%s", username, password);
	encoded = http_base64(text, strlen(text));
	value = text_format("Basic %s", encoded);
	http_headers_set(request->headers, "Authorization", value);
	free(text);
	free(encoded);
	free(value);
	return 0;
}

static int check_body(const struct http_request *request)
{
	static const char *const with_body[] = { "POST", "PATCH", "PUT", NULL };

	if (request->allow_nonstandard_methods ||
	    one_of(request->method, with_body) == (request->body != NULL))
		return 0;
	return exc_raise(EXC_ASSERTION_ERROR, "%s", "");
}

static int add_headers(struct simple_connection *connection)
{
	const struct http_request *request = connection->request;
	struct http_headers *headers = request->headers;
	const char *netloc = connection->parsed.netloc;
	const char *at = strrchr(netloc, '@');
	char number[24];

	set_default(headers, "Connection", "close");
	set_default(headers, "Host", at ? at + 1 : netloc);
	if (add_authorization(connection) < 0)
		return -1;
	if (request->user_agent && request->user_agent[0])
		http_headers_set(headers, "User-Agent", request->user_agent);
	if (check_body(request) < 0)
		return -1;
	if (request->body) {
		snprintf(number, sizeof(number), "%zu", request->body_length);
		http_headers_set(headers, "Content-Length", number);
	}
	if (strcmp(request->method, "POST") == 0)
		set_default(headers, "Content-Type", "application/x-www-form-urlencoded");
	if (request->use_gzip)
		http_headers_set(headers, "Accept-Encoding", "gzip");
	return 0;
}

static int append(struct buffer *out, const char *text, size_t length)
{
	if (buffer_append(out, text, length) < 0)
		return exc_raise(EXC_MEMORY_ERROR, "%s", "");
	return 0;
}

/* Appends what text_format() made, and frees it. */
static int append_take(struct buffer *out, char *text)
{
	int status = append(out, text, strlen(text));

	free(text);
	return status;
}

static int append_request_line(const struct simple_connection *connection, struct buffer *out)
{
	const struct url_parts *url = &connection->parsed;

	return append_take(out, text_format("%s %s%s%s HTTP/1.1\r\n", connection->request->method,
					    url->path[0] ? url->path : "/",
					    url->query[0] ? "?" : "", url->query));
}

static int append_headers(const struct http_headers *headers, struct buffer *out)
{
	struct http_headers_cursor cursor = { 0 };
	const char *name, *value;

	while (http_headers_next(headers, &cursor, &name, &value)) {
		char *line = text_format("%s: %s", name, value);

		if (strchr(line, '\n')) {
			char *repr = python_repr(line, strlen(line));

			exc_raise(EXC_VALUE_ERROR, "Newline in header: %s", repr);
			free(repr);
			free(line);
			return -1;
		}
		if (append_take(out, line) < 0 || append(out, "\r\n", 2) < 0)
			return -1;
	}
	return append(out, "\r\n", 2);
}

int simple_httpclient__build_request(struct simple_connection *connection, struct buffer *out)
{
	const struct http_request *request = connection->request;

	if (check_method(request) < 0 || add_headers(connection) < 0)
		return -1;
	if (append_request_line(connection, out) < 0 || append_headers(request->headers, out) < 0)
		return -1;
	return request->body ? append(out, request->body, request->body_length) : 0;
}
