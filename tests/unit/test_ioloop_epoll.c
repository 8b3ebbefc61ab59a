/*
 * test_ioloop_epoll.c - the loop with epoll, its waker and real threads.
 */
#include "core/ioloop.h"
#include "core/v31/generation.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int nothing(void *self, struct value *argument)
{
	(void)self;
	(void)argument;
	return 0;
}

static int stop_current(void *self, struct value *argument)
{
	(void)argument;
	assert_ptr_equal(ioloop_current(), self);
	ioloop_stop(self);
	return 0;
}

static void *call_from_thread(void *loop)
{
	ioloop_add_callback(loop, callback_new(nothing, NULL, NULL, 1), VALUE_OF_NONE);
	ioloop_add_callback(loop, callback_new(stop_current, loop, NULL, 1), VALUE_OF_NONE);
	return NULL;
}

static int start_thread(void *self, struct value *argument)
{
	pthread_t *thread = self;

	(void)argument;
	assert_int_equal(pthread_create(thread, NULL, call_from_thread, ioloop_current()), 0);
	return 0;
}

/* Nothing else could end the poll: without the waker this would take an hour. */
static void test_other_thread_wakes(void **state)
{
	struct ioloop *loop;
	pthread_t thread;

	(void)state;
	assert_int_equal(ioloop_new(&loop, NULL), 0);
	for (int i = 0; i < 50; i++) {
		ioloop_add_callback(loop, callback_new(start_thread, &thread, NULL, 1),
				    VALUE_OF_NONE);
		assert_int_equal(ioloop_start(loop), 0);
		pthread_join(thread, NULL);
	}
	ioloop_free(loop);
}

static int receive(void *self, struct value *argument)
{
	char byte;

	assert_int_equal(argument->type, VALUE_EVENTS);
	assert_int_equal(argument->ready.events & IOLOOP_READ, IOLOOP_READ);
	assert_int_equal(recv(argument->ready.fd, &byte, 1, 0), 1);
	ioloop_remove_handler(self, argument->ready.fd);
	ioloop_stop(self);
	return 0;
}

static void test_socket_with_epoll(void **state)
{
	struct ioloop *loop = ioloop_instance();
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(ioloop_add_handler(loop, ends[0], callback_new(receive, loop, NULL, 1),
					    IOLOOP_READ),
			 0);
	assert_int_equal(ioloop_add_handler(loop, ends[0], callback_new(receive, loop, NULL, 1),
					    IOLOOP_READ),
			 -1);
	assert_int_equal(exc_current()->number, EEXIST);
	exc_clear();
	assert_int_equal(send(ends[1], "x", 1, 0), 1);
	assert_int_equal(ioloop_start(loop), 0);
	close(ends[0]);
	close(ends[1]);
	assert_ptr_equal(ioloop_current(), loop);
	ioloop_instance_free();
	ioloop_instance_free();
}

#define PIPES 100
#define PIPE_FD(i) (200 + 7 * (i))

struct pipes {
	struct ioloop *loop;
	int order[PIPES];
	int count;
	int count_at_next_turn;
};

static int pipes_stop(void *self, struct value *argument)
{
	struct pipes *pipes = self;

	(void)argument;
	pipes->count_at_next_turn = pipes->count;
	ioloop_stop(pipes->loop);
	return 0;
}

static int pipes_receive(void *self, struct value *argument)
{
	struct pipes *pipes = self;

	assert_in_range(pipes->count, 0, PIPES - 1);
	if (pipes->count == 0)
		ioloop_add_callback(pipes->loop, callback_new(pipes_stop, pipes, NULL, 1),
				    VALUE_OF_NONE);
	pipes->order[pipes->count++] = argument->ready.fd;
	return 0;
}

/*
 * A hundred at once are one turn.  The dict has 512 slots then, and no two of
 * these share one, so that CPython 2.7 takes them by their remainder.
 */
static void test_hundred_ready(void **state)
{
	struct pipes pipes = { 0 };
	int ends[2];

	(void)state;
	assert_int_equal(ioloop_new(&pipes.loop, NULL), 0);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	for (int i = 0; i < PIPES; i++) {
		assert_int_equal(dup2(ends[0], PIPE_FD(i)), PIPE_FD(i));
		assert_int_equal(ioloop_add_handler(pipes.loop, PIPE_FD(i),
						    callback_new(pipes_receive, &pipes, NULL, 1),
						    IOLOOP_READ),
				 0);
	}
	assert_int_equal(ioloop_start(pipes.loop), 0);
	assert_int_equal(pipes.count_at_next_turn, PIPES);
	for (int i = 1; i < PIPES; i++)
		assert_true(pipes.order[i - 1] % 512 < pipes.order[i] % 512);
	ioloop_free(pipes.loop);
	for (int i = 0; i < PIPES; i++)
		close(PIPE_FD(i));
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	generation_use(&generation_31);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_other_thread_wakes),
		cmocka_unit_test(test_socket_with_epoll),
		cmocka_unit_test(test_hundred_ready),
	};

	return cmocka_run_group_tests_name("ioloop_epoll", tests, NULL, NULL);
}
