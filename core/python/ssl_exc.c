/*
 * ssl_exc.c - SSLError: what OpenSSL has to say, in Python's words.
 */
#include <ctype.h>
#include <stdlib.h>

#include <openssl/err.h>

#include "core/python/ssl_internal.h"
#include "core/python/text.h"

/* "certificate verify failed" as the name that OpenSSL's headers have for it. */
static char *reason_name(const char *reason)
{
	char *name = text_duplicate(reason);

	for (char *c = name; c && *c; c++)
		*c = *c == ' ' ? '_' : (char)toupper((unsigned char)*c);
	return name;
}

static const char *library_name(unsigned long error)
{
	switch (ERR_GET_LIB(error)) {
	case ERR_LIB_SSL:
		return "SSL";
	case ERR_LIB_X509:
		return "X509";
	case ERR_LIB_PEM:
		return "PEM";
	}
	return NULL;
}

/* Why the peer's certificate was refused; NULL if it was not that. */
static const char *verdict(unsigned long error, const SSL *ssl)
{
	if (!ssl || ERR_GET_REASON(error) != SSL_R_CERTIFICATE_VERIFY_FAILED)
		return NULL;
	return X509_verify_cert_error_string(SSL_get_verify_result(ssl));
}

int ssl__raise(enum exc_class class, int code, const char *otherwise, const SSL *ssl)
{
	unsigned long error = ERR_peek_last_error();
	const char *reason = error ? ERR_reason_error_string(error) : NULL;
	const char *library = library_name(error), *why = verdict(error, ssl);
	char *name = reason_name(reason);
	struct exc *exc;

	if (name && library)
		exc = exc_new(class, code, "[%s: %s] %s%s%s", library, name, reason,
			      why ? ": " : "", why ? why : "");
	else
		exc = exc_new(class, code, "%s", reason ? reason : otherwise);
	exc->attached = name;
	exc->release = free;
	ERR_clear_error();
	return exc_raise_take(exc);
}

const char *ssl_error_reason(const struct exc *exc)
{
	switch (exc->class) {
	case EXC_SSL_ERROR:
	case EXC_SSL_ZERO_RETURN_ERROR:
	case EXC_SSL_EOF_ERROR:
	case EXC_SSL_SYSCALL_ERROR:
		return exc->attached;
	default:
		return NULL;
	}
}
