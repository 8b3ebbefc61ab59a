/*
 * httpclient_internal.h - what the HTTP client's modules know of each other.
 */
#ifndef LOOPSCOPE_CORE_HTTPCLIENT_INTERNAL_H
#define LOOPSCOPE_CORE_HTTPCLIENT_INTERNAL_H

#include "core/httpclient.h"
#include "core/netutil.h"

struct queued_fetch;

/* An AsyncHTTPClient, which is a SimpleAsyncHTTPClient.  Counted. */
struct httpclient {
	unsigned refs;
	struct ioloop *loop;
	size_t max_clients;
	size_t max_buffer_size;
	size_t max_header_size; /* 0: as HTTP1Connection has it; this and the next: limits_messages */
	size_t max_body_size;
	struct resolver resolver;
	bool closed;

	/* SimpleAsyncHTTPClient's: the queue in order of fetches, and how many run */
	struct queued_fetch *first;
	struct queued_fetch **last;
	unsigned active;
	unsigned depth; /* of _process_queue in _process_queue */
};

struct httpclient *httpclient_ref(struct httpclient *client);
void httpclient_unref(struct httpclient *client);

/*
 * fetch() of a request whose headers become a copy of `headers`: after a
 * redirect these are another request's.
 */
struct future *httpclient__fetch(struct httpclient *client, struct http_request *request,
				 const struct http_headers *headers, struct callback *callback,
				 bool raise_error);

/* copy.copy(request), without headers. */
struct http_request *http_request_copy(const struct http_request *request);

/* time.time() - request.start_time, in ns: since http_request_new(), also after redirects. */
uint64_t http_request_age(const struct http_request *request);

/*
 * HTTPResponse(): without headers, body and error, and with the code's usual
 * reason; whoever makes it fills these in.
 */
struct http_response *http_response_new(const struct http_request *request, int code,
					uint64_t request_time);

#endif
