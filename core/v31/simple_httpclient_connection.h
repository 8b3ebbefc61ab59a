/*
 * simple_httpclient_connection.h - _HTTPConnection of Tornado 3.1: one request and its
 * response over one connection.
 *
 * In 3.1 this class is all of HTTP: it resolves, connects, writes the request,
 * and reads the response by asking its stream for one piece after the other.
 * Every exception on the way meets _handle_exception, which makes it the
 * fetch's end.
 */
#ifndef LOOPSCOPE_CORE_V31_SIMPLE_HTTPCLIENT_CONNECTION_H
#define LOOPSCOPE_CORE_V31_SIMPLE_HTTPCLIENT_CONNECTION_H

#include "core/callback.h"

struct http_request;
struct httpclient;

/*
 * _HTTPConnection(): starts the request.  release (taken) is called when the
 * connection no longer counts against max_clients; final (taken) is queued
 * with the VALUE_RESPONSE.  The connection belongs to the callbacks that it
 * asked for and ends with the last of them.  0, or -1 raised.
 */
int v31_http_connection(struct httpclient *client, struct http_request *request,
			struct callback *release, struct callback *final);

#endif
