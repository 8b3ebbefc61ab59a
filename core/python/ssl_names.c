/*
 * ssl_names.c - the names in a peer's certificate.
 */
#include "core/python/ssl_internal.h"

#include <openssl/x509v3.h>

#include "core/python/alloc.h"
#include "core/python/text.h"

/* Texts of their own: a certificate's strings come in several encodings. */
struct names {
	struct ssl_name *list;
	size_t count, room;
};

static void add_name(struct names *names, const ASN1_STRING *string)
{
	unsigned char *text;
	int length = ASN1_STRING_to_UTF8(&text, string);

	if (length < 0)
		return;
	names->list =
		core_room_for_one(names->list, names->count, &names->room, sizeof(*names->list));
	names->list[names->count++] =
		(struct ssl_name){ text_copy(text, (size_t)length), (size_t)length };
	OPENSSL_free(text);
}

static void names_release(struct names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		union {
			const char *lent;
			char *owned;
		} text = { names->list[i].text };

		free(text.owned);
	}
	free(names->list);
}

static struct names dns_names(const X509 *certificate)
{
	struct names names = { 0 };
	GENERAL_NAMES *list = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(list); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(list, i);

		if (name->type == GEN_DNS)
			add_name(&names, name->d.dNSName);
	}
	GENERAL_NAMES_free(list);
	return names;
}

static struct names common_names(const X509 *certificate)
{
	struct names names = { 0 };
	const X509_NAME *subject = X509_get_subject_name(certificate);
	int at = -1;

	while ((at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0)
		add_name(&names, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	return names;
}

static void explain(const struct names *names, const char *hostname)
{
	ssl__attach(exc_current(), NULL,
		    ssl__wrong_host_sentence(names->list, names->count, hostname));
}

int ssl_check_hostname(const struct ssl_socket *socket, const char *hostname)
{
	X509 *certificate = SSL_get1_peer_certificate(socket->ssl);
	struct names dns, common;
	int status;

	if (!certificate)
		return exc_raise(EXC_VALUE_ERROR, "empty or no certificate");
	dns = dns_names(certificate);
	common = common_names(certificate);
	X509_free(certificate);
	status = ssl_match_hostname(dns.list, dns.count, common.list, common.count, hostname);
	if (status < 0)
		explain(dns.count ? &dns : &common, hostname);
	names_release(&dns);
	names_release(&common);
	return status;
}

char *ssl_peer_name(const struct ssl_socket *socket)
{
	X509 *certificate = SSL_get1_peer_certificate(socket->ssl);
	struct names names;
	char *name = NULL;

	if (!certificate)
		return NULL;
	names = dns_names(certificate);
	if (!names.count)
		names = common_names(certificate);
	X509_free(certificate);
	if (names.count)
		name = text_printable(text_copy(names.list[0].text, names.list[0].length));
	names_release(&names);
	return name;
}
