/*
 * client_server.c - the peer of bench_client.py: takes a request, answers with a
 * small page, closes.  Prints its port, and ends when its standard input does.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 64

static const char response[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			       "Content-Length: 14\r\n\r\nHello, loop!\r\n";

static int listen_anywhere(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, 1024) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) < 0) {
		perror("client_server");
		exit(1);
	}
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

static void watch(int set, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
}

static void accept_all(int set, int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		watch(set, fd);
}

/* Requests of these clients are one segment on the loopback: what came is all of it. */
static void answer(int fd)
{
	char request[4096];
	ssize_t count = recv(fd, request, sizeof(request), 0);

	if (count > 4 && memcmp(request + count - 4, "\r\n\r\n", 4) == 0 &&
	    send(fd, response, sizeof(response) - 1, MSG_NOSIGNAL) < 0)
		perror("client_server: send");
	close(fd);
}

int main(void)
{
	struct epoll_event events[EVENTS];
	int set = epoll_create1(EPOLL_CLOEXEC), listener = listen_anywhere();

	watch(set, listener);
	watch(set, STDIN_FILENO);
	for (;;) {
		int ready = epoll_wait(set, events, EVENTS, -1);

		for (int i = 0; i < ready; i++) {
			if (events[i].data.fd == STDIN_FILENO)
				return 0;
			if (events[i].data.fd == listener)
				accept_all(set, listener);
			else
				answer(events[i].data.fd);
		}
	}
}
