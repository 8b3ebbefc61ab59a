/*
 * stream_pair.c - a stream and its peer.
 */
#include "tests/unit/kit/stream_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* No test waits for this; one that hangs ends by it. */
#define PATIENCE_NS UINT64_C(30000000000)

void pair_note(struct stream_pair *f, const char *word, const char *data, size_t length)
{
	size_t used = strlen(f->log);

	f->bytes += length;
	snprintf(f->log + used, sizeof(f->log) - used, "%s%s%.*s", used ? " " : "", word,
		 length > 40 ? 0 : (int)length, data ? data : "");
}

static int give_up(void *self, struct value *argument)
{
	(void)self;
	(void)argument;
	fail_msg("the loop did not end");
	return 0;
}

int pair_setup(void **state)
{
	struct stream_pair *f = calloc(1, sizeof(*f));
	int ends[2];

	assert_int_equal(ioloop_new(&f->loop, NULL), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	f->stream = iostream_new(f->loop, ends[0], AF_UNIX, 0);
	f->peer = ends[1];
	timeout_unref(ioloop_add_timeout(f->loop, ioloop_time(f->loop) + PATIENCE_NS,
					 callback_new(give_up, NULL, NULL, 1)));
	*state = f;
	return 0;
}

void pair_close_peer(struct stream_pair *f)
{
	if (f->peer >= 0)
		close(f->peer);
	f->peer = -1;
}

int pair_teardown(void **state)
{
	struct stream_pair *f = *state;

	iostream_unref(f->stream);
	ioloop_free(f->loop);
	pair_close_peer(f);
	exc_clear();
	free(f);
	return 0;
}

static void count_release(void *self)
{
	((struct stream_pair *)self)->released++;
}

struct callback *pair_method(struct stream_pair *f, callback_call_fn *call)
{
	return callback_new(call, f, count_release, 1);
}

void pair_run(struct stream_pair *f)
{
	assert_int_equal(ioloop_start(f->loop), 0);
}

void pair_send(struct stream_pair *f, const char *data, size_t length)
{
	assert_int_equal(send(f->peer, data, length, MSG_NOSIGNAL), length);
}
