/*
 * stream_pair.h - for tests of streams: a stream over one end of a socket
 * pair, the other end, and a log of what callbacks saw.
 */
#ifndef LOOPSCOPE_TESTS_UNIT_KIT_STREAM_PAIR_H
#define LOOPSCOPE_TESTS_UNIT_KIT_STREAM_PAIR_H

#include <stddef.h>

#include "core/ioloop.h"
#include "core/iostream.h"

struct stream_pair {
	struct ioloop *loop;
	struct iostream *stream; /* over one end of the pair */
	int peer;                /* the other end, -1 once closed */
	char log[512];           /* what the callbacks saw, in order */
	size_t bytes;            /* how many, in all */
	const char *feed;        /* what feed_later() is to send */
	size_t feed_length;
	int wait; /* turns until then */
	int released;
};

/* For cmocka: *state is a new pair, which ends a test that hangs. */
int pair_setup(void **state);
int pair_teardown(void **state);

/* Adds a word, and short data, to the log. */
void pair_note(struct stream_pair *f, const char *word, const char *data, size_t length);

/* A callback with the pair as its self; its release is counted. */
struct callback *pair_method(struct stream_pair *f, callback_call_fn *call);

/* Runs the loop until a callback stops it. */
void pair_run(struct stream_pair *f);

/* Sends from the other end; closes it. */
void pair_send(struct stream_pair *f, const char *data, size_t length);
void pair_close_peer(struct stream_pair *f);

#endif
