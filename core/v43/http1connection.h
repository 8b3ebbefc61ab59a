/*
 * http1connection.h - tornado.http1connection of 4.3, as far as a client needs
 * it: writes one request to a stream and reads one response from it.
 *
 * Functions that return int may raise: -1.
 */
#ifndef LOOPSCOPE_CORE_V43_HTTP1CONNECTION_H
#define LOOPSCOPE_CORE_V43_HTTP1CONNECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "core/concurrent.h"
#include "core/v43/httputil.h"

struct iostream;

/* HTTP1ConnectionParameters: 0 stands for None, which is the default of each. */
struct http1connection_parameters {
	size_t max_header_size; /* 64 KiB */
	size_t max_body_size;   /* the stream's max_buffer_size */
	bool decompress;        /* Content-Encoding gzip is taken off */
	bool refuses_cut_off;   /* of bodies up to the close, see iostream_check_cut_off() */
};

/* HTTP1Connection(stream, is_client=True, parameters), counted.  stream is kept by reference. */
struct http1connection;
struct http1connection *http1connection_new(struct iostream *stream,
					    const struct http1connection_parameters *parameters);
struct http1connection *http1connection_ref(struct http1connection *connection);
void http1connection_unref(void *connection);

/*
 * write_headers(): the first line and the headers in one write.  Without a
 * Content-Length the body of a request that has one is sent in chunks, which the
 * headers then say.  The future that the original returns nobody asks for here.
 */
int http1connection_write_headers(struct http1connection *connection, const char *method,
				  const char *path, struct http_headers *headers);

/* write(): a piece of the body. */
int http1connection_write(struct http1connection *connection, const void *data, size_t length);

/* finish(): nothing more is written. */
int http1connection_finish(struct http1connection *connection);

/*
 * read_response(): reads the whole response and tells delegate (lent; kept by
 * reference) piece by piece.  The future is the caller's: True, or False if
 * what came was no HTTP, or the exception that ended it.  NULL = raised.
 */
struct future *http1connection_read_response(struct http1connection *connection,
					     struct http_delegate *delegate);

/* close(): of the stream, too. */
int http1connection_close(struct http1connection *connection);

#endif
