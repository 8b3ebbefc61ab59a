/*
 * http_hostile.h - for tests of the HTTP client: a peer that sends whatever.
 */
#ifndef LOOPSCOPE_TESTS_UNIT_KIT_HTTP_HOSTILE_H
#define LOOPSCOPE_TESTS_UNIT_KIT_HTTP_HOSTILE_H

#include "tests/unit/kit/http_peer.h"

/* So many fetches of responses that have been tampered with: each ends, at the latest by its timeout. */
void http_hostile(struct http_peer *f, unsigned rounds, int64_t timeout);

#endif
