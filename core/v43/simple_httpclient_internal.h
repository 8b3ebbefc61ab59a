/*
 * simple_httpclient_internal.h - what the files of 4.3's _HTTPConnection share.
 */
#ifndef LOOPSCOPE_CORE_V43_SIMPLE_HTTPCLIENT_INTERNAL_H
#define LOOPSCOPE_CORE_V43_SIMPLE_HTTPCLIENT_INTERNAL_H

#include "core/ioloop.h"
#include "core/iostream.h"
#include "core/simple_httpclient_internal.h"
#include "core/v43/http1connection.h"
#include "core/v43/simple_httpclient_connection.h"

/* Counted as the delegate that it is, also by the callbacks that are its bound methods. */
struct simple_connection {
	struct http_delegate delegate;
	struct httpclient *client; /* a reference, as the next three */
	struct http_request *request;
	struct callback *release_callback; /* NULL once called */
	struct callback *final_callback;   /* NULL once queued */
	uint64_t start_time;               /* loop time */
	struct timeout *timeout;           /* the handle of _on_timeout, or NULL */
	struct url_parts parsed;
	struct iostream *stream;            /* NULL until connected */
	struct http1connection *connection; /* NULL until then, too */

	/* the response */
	int code;
	char *reason;
	struct http_headers *headers; /* a reference */
	struct buffer chunks;
};

/* A bound method, as a callback: it holds the connection. */
struct callback *v43_connection_method(struct simple_connection *connection,
				       callback_call_fn *method, uint64_t function);

/* Has _on_timeout called `timeout` ns after the start; 0 = never. */
void v43_connection_add_timeout(struct simple_connection *connection, int64_t timeout);
void v43_connection_remove_timeout(struct simple_connection *connection);
int v43_connection_release(struct simple_connection *connection);
/* _run_callback: ends the fetch with response, which is taken. */
int v43_connection_run_callback(struct simple_connection *connection,
				struct http_response *response);
/* _handle_exception: ends the fetch with exc, lent.  1 = handled, 0 = not, -1 raised. */
int v43_connection_handle_exception(void *self, struct exc *exc);
uint64_t v43_connection_request_time(const struct simple_connection *connection);

/* simple_httpclient_request.c: the callback of TCPClient.connect. */
int v43_connection_on_connect(void *self, struct value *argument);
/* _write_body: and then, if so, reads the response. */
int v43_connection_write_body(struct simple_connection *connection, bool start_read);

/* simple_httpclient_response.c: what HTTP1Connection tells. */
extern const struct http_delegate_class v43_connection_class;
/* on_connection_close, for the stream. */
int v43_connection_on_connection_close(void *self, struct value *argument);

#endif
