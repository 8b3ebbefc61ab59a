/*
 * url.c - control characters anywhere, blanks where the host stands.
 */
#include "trace/base/url.h"

#include <stddef.h>
#include <string.h>

const char *url_complaint(const char *url)
{
	const char *host = strstr(url, "://");
	const char *blank;

	for (const char *at = url; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return "a URL has no control characters";
	host = host ? host + 3 : url;
	blank = strchr(url, ' ');
	return blank && blank < host + strcspn(host, "/?#") ? "a host has no blanks" : NULL;
}
