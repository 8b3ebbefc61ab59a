/*
 * ssl_context.c - ssl.SSLContext: whom to trust, and who we are.
 */
#include <errno.h>
#include <stdlib.h>

#include <openssl/err.h>

#include "core/python/ssl_internal.h"
#include "core/python/text.h"

struct ssl_options ssl_options_copy(const struct ssl_options *options)
{
	struct ssl_options copy = *options;

	copy.ca_certs = text_duplicate(options->ca_certs);
	copy.certfile = text_duplicate(options->certfile);
	copy.keyfile = text_duplicate(options->keyfile);
	return copy;
}

void ssl_options_release(struct ssl_options *options)
{
	free(options->ca_certs);
	free(options->certfile);
	free(options->keyfile);
	*options = (struct ssl_options){ 0 };
}

/* An encrypted key: nobody is asked for its password. */
static int no_password(char *room, int size, int writing, void *self)
{
	(void)room, (void)size, (void)writing, (void)self;
	return -1;
}

/* A file could not be used: IOError if the system says why, else SSLError.  Returns -1. */
static int file_failed(int number)
{
	if (!number)
		return ssl__raise(EXC_SSL_ERROR, SSL_ERROR_SSL, "unknown error", NULL);
	ERR_clear_error();
	return exc_raise_errno(EXC_IO_ERROR, number);
}

/* load_cert_chain(certfile, keyfile). */
static int load_own(SSL_CTX *context, const char *certfile, const char *keyfile)
{
	SSL_CTX_set_default_passwd_cb(context, no_password);
	errno = 0;
	if (SSL_CTX_use_certificate_chain_file(context, certfile) != 1 ||
	    SSL_CTX_use_PrivateKey_file(context, keyfile ? keyfile : certfile, SSL_FILETYPE_PEM) !=
		    1)
		return file_failed(errno);
	if (SSL_CTX_check_private_key(context) != 1)
		return file_failed(0);
	return 0;
}

/* load_verify_locations(ca_certs), or load_default_certs(). */
static int load_trusted(SSL_CTX *context, const char *ca_certs)
{
	errno = 0;
	if (ca_certs)
		return SSL_CTX_load_verify_locations(context, ca_certs, NULL) == 1
			       ? 0
			       : file_failed(errno);
	SSL_CTX_set_default_verify_paths(context);
	return 0;
}

static int configure(SSL_CTX *context, const struct ssl_options *options)
{
	if (options->certfile && load_own(context, options->certfile, options->keyfile) < 0)
		return -1;
	if (options->cert_required)
		SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	if ((options->ca_certs || (options->cert_required && options->trusts_system)) &&
	    load_trusted(context, options->ca_certs) < 0)
		return -1;
	if (options->ciphers && SSL_CTX_set_cipher_list(context, options->ciphers) != 1)
		return file_failed(0);
	return 0;
}

SSL_CTX *ssl__context(const struct ssl_options *options)
{
	SSL_CTX *context;

	ERR_clear_error();
	context = SSL_CTX_new(TLS_client_method());
	if (!context)
		abort();
	/* a peer that asks for one handshake after the other would keep us busy */
	SSL_CTX_set_options(context, SSL_OP_ALL | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
	if (configure(context, options) == 0)
		return context;
	SSL_CTX_free(context);
	return NULL;
}
