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
	char *server_hostname; /* NULL: nobody said it */
};

/* ssl_exc.c: raises SSLError for the last error in OpenSSL's queue.  Returns -1. */
int ssl__raise(enum exc_class class, int code, const char *otherwise, const SSL *ssl);

/* ssl_context.c: SSLContext(options), the caller's; NULL = raised. */
SSL_CTX *ssl__context(const struct ssl_options *options);

#endif
