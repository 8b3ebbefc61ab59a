/*
 * simple_httpclient_internal.h - what the files of _HTTPConnection share.
 */
#ifndef LOOPSCOPE_CORE_V31_SIMPLE_HTTPCLIENT_INTERNAL_H
#define LOOPSCOPE_CORE_V31_SIMPLE_HTTPCLIENT_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/httpclient_internal.h"
#include "core/ioloop.h"
#include "core/iostream.h"
#include "core/python/buffer.h"
#include "core/python/gzip.h"
#include "core/python/url.h"
#include "core/simple_httpclient_internal.h"
#include "core/v31/simple_httpclient_connection.h"

/* Counted, by the callbacks that are its bound methods. */
struct simple_connection {
	unsigned refs;
	struct httpclient *client; /* a reference, as the next three */
	struct http_request *request;
	struct callback *release_callback; /* NULL once called */
	struct callback *final_callback;   /* NULL once queued */
	uint64_t start_time;               /* loop time */
	struct timeout *timeout;           /* the handle of _on_timeout, or NULL */
	struct url_parts parsed;
	char *hostname;          /* of the URL, without brackets; NULL until it is known */
	struct iostream *stream; /* NULL until resolved */

	/* the response */
	int code;
	char *reason;
	struct http_headers *headers;
	bool chunked;     /* self.chunks is not None */
	bool until_close; /* the body has no length, and ends with the connection */
	struct buffer chunks;
	struct gzip_decompressor *decompressor;
};

void simple_httpclient__unref(void *self);

/* A bound method, as a callback: it holds the connection. */
struct callback *simple_httpclient__method(struct simple_connection *connection,
					   callback_call_fn *method, uint64_t function);

void simple_httpclient__remove_timeout(struct simple_connection *connection);
int simple_httpclient__release(struct simple_connection *connection);
/* _run_callback: ends the fetch with response, which is taken. */
int simple_httpclient__run_callback(struct simple_connection *connection,
				    struct http_response *response);
uint64_t simple_httpclient__request_time(const struct simple_connection *connection);

/* simple_httpclient_response.c: the callback of the first read. */
int simple_httpclient__on_headers(void *self, struct value *argument);
/* simple_httpclient_response.c: read_until_regex(HTTP_END_OF_HEADERS). */
int simple_httpclient__read_headers(struct simple_connection *connection);

/* simple_httpclient_body.c: the callbacks that read a body; _on_body also without one. */
int simple_httpclient__on_body(struct simple_connection *connection, const char *data,
			       size_t length);
int simple_httpclient__read_body(struct simple_connection *connection, bool has_length,
				 int64_t content_length);

#endif
