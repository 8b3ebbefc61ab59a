/*
 * simple_httpclient_internal.h - what the _HTTPConnection of every generation
 * does alike: what it asks for, and what it makes of the answer.
 *
 * Functions that return int may raise: -1.
 */
#ifndef LOOPSCOPE_CORE_SIMPLE_HTTPCLIENT_INTERNAL_H
#define LOOPSCOPE_CORE_SIMPLE_HTTPCLIENT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/httpclient_internal.h"
#include "core/python/buffer.h"
#include "core/python/url.h"

/* What a block of headers ends with. */
#define HTTP_END_OF_HEADERS "\r?\n\r?\n"

/* The parts of the request's URL into *parsed, which must be released; http and https alone. */
int simple_httpclient__parse_url(const struct http_request *request, struct url_parts *parsed);

bool simple_httpclient__is_https(const struct url_parts *parsed);

/*
 * Splits the netloc "user@[host]:port" into host, which the caller frees, and
 * port, which stays the URL's or is the scheme's own.
 */
char *simple_httpclient__split_host(const struct url_parts *parsed, const char **port);

/* Checks method and body, and adds the headers that the request lacks. */
int simple_httpclient__add_headers(struct http_request *request, const struct url_parts *parsed);

/* What the first line asks for.  The caller frees. */
char *simple_httpclient__path(const struct url_parts *parsed);

/* Appends the first line, the headers and the empty line. */
int simple_httpclient__append_head(struct buffer *out, const char *method, const char *path,
				   const struct http_headers *headers);

bool simple_httpclient__is_redirect(const struct http_request *request, int code);

/* The request for where the Location header points: a reference, NULL = raised. */
struct http_request *simple_httpclient__redirected(struct http_request *request, int code,
						   const struct http_headers *headers);

/* Fetches new_request, made of request, for final; takes the two. */
int simple_httpclient__fetch_again(struct httpclient *client, struct http_request *request,
				   struct http_request *new_request, struct callback *final);

/* The response, without a body so far.  Takes headers; reason is lent. */
struct http_response *simple_httpclient__response(const struct http_request *request, int code,
						  const char *reason, struct http_headers *headers,
						  uint64_t request_time);

#endif
