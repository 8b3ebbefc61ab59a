/*
 * iostream_ssl.h - SSLIOStream: a stream whose bytes go through TLS.
 *
 * It is a struct iostream like any other, except that a handshake comes first:
 * 3.1 connects it with ssliostream_connect(), 4.3 makes it of a socket that is
 * connected (start_tls).  Until the handshake is done the loop watches what
 * the handshake waits for, and the callback of the connection stays put.
 */
#ifndef LOOPSCOPE_CORE_IOSTREAM_SSL_H
#define LOOPSCOPE_CORE_IOSTREAM_SSL_H

#include "core/iostream.h"
#include "core/python/ssl.h"

/*
 * SSLIOStream.__init__ over fd, which is taken; arguments as iostream_new()'s.
 * options are copied; the socket is wrapped when it is connected.  One reference.
 */
struct iostream *ssliostream_new(struct ioloop *loop, int fd, int family, size_t max_buffer_size,
				 const struct ssl_options *options);

/* The same over a new socket; NULL = raised. */
struct iostream *ssliostream_open(struct ioloop *loop, int family, size_t max_buffer_size,
				  const struct ssl_options *options);

/*
 * The same over the socket of `plain`, a connected stream of no further use,
 * which is wrapped already (socket is taken).  The handshake begins in the next
 * turn; callback (taken) is queued when it has succeeded.  NULL = raised.
 */
struct iostream *ssliostream_new_connected(struct iostream *plain,
					   const struct ssl_options *options,
					   struct ssl_socket *socket, struct callback *callback);

/*
 * SSLIOStream.connect(): callback, which may be NULL, is called after the
 * handshake.  The certificate must name server_hostname, if that is not NULL
 * and certificates are required.
 */
int ssliostream_connect(struct iostream *stream, const struct resolved_address *address,
			const char *server_hostname, struct callback *callback);

#endif
