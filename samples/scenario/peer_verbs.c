/*
 * peer_verbs.c - the verbs of a script, one function each, in a table.
 */
#include "samples/scenario/peer_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "samples/scenario/scenario_parse.h"

/* The most that expect-close reads of what nobody asked for. */
#define DISCARD_MAX ((uint64_t)1 << 30)

/* Runs one line on the current connection, which may be -1: closed, or never made. */
typedef int run_verb(struct peer *peer, const struct scenario_line *line, int fd);

static void set_option(int fd, int option, int value)
{
	setsockopt(fd, IPPROTO_TCP, option, &value, sizeof(value));
}

static void close_current(struct peer *peer)
{
	struct peer_connection *connection = peer->connections + peer->current;

	close(connection->fd);
	/* its number may come again with the next connection */
	if (peer->pace.fd == connection->fd)
		peer->pace.fd = -1;
	connection->fd = -1;
}

/* The next connection, -1 for one that did not come. */
static int add_connection(struct peer *peer, const struct scenario_line *line, int fd)
{
	struct peer_connection *connections =
		scenario__grow(peer->connections, peer->connection_count, sizeof(*connections));

	if (!connections) {
		if (fd >= 0)
			close(fd);
		return peer__fail(peer, line, ENOMEM, "cannot keep the connection");
	}
	peer->connections = connections;
	peer->current = peer->connection_count++;
	connections[peer->current].fd = fd;
	return 0;
}

static int run_accept(struct peer *peer, const struct scenario_line *line, int fd)
{
	bool optional = peer->scenario->optional_accept;
	int64_t limit = peer__patience(peer, optional ? PEER_PATIENCE_OPTIONAL : PEER_PATIENCE);
	int listener = line->second ? peer->second : peer->listener;
	int rc;

	do {
		enum peer_wait wait = peer__wait(peer, listener, POLLIN, limit);

		if (wait == PEER_TIMED_OUT)
			return optional ? PEER_DONE
					: peer__fail(peer, line, ETIMEDOUT, "no connection came");
		if (wait == PEER_OVER) /* the rest of the script has nobody to talk to */
			return add_connection(peer, line, -1);
		fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	} while (fd < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED));
	if (fd < 0)
		return peer__fail(peer, line, errno, "cannot accept");
	set_option(fd, TCP_NODELAY, 1);
	rc = add_connection(peer, line, fd);
	if (!rc)
		peer__settle(peer);
	return rc;
}

static int run_use(struct peer *peer, const struct scenario_line *line, int fd)
{
	(void)fd;
	peer->current = (size_t)line->count - 1;
	return 0;
}

/* Listening was done before the script began, so that clients find the port. */
static int run_listen(struct peer *peer, const struct scenario_line *line, int fd)
{
	(void)peer, (void)line, (void)fd;
	return 0;
}

static int run_expect_request(struct peer *peer, const struct scenario_line *line, int fd)
{
	return fd < 0 ? 0 : peer__read_request(peer, line, fd);
}

static int run_read(struct peer *peer, const struct scenario_line *line, int fd)
{
	return fd < 0 ? 0 : peer__read_count(peer, line, fd);
}

/*
 * Sends one segment: one send() unless the client does not take so much.  A
 * client that broke the connection is no trouble of ours.
 */
static int send_segment(struct peer *peer, const struct scenario_line *line, int fd,
			const char *bytes, size_t length)
{
	while (length && !peer->stopped) {
		enum peer_wait wait = PEER_READY;
		ssize_t sent;

		peer__act(peer, fd);
		sent = send(fd, bytes, length, MSG_NOSIGNAL);
		if (sent >= 0) {
			bytes += sent;
			length -= (size_t)sent;
		} else if (errno == EAGAIN) {
			wait = peer__wait(peer, fd, POLLOUT, PEER_PATIENCE);
		} else if (errno != EINTR) {
			return 0;
		}
		if (wait == PEER_TIMED_OUT)
			return peer__fail(peer, line, ETIMEDOUT,
					  "the client did not take the data");
		if (wait == PEER_OVER)
			return 0;
	}
	return 0;
}

/*
 * Sends in pieces of options.segment; the last piece, or all, is left to the
 * caller.  Each piece waits for a turn of the client's loop.  There are so many
 * in a scenario; what is behind them goes as the script has it, or a large body
 * would outlast every timeout of the client.
 */
#define PIECES_MOST 16384

static int send_pieces(struct peer *peer, const struct scenario_line *line, int fd,
		       const char **bytes, size_t *length)
{
	size_t piece = peer->options.segment;
	int rc = 0;

	while (piece && *length > piece && !rc && !peer->stopped && peer->pieces++ < PIECES_MOST) {
		peer__settle(peer);
		rc = send_segment(peer, line, fd, *bytes, piece);
		*bytes += piece;
		*length -= piece;
	}
	return rc;
}

/* Data and FIN in one segment: the cork holds the data back until close(). */
static int send_last_and_close(struct peer *peer, const struct scenario_line *line, int fd,
			       const char *bytes, size_t length)
{
	int rc;

	set_option(fd, TCP_NODELAY, 0);
	set_option(fd, TCP_CORK, 1);
	peer__settle(peer);
	rc = send_segment(peer, line, fd, bytes, length);
	peer__act(peer, fd);
	close_current(peer);
	return rc;
}

int peer__send(struct peer *peer, const struct scenario_line *line, const char *bytes,
	       size_t length, bool last)
{
	int fd = peer->connections[peer->current].fd;
	int rc = send_pieces(peer, line, fd, &bytes, &length);

	if (rc)
		return rc;
	if (last)
		return send_last_and_close(peer, line, fd, bytes, length);
	peer__settle(peer);
	return send_segment(peer, line, fd, bytes, length);
}

static int run_send(struct peer *peer, const struct scenario_line *line, int fd)
{
	char *bytes = NULL;
	size_t length;
	int rc;

	if (fd < 0)
		return 0;
	rc = payload_render(line->payload, &peer->ports, &bytes, &length);
	if (!rc)
		rc = peer__seal(peer, &bytes, &length);
	if (rc)
		rc = peer__fail(peer, line, -rc, "cannot make the payload");
	else
		rc = peer__send(peer, line, bytes, length, line->verb == SCENARIO_SEND_CLOSE);
	free(bytes);
	return rc;
}

static int64_t milliseconds(uint64_t nanoseconds)
{
	return (int64_t)((nanoseconds + 999999) / 1000000);
}

void peer__pause(struct peer *peer, uint64_t nanoseconds)
{
	if (peer->options.watch && peer->options.watch->settled && peer->options.skip_pauses)
		peer__settle(peer);
	else
		peer__wait(peer, -1, 0, milliseconds(nanoseconds));
}

static int run_pause(struct peer *peer, const struct scenario_line *line, int fd)
{
	(void)fd;
	peer__pause(peer, line->count);
	return 0;
}

/*
 * The time is the client's, so it begins when the client waits: a program
 * that is slow to start would else find its server gone.
 */
static int run_hold(struct peer *peer, const struct scenario_line *line, int fd)
{
	(void)fd;
	peer__settle(peer);
	peer__wait(peer, -1, 0, milliseconds(line->count));
	return 0;
}

static int run_shutdown(struct peer *peer, const struct scenario_line *line, int fd)
{
	(void)line;
	if (fd < 0)
		return 0;
	peer__settle(peer);
	peer__act(peer, fd);
	shutdown(fd, SHUT_WR);
	return 0;
}

static int run_close(struct peer *peer, const struct scenario_line *line, int fd)
{
	(void)line;
	if (fd < 0)
		return 0;
	peer__settle(peer);
	peer__act(peer, fd);
	close_current(peer);
	return 0;
}

static int run_reset(struct peer *peer, const struct scenario_line *line, int fd)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	if (fd < 0)
		return 0;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	return run_close(peer, line, fd);
}

/* The client has closed already, so our close is nothing that it could notice. */
static int run_expect_close(struct peer *peer, const struct scenario_line *line, int fd)
{
	int64_t limit = peer__patience(peer, PEER_PATIENCE);
	uint64_t discarded = 0;
	char bytes[65536];

	(void)line;
	if (fd < 0)
		return 0;
	while (discarded < DISCARD_MAX && peer__wait(peer, fd, POLLIN, limit) == PEER_READY) {
		ssize_t got = recv(fd, bytes, sizeof(bytes), 0);

		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			break;
		discarded += got > 0 ? (uint64_t)got : 0;
	}
	close_current(peer);
	return 0;
}

/* What comes next, below TLS; whatever it is, nobody is told. */
static int run_read_any(struct peer *peer, const struct scenario_line *line, int fd)
{
	char bytes[65536];
	ssize_t got = fd < 0 ? 0 : peer__receive(peer, fd, true, bytes, sizeof(bytes));

	return got < 0 ? peer__fail(peer, line, (int)-got, "nothing came") : 0;
}

static int run_tls(struct peer *peer, const struct scenario_line *line, int fd)
{
	return fd < 0 ? 0 : peer__run_tls(peer, line, fd);
}

static int run_tls_close(struct peer *peer, const struct scenario_line *line, int fd)
{
	return fd < 0 ? 0 : peer__run_tls_close(peer, line, fd);
}

/*
 * It comes while the client sleeps in a poll, so that the poll is what it
 * interrupts; the next action waits for the poll after that.
 */
static int run_signal(struct peer *peer, const struct scenario_line *line, int fd)
{
	const struct peer_watch *watch = peer->options.watch;
	int rc;

	(void)fd;
	if (!watch || !watch->signal)
		return peer__fail(peer, line, ESRCH, "nobody says which process the client is");
	peer__settle(peer);
	if (peer->gone || peer->stopped)
		return 0;
	peer__act(peer, -1);
	rc = watch->signal(watch->user, SIGUSR1);
	return rc < 0 && rc != -ESRCH ? peer__fail(peer, line, -rc, "cannot signal the client") : 0;
}

int peer__run_line(struct peer *peer, const struct scenario_line *line)
{
	static run_verb *const verbs[SCENARIO_VERBS] = {
		[SCENARIO_ACCEPT] = run_accept,
		[SCENARIO_CLOSE] = run_close,
		[SCENARIO_EXPECT_CLOSE] = run_expect_close,
		[SCENARIO_EXPECT_REQUEST] = run_expect_request,
		[SCENARIO_HOLD] = run_hold,
		[SCENARIO_LISTEN] = run_listen,
		[SCENARIO_PAUSE] = run_pause,
		[SCENARIO_READ] = run_read,
		[SCENARIO_READ_ANY] = run_read_any,
		[SCENARIO_RESET] = run_reset,
		[SCENARIO_SEND] = run_send,
		[SCENARIO_SEND_CLOSE] = run_send,
		[SCENARIO_SHUTDOWN] = run_shutdown,
		[SCENARIO_SIGNAL] = run_signal,
		[SCENARIO_TLS] = run_tls,
		[SCENARIO_TLS_CLOSE] = run_tls_close,
		[SCENARIO_TLS_FIRST] = run_tls,
		[SCENARIO_USE] = run_use,
	};
	int fd = peer->connection_count ? peer->connections[peer->current].fd : -1;

	/* the parser has kept out the verbs of role client */
	return verbs[line->verb] ? verbs[line->verb](peer, line, fd) : 0;
}
