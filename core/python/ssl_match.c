/*
 * ssl_match.c - ssl.match_hostname: is this the host that the certificate names?
 */
#include "core/python/ssl.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* repr(), with u before what Python 2 holds as unicode. */
static void put_repr(FILE *out, const char *prefix, const struct ssl_name *name)
{
	fprintf(out, "%s'", prefix);
	for (size_t i = 0; i < name->length; i++) {
		unsigned char c = (unsigned char)name->text[i];

		if (c == '\'' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < ' ' || c >= 0x7f)
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
	}
	fputc('\'', out);
}

/* Ends the text that begins with what has been put: raises it. */
static int raise_text(FILE *out, char **text)
{
	fclose(out);
	exc_raise(EXC_CERTIFICATE_ERROR, "%s", *text ? *text : "");
	free(*text);
	return -1;
}

static FILE *open_text(char **text, size_t *size)
{
	FILE *out = open_memstream(text, size);

	if (!out)
		abort();
	return out;
}

static bool same(const char *a, size_t a_length, const char *b, size_t b_length)
{
	return a_length == b_length && strncasecmp(a, b, a_length) == 0 &&
	       !memchr(a, '\0', a_length);
}

static size_t first_label(const char *text, size_t length)
{
	const char *dot = memchr(text, '.', length);

	return dot ? (size_t)(dot - text) : length;
}

/* The label with one star matches a whole label; of IDNA names no part is ever a pattern. */
static bool label_matches(const char *pattern, size_t length, const char *label,
			  size_t label_length)
{
	const char *star = memchr(pattern, '*', length);
	size_t before = (size_t)(star - pattern), after = length - before - 1;

	if (length == 1)
		return label_length > 0;
	if (strncmp(pattern, "xn--", 4) == 0 || strncmp(label, "xn--", 4) == 0)
		return same(pattern, length, label, label_length);
	return label_length >= before + after && same(pattern, before, label, before) &&
	       same(star + 1, after, label + label_length - after, after);
}

static size_t count_stars(const char *text, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += text[i] == '*';
	return count;
}

/* _dnsname_match: 1, 0, or -1 raised.  A star counts in the leftmost label alone (RFC 6125). */
static int name_matches(const struct ssl_name *name, const char *prefix, const char *hostname)
{
	size_t host_length = strlen(hostname);
	size_t label = first_label(name->text, name->length);
	size_t host_label = first_label(hostname, host_length);
	size_t stars = count_stars(name->text, label);

	if (stars > 1) {
		char *text;
		size_t size;
		FILE *out = open_text(&text, &size);

		fputs("too many wildcards in certificate DNS name: ", out);
		put_repr(out, prefix, name);
		return raise_text(out, &text);
	}
	if (!stars)
		return name->length && same(name->text, name->length, hostname, host_length);
	return label_matches(name->text, label, hostname, host_label) &&
	       same(name->text + label, name->length - label, hostname + host_label,
		    host_length - host_label);
}

static int raise_mismatch(const struct ssl_name *names, size_t count, const char *prefix,
			  const char *hostname)
{
	const struct ssl_name host = { hostname, strlen(hostname) };
	char *text;
	size_t size;
	FILE *out;

	if (!count)
		return exc_raise(EXC_CERTIFICATE_ERROR, "no appropriate commonName or "
							"subjectAltName fields were found");
	out = open_text(&text, &size);
	fputs("hostname ", out);
	put_repr(out, "u", &host);
	fputs(count > 1 ? " doesn't match either of " : " doesn't match ", out);
	for (size_t i = 0; i < count; i++) {
		fputs(i ? ", " : "", out);
		put_repr(out, prefix, &names[i]);
	}
	return raise_text(out, &text);
}

int ssl_match_hostname(const struct ssl_name *dns, size_t dns_count, const struct ssl_name *common,
		       size_t common_count, const char *hostname)
{
	const struct ssl_name *names = dns_count ? dns : common;
	size_t count = dns_count ? dns_count : common_count;
	/* Python 2 decodes the subject, and leaves the alternative names as bytes */
	const char *prefix = dns_count ? "" : "u";

	for (size_t i = 0; i < count; i++) {
		int matches = name_matches(&names[i], prefix, hostname);

		if (matches)
			return matches < 0 ? -1 : 0;
	}
	return raise_mismatch(names, count, prefix, hostname);
}
