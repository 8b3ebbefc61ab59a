/*
 * iostream_tls.h - IOStream.start_tls of 4.3: a connection goes on in TLS.
 */
#ifndef LOOPSCOPE_CORE_V43_IOSTREAM_TLS_H
#define LOOPSCOPE_CORE_V43_IOSTREAM_TLS_H

struct future;
struct iostream;
struct ssl_options;

/*
 * start_tls(False, ssl_options, server_hostname): the future gets the
 * VALUE_STREAM of a new stream over the same descriptor when the handshake has
 * succeeded, or what it failed with.  The old stream must be idle and is of no
 * further use; its close callback goes to the new one.  The future is the
 * caller's reference; NULL = raised.
 */
struct future *iostream_start_tls(struct iostream *stream, const struct ssl_options *options,
				  const char *server_hostname);

#endif
