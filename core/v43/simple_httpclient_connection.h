/*
 * simple_httpclient_connection.h - _HTTPConnection of Tornado 4.3: one request
 * and its response over one connection.
 *
 * Here it is no longer all of HTTP: TCPClient connects, HTTP1Connection writes
 * and reads, and this class is told what came (http_delegate).  Every exception
 * on the way still meets _handle_exception, which makes it the fetch's end.
 */
#ifndef LOOPSCOPE_CORE_V43_SIMPLE_HTTPCLIENT_CONNECTION_H
#define LOOPSCOPE_CORE_V43_SIMPLE_HTTPCLIENT_CONNECTION_H

#include "core/callback.h"

struct http_request;
struct httpclient;

/* generation()->http_connection of 4.3. */
int v43_http_connection(struct httpclient *client, struct http_request *request,
			struct callback *release, struct callback *final);

#endif
