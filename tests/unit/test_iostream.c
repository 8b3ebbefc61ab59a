/*
 * test_iostream.c - streams over socket pairs: every kind of read fed in two
 * parts cut at every byte, writes that fill the socket, closes at awkward
 * moments.
 */
#include "core/iostream.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/ioloop.h"
#include "core/v31/generation.h"
#include "tests/unit/kit/stream_pair.h"

#define BIG (5u << 20)

/* Sends the rest and closes, when the loop has turned a few times. */
static int feed_later(void *self, struct value *argument)
{
	struct stream_pair *f = self;

	(void)argument;
	if (--f->wait > 0)
		return ioloop_add_callback(f->loop, pair_method(f, feed_later), VALUE_OF_NONE);
	pair_send(f, f->feed, f->feed_length);
	pair_close_peer(f);
	return 0;
}

static int on_close(void *self, struct value *argument)
{
	struct stream_pair *f = self;

	(void)argument;
	pair_note(f, "closed", NULL, 0);
	ioloop_stop(f->loop);
	return 0;
}

static int on_rest(void *self, struct value *argument)
{
	pair_note(self, "rest:", argument->bytes.data, argument->bytes.length);
	return 0;
}

static int on_bytes(void *self, struct value *argument)
{
	struct stream_pair *f = self;

	pair_note(f, "bytes:", argument->bytes.data, argument->bytes.length);
	return iostream_read_until_close(f->stream, pair_method(f, on_rest), NULL);
}

static int on_line(void *self, struct value *argument)
{
	struct stream_pair *f = self;

	pair_note(f, "line:", argument->bytes.data, argument->bytes.length);
	return iostream_read_bytes(f->stream, 3, pair_method(f, on_bytes), NULL);
}

static int on_head(void *self, struct value *argument)
{
	struct stream_pair *f = self;

	pair_note(f, "head:", argument->bytes.data, argument->bytes.length);
	return iostream_read_until(f->stream, "--", 2, pair_method(f, on_line));
}

/* Runs one stream through the four reads, cut at `cut`. */
static void read_all_kinds(void **state, size_t cut)
{
	static const char data[] = "ab\r\nc\n\r\nd-e--fghij";
	struct stream_pair *f;

	pair_setup(state);
	f = *state;
	f->feed = data + cut;
	f->feed_length = sizeof(data) - 1 - cut;
	f->wait = 4;
	pair_send(f, data, cut);
	iostream_set_close_callback(f->stream, pair_method(f, on_close));
	assert_int_equal(ioloop_add_callback(f->loop, pair_method(f, feed_later), VALUE_OF_NONE),
			 0);
	assert_int_equal(
		iostream_read_until_regex(f->stream, "\r?\n\r?\n", NULL, pair_method(f, on_head)),
		0);
	/* a head that is there already was taken; its callback comes later all the same */
	assert_int_equal(iostream_reading(f->stream), cut < 8);
	assert_string_equal(f->log, "");
	pair_run(f);
	assert_string_equal(f->log, "head:ab\r\nc\n\r\n line:d-e-- bytes:fgh rest:ij closed");
	assert_true(iostream_closed(f->stream));
	assert_null(iostream_error(f->stream));
	pair_teardown(state);
}

static void test_every_cut(void **state)
{
	for (size_t cut = 0; cut < 18; cut++)
		read_all_kinds(state, cut);
}

static int on_piece(void *self, struct value *argument)
{
	pair_note(self, "piece:", argument->bytes.data, argument->bytes.length);
	return 0;
}

static int on_streamed(void *self, struct value *argument)
{
	struct stream_pair *f = self;

	pair_note(f, "end:", argument->bytes.data, argument->bytes.length);
	return iostream_read_until_close(f->stream, pair_method(f, on_rest),
					 pair_method(f, on_piece));
}

static void test_streaming(void **state)
{
	struct stream_pair *f = *state;

	f->feed = "cdef";
	f->feed_length = 4;
	f->wait = 4;
	pair_send(f, "ab", 2);
	iostream_set_close_callback(f->stream, pair_method(f, on_close));
	assert_int_equal(ioloop_add_callback(f->loop, pair_method(f, feed_later), VALUE_OF_NONE),
			 0);
	assert_int_equal(iostream_read_bytes(f->stream, 4, pair_method(f, on_streamed),
					     pair_method(f, on_piece)),
			 0);
	pair_run(f);
	assert_string_equal(f->log, "piece:ab piece:cd end: piece:ef rest: closed");
}

/* The data that came before the end is read before the end is told. */
static void test_close_comes_last(void **state)
{
	struct stream_pair *f = *state;

	pair_send(f, "xyz", 3);
	pair_close_peer(f);
	iostream_set_close_callback(f->stream, pair_method(f, on_close));
	assert_int_equal(iostream_read_until(f->stream, "z", 1, pair_method(f, on_rest)), 0);
	assert_true(iostream_closed(f->stream));
	pair_run(f);
	assert_string_equal(f->log, "rest:xyz closed");
}

static int close_inside(void *self, struct value *argument)
{
	struct stream_pair *f = self;

	pair_note(f, "inside:", argument->bytes.data, argument->bytes.length);
	assert_int_equal(iostream_close(f->stream), 0);
	assert_int_equal(iostream_close(f->stream), 0);
	assert_int_equal(iostream_write(f->stream, "x", 1, NULL), -1);
	assert_int_equal(exc_current()->class, EXC_STREAM_CLOSED_ERROR);
	assert_int_equal(iostream_read_bytes(f->stream, 9, pair_method(f, on_rest), NULL), -1);
	assert_int_equal(exc_current()->class, EXC_STREAM_CLOSED_ERROR);
	exc_clear();
	return 0;
}

static void test_close_in_callback(void **state)
{
	struct stream_pair *f = *state;

	pair_send(f, "abcd", 4);
	iostream_set_close_callback(f->stream, pair_method(f, on_close));
	assert_int_equal(iostream_read_bytes(f->stream, 2, pair_method(f, close_inside), NULL), 0);
	pair_run(f);
	assert_string_equal(f->log, "inside:ab closed");
	assert_int_equal(recv(f->peer, f->log, 1, 0), 0);
}

static int raise_inside(void *self, struct value *argument)
{
	(void)self;
	(void)argument;
	return exc_raise(EXC_VALUE_ERROR, "from a callback");
}

static void test_exception_closes(void **state)
{
	struct stream_pair *f = *state;

	pair_send(f, "a", 1);
	iostream_set_close_callback(f->stream, pair_method(f, on_close));
	assert_int_equal(iostream_read_bytes(f->stream, 1, pair_method(f, raise_inside), NULL), 0);
	pair_run(f);
	assert_string_equal(f->log, "closed");
	assert_string_equal(exc_describe(iostream_error(f->stream)), "ValueError(from a callback)");
}

static void test_misuse(void **state)
{
	struct stream_pair *f = *state;

	assert_int_equal(iostream_read_until(f->stream, "x", 1, pair_method(f, on_rest)), 0);
	assert_int_equal(iostream_read_until(f->stream, "y", 1, pair_method(f, on_rest)), -1);
	assert_string_equal(exc_describe(exc_current()), "AssertionError(Already reading)");
	assert_int_equal(f->released, 1);
}

static int on_rest_stop(void *self, struct value *argument)
{
	struct stream_pair *f = self;

	ioloop_stop(f->loop);
	return on_rest(self, argument);
}

static void read_bytes_now(struct stream_pair *f, int64_t num_bytes)
{
	assert_int_equal(
		iostream_read_bytes(f->stream, num_bytes, pair_method(f, on_rest_stop), NULL), 0);
	pair_run(f);
}

/*
 * A peer may announce a negative length: the first string of the buffer is it,
 * and so many bytes more are believed to be there.
 */
static void test_negative_length(void **state)
{
	struct stream_pair *f = *state;

	pair_send(f, "abcde", 5);
	read_bytes_now(f, 1);
	read_bytes_now(f, -1);
	read_bytes_now(f, -7);
	assert_string_equal(f->log, "rest:a rest:bcde rest:");
	/* 4 + 1 + 7 bytes that are not there */
	pair_send(f, "xyz", 3);
	read_bytes_now(f, 6);
	read_bytes_now(f, 4);
	read_bytes_now(f, 2);
	read_bytes_now(f, 3);
	assert_string_equal(f->log, "rest:a rest:bcde rest: rest: rest: rest: rest:xyz");
}

static void test_bad_regex(void **state)
{
	struct stream_pair *f = *state;

	assert_int_equal(iostream_read_until_regex(f->stream, "(", NULL, pair_method(f, on_rest)),
			 -1);
	assert_int_equal(exc_current()->class, EXC_VALUE_ERROR);
}

/* Both ends in one loop: what one writes the other reads. */
static struct iostream *other_end(struct stream_pair *f)
{
	struct iostream *other = iostream_new(f->loop, f->peer, AF_UNIX, 0);

	f->peer = -1;
	return other;
}

static char *big_text(void)
{
	char *text = malloc(BIG + 2);

	for (size_t i = 0; i < BIG; i++)
		text[i] = (char)('a' + i % 23);
	text[BIG] = '!';
	text[BIG + 1] = '\0';
	return text;
}

static int on_big(void *self, struct value *argument)
{
	struct stream_pair *f = self;
	char *text = big_text();

	assert_int_equal(argument->bytes.length, BIG + 1);
	assert_memory_equal(argument->bytes.data, text, BIG + 1);
	free(text);
	pair_note(f, "big", NULL, 0);
	ioloop_stop(f->loop);
	return 0;
}

static int on_written(void *self, struct value *argument)
{
	(void)argument;
	pair_note(self, "written", NULL, 0);
	return 0;
}

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* 5 MB through a socket that holds a few KB, found by a delimiter at the very end. */
static void test_big_is_linear(void **state)
{
	struct stream_pair *f = *state;
	struct iostream *other = other_end(f);
	char *text = big_text();
	double start = cpu_seconds();

	assert_int_equal(iostream_write(other, text, BIG + 1, pair_method(f, on_written)), 0);
	assert_true(iostream_writing(other));
	assert_int_equal(iostream_read_until(f->stream, "!", 1, pair_method(f, on_big)), 0);
	pair_run(f);
	assert_non_null(strstr(f->log, "big"));
	assert_non_null(strstr(f->log, "written"));
	/* searched from the start each time it would be 3 billion bytes for a delimiter, too */
	assert_true(cpu_seconds() - start < 10);
	assert_false(iostream_writing(other));
	iostream_close(other);
	iostream_unref(other);
	free(text);
}

static void test_write_error_closes(void **state)
{
	struct stream_pair *f = *state;

	pair_close_peer(f);
	iostream_set_close_callback(f->stream, pair_method(f, on_close));
	assert_int_equal(iostream_write(f->stream, "x", 1, pair_method(f, on_written)), 0);
	assert_true(iostream_closed(f->stream));
	assert_int_equal(iostream_error(f->stream)->number, EPIPE);
	pair_run(f);
	assert_string_equal(f->log, "closed");
}

/* A head without an end: given up at 64 KiB, not at 100 MB. */
static void test_endless_head(void **state)
{
	struct stream_pair *f = *state;
	struct iostream *other = other_end(f);
	char *text = big_text();

	iostream_set_close_callback(f->stream, pair_method(f, on_close));
	assert_int_equal(iostream_write(other, text, IOSTREAM_HEADER_MAX + 5000, NULL), 0);
	assert_int_equal(
		iostream_read_until_regex(f->stream, "\r?\n\r?\n", NULL, pair_method(f, on_rest)),
		0);
	pair_run(f);
	assert_string_equal(f->log, "closed");
	assert_string_equal(exc_describe(iostream_error(f->stream)),
			    "IOError(Reached maximum read buffer size)");
	iostream_close(other);
	iostream_unref(other);
	free(text);
}

static int on_head_of_big(void *self, struct value *argument)
{
	struct stream_pair *f = self;

	pair_note(f, "head", NULL, argument->bytes.length);
	return iostream_close(f->stream);
}

/* A head that ends in time may have megabytes behind it. */
static void test_head_before_big_body(void **state)
{
	struct stream_pair *f = *state;
	struct iostream *other = other_end(f);
	char *text = big_text();

	memcpy(text + IOSTREAM_HEADER_MAX - 4, "\r\n\r\n", 4);
	assert_int_equal(iostream_write(other, text, BIG, NULL), 0);
	iostream_set_close_callback(f->stream, pair_method(f, on_close));
	assert_int_equal(iostream_read_until_regex(f->stream, "\r?\n\r?\n", NULL,
						   pair_method(f, on_head_of_big)),
			 0);
	pair_run(f);
	assert_string_equal(f->log, "head closed");
	assert_int_equal(f->bytes, IOSTREAM_HEADER_MAX);
	iostream_close(other);
	iostream_unref(other);
	free(text);
}

static void test_buffer_limit(void **state)
{
	struct stream_pair *f = *state;
	char text[9000] = { 0 };

	int ends[2];

	iostream_unref(f->stream);
	pair_close_peer(f);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	f->stream = iostream_new(f->loop, ends[0], AF_UNIX, 8192);
	f->peer = ends[1];
	pair_send(f, text, sizeof(text));
	iostream_set_close_callback(f->stream, pair_method(f, on_close));
	assert_int_equal(iostream_read_bytes(f->stream, 20000, pair_method(f, on_rest), NULL), -1);
	assert_string_equal(exc_describe(exc_current()),
			    "IOError(Reached maximum read buffer size)");
	pair_run(f);
	assert_string_equal(f->log, "closed");
}

/* A loop that is freed lets go of everything that was asked for. */
static void test_abandoned(void **state)
{
	struct stream_pair *f = *state;

	pair_send(f, "ab", 2);
	iostream_set_close_callback(f->stream, pair_method(f, on_close));
	assert_int_equal(iostream_read_bytes(f->stream, 1, pair_method(f, on_rest), NULL), 0);
	assert_int_equal(iostream_read_bytes(f->stream, 9, pair_method(f, on_rest),
					     pair_method(f, on_piece)),
			 0);
	ioloop_free(f->loop);
	f->loop = NULL;
	assert_int_equal(f->released, 4);
	assert_string_equal(f->log, "");
}

static int on_refused(void *self, struct value *argument)
{
	struct stream_pair *f = self;

	(void)argument;
	pair_note(f, iostream_error(f->stream)->text, NULL, 0);
	ioloop_stop(f->loop);
	return 0;
}

static void test_refused(void **state)
{
	struct stream_pair *f = *state;
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct resolved_address address = { .family = AF_INET, .length = sizeof(in) };
	int bound = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(in);

	/* bound, but not listening: nobody else gets the port */
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(bound, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(getsockname(bound, (struct sockaddr *)&in, &size), 0);
	memcpy(&address.address, &in, sizeof(in));
	iostream_unref(f->stream);
	f->stream =
		iostream_new(f->loop, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), AF_INET, 0);
	iostream_set_close_callback(f->stream, pair_method(f, on_refused));
	assert_int_equal(iostream_set_nodelay(f->stream, true), 0);
	assert_int_equal(iostream_connect(f->stream, &address, pair_method(f, on_written)), 0);
	/* what is written while connecting waits, and is never sent */
	assert_int_equal(iostream_write(f->stream, "x", 1, NULL), 0);
	pair_run(f);
	assert_string_equal(f->log, "[Errno 111] Connection refused");
	close(bound);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)

int main(void)
{
	generation_use(&generation_31);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cut),
		TEST(test_streaming),
		TEST(test_close_comes_last),
		TEST(test_close_in_callback),
		TEST(test_exception_closes),
		TEST(test_misuse),
		TEST(test_negative_length),
		TEST(test_bad_regex),
		TEST(test_big_is_linear),
		TEST(test_write_error_closes),
		TEST(test_endless_head),
		TEST(test_head_before_big_body),
		TEST(test_buffer_limit),
		TEST(test_abandoned),
		TEST(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
