/*
 * httputil.h - what tornado.httputil has in 4.3 and did not have in 3.1:
 * HTTPMessageDelegate, and start lines.
 */
#ifndef LOOPSCOPE_CORE_V43_HTTPUTIL_H
#define LOOPSCOPE_CORE_V43_HTTPUTIL_H

#include <stddef.h>

#include "core/httputil.h"

struct future;
struct http_delegate;

/* ResponseStartLine; the texts are owned. */
struct http_start_line {
	char *version;
	int code;
	char *reason;
};

/* parse_response_start_line().  0, or -1 raised: HTTPInputError. */
int http_start_line_parse(struct http_start_line *out, const char *line);
void http_start_line_release(struct http_start_line *line);

/*
 * HTTPMessageDelegate: who is told what a message is made of.  data_received()
 * may ask to be waited for: it sets *wait, which is NULL before, to a future (a
 * reference).  All return 0, or -1 raised.
 */
struct http_delegate_class {
	/* headers may be kept by reference: what the body turns out to be changes them. */
	int (*headers_received)(struct http_delegate *delegate, const struct http_start_line *line,
				struct http_headers *headers);
	/* A piece of the body, lent. */
	int (*data_received)(struct http_delegate *delegate, const char *data, size_t length,
			     struct future **wait);
	int (*finish)(struct http_delegate *delegate);
	int (*on_connection_close)(struct http_delegate *delegate);
	void (*release)(struct http_delegate *delegate); /* frees it; the last reference is gone */
};

/* Begins each object of such a class.  Counted. */
struct http_delegate {
	const struct http_delegate_class *class;
	unsigned refs;
};

struct http_delegate *http_delegate_ref(struct http_delegate *delegate);
void http_delegate_unref(struct http_delegate *delegate);

#endif
