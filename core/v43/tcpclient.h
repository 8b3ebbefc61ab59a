/*
 * tcpclient.h - tornado.tcpclient of 4.3: TCPClient, which resolves a host and
 * connects to whichever of its addresses answers first.
 */
#ifndef LOOPSCOPE_CORE_V43_TCPCLIENT_H
#define LOOPSCOPE_CORE_V43_TCPCLIENT_H

#include <stddef.h>

#include "core/concurrent.h"

struct addrinfo_list;
struct callback;
struct ioloop;
struct resolver;
struct ssl_options;

/* Where to: all is lent for the call. */
struct tcp_target {
	const char *host;
	const char *port; /* a decimal number */
	int family;       /* AF_INET, AF_INET6, AF_UNSPEC */
	size_t max_buffer_size;
	const struct ssl_options *ssl_options; /* NULL: no TLS */
};

/*
 * TCPClient.connect(), a coroutine: its future gets a VALUE_STREAM.  callback
 * (taken, may be NULL) is queued with that; an exception is then raised where
 * it would be called, into the contexts that surround it.  The future is the
 * caller's reference; NULL = raised.
 */
struct future *tcpclient_connect(struct ioloop *loop, const struct resolver *resolver,
				 const struct tcp_target *target, struct callback *callback);

/*
 * _Connector(addresses, ...).start(): a future that gets (family, address,
 * stream), or the last error when nothing answers.  addresses, which must be
 * at least one, are lent.  The future is the caller's; NULL = raised.
 */
struct future *tcpclient__connect_to_any(struct ioloop *loop, const struct addrinfo_list *addresses,
					 size_t max_buffer_size);

#endif
