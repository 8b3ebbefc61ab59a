/*
 * netutil_ssl.h - netutil.ssl_wrap_socket: TLS is put on a socket.
 */
#ifndef LOOPSCOPE_CORE_NETUTIL_SSL_H
#define LOOPSCOPE_CORE_NETUTIL_SSL_H

#include "core/python/ssl.h"

/* ssl_wrap(), seen in the trace.  The caller's; NULL = raised. */
struct ssl_socket *netutil_ssl_wrap_socket(int fd, const struct ssl_options *options,
					   const char *server_hostname);

#endif
