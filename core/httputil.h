/*
 * httputil.h - tornado.httputil: HTTPHeaders and the table of reasons.
 *
 * HTTPHeaders is a dict of CPython 2.7 underneath, and what iterates over it
 * (the request on the wire, header_callback) shows the order of that dict.
 * So the table here is laid out as CPython lays out its dict: same hash, same
 * probes, same growth; hence the same order.
 *
 * Texts are bytes ended by NUL; names are normalised ("content-TYPE" is
 * "Content-Type").  One thread at a time.
 */
#ifndef LOOPSCOPE_CORE_HTTPUTIL_H
#define LOOPSCOPE_CORE_HTTPUTIL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/python/exc.h"

struct http_headers;

/* Empty ones, with one reference.  Never NULL: out of memory ends the program. */
struct http_headers *http_headers_new(void);

/* HTTPHeaders(other): adds all of other's, in its order.  NULL gives empty ones. */
struct http_headers *http_headers_copy(const struct http_headers *other);

/* The same object once more: a change is seen by all who hold it. */
struct http_headers *http_headers_ref(struct http_headers *headers);

/* Gives a reference back; the last one frees.  NULL does nothing. */
void http_headers_free(struct http_headers *headers);

/*
 * HTTPHeaders.parse: the lines after the status line.  *out is the caller's.
 * -1 raised: ValueError for a line without a colon or a NUL byte, KeyError for
 * a continuation of nothing.
 */
int http_headers_parse(struct http_headers **out, const char *text, size_t length);

/* parse_line: one line, not empty, which need not end in NUL.  0 or -1 raised as above. */
int http_headers_parse_line(struct http_headers *headers, const char *line, size_t length);

/* Adds a value, after those that name has. */
void http_headers_add(struct http_headers *headers, const char *name, const char *value);

/* headers[name] = value: the only value from now on. */
void http_headers_set(struct http_headers *headers, const char *name, const char *value);

/* del headers[name].  -1 = KeyError raised. */
int http_headers_delete(struct http_headers *headers, const char *name);

/*
 * The value, several joined by commas; NULL if the header is missing.  Lent until the
 * headers change.
 */
const char *http_headers_get(const struct http_headers *headers, const char *name);
bool http_headers_contains(const struct http_headers *headers, const char *name);

/* How many pairs http_headers_next() gives. */
size_t http_headers_count(const struct http_headers *headers);

/*
 * get_all(): one (name, value) pair a call, false after the last.  Start with
 * a zeroed cursor; the texts are lent until the headers change.
 */
struct http_headers_cursor {
	size_t slot;
	size_t value;
};
bool http_headers_next(const struct http_headers *headers, struct http_headers_cursor *cursor,
		       const char **name, const char **value);

/*
 * Proxies duplicate Content-Length: equal values, which there must be at least
 * one of, become one.  -1 = an exception of that class raised: they differ.
 */
int http_merge_content_lengths(struct http_headers *headers, enum exc_class class);

/* httplib.responses.get(code, "Unknown"). */
const char *http_reason(int code);

/* base64.b64encode; the caller frees. */
char *http_base64(const void *data, size_t length);

/*
 * Latin-1 bytes as UTF-8 (native_str(data.decode("latin1"))); the caller frees.
 * A NUL becomes the two bytes C0 80, so that texts stay whole: Python's may
 * hold one, C's may not.
 */
char *http_latin1_to_utf8(const char *data, size_t length, size_t *out_length);

#endif
