/*
 * test_peer.c - the scripted peer, against a plain blocking client.  The peer
 * runs in a thread of its own; the client is the test.  Nothing sleeps: every
 * wait is for a descriptor or a count, and bounded.
 */
#include "tests/unit/kit/peer_play.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
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

static void test_one_exchange(void **state)
{
	struct play play;
	int fd;

	(void)state;
	play_start(&play,
		   "accept\nexpect-request\npause 1ms\nsend \"$PORT \" fill(3)\nexpect-close\n",
		   NULL);
	fd = connect_to(&play);
	say(fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");

	char expected[32];

	snprintf(expected, sizeof(expected), "%u 012", peer_port(play.peer));
	hear(fd, expected);
	close(fd);
	pthread_join(play.thread, NULL);
	/* a script that has ended listens no more */
	fd = client_socket(AF_INET);
	assert_int_equal(try_connect(fd, peer_port(play.peer)), -ECONNREFUSED);
	close(fd);
	assert_int_equal(play.result, 0);
	assert_int_equal(play.requests, 1);
	assert_string_equal(play.request[0], "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	play_release(&play);
}

static void test_request_bodies(void **state)
{
	struct play play;
	int fd;

	(void)state;
	play_start(&play,
		   "accept\nexpect-request\nsend \"a\"\nexpect-request\nsend \"b\"\nread 4\n"
		   "send \"c\"\nexpect-request\n",
		   NULL);
	fd = connect_to(&play);
	say(fd, "POST / HTTP/1.1\r\ncontent-LENGTH : 5\r\n\r");
	say(fd, "\nhel");
	say(fd, "lo");
	hear(fd, "a");
	/* who expects a 100 sends the head alone */
	say(fd, "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
	hear(fd, "b");
	say(fd, "body");
	hear(fd, "c");
	say(fd, "GET / HT");
	close(fd);
	pthread_join(play.thread, NULL);
	assert_int_equal(play.result, 0);
	assert_int_equal(play.requests, 4);
	assert_string_equal(play.request[0], "POST / HTTP/1.1\r\ncontent-LENGTH : 5\r\n\r\nhello");
	assert_string_equal(play.request[1],
			    "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
	assert_string_equal(play.request[2], "body");
	assert_string_equal(play.request[3], "GET / HT");
	play_release(&play);
}

static void test_two_connections(void **state)
{
	struct play play;
	int one, two;

	(void)state;
	play_start(&play,
		   "accept\naccept\nsend \"two\"\nuse 1\nsend \"one\"\nexpect-close\n"
		   "use 2\nsend \"end\"\n",
		   NULL);
	one = connect_to(&play);
	two = connect_to(&play);
	hear(two, "two");
	hear(one, "one");
	close(one);
	hear(two, "end");
	hear_end(two);
	close(two);
	play_end(&play, 0);
}

static void test_ways_to_end(void **state)
{
	struct play play;
	char byte;
	int fd;

	(void)state;
	play_start(&play,
		   "accept\nsend \"a\"\nshutdown\nread 2\naccept\nclose\naccept\n"
		   "send-close \"bye\"\naccept\nread 1\nreset\n",
		   NULL);
	fd = connect_to(&play);
	hear(fd, "a");
	hear_end(fd);
	say(fd, "ok"); /* only one direction is shut */
	close(fd);

	fd = connect_to(&play);
	hear_end(fd);
	close(fd);

	fd = connect_to(&play);
	hear(fd, "bye");
	hear_end(fd);
	close(fd);

	fd = connect_to(&play);
	say(fd, "x");
	assert_int_equal(recv(fd, &byte, 1, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	close(fd);
	play_end(&play, 0);
}

static void test_verbs_on_a_closed_connection_pass(void **state)
{
	struct play play;
	int fd;

	(void)state;
	play_start(&play,
		   "accept\nclose\nsend \"x\"\nexpect-request\nread 1\nshutdown\nclose\nreset\n"
		   "expect-close\nsend-close \"x\"\n",
		   NULL);
	fd = connect_to(&play);
	hear_end(fd);
	close(fd);
	play_end(&play, 0);
}

static void test_client_that_breaks_off(void **state)
{
	const struct linger at_once = { .l_onoff = 1 };
	struct play play;
	int fd;

	(void)state;
	play_start(&play,
		   "accept\nread 1\nexpect-request\nsend fill(60000000)\nsend \"x\"\n"
		   "expect-close\n",
		   NULL);
	fd = connect_to(&play);
	say(fd, "a");
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
	play_end(&play, 0);
}

static void test_big_data_continues(void **state)
{
	const size_t total = 20000000;
	struct play play;
	char *bytes = malloc(total + 1);
	int fd;

	(void)state;
	assert_non_null(bytes);
	play_start(&play, "accept\nsend fill(20000000)\n", NULL);
	fd = connect_to(&play);
	assert_int_equal(recv(fd, bytes, total, MSG_WAITALL), total);
	for (size_t i = 0; i < total; i += 37)
		assert_int_equal(bytes[i], '0');
	hear_end(fd);
	close(fd);
	free(bytes);
	play_end(&play, 0);
}

static void test_listen_none_refuses(void **state)
{
	struct play play;
	int fd = client_socket(AF_INET);
	int other = client_socket(AF_INET);

	(void)state;
	play_prepare(&play, "# refused-port: yes\nlisten none\n", NULL);
	assert_int_equal(peer_run(play.peer), 0);
	assert_int_not_equal(peer_port(play.peer), peer_refused_port(play.peer));
	assert_int_equal(try_connect(fd, peer_port(play.peer)), -ECONNREFUSED);
	assert_int_equal(try_connect(other, peer_refused_port(play.peer)), -ECONNREFUSED);
	close(fd);
	close(other);
	play_release(&play);
}

static void test_backlog_full_hangs(void **state)
{
	struct play play;
	int fd = client_socket(AF_INET);
	struct pollfd polled = { .fd = fd, .events = POLLOUT };

	(void)state;
	play_prepare(&play, "listen backlog-full\nhold 1ms\n", NULL);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	assert_int_equal(try_connect(fd, peer_port(play.peer)), -EINPROGRESS);
	assert_int_equal(poll(&polled, 1, 100), 0);
	close(fd);
	play_release(&play);
}

/* IPv6 may be switched off where the tests run. */
static bool has_ipv6(void)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool has = fd >= 0 && !bind(fd, (struct sockaddr *)&address, sizeof(address));

	if (fd >= 0)
		close(fd);
	return has;
}

static void test_second_address(void **state)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct play play;
	int fd;

	(void)state;
	if (!has_ipv6())
		skip();
	play_start(&play, "# second-listen: ::1\nlisten none\naccept second\nsend \"six\"\n", NULL);
	fd = client_socket(AF_INET6);
	address.sin6_port = htons(peer_port(play.peer));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	hear(fd, "six");
	close(fd);
	play_end(&play, 0);
}

static void test_port_is_taken(void **state)
{
	struct peer_options options = PEER_OPTIONS_INIT;
	struct scenario_error error;
	struct play play;
	struct peer *peer;

	(void)state;
	play_prepare(&play, "accept\n", NULL);
	options.port = peer_port(play.peer);
	assert_int_equal(peer_new(&peer, play.scenario, &options, &error), -EADDRINUSE);
	assert_null(peer);
	assert_non_null(strstr(error.text, "cannot bind 127.0.0.1"));
	play_release(&play);
}

static void test_other_roles_are_refused(void **state)
{
	const struct peer_options options = PEER_OPTIONS_INIT;
	struct scenario_error error;
	struct scenario *scenario;
	struct peer *peer;

	(void)state;
	assert_int_equal(scenario_parse(&scenario, "# role: client\n", 15, &error), 0);
	assert_int_equal(peer_new(&peer, scenario, &options, &error), -EINVAL);
	assert_non_null(strstr(error.text, "role"));
	scenario_free(scenario);
}

static void test_patience_ends(void **state)
{
	struct peer_options options = PEER_OPTIONS_INIT;
	struct play play;

	(void)state;
	options.patience = 1;
	play_prepare(&play, "\naccept\n", &options);
	assert_int_equal(peer_run(play.peer), -ETIMEDOUT);
	assert_string_equal(peer_error(play.peer)->text, "line 2: no connection came in time");
	play_release(&play);

	play_prepare(&play, "# optional-accept: yes\naccept\nexpect-request\n", &options);
	assert_int_equal(peer_run(play.peer), 0);
	play_release(&play);
}

static void test_nobody_to_signal(void **state)
{
	struct play play;

	(void)state;
	play_prepare(&play, "# on-signal: stop\nsignal USR1\n", NULL);
	assert_int_equal(peer_run(play.peer), -ESRCH);
	assert_non_null(strstr(peer_error(play.peer)->text,
			       "line 2: nobody says which process the client is"));
	play_release(&play);
}

static void test_stop_fd_ends_it(void **state)
{
	struct peer_options options = PEER_OPTIONS_INIT;
	struct play play;
	int fd;

	(void)state;
	options.stop_fd = eventfd(0, EFD_CLOEXEC);
	options.patience = -1;
	play_start(&play, "accept\nsend \"a\"\nexpect-close\naccept\n", &options);
	fd = connect_to(&play);
	hear(fd, "a"); /* the peer is in the middle of its script */
	eventfd_write(options.stop_fd, 1);
	hear_end(fd);
	close(fd);
	play_end(&play, 0);
	close(options.stop_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_exchange),
		cmocka_unit_test(test_request_bodies),
		cmocka_unit_test(test_two_connections),
		cmocka_unit_test(test_ways_to_end),
		cmocka_unit_test(test_verbs_on_a_closed_connection_pass),
		cmocka_unit_test(test_client_that_breaks_off),
		cmocka_unit_test(test_big_data_continues),
		cmocka_unit_test(test_listen_none_refuses),
		cmocka_unit_test(test_backlog_full_hangs),
		cmocka_unit_test(test_second_address),
		cmocka_unit_test(test_port_is_taken),
		cmocka_unit_test(test_other_roles_are_refused),
		cmocka_unit_test(test_patience_ends),
		cmocka_unit_test(test_nobody_to_signal),
		cmocka_unit_test(test_stop_fd_ends_it),
	};

	return cmocka_run_group_tests_name("peer", tests, NULL, NULL);
}
