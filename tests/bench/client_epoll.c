/*
 * client_epoll.c - the floor of bench_client.py: sockets and epoll, and no more
 * than it takes to see that the response is whole.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/client_cost.h"

#define FDS_MAX 1024
#define EVENTS 64

static const char request[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";

static int set;
static struct {
	bool sent;
	size_t received;
	char bytes[4096];
} connections[FDS_MAX]; /* by descriptor */

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void ask(struct client_cost *cost)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)cost->port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct epoll_event event = { .events = EPOLLOUT, .data.fd = fd };

	if (fd < 0 || fd >= FDS_MAX)
		fail("socket");
	connections[fd].sent = false;
	connections[fd].received = 0;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 && errno != EINPROGRESS)
		fail("connect");
	epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
	cost->asked++;
}

static void send_request(int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) != sizeof(request) - 1)
		fail("send");
	connections[fd].sent = true;
	epoll_ctl(set, EPOLL_CTL_MOD, fd, &event);
}

/* Whether all is there: the head, and as many bytes as it announces. */
static bool is_whole(const char *bytes, size_t length)
{
	const char *end = memmem(bytes, length, "\r\n\r\n", 4);
	const char *announced = end ? memmem(bytes, length, "Content-Length: ", 16) : NULL;

	return announced && length - (size_t)(end + 4 - bytes) >= (size_t)atol(announced + 16);
}

static void receive(struct client_cost *cost, int fd)
{
	size_t at = connections[fd].received;
	ssize_t count = recv(fd, connections[fd].bytes + at, sizeof(connections[fd].bytes) - at, 0);

	if (count <= 0)
		fail("recv");
	connections[fd].received += (size_t)count;
	if (!is_whole(connections[fd].bytes, connections[fd].received))
		return;
	close(fd);
	cost->answered++;
	if (cost->asked < cost->requests)
		ask(cost);
}

int main(int argc, char **argv)
{
	struct client_cost cost = client_cost_begin(argc, argv);
	struct epoll_event events[EVENTS];

	set = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < cost.at_a_time && cost.asked < cost.requests; i++)
		ask(&cost);
	while (cost.answered < cost.requests) {
		int ready = epoll_wait(set, events, EVENTS, -1);

		for (int i = 0; i < ready; i++) {
			int fd = events[i].data.fd;

			if (connections[fd].sent)
				receive(&cost, fd);
			else
				send_request(fd);
		}
	}
	return client_cost_end(&cost);
}
