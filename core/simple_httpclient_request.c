/*
 * simple_httpclient_request.c - the request that _on_connect writes: the middle
 * part of that function, which adds the headers that are missing; and what goes
 * before it and after it, the host to connect to and the request of a redirect.
 */
#include <stdio.h>
#include <string.h>

#include "core/generation.h"
#include "core/python/alloc.h"
#include "core/python/python.h"
#include "core/python/text.h"
#include "core/simple_httpclient_internal.h"

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
static int add_authorization(struct http_request *request, const struct url_parts *parsed)
{
	const char *username = parsed->username;
	const char *password = parsed->password;
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

	bool expected = one_of(request->method, with_body);

	if (request->allow_nonstandard_methods || expected == (request->body != NULL))
		return 0;
	if (!generation()->traits->explains_body_errors)
		return exc_raise(EXC_ASSERTION_ERROR, "%s", "");
	return exc_raise(EXC_VALUE_ERROR,
			 "Body must %sbe None for method %s (unless "
			 "allow_nonstandard_methods is true)",
			 expected ? "not " : "", request->method);
}

int simple_httpclient__add_headers(struct http_request *request, const struct url_parts *parsed)
{
	struct http_headers *headers = request->headers;
	const char *netloc = parsed->netloc;
	const char *at = strrchr(netloc, '@');
	char number[24];

	if (check_method(request) < 0)
		return -1;
	set_default(headers, "Connection", "close");
	set_default(headers, "Host", at ? at + 1 : netloc);
	if (add_authorization(request, parsed) < 0)
		return -1;
	if (request->user_agent && request->user_agent[0])
		http_headers_set(headers, "User-Agent", request->user_agent);
	if (check_body(request) < 0)
		return -1;
	if (request->expect_100_continue)
		http_headers_set(headers, "Expect", "100-continue");
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

char *simple_httpclient__path(const struct url_parts *parsed)
{
	return text_format("%s%s%s", parsed->path[0] ? parsed->path : "/",
			   parsed->query[0] ? "?" : "", parsed->query);
}

static int append(struct buffer *out, const char *text, size_t length)
{
	if (buffer_append(out, text, length) < 0)
		return exc_raise(EXC_MEMORY_ERROR, "%s", "");
	return 0;
}

/* A line that text_format() made, which is freed. */
static int append_line(struct buffer *out, char *line, bool check)
{
	int status = -1;

	if (check && strpbrk(line, "\r\n")) {
		char *repr = python_repr(line, strlen(line));

		exc_raise(EXC_VALUE_ERROR, "Newline in header: %s", repr);
		free(repr);
	} else if (append(out, line, strlen(line)) == 0) {
		status = append(out, "\r\n", 2);
	}
	free(line);
	return status;
}

int simple_httpclient__append_head(struct buffer *out, const char *method, const char *path,
				   const struct http_headers *headers)
{
	struct http_headers_cursor cursor = { 0 };
	const char *name, *value;

	if (append_line(out, text_format("%s %s HTTP/1.1", method, path),
			generation()->traits->refuses_newline_in_first_line) < 0)
		return -1;
	while (http_headers_next(headers, &cursor, &name, &value))
		if (append_line(out, text_format("%s: %s", name, value), true) < 0)
			return -1;
	return append(out, "\r\n", 2);
}

bool simple_httpclient__is_https(const struct url_parts *parsed)
{
	return strcmp(parsed->scheme, "https") == 0;
}

char *simple_httpclient__split_host(const struct url_parts *parsed, const char **port)
{
	const char *at = strrchr(parsed->netloc, '@');
	const char *start = at ? at + 1 : parsed->netloc;
	const char *colon = strrchr(start, ':');
	size_t length = strlen(start);

	*port = simple_httpclient__is_https(parsed) ? "443" : "80";
	if (colon && colon > start && colon[1] && !colon[1 + strspn(colon + 1, "0123456789")]) {
		*port = colon + 1;
		length = (size_t)(colon - start);
	}
	if (length >= 2 && start[0] == '[' && start[length - 1] == ']') {
		start++;
		length -= 2;
	}
	return text_copy(start, length);
}

int simple_httpclient__parse_url(const struct http_request *request, struct url_parts *parsed)
{
	/* _unicode(url) */
	if (python_check_utf8(request->url) < 0 || url_split(parsed, request->url) < 0)
		return -1;
	if (strcmp(parsed->scheme, "http") != 0 && !simple_httpclient__is_https(parsed))
		return exc_raise(EXC_VALUE_ERROR, "Unsupported url scheme: %s", request->url);
	return 0;
}

bool simple_httpclient__is_redirect(const struct http_request *request, int code)
{
	return request->follow_redirects && request->max_redirects > 0 &&
	       (code == 301 || code == 302 || code == 303 || code == 307);
}

/* The request as it goes on after 302 and 303: what browsers do, not RFC 2616. */
static void become_get(struct http_request *request, struct http_headers *headers)
{
	static const char *const about_body[] = { "Content-Length", "Content-Type",
						  "Content-Encoding", "Transfer-Encoding" };

	http_request_set_text(&request->method, "GET");
	free(request->body);
	request->body = NULL;
	request->body_length = 0;
	for (size_t i = 0; i < sizeof(about_body) / sizeof(about_body[0]); i++)
		if (http_headers_contains(headers, about_body[i]))
			http_headers_delete(headers, about_body[i]);
}

struct http_request *simple_httpclient__redirected(struct http_request *request, int code,
						   const struct http_headers *headers)
{
	const char *location = http_headers_get(headers, "Location");
	struct http_request *new_request;
	char *url;

	if (!location) {
		exc_raise(EXC_KEY_ERROR, "'Location'");
		return NULL;
	}
	url = url_join(request->url, location);
	if (!url)
		return NULL;
	if (http_headers_delete(request->headers, "Host") < 0) {
		free(url);
		return NULL;
	}
	new_request = http_request_copy(request);
	free(new_request->url);
	new_request->url = url;
	new_request->max_redirects--;
	/* copy.copy() is shallow: both requests share their headers, until fetch copies them */
	if (code == 302 || code == 303)
		become_get(new_request, request->headers);
	if (!new_request->original_request)
		new_request->original_request = http_request_ref(request);
	return new_request;
}

int simple_httpclient__fetch_again(struct httpclient *client, struct http_request *request,
				   struct http_request *new_request, struct callback *final)
{
	struct future *future =
		httpclient__fetch(client, new_request, request->headers, final, true);

	http_request_unref(new_request);
	if (!future)
		return -1;
	future_unref(future);
	return 0;
}

struct http_response *simple_httpclient__response(const struct http_request *request, int code,
						  const char *reason, struct http_headers *headers,
						  uint64_t request_time)
{
	const struct http_request *original =
		request->original_request ? request->original_request : request;
	struct http_response *response = http_response_new(original, code, request_time);

	http_request_set_text(&response->reason, reason[0] ? reason : http_reason(code));
	http_request_set_text(&response->effective_url, request->url);
	http_headers_free(response->headers);
	response->headers = headers;
	return response;
}
