/*
 * ssl.h - Python's module ssl, as far as a non-blocking client needs it, over
 * OpenSSL.
 *
 * A struct ssl_socket speaks TLS over a descriptor that it does not own.  What
 * cannot be done now is no error here: where Python raises SSLError with
 * SSL_ERROR_WANT_READ or _WRITE, functions return SSL_WANTS_READ or
 * SSL_WANTS_WRITE, and the same call is made again when the descriptor is ready.
 *
 * Texts of SSLError are those of Python, "[SSL: REASON] reason", without the
 * place in its sources.  If a certificate was refused, they tell why, as Python does
 * since 3.7.
 */
#ifndef LOOPSCOPE_CORE_PYTHON_SSL_H
#define LOOPSCOPE_CORE_PYTHON_SSL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/python/exc.h"

/*
 * What a context is made from.  Texts are owned; NULL: not given.  The system
 * has its CAs, or those of SSL_CERT_FILE, if it is set.
 */
struct ssl_options {
	bool cert_required;  /* CERT_REQUIRED, else CERT_NONE */
	bool check_hostname; /* the handshake itself checks the name */
	bool trusts_system;  /* without ca_certs; else nobody is trusted then */
	bool ends_ragged;    /* an end without close_notify is an end; of SSLIOStream */
	char *ca_certs;      /* files of PEM, as the next two */
	char *certfile;
	char *keyfile;       /* NULL: in certfile */
	const char *ciphers; /* a constant, in OpenSSL's words; NULL: as OpenSSL has it */
};

struct ssl_options ssl_options_copy(const struct ssl_options *options);
void ssl_options_release(struct ssl_options *options);

struct ssl_socket;

/*
 * SSLContext(options).wrap_socket(fd, server_hostname=..., do_handshake_on_connect=False).
 * server_hostname, which may be NULL, is told to the server (SNI).  A socket
 * that is not connected is wrapped, too: its handshake raises ENOTCONN.
 * NULL = raised: IOError for a file that cannot be read, SSLError for what is in it.
 */
struct ssl_socket *ssl_wrap(int fd, const struct ssl_options *options, const char *server_hostname);

/* Sends nothing and leaves the descriptor open.  NULL does nothing. */
void ssl_socket_free(struct ssl_socket *socket);

#define SSL_WANTS_READ (-2)
#define SSL_WANTS_WRITE (-3)

/*
 * do_handshake(): 0, SSL_WANTS_*, or -1 raised: SSLError, socket.error, or,
 * with check_hostname, CertificateError.
 */
int ssl_do_handshake(struct ssl_socket *socket);

/* read(): bytes read, 0 at the end, SSL_WANTS_*, or -1 raised. */
ssize_t ssl_read(struct ssl_socket *socket, void *room, size_t size);

/*
 * write(): bytes written, SSL_WANTS_*, or -1 raised.  After SSL_WANTS_* the next
 * call must give the same bytes, from wherever they now lie.
 */
ssize_t ssl_write(struct ssl_socket *socket, const void *data, size_t length);

/* Whether the peer has shown a certificate. */
bool ssl_has_certificate(const struct ssl_socket *socket);

/* match_hostname(getpeercert(), hostname): 0, or -1 = CertificateError raised. */
int ssl_check_hostname(const struct ssl_socket *socket, const char *hostname);

/* What the handshake agreed on: "TLSv1.3", the cipher's name; constants. */
const char *ssl_version(const struct ssl_socket *socket);
const char *ssl_cipher(const struct ssl_socket *socket);

/* The first name in the peer's certificate, printable; the caller's.  NULL: it has none. */
char *ssl_peer_name(const struct ssl_socket *socket);

/* SSLError.reason, "CERTIFICATE_VERIFY_FAILED", lent while exc is held; NULL if it has none. */
const char *ssl_error_reason(const struct exc *exc);

/*
 * What went wrong, in one sentence for people, by what OpenSSL says of it: that the
 * certificate has expired, that the server does not speak TLS.  exc may have come
 * of the error (exc_set_cause).  Lent while exc is held; NULL: TLS has no part in it.
 */
const char *ssl_explain(const struct exc *exc);

/* Whether exc says that a connection has ended which TLS had not: what was read may not be all. */
bool ssl_is_cut_off(const struct exc *exc);

/* A name in a certificate, which may hold any byte. */
struct ssl_name {
	const char *text;
	size_t length;
};

/*
 * match_hostname() of Python 2.7: hostname must match one of the DNS names in
 * subjectAltName, or, only if there are none, one of the subject's common names.
 * IP addresses are compared as texts.  0, or -1 = CertificateError raised.
 */
int ssl_match_hostname(const struct ssl_name *dns, size_t dns_count, const struct ssl_name *common,
		       size_t common_count, const char *hostname);

#endif
