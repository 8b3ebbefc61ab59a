/*
 * peer_tls.c - TLS of the scripted peer, by OpenSSL over memory instead of a socket.
 */
#include "samples/scenario/peer_tls.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

struct peer_tls {
	SSL *ssl;
	BIO *in, *out; /* of ssl */
	bool failed;
	char failure[80];
};

/* Certificate and key, in the order in which OpenSSL can check that they belong together. */
static bool use_files(SSL_CTX *context, const char *folder, const char *name, const char **problem)
{
	char path[PATH_MAX];

	*problem = "the certificate of 'tls' cannot be read from tls/NAME.pem";
	if (snprintf(path, sizeof(path), "%s/tls/%s.pem", folder, name) >= (int)sizeof(path) ||
	    SSL_CTX_use_certificate_chain_file(context, path) != 1)
		return false;
	*problem = "the key of 'tls' cannot be read from tls/NAME.key";
	return snprintf(path, sizeof(path), "%s/tls/%s.key", folder, name) < (int)sizeof(path) &&
	       SSL_CTX_use_PrivateKey_file(context, path, SSL_FILETYPE_PEM) == 1;
}

static void set_version(SSL_CTX *context, enum scenario_tls version)
{
	int number = version == SCENARIO_TLS_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;

	SSL_CTX_set_min_proto_version(context, number);
	SSL_CTX_set_max_proto_version(context, number);
	SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_num_tickets(context, 0);
}

/* The two memories become ssl's, which frees them. */
static int open_memory(struct peer_tls *tls)
{
	tls->in = BIO_new(BIO_s_mem());
	tls->out = BIO_new(BIO_s_mem());
	if (!tls->ssl || !tls->in || !tls->out) {
		BIO_free(tls->in);
		BIO_free(tls->out);
		return -ENOMEM;
	}
	/* an empty memory means "not yet", until peer_tls_feed() hears of the end */
	BIO_set_mem_eof_return(tls->in, -1);
	SSL_set_bio(tls->ssl, tls->in, tls->out);
	SSL_set_accept_state(tls->ssl);
	return 0;
}

int peer_tls_new(struct peer_tls **out, const char *folder, const char *name,
		 enum scenario_tls version, const char **problem)
{
	struct peer_tls *tls = calloc(1, sizeof(*tls));
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	int rc = -ENOMEM;

	*out = NULL;
	*problem = "memory is short";
	if (tls && context) {
		set_version(context, version);
		errno = 0;
		rc = use_files(context, folder, name, problem) ? 0 : errno ? -errno : -EINVAL;
	}
	if (!rc) {
		tls->ssl = SSL_new(context);
		rc = open_memory(tls);
	}
	SSL_CTX_free(context);
	ERR_clear_error();
	if (rc) {
		peer_tls_free(tls);
		return rc;
	}
	*out = tls;
	return 0;
}

void peer_tls_free(struct peer_tls *tls)
{
	if (!tls)
		return;
	SSL_free(tls->ssl);
	free(tls);
}

int peer_tls_feed(struct peer_tls *tls, const void *bytes, size_t length)
{
	if (!length)
		BIO_set_mem_eof_return(tls->in, 0);
	else if (BIO_write(tls->in, bytes, (int)length) != (int)length)
		return -ENOMEM;
	return 0;
}

/* "tlsv1 alert unknown ca" as the name that OpenSSL's headers have for it. */
static void name_failure(struct peer_tls *tls)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	tls->failed = true;
	snprintf(tls->failure, sizeof(tls->failure), "%s", reason ? reason : "EOF");
	for (char *c = tls->failure; *c; c++)
		*c = *c == ' ' ? '_' : (char)toupper((unsigned char)*c);
}

enum peer_tls_step peer_tls_handshake(struct peer_tls *tls)
{
	int rc;

	ERR_clear_error();
	rc = SSL_do_handshake(tls->ssl);
	if (rc == 1)
		return PEER_TLS_DONE;
	if (SSL_get_error(tls->ssl, rc) == SSL_ERROR_WANT_READ)
		return PEER_TLS_MORE;
	name_failure(tls);
	return PEER_TLS_FAILED;
}

const char *peer_tls_failure(const struct peer_tls *tls)
{
	return tls->failure;
}

ssize_t peer_tls_read(struct peer_tls *tls, void *bytes, size_t size)
{
	int got;

	if (tls->failed)
		return 0;
	ERR_clear_error();
	got = SSL_read(tls->ssl, bytes, size > INT_MAX ? INT_MAX : (int)size);
	if (got > 0)
		return got;
	/* a client that breaks TLS has ended what it says */
	return SSL_get_error(tls->ssl, got) == SSL_ERROR_WANT_READ ? -EAGAIN : 0;
}

void peer_tls_write(struct peer_tls *tls, const void *bytes, size_t length)
{
	size_t written;

	ERR_clear_error();
	/* memory takes all at once; what cannot be said after a failure is left unsaid */
	if (!tls->failed && length)
		SSL_write_ex(tls->ssl, bytes, length, &written);
}

void peer_tls_notify_close(struct peer_tls *tls)
{
	ERR_clear_error();
	if (!tls->failed)
		SSL_shutdown(tls->ssl);
}

int peer_tls_take(struct peer_tls *tls, char **bytes, size_t *length)
{
	size_t pending = BIO_ctrl_pending(tls->out);

	*length = 0;
	*bytes = malloc(pending + 1);
	if (!*bytes)
		return -ENOMEM;
	if (pending)
		BIO_read_ex(tls->out, *bytes, pending, length);
	return 0;
}
