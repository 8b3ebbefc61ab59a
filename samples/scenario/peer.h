/*
 * peer.h - the raw server that plays a scenario of role server.
 *
 * It knows nothing of HTTP beyond where a request ends.  It sends exactly the
 * segments that the script names, one after the other, and breaks what the
 * script breaks.
 *
 * What the client does in one poll depends on what has arrived by then, so
 * segments must never merge.  A plain peer can only leave time between them.
 * With a struct peer_watch the peer knows what the client does, and acts only
 * when the client sleeps in a poll that began after the peer's last action.
 *
 * A peer belongs to one thread at a time.  It borrows the scenario, which must
 * outlive it.
 */
#ifndef LOOPSCOPE_SAMPLES_SCENARIO_PEER_H
#define LOOPSCOPE_SAMPLES_SCENARIO_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "samples/scenario/scenario.h"

struct peer;

/* What the client does.  Called from peer_run(), often; must not block. */
struct peer_watch {
	/*
	 * 1 if the client sleeps in a poll that may block, 0 if it does not,
	 * negative if that is not known (yet).  Unless negative, *polls is the
	 * number of polls it has begun.
	 */
	int (*settled)(void *user, uint64_t *polls);

	/* Whether the client has ended, or will not poll any more. */
	bool (*gone)(void *user);

	/* Sends the client a signal: 0 or a negative errno.  NULL where nobody can. */
	int (*signal)(void *user, int number);

	void *user;
};

struct peer_options {
	uint16_t port;    /* to listen on; 0 for any free one */
	size_t segment;   /* cut sends into pieces of so many bytes; 0 not.  At most
				    16,384 of them; what is left goes uncut */
	bool skip_pauses; /* with a watch: a pause lasts until the client waits */
	int stop_fd;      /* ends the run once readable; negative for none */

	/*
	 * How long to wait for a connection, a request or its close, in
	 * milliseconds; 0 for the usual 20 s (2 s where the scenario lets an
	 * accept fail), negative for ever.
	 */
	int patience;

	const struct peer_watch *watch; /* NULL for none; borrowed by the peer */

	/* Each request read, in order, from index 1; the bytes are borrowed.  May be NULL. */
	void (*on_request)(void *user, unsigned index, const void *bytes, size_t length);
	void *user;
};

#define PEER_OPTIONS_INIT                                                                          \
	{                                                                                          \
		.stop_fd = -1                                                                      \
	}

/*
 * Binds and listens as the scenario's headers say; from here on a client may
 * connect.  Options are copied.  Returns 0, or a negative errno with *error
 * filled in: -EINVAL for a scenario of another role, else why a port could not
 * be had.
 */
int peer_new(struct peer **out, const struct scenario *scenario, const struct peer_options *options,
	     struct scenario_error *error);

/*
 * Closes every socket.  A port that refuses is held by the peer until then:
 * keep it while the client runs.  Takes NULL.
 */
void peer_free(struct peer *peer);

/* The port for the URL. */
uint16_t peer_port(const struct peer *peer);

/* The port that refuses; where the scenario has none, the port for the URL. */
uint16_t peer_refused_port(const struct peer *peer);

/*
 * Plays the script once, to its end, then closes the connections and listens
 * no more, also for a process that shares the sockets.  Returns 0
 * also when it was stopped, or when the client broke off; -ETIMEDOUT when the
 * client did not do what a line waited for, -errno for trouble of our own;
 * peer_error() then says what.
 *
 * Once the client is gone nothing is waited for any more: what is in the
 * queues is still taken, and the rest of the script passes quickly.
 */
int peer_run(struct peer *peer);

/* What the last peer_run() failed of; borrowed from the peer. */
const struct scenario_error *peer_error(const struct peer *peer);

#endif
