/*
 * peer_tls.h - the server's end of TLS on one connection, apart from its socket.
 *
 * What came from the wire is fed in, what is to go onto it is taken out: the
 * peer itself sends, so that each flight of a handshake and each record of a
 * `send` is the segment that the script says.  There are no session tickets,
 * which a server would send whenever it likes.
 */
#ifndef LOOPSCOPE_SAMPLES_SCENARIO_PEER_TLS_H
#define LOOPSCOPE_SAMPLES_SCENARIO_PEER_TLS_H

#include <stddef.h>
#include <sys/types.h>

#include "samples/scenario/scenario.h"

struct peer_tls;

/*
 * A server with the certificate tls/NAME.pem and the key tls/NAME.key of the
 * folder, that speaks one version only.  Returns 0, or a negative
 * errno with *problem a static text that says which file cannot be read.
 */
int peer_tls_new(struct peer_tls **out, const char *folder, const char *name,
		 enum scenario_tls version, const char **problem);

/* Takes NULL. */
void peer_tls_free(struct peer_tls *tls);

/* Bytes that came; none (length 0) when the client has closed.  0 or -ENOMEM. */
int peer_tls_feed(struct peer_tls *tls, const void *bytes, size_t length);

enum peer_tls_step {
	PEER_TLS_DONE,   /* from here on peer_tls_read() and peer_tls_write() */
	PEER_TLS_MORE,   /* the client is to go on */
	PEER_TLS_FAILED, /* peer_tls_failure() says why; nothing more can be said */
};

/* Goes on with the handshake as far as what was fed in allows. */
enum peer_tls_step peer_tls_handshake(struct peer_tls *tls);

/* OpenSSL's name of the reason, "TLSV1_ALERT_UNKNOWN_CA"; borrowed. */
const char *peer_tls_failure(const struct peer_tls *tls);

/*
 * Plain bytes that the client sent: how many, 0 at their end, -EAGAIN when
 * more must be fed in first.
 */
ssize_t peer_tls_read(struct peer_tls *tls, void *bytes, size_t size);

/* Plain bytes for the client, and the notice that no more will come. */
void peer_tls_write(struct peer_tls *tls, const void *bytes, size_t length);
void peer_tls_notify_close(struct peer_tls *tls);

/*
 * What is to be sent, as one segment.  *bytes is the caller's to free(), never
 * NULL on success, also if there is nothing (*length 0).  0 or -ENOMEM.
 */
int peer_tls_take(struct peer_tls *tls, char **bytes, size_t *length);

#endif
