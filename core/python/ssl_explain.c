/*
 * ssl_explain.c - why TLS with a peer failed, in one sentence for people.
 *
 * OpenSSL tells it by numbers: X509_V_ERR_* of a certificate that was refused,
 * SSL_R_* of everything else.
 */
#include <openssl/err.h>

#include "core/python/ssl_internal.h"
#include "core/python/text.h"

#define UNKNOWN_CA "is signed by nobody that is trusted here (unknown CA)"

/* How a sentence ends that begins with the certificate. */
static const struct {
	long verdict;
	const char *end;
} verdicts[] = {
	{ X509_V_ERR_CERT_HAS_EXPIRED, "has expired" },
	{ X509_V_ERR_CERT_NOT_YET_VALID, "is not valid yet" },
	{ X509_V_ERR_CERT_REVOKED, "has been revoked" },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "is signed by itself, and not by a trusted CA" },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, UNKNOWN_CA },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, UNKNOWN_CA },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, UNKNOWN_CA },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, UNKNOWN_CA },
	{ X509_V_ERR_INVALID_PURPOSE, "was not made for a server" },
	{ X509_V_ERR_EE_KEY_TOO_SMALL, "has a key that is too short" },
};

static const char *host_of(const struct ssl_socket *socket)
{
	return socket->server_hostname ? socket->server_hostname : "the server";
}

static char *refused_certificate(const struct ssl_socket *socket)
{
	long verdict = SSL_get_verify_result(socket->ssl);

	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (verdicts[i].verdict == verdict)
			return text_format("the certificate of %s %s", host_of(socket),
					   verdicts[i].end);
	return text_format("the certificate of %s was refused: %s", host_of(socket),
			   X509_verify_cert_error_string(verdict));
}

/* The connection has ended, and TLS has not. */
static char *cut_off(const struct ssl_socket *socket)
{
	return text_duplicate(socket->connected
				      ? "the server cut the connection without ending TLS "
					"(close_notify): the body may be incomplete"
				      : "the server closed the connection in the middle of the TLS "
					"handshake");
}

static char *other(const struct ssl_socket *socket, unsigned long error)
{
	const char *reason = ERR_reason_error_string(error);

	return text_format("%s %s failed: %s",
			   socket->connected ? "TLS with" : "the TLS handshake with",
			   host_of(socket), reason ? reason : "OpenSSL does not say why");
}

bool ssl__is_end(int code, unsigned long error)
{
	if (ERR_GET_LIB(error) == ERR_LIB_SSL)
		return ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
	return code == SSL_ERROR_SYSCALL && !error;
}

char *ssl__sentence(const struct ssl_socket *socket, int code, unsigned long error)
{
	int reason = ERR_GET_REASON(error);

	if (ssl__is_end(code, error) || (code == SSL_ERROR_ZERO_RETURN && !socket->connected))
		return cut_off(socket);
	/* an alert of the peer is a reason that its number is added to */
	if (reason > SSL_AD_REASON_OFFSET && ERR_GET_LIB(error) == ERR_LIB_SSL)
		return text_format("%s broke TLS off with the alert \"%s\"", host_of(socket),
				   SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET));
	switch (reason) {
	case SSL_R_CERTIFICATE_VERIFY_FAILED:
		return refused_certificate(socket);
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_HTTP_REQUEST:
		if (!socket->connected)
			return text_duplicate("the server does not speak TLS at this port");
		break;
	}
	return other(socket, error);
}

char *ssl__wrong_host_sentence(const struct ssl_name *names, size_t count, const char *hostname)
{
	if (!count)
		return text_format("the certificate names no host, and so not %s", hostname);
	if (count == 1)
		return text_format("the certificate is for %s, not for %s", names[0].text,
				   hostname);
	return text_format("the certificate is for %s and %zu more, not for %s", names[0].text,
			   count - 1, hostname);
}
