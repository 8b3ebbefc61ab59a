/*
 * ssl_internal.h - what the files of ssl share.
 */
#ifndef LOOPSCOPE_CORE_PYTHON_SSL_INTERNAL_H
#define LOOPSCOPE_CORE_PYTHON_SSL_INTERNAL_H

#include <openssl/ssl.h>

#include "core/python/ssl.h"

struct ssl_socket {
	SSL *ssl; /* NULL if the socket was not connected when it was wrapped */
	int fd;
	bool check_hostname;
	bool connected;        /* the handshake is done */
	char *server_hostname; /* NULL: nobody said it */
};

/*
 * ssl_exc.c: raises SSLError for the last error in OpenSSL's queue.  socket is the
 * connection that failed; NULL: no peer had a part in it.  Returns -1.
 */
int ssl__raise(enum exc_class class, int code, const char *otherwise,
	       const struct ssl_socket *socket);

/* ssl_exc.c: gives exc its reason and its sentence, which are taken and may be NULL. */
struct ssl_fault *ssl__attach(struct exc *exc, char *reason, char *sentence);

/* ssl_explain.c: whether the connection has ended, and TLS has not. */
bool ssl__is_end(int code, unsigned long error);

/* ssl_explain.c: the sentences of ssl_explain(); the caller's. */
char *ssl__sentence(const struct ssl_socket *socket, int code, unsigned long error);
char *ssl__wrong_host_sentence(const struct ssl_name *names, size_t count, const char *hostname);

/* ssl_context.c: SSLContext(options), the caller's; NULL = raised. */
SSL_CTX *ssl__context(const struct ssl_options *options);

#endif
