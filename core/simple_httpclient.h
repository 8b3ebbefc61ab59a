/*
 * simple_httpclient.h - SimpleAsyncHTTPClient: at most max_clients fetches at
 * a time, each over a connection of its own; the others wait in a queue.
 */
#ifndef LOOPSCOPE_CORE_SIMPLE_HTTPCLIENT_H
#define LOOPSCOPE_CORE_SIMPLE_HTTPCLIENT_H

#include "core/callback.h"

struct http_request;
struct httpclient;

/*
 * fetch_impl(): callback (taken) is queued with a VALUE_RESPONSE at the end of
 * the fetch, however it ends.  0, or -1 raised.
 */
int simple_httpclient_fetch_impl(struct httpclient *client, struct http_request *request,
				 struct callback *callback);

/* Drops what still waits in the queue of a client that is freed. */
void simple_httpclient_release(struct httpclient *client);

#endif
