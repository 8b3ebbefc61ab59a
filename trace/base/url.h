/*
 * url.h - which URLs are never put on the wire.
 *
 * What stands in a URL becomes part of the request's first line.  A line end in
 * it would begin a header, or another request, of whoever wrote the URL; no URL
 * has control characters for any other reason than a mistake.
 */
#ifndef LOOPSCOPE_TRACE_BASE_URL_H
#define LOOPSCOPE_TRACE_BASE_URL_H

/*
 * Why url is not to be sent: a static sentence, without a full stop.  NULL if
 * nothing speaks against it: a blank behind the host, bytes that are not ASCII
 * and hosts and ports of any kind are sent, or refused, as the original does.
 */
const char *url_complaint(const char *url);

#endif
