/*
 * peer.c - the peer's life: listen, run the script line by line, tell how it
 * ended.
 */
#include "samples/scenario/peer.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "samples/scenario/peer_internal.h"
#include "samples/scenario/peer_tls.h"
#include "trace/emit/clock.h"

/* The shared header that a watch reads wakes nobody, so it is looked at this often. */
#define PEER_TICK 2 /* milliseconds */

int64_t peer__patience(const struct peer *peer, int64_t usual)
{
	return peer->options.patience ? peer->options.patience : usual;
}

static bool peer_client_is_gone(struct peer *peer)
{
	const struct peer_watch *watch = peer->options.watch;

	if (!peer->gone && watch && watch->gone)
		peer->gone = watch->gone(watch->user);
	return peer->gone;
}

/* What is left until the deadline in milliseconds, rounded up; -1 for ever. */
static int time_left(int64_t limit, uint64_t start)
{
	uint64_t passed = (clock_now() - start) / 1000000;

	if (limit < 0)
		return -1;
	return passed >= (uint64_t)limit ? 0 : (int)((uint64_t)limit - passed);
}

enum peer_wait peer__wait(struct peer *peer, int fd, short events, int64_t milliseconds)
{
	struct pollfd polled[] = {
		{ .fd = fd, .events = events },
		{ .fd = peer->options.stop_fd, .events = POLLIN },
	};
	uint64_t start = clock_now();

	while (!peer->stopped) {
		/* asked before the poll: what a client left behind is then seen by it */
		bool gone = peer_client_is_gone(peer);
		int left = time_left(milliseconds, start);
		int nap = left;

		if (peer->options.watch && (nap < 0 || nap > PEER_TICK))
			nap = PEER_TICK;
		if (poll(polled, 2, gone ? 0 : nap) < 0 && errno != EINTR)
			return PEER_OVER;
		peer->stopped = polled[1].revents != 0;
		if (peer->stopped || (gone && !polled[0].revents))
			return PEER_OVER;
		if (polled[0].revents)
			return PEER_READY;
		if (!left)
			return PEER_TIMED_OUT;
	}
	return PEER_OVER;
}

int peer__fail(struct peer *peer, const struct scenario_line *line, int number, const char *what)
{
	peer->error.line = line->number;
	if (number == ETIMEDOUT)
		snprintf(peer->error.text, sizeof(peer->error.text), "line %d: %s in time",
			 line->number, what);
	else
		snprintf(peer->error.text, sizeof(peer->error.text), "line %d: %s: %s",
			 line->number, what, strerror(number));
	return -number;
}

int peer_new(struct peer **out, const struct scenario *scenario, const struct peer_options *options,
	     struct scenario_error *error)
{
	struct peer *peer;
	int rc;

	*out = NULL;
	error->line = 0;
	if (scenario->role != SCENARIO_SERVER) {
		snprintf(error->text, sizeof(error->text), "the scenario's role is not server");
		return -EINVAL;
	}
	peer = calloc(1, sizeof(*peer));
	if (!peer) {
		snprintf(error->text, sizeof(error->text), "memory is short");
		return -ENOMEM;
	}
	peer->scenario = scenario;
	peer->options = *options;
	peer->listener = peer->second = peer->refused = peer->filler = -1;
	peer->pace.fd = -1;
	rc = peer__listen(peer, error);
	if (rc) {
		peer_free(peer);
		return rc;
	}
	*out = peer;
	return 0;
}

static void close_if_open(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void peer_close_connection(struct peer_connection *connection)
{
	close_if_open(&connection->fd);
	peer_tls_free(connection->tls);
	connection->tls = NULL;
}

static void peer_close_connections(struct peer *peer)
{
	for (size_t i = 0; i < peer->connection_count; i++)
		peer_close_connection(peer->connections + i);
}

void peer_free(struct peer *peer)
{
	if (!peer)
		return;
	peer_close_connections(peer);
	close_if_open(&peer->filler);
	close_if_open(&peer->listener);
	close_if_open(&peer->second);
	close_if_open(&peer->refused);
	free(peer->connections);
	free(peer);
}

uint16_t peer_port(const struct peer *peer)
{
	return peer->ports.port;
}

uint16_t peer_refused_port(const struct peer *peer)
{
	return peer->ports.refused;
}

const struct scenario_error *peer_error(const struct peer *peer)
{
	return &peer->error;
}

/*
 * A script that has ended listens no more.  shutdown() ends it for all who
 * hold the socket; close() would leave it to a parent process, and a client
 * would hang in a queue that nobody serves.
 */
static void peer_stop_listening(struct peer *peer)
{
	if (peer->scenario->listen != SCENARIO_LISTEN_NONE)
		shutdown(peer->listener, SHUT_RDWR);
	if (peer->second >= 0)
		shutdown(peer->second, SHUT_RDWR);
}

static bool peer_has_open(const struct peer *peer)
{
	for (size_t i = 0; i < peer->connection_count; i++)
		if (peer->connections[i].fd >= 0)
			return true;
	return false;
}

int peer_run(struct peer *peer)
{
	const struct scenario *scenario = peer->scenario;
	int rc = 0;

	for (size_t i = 0; i < scenario->script_count && !rc && !peer->stopped; i++)
		rc = peer__run_line(peer, scenario->script + i);
	/* what is still open closes now, and the client notices that as well */
	if (!rc && peer_has_open(peer))
		peer__settle(peer);
	peer_close_connections(peer);
	peer_stop_listening(peer);
	return rc == PEER_DONE ? 0 : rc;
}
