/*
 * peer_listen.c - the peer's sockets: those that listen, and those that refuse
 * or never answer.
 */
#include "samples/scenario/peer_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 16
#define FILLER_PATIENCE 1000 /* milliseconds */
#define PORT_TRIES 32

/* A socket address of either family. */
struct place {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
	socklen_t length;
};

/* host is numeric: the parser has seen to that. */
static struct place place_of(const char *host, uint16_t port)
{
	struct place place = { .length = sizeof(place.in) };

	if (strchr(host, ':')) {
		place.length = sizeof(place.in6);
		place.in6.sin6_family = AF_INET6;
		place.in6.sin6_port = htons(port);
		inet_pton(AF_INET6, host, &place.in6.sin6_addr);
	} else {
		place.in.sin_family = AF_INET;
		place.in.sin_port = htons(port);
		inet_pton(AF_INET, host, &place.in.sin_addr);
	}
	return place;
}

/*
 * A socket bound to host and port, listening unless backlog is negative.
 * Returns the descriptor or -errno.
 */
static int open_port(const char *host, uint16_t port, int backlog)
{
	struct place place = place_of(host, port);
	int fd = socket(place.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int yes = 1;
	int failed;

	if (fd < 0)
		return -errno;
	/* without listening, a reusable address could be taken by somebody else */
	if (backlog >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (place.any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes));
	if (bind(fd, &place.any, place.length) == 0 && (backlog < 0 || listen(fd, backlog) == 0))
		return fd;
	failed = errno;
	close(fd);
	return -failed;
}

static int port_of(int fd, uint16_t *port)
{
	struct place place = { .length = sizeof(place.in6) };

	if (getsockname(fd, &place.any, &place.length) < 0)
		return -errno;
	*port = ntohs(place.any.sa_family == AF_INET6 ? place.in6.sin6_port : place.in.sin_port);
	return 0;
}

static int cannot_listen(struct scenario_error *error, const char *host, uint16_t port, int rc)
{
	error->line = 0;
	snprintf(error->text, sizeof(error->text), "cannot bind %s port %u: %s", host, port,
		 strerror(-rc));
	return rc;
}

/*
 * The kernel drops SYNs once the accept queue holds more than the backlog,
 * so with a backlog of 0 one connection does it.  It counts only when it is
 * in the queue, which is when the listener polls readable.
 */
static int fill_backlog(struct peer *peer)
{
	struct place place = place_of(peer->scenario->listen_address, peer->ports.port);
	struct pollfd polled = { .fd = peer->listener, .events = POLLIN };
	int fd = socket(place.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	peer->filler = fd;
	if (connect(fd, &place.any, place.length) < 0 && errno != EINPROGRESS)
		return -errno;
	return poll(&polled, 1, FILLER_PATIENCE) > 0 ? 0 : -ETIMEDOUT;
}

static int open_refused(struct peer *peer)
{
	peer->ports.refused = peer->ports.port;
	if (!peer->scenario->refused_port)
		return 0;
	peer->refused = open_port("127.0.0.1", 0, -1);
	if (peer->refused < 0)
		return peer->refused;
	return port_of(peer->refused, &peer->ports.refused);
}

/* The second address on the port number of the first: 0 or -errno. */
static int open_second(struct peer *peer)
{
	if (!peer->scenario->second_listen)
		return 0;
	peer->second = open_port(peer->scenario->second_listen, peer->ports.port, BACKLOG);
	return peer->second < 0 ? peer->second : 0;
}

static int open_pair(struct peer *peer, struct scenario_error *error)
{
	static const int backlogs[] = {
		[SCENARIO_LISTEN_NORMAL] = BACKLOG,
		[SCENARIO_LISTEN_NONE] = -1,
		[SCENARIO_LISTEN_BACKLOG_FULL] = 0,
	};
	const struct scenario *scenario = peer->scenario;
	int rc;

	peer->listener =
		open_port(scenario->listen_address, peer->options.port, backlogs[scenario->listen]);
	if (peer->listener < 0)
		return cannot_listen(error, scenario->listen_address, peer->options.port,
				     peer->listener);
	rc = port_of(peer->listener, &peer->ports.port);
	if (!rc)
		rc = open_second(peer);
	if (rc)
		return cannot_listen(error,
				     scenario->second_listen ? scenario->second_listen
							     : scenario->listen_address,
				     peer->ports.port, rc);
	return 0;
}

int peer__listen(struct peer *peer, struct scenario_error *error)
{
	int rc = open_pair(peer, error);

	/* a free port of one address may be taken on the other: ask for another */
	for (int i = 0; i < PORT_TRIES && rc == -EADDRINUSE && !peer->options.port; i++) {
		if (peer->listener >= 0)
			close(peer->listener);
		rc = open_pair(peer, error);
	}
	if (rc)
		return rc;
	rc = open_refused(peer);
	if (rc)
		return cannot_listen(error, "127.0.0.1", 0, rc);
	if (peer->scenario->listen == SCENARIO_LISTEN_BACKLOG_FULL)
		rc = fill_backlog(peer);
	if (rc) {
		error->line = 0;
		snprintf(error->text, sizeof(error->text), "cannot fill the accept queue: %s",
			 strerror(-rc));
	}
	return rc;
}
