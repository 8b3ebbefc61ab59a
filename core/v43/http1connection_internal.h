/*
 * http1connection_internal.h - what the files of HTTP1Connection share.
 */
#ifndef LOOPSCOPE_CORE_V43_HTTP1CONNECTION_INTERNAL_H
#define LOOPSCOPE_CORE_V43_HTTP1CONNECTION_INTERNAL_H

#include <stdint.h>

#include "core/gen.h"
#include "core/v43/http1connection.h"

/* How much of a body is read at once, and decompressed at once. */
#define HTTP1_CHUNK_SIZE 65536

struct http1connection {
	unsigned refs;
	struct iostream *stream; /* a reference */
	size_t max_header_size;
	int64_t max_body_size;
	bool decompress;
	bool refuses_cut_off;

	bool is_head;                 /* of the request's first line: its response has no body */
	bool chunking_output;         /* the body is written in chunks */
	bool has_length;              /* _expected_content_remaining is not None */
	int64_t remaining;            /* it: what may still be written of the announced body */
	struct future *pending_write; /* of the last write to the stream; NULL: none was made */
	struct future *write_future;  /* for who asked for that write */
	struct future *finish_future; /* gets None when all is sent; NULL once it has */
};

/*
 * _ExceptionLoggingContext: what is raised in a delegate is logged and replaced
 * by _QuietException, so that nobody logs it again.  Gives status back.
 */
int http1connection__log_exceptions(int status);

int http1connection__clear_callbacks(struct http1connection *connection);

/* _on_connection_close, for the stream: the callback holds the connection. */
struct callback *http1connection__on_close(struct http1connection *connection);

/* http1connection_message.c: the coroutine _read_message. */
struct future *http1connection__read_message(struct http1connection *connection,
					     struct http_delegate *delegate);

/*
 * http1connection_body.c: _read_body, the coroutine that fits code and headers.
 * NULL = raised.
 */
struct future *http1connection__read_body(struct http1connection *connection, int code,
					  struct http_headers *headers,
					  struct http_delegate *delegate);

/* http1connection_gzip.c: _GzipMessageDelegate(delegate), which is lent; one reference. */
struct http_delegate *http1connection__gzip_delegate(struct http_delegate *delegate);

#endif
