/*
 * ssl_exc.c - SSLError: what OpenSSL has to say, in Python's words.
 */
#include <ctype.h>
#include <stdlib.h>

#include <openssl/err.h>

#include "core/python/alloc.h"
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
static const char *verdict(unsigned long error, const struct ssl_socket *socket)
{
	if (!socket || ERR_GET_REASON(error) != SSL_R_CERTIFICATE_VERIFY_FAILED)
		return NULL;
	return X509_verify_cert_error_string(SSL_get_verify_result(socket->ssl));
}

/* What is attached to the exceptions of this module; both owned, or NULL. */
struct ssl_fault {
	char *reason;
	char *sentence;
	bool cut_off; /* see ssl_is_cut_off() */
};

static void fault_release(void *attached)
{
	struct ssl_fault *fault = attached;

	free(fault->reason);
	free(fault->sentence);
	free(fault);
}

struct ssl_fault *ssl__attach(struct exc *exc, char *reason, char *sentence)
{
	struct ssl_fault *fault = core_alloc(sizeof(*fault));

	*fault = (struct ssl_fault){ .reason = reason, .sentence = sentence };
	exc->attached = fault;
	exc->release = fault_release;
	return fault;
}

int ssl__raise(enum exc_class class, int code, const char *otherwise,
	       const struct ssl_socket *socket)
{
	unsigned long error = ERR_peek_last_error();
	const char *reason = error ? ERR_reason_error_string(error) : NULL;
	const char *library = library_name(error), *why = verdict(error, socket);
	char *name = reason_name(reason);
	struct ssl_fault *fault;
	struct exc *exc;

	if (name && library)
		exc = exc_new(class, code, "[%s: %s] %s%s%s", library, name, reason,
			      why ? ": " : "", why ? why : "");
	else
		exc = exc_new(class, code, "%s", reason ? reason : otherwise);
	ERR_clear_error();
	fault = ssl__attach(exc, name, socket ? ssl__sentence(socket, code, error) : NULL);
	fault->cut_off = socket && socket->connected && ssl__is_end(code, error);
	return exc_raise_take(exc);
}

static const struct ssl_fault *fault_of(const struct exc *exc)
{
	switch (exc->class) {
	case EXC_SSL_ERROR:
	case EXC_SSL_ZERO_RETURN_ERROR:
	case EXC_SSL_EOF_ERROR:
	case EXC_SSL_SYSCALL_ERROR:
	case EXC_CERTIFICATE_ERROR:
		return exc->attached;
	default:
		return NULL;
	}
}

const char *ssl_error_reason(const struct exc *exc)
{
	const struct ssl_fault *fault = fault_of(exc);

	return fault ? fault->reason : NULL;
}

const char *ssl_explain(const struct exc *exc)
{
	for (; exc; exc = exc->cause) {
		const struct ssl_fault *fault = fault_of(exc);

		if (fault && fault->sentence)
			return fault->sentence;
	}
	return NULL;
}

bool ssl_is_cut_off(const struct exc *exc)
{
	const struct ssl_fault *fault = fault_of(exc);

	return fault && fault->cut_off;
}
