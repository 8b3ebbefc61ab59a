/*
 * test_pace.c - how the peer paces itself by what it knows of its client.
 */
#include "tests/unit/kit/peer_play.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * A client that is in poll from the start and says each time when it has
 * consumed what came: what the ring's header tells of a real one.
 */
struct client {
	struct peer_watch watch;
	_Atomic uint64_t polls;
	_Atomic bool gone;
	_Atomic bool busy;
	_Atomic unsigned asked;
	_Atomic int signalled; /* the last signal */
};

static int client_settled(void *user, uint64_t *polls)
{
	struct client *client = user;

	*polls = client->polls;
	client->asked++;
	return !client->busy;
}

static bool client_gone(void *user)
{
	struct client *client = user;

	return client->gone;
}

/* A signal interrupts the poll, and the client begins another. */
static int client_signal(void *user, int number)
{
	struct client *client = user;

	client->signalled = number;
	client->polls++;
	return 0;
}

static void client_init(struct client *client, struct peer_options *options)
{
	memset(client, 0, sizeof(*client));
	client->watch = (struct peer_watch){ client_settled, client_gone, client_signal, client };
	*options = (struct peer_options)PEER_OPTIONS_INIT;
	options->watch = &client->watch;
	options->skip_pauses = true;
}

/* Each piece must come alone, as long as the client says when it polls again. */
static void hear_pieces(struct client *client, int fd, const char *const *pieces)
{
	for (; *pieces; pieces++) {
		char bytes[256];
		ssize_t length = recv(fd, bytes, sizeof(bytes), 0);

		assert_int_equal(length, strlen(*pieces));
		assert_memory_equal(bytes, *pieces, (size_t)length);
		client->polls++;
	}
}

static void test_segments_never_merge(void **state)
{
	static const char *const pieces[] = { "a", "bb", "ccc", "d", "ee", NULL };
	struct peer_options options;
	struct client client;
	struct play play;
	int fd;

	(void)state;
	for (int round = 0; round < 50; round++) {
		client_init(&client, &options);
		play_start(&play,
			   "accept\nsend \"a\"\npause 3600s\nsend \"bb\"\nsend \"ccc\"\npause 60s\n"
			   "send \"d\"\nsend-close \"ee\"\n",
			   &options);
		fd = connect_to(&play);
		hear_pieces(&client, fd, pieces);
		hear_end(fd);
		close(fd);
		play_end(&play, 0);
	}
}

static void test_cut_sends(void **state)
{
	static const char *const pieces[] = { "01", "23", "45", "6", "01", "2", NULL };
	struct peer_options options;
	struct client client;
	struct play play;
	int fd;

	(void)state;
	client_init(&client, &options);
	options.segment = 2;
	play_start(&play, "accept\nsend fill(7)\nsend-close fill(3)\n", &options);
	fd = connect_to(&play);
	hear_pieces(&client, fd, pieces);
	hear_end(fd);
	close(fd);
	play_end(&play, 0);
}

static void test_signals(void **state)
{
	struct peer_options options;
	struct client client;
	struct play play;
	int fd;

	(void)state;
	client_init(&client, &options);
	play_start(&play, "# on-signal: none\naccept\nread 1\nsignal USR1\nsend \"a\"\n", &options);
	fd = connect_to(&play);
	assert_int_equal(client.signalled, 0);
	say(fd, "x");
	hear(fd, "a");
	assert_int_equal(client.signalled, SIGUSR1);
	close(fd);
	play_end(&play, 0);
}

/* A client that stays in the same poll does not watch its socket: the peer goes on. */
static void test_client_that_does_not_watch(void **state)
{
	struct peer_options options;
	struct client client;
	struct play play;
	int fd;

	(void)state;
	client_init(&client, &options);
	play_start(&play, "accept\nsend \"a\"\npause 60s\nsend \"b\"\nsend-close \"c\"\n",
		   &options);
	fd = connect_to(&play);
	hear(fd, "abc");
	hear_end(fd);
	close(fd);
	play_end(&play, 0);
}

/* Until the client waits nothing is sent, not even after the accept. */
static void test_busy_client_is_left_alone(void **state)
{
	struct peer_options options;
	struct client client;
	struct play play;
	char byte;
	int fd;

	(void)state;
	client_init(&client, &options);
	client.busy = true;
	play_start(&play, "accept\nsend \"a\"\n", &options);
	fd = connect_to(&play);
	for (unsigned i = 0; i < 100000000 && client.asked < 3; i++)
		sched_yield();
	assert_true(client.asked >= 3);
	assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
	client.busy = false;
	hear(fd, "a");
	client.polls++;
	hear_end(fd);
	close(fd);
	play_end(&play, 0);
}

static void test_gone_client_ends_the_waits(void **state)
{
	struct peer_options options;
	struct client client;
	struct play play;
	int fd;

	(void)state;
	client_init(&client, &options);
	options.skip_pauses = false;
	options.patience = -1;
	client.gone = true;
	play_prepare(&play,
		     "accept\nexpect-request\nhold 3600s\npause 3600s\naccept\nsend \"x\"\n"
		     "expect-request\nexpect-close\nuse 1\nexpect-close\n",
		     &options);
	/* what it left behind is taken first */
	fd = connect_to(&play);
	say(fd, "GET / HTTP/1.0\r\n\r\n");
	assert_int_equal(peer_run(play.peer), 0);
	assert_int_equal(play.requests, 1);
	assert_string_equal(play.request[0], "GET / HTTP/1.0\r\n\r\n");
	close(fd);
	play_release(&play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_segments_never_merge),
		cmocka_unit_test(test_cut_sends),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_client_that_does_not_watch),
		cmocka_unit_test(test_busy_client_is_left_alone),
		cmocka_unit_test(test_gone_client_ends_the_waits),
	};

	return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
