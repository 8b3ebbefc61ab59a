/*
 * netutil_ssl.c - netutil.ssl_wrap_socket: TLS is put on a socket.
 */
#include "core/netutil_ssl.h"

#include "core/platform/descriptor.h"
#include "trace/emit/emit.h"

struct ssl_socket *netutil_ssl_wrap_socket(int fd, const struct ssl_options *options,
					   const char *server_hostname)
{
	uint64_t name = descriptor_name(fd);
	struct ssl_socket *socket;
	SPAN(span, ssl_wrap_socket, FD(name), WHEN(server_hostname, TEXT(server_hostname)));

	socket = ssl_wrap(fd, options, server_hostname);
	if (!socket) {
		(void)SPAN_RAISED(span);
		return NULL;
	}
	EMIT(ssl_wrap, FD(name));
	return socket;
}
