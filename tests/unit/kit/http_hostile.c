/*
 * http_hostile.c - responses with their bytes changed, cut and put in at random.
 */
#include "tests/unit/kit/http_hostile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/netutil.h"

/* xorshift: the same cases in every run. */
static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Changes, cuts and puts in, up to five times; the new length, at most room. */
static size_t mutate(char *text, size_t length, size_t room, uint32_t *seed)
{
	static const char *const pieces[] = { "\r\n",
					      "\n",
					      "\r\n\r\n",
					      "0",
					      "-",
					      ":",
					      " ",
					      ";",
					      "ffffffffffffffff",
					      "Content-Length: ",
					      ",",
					      "\xff",
					      "Transfer-Encoding: chunked\r\n",
					      "HTTP/1.1 ",
					      "Content-Encoding: gzip\r\n",
					      "Location: //x",
					      "204",
					      "301",
					      "/..",
					      "[",
					      "@" };

	for (unsigned n = next_random(seed) % 6; n; n--) {
		const char *piece = pieces[next_random(seed) % (sizeof(pieces) / sizeof(*pieces))];
		size_t at = next_random(seed) % (length + 1);
		size_t size = strlen(piece);

		switch (next_random(seed) % 3) {
		case 0:
			if (at < length)
				text[at] = (char)next_random(seed);
			break;
		case 1:
			length = at + (length - at) * (next_random(seed) % 3 > 0);
			break;
		default:
			if (length + size > room)
				break;
			memmove(text + at + size, text + at, length - at);
			memcpy(text + at, piece, size);
			length += size;
		}
	}
	return length;
}

void http_hostile(struct http_peer *f, unsigned rounds, int64_t timeout)
{
	static const char *const bases[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\n c\r\n\r\nhello",
		("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		 "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"),
		"HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08zzzzzzzzzz",
		"HTTP/1.1 302 Found\r\nLocation: /a/../b;c?d#e\r\nContent-Length: 2\r\n\r\nab",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not\r\nSet-Cookie: a\r\n\r\nbody",
	};
	uint32_t seed = 20130901;
	char text[1024], everything[64];
	unsigned ends = 0;

	/* a mutated Location must not lead anywhere else */
	snprintf(everything, sizeof(everything), "127.0.0.1:%u", f->port);
	assert_int_equal(netutil_resolve_all(everything), 0);
	for (unsigned i = 0; i < rounds; i++) {
		struct http_request *request = http_peer_request(f, "/");
		const char *base = bases[next_random(&seed) % (sizeof(bases) / sizeof(*bases))];

		f->length = strlen(base);
		memcpy(text, base, f->length);
		f->length = mutate(text, f->length, sizeof(text), &seed);
		f->response = text;
		f->cut = next_random(&seed) % (f->length + 1);
		f->end = next_random(&seed) % 8 ? PEER_CLOSES : PEER_RESETS;
		request->request_timeout = timeout;
		http_peer_fetch(f, request);
		ends += f->got || f->raised;
	}
	assert_int_equal(ends, rounds);
}
