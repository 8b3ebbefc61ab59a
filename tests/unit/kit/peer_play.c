/*
 * peer_play.c - the peer in a thread, and the calls of its plain client.
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

static void on_request(void *user, unsigned index, const void *bytes, size_t length)
{
	struct play *play = user;

	if (index != ++play->requests || index > RECORDED)
		return;
	play->request[index - 1] = malloc(length + 1);
	if (!play->request[index - 1])
		return;
	memcpy(play->request[index - 1], bytes, length);
	play->request[index - 1][length] = '\0';
	play->length[index - 1] = length;
}

static void *run_peer(void *argument)
{
	struct play *play = argument;

	play->result = peer_run(play->peer);
	return NULL;
}

/* Everything but the thread. */
void play_prepare(struct play *play, const char *text, const struct peer_options *options)
{
	struct scenario_error error;

	*play = (struct play){ .options = PEER_OPTIONS_INIT, .result = 1 };
	if (options)
		play->options = *options;
	play->options.on_request = on_request;
	play->options.user = play;
	if (scenario_parse(&play->scenario, text, strlen(text), &error))
		fail_msg("%s", error.text);
	if (peer_new(&play->peer, play->scenario, &play->options, &error))
		fail_msg("%s", error.text);
}

void play_start(struct play *play, const char *text, const struct peer_options *options)
{
	play_prepare(play, text, options);
	assert_int_equal(pthread_create(&play->thread, NULL, run_peer, play), 0);
}

void play_release(struct play *play)
{
	peer_free(play->peer);
	scenario_free(play->scenario);
	for (unsigned i = 0; i < RECORDED; i++)
		free(play->request[i]);
}

void play_end(struct play *play, int result)
{
	assert_int_equal(pthread_join(play->thread, NULL), 0);
	assert_int_equal(play->result, result);
	play_release(play);
}

int client_socket(int family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const struct timeval limit = { .tv_sec = 20 };

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

int try_connect(int fd, uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

int connect_to(const struct play *play)
{
	int fd = client_socket(AF_INET);

	assert_int_equal(try_connect(fd, peer_port(play->peer)), 0);
	return fd;
}

void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

void hear(int fd, const char *text)
{
	char bytes[256] = "";
	size_t length = strlen(text);

	assert_int_equal(recv(fd, bytes, length, MSG_WAITALL), length);
	assert_string_equal(bytes, text);
}

void hear_end(int fd)
{
	char byte;

	assert_int_equal(recv(fd, &byte, 1, 0), 0);
}
