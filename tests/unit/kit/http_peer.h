/*
 * http_peer.h - for tests of the HTTP client: a peer in the same loop, which
 * answers each connection with scripted bytes, in two parts some turns apart.
 */
#ifndef LOOPSCOPE_TESTS_UNIT_KIT_HTTP_PEER_H
#define LOOPSCOPE_TESTS_UNIT_KIT_HTTP_PEER_H

#include <stddef.h>
#include <stdint.h>

#include "core/httpclient.h"
#include "core/ioloop.h"

#define SECOND INT64_C(1000000000)

enum peer_end { PEER_CLOSES, PEER_RESETS, PEER_HOLDS };

struct connection;

struct http_peer {
	struct ioloop *loop;
	int listener;
	unsigned port;
	char url[64];

	/* what the peer is to answer; a redirected fetch gets `second` */
	const char *response;
	size_t length;
	size_t cut;
	const char *second;
	enum peer_end end;
	int connections;
	char requests[2][1024];
	struct connection *peers; /* all connections, until teardown */

	/* how the fetch ended */
	int pending;
	struct http_response *got;
	struct exc *raised;
	char streamed[256];
};

/* For cmocka: *state is a new peer, listening, in a new loop. */
int http_peer_setup(void **state);
int http_peer_teardown(void **state);

/* What it is to answer; sets cut to the end. */
void http_peer_answer(struct http_peer *f, const char *response);

/* A request to the peer that ends within 10 seconds, whatever it does. */
struct http_request *http_peer_request(struct http_peer *f, const char *path);

/* Starts a fetch of request, which is taken. */
void http_peer_start(struct http_peer *f, struct http_request *request);

/* The same, and runs the loop until it has ended. */
void http_peer_fetch(struct http_peer *f, struct http_request *request);

/* The fetch ended well, with this. */
void http_peer_assert_body(struct http_peer *f, int code, const char *body);

#endif
