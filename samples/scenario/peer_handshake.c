/*
 * peer_handshake.c - the verbs of TLS, and bytes that pass through it.
 *
 * Each flight of the peer's handshake is a segment of its own: the client must
 * have come to rest first, as before every send.
 */
#include "samples/scenario/peer_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "samples/scenario/peer_tls.h"

/* What a plain peer leaves between the client's flight and its own. */
#define FLIGHT_PAUSE 40000000u /* nanoseconds */

static struct peer_tls *current_tls(const struct peer *peer)
{
	return peer->connections[peer->current].tls;
}

/* What is there now: how many bytes, 0 at the end, -1 with errno. */
static ssize_t receive_now(struct peer_tls *tls, int fd, void *bytes, size_t size)
{
	char wire[16384];
	ssize_t got;

	if (!tls)
		return recv(fd, bytes, size, 0);
	while ((got = peer_tls_read(tls, bytes, size)) == -EAGAIN) {
		got = recv(fd, wire, sizeof(wire), 0);
		if (got < 0)
			return got;
		if (peer_tls_feed(tls, wire, (size_t)got) < 0) {
			errno = ENOMEM;
			return -1;
		}
	}
	return got;
}

ssize_t peer__receive(struct peer *peer, int fd, bool raw, void *bytes, size_t size)
{
	struct peer_tls *tls = raw ? NULL : current_tls(peer);
	ssize_t got;

	while ((got = receive_now(tls, fd, bytes, size)) < 0) {
		if (errno == ENOMEM)
			return -ENOMEM;
		if (errno != EAGAIN && errno != EINTR)
			return 0; /* reset: nothing more will come */
		switch (peer__wait(peer, fd, POLLIN, peer__patience(peer, PEER_PATIENCE))) {
		case PEER_TIMED_OUT:
			return -ETIMEDOUT;
		case PEER_OVER:
			return 0;
		case PEER_READY:
			break;
		}
	}
	return got;
}

int peer__seal(struct peer *peer, char **bytes, size_t *length)
{
	struct peer_tls *tls = current_tls(peer);

	if (!tls)
		return 0;
	peer_tls_write(tls, *bytes, *length);
	free(*bytes);
	*bytes = NULL;
	return peer_tls_take(tls, bytes, length);
}

/* Sends what the handshake has to say, if anything; *sent then becomes true. */
static int send_flight(struct peer *peer, const struct scenario_line *line, bool *sent)
{
	char *bytes = NULL;
	size_t length;
	int rc = peer_tls_take(current_tls(peer), &bytes, &length);

	if (rc)
		return peer__fail(peer, line, -rc, "cannot make the handshake");
	*sent = length > 0;
	if (*sent) {
		peer__pause(peer, FLIGHT_PAUSE);
		rc = peer__send(peer, line, bytes, length, false);
	}
	free(bytes);
	return rc;
}

/* Takes in what the client says next; its end as well. */
static int receive_flight(struct peer *peer, const struct scenario_line *line, int fd)
{
	char wire[16384];
	ssize_t got = peer__receive(peer, fd, true, wire, sizeof(wire));

	if (got < 0)
		return peer__fail(peer, line, (int)-got, "the client did not go on with TLS");
	return peer_tls_feed(current_tls(peer), wire, (size_t)got) < 0
		       ? peer__fail(peer, line, ENOMEM, "cannot read the handshake")
		       : 0;
}

/* A handshake that fails is told in the place of a request, and the script goes on. */
static int report_failure(struct peer *peer)
{
	char text[128];

	snprintf(text, sizeof(text), "<TLS failure: %s>", peer_tls_failure(current_tls(peer)));
	peer__report(peer, text, strlen(text));
	return 0;
}

static int shake_hands(struct peer *peer, const struct scenario_line *line, int fd)
{
	enum peer_tls_step step = PEER_TLS_MORE;
	bool sent = false;
	int rc = 0;

	while (!rc && step == PEER_TLS_MORE && !peer->stopped) {
		step = peer_tls_handshake(current_tls(peer));
		if (step == PEER_TLS_FAILED)
			return report_failure(peer);
		rc = send_flight(peer, line, &sent);
		if (sent && line->verb == SCENARIO_TLS_FIRST)
			break;
		if (!rc && step == PEER_TLS_MORE)
			rc = receive_flight(peer, line, fd);
	}
	return rc;
}

int peer__run_tls(struct peer *peer, const struct scenario_line *line, int fd)
{
	struct peer_connection *connection = peer->connections + peer->current;
	const char *problem;
	int rc;

	if (connection->tls)
		return peer__fail(peer, line, EALREADY, "the connection speaks TLS");
	rc = peer_tls_new(&connection->tls, peer->scenario->folder, line->name, line->tls,
			  &problem);
	return rc ? peer__fail(peer, line, -rc, problem) : shake_hands(peer, line, fd);
}

int peer__run_tls_close(struct peer *peer, const struct scenario_line *line, int fd)
{
	struct peer_tls *tls = current_tls(peer);
	char *bytes = NULL;
	size_t length;
	int rc;

	(void)fd;
	if (!tls)
		return peer__fail(peer, line, ENOTCONN, "the connection does not speak TLS");
	peer_tls_notify_close(tls);
	rc = peer_tls_take(tls, &bytes, &length);
	rc = rc ? peer__fail(peer, line, -rc, "cannot make the notice")
		: peer__send(peer, line, bytes, length, true);
	free(bytes);
	return rc;
}
