/*
 * url.h - as much of Python 2.7's urlparse as the client needs.
 */
#ifndef LOOPSCOPE_CORE_PYTHON_URL_H
#define LOOPSCOPE_CORE_PYTHON_URL_H

/* urlsplit()'s result: owned texts, never NULL except user name and password. */
struct url_parts {
	char *scheme; /* in lower case */
	char *netloc;
	char *path;
	char *query;
	char *fragment;
	char *username; /* NULL if netloc has no "@" */
	char *password; /* NULL if the user part has no ":" */
};

/* 0, or -1 with ValueError raised ("Invalid IPv6 URL"); then *out is released. */
int url_split(struct url_parts *out, const char *url);
void url_parts_release(struct url_parts *parts);

/* urljoin(): url as seen from base.  The caller frees; NULL = ValueError raised. */
char *url_join(const char *base, const char *url);

#endif
