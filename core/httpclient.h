/*
 * httpclient.h - tornado.httpclient of 3.1: AsyncHTTPClient, HTTPRequest,
 * HTTPResponse.
 *
 *     struct http_request *request = http_request_new("http://127.0.0.1/");
 *     struct future *future = httpclient_fetch(httpclient_instance(NULL), request, NULL);
 *
 * A fetch ends in its future: the HTTPResponse, or the exception that the
 * original raises (an HTTPError for a status outside 200 to 299, too).
 *
 * Requests and responses are counted.  All of this belongs to the loop's
 * thread.
 */
#ifndef LOOPSCOPE_CORE_HTTPCLIENT_H
#define LOOPSCOPE_CORE_HTTPCLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/callback.h"
#include "core/concurrent.h"
#include "core/httputil.h"
#include "core/python/exc.h"

struct ioloop;
struct httpclient;

/* What HTTPRequest._DEFAULTS says, in nanoseconds. */
#define HTTP_TIMEOUT_DEFAULT (20 * INT64_C(1000000000))

/*
 * HTTPRequest.  http_request_new() fills in the defaults; numbers and flags
 * are set directly, the owned texts with http_request_set_text().  Do not
 * change one that is being fetched.
 */
struct http_request {
	unsigned refs;
	char *url;
	char *method;                 /* "GET" */
	struct http_headers *headers; /* owned */
	char *body;                   /* owned; NULL = None */
	size_t body_length;
	char *auth_username; /* NULL = None, as the next two */
	char *auth_password;
	char *auth_mode;         /* NULL or "basic" */
	char *user_agent;        /* NULL = None */
	int64_t connect_timeout; /* ns; 0 = no limit, as in `if timeout:` */
	int64_t request_timeout;
	bool validate_cert; /* true: the peer must have a good certificate */
	char *ca_certs;     /* file of whom to trust; NULL: those of the system */
	bool is_careful;    /* false: lets through what the original does, see differences.md */
	char *client_key;   /* files with our own; NULL = None */
	char *client_cert;
	int max_redirects;                   /* 5 */
	bool follow_redirects;               /* true */
	bool use_gzip;                       /* true */
	bool allow_ipv6;                     /* the generation's: false, in 4.3 true */
	bool allow_nonstandard_methods;      /* false */
	bool expect_100_continue;            /* false; 3.1 does not have it */
	struct callback *streaming_callback; /* called with bytes; see the setters */
	struct callback *header_callback;
	struct http_request *original_request; /* set when redirected */
	uint64_t start_time;                   /* when it was made; see http_request_age() */
};

struct http_request *http_request_new(const char *url);
struct http_request *http_request_ref(struct http_request *request);
void http_request_unref(struct http_request *request);

/* Sets an owned text to a copy of text; NULL for None. */
void http_request_set_text(char **field, const char *text);

/* Sets the body to a copy of these bytes. */
void http_request_set_body(struct http_request *request, const void *body, size_t length);

/* Take callback and wrap it with the contexts in force, as HTTPRequest.__init__ does. */
void http_request_set_streaming_callback(struct http_request *request, struct callback *callback);
void http_request_set_header_callback(struct http_request *request, struct callback *callback);

/* HTTPResponse: read it, never write it. */
struct http_response {
	unsigned refs;
	int code;
	char *reason;
	struct http_headers *headers;
	char *body; /* ended by NUL; NULL where the original has None */
	size_t body_length;
	char *effective_url;
	struct exc *error;            /* given, not derived: see http_response_error() */
	uint64_t request_time;        /* ns */
	struct http_request *request; /* a copy of the first one, without callbacks */
};

struct http_response *http_response_ref(struct http_response *response);
void http_response_unref(struct http_response *response);

/* Its status. */
int http_response_code(const struct http_response *response);

/*
 * response.error: the exception given, else HTTPError for a code outside 200
 * to 299, else NULL.  A new reference.  (HTTPError is made when it is asked
 * for: it refers to the response, which must not refer back.)
 */
struct exc *http_response_error(struct http_response *response);

/* HTTPError.response, lent while exc is held; NULL if exc is no HTTPError or has none. */
struct http_response *http_error_response(const struct exc *exc);

/*
 * AsyncHTTPClient(io_loop): the loop's one client, made on first use; NULL
 * means the current loop.  Lent: it lives until httpclient_close().
 */
struct httpclient *httpclient_instance(struct ioloop *loop);

/* What SimpleAsyncHTTPClient.initialize() is told; 0 = the original's default. */
struct httpclient_options {
	size_t max_clients;     /* requests in flight: 10 */
	size_t max_buffer_size; /* of each stream, in bytes: 104857600 */
	size_t max_header_size; /* 65536; this and the next only where limits_messages */
	size_t max_body_size;   /* max_buffer_size */
};

/* AsyncHTTPClient.configure(None, ...), for clients made later; NULL = all defaults.  Copied. */
void httpclient_configure(const struct httpclient_options *options);

/*
 * close(): the loop's next client is a new one.  Fetches under way go on, and
 * hold the client until they end; as in the original those that wait in its
 * queue, or are redirected, end with AttributeError, for its resolver is
 * closed.  A new fetch() on it ends so, too, or is refused (trait
 * closed_client_refuses).  Belongs before ioloop_free().  NULL does nothing.
 */
void httpclient_close(struct httpclient *client);

/*
 * fetch(): starts the request (lent; kept by reference).  callback (taken, may
 * be NULL) is queued with the response, errors included, when it is there.
 * The future is the caller's reference; NULL = raised.
 */
struct future *httpclient_fetch(struct httpclient *client, struct http_request *request,
				struct callback *callback);

/* fetch(raise_error=False) of 4.3: the future gets the response, whatever its status or error. */
struct future *httpclient_fetch_any(struct httpclient *client, struct http_request *request,
				    struct callback *callback);

#endif
