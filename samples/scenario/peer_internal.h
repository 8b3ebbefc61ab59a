/*
 * peer_internal.h - what the files of the scripted peer share.  Not for others:
 * they include peer.h.
 */
#ifndef LOOPSCOPE_SAMPLES_SCENARIO_PEER_INTERNAL_H
#define LOOPSCOPE_SAMPLES_SCENARIO_PEER_INTERNAL_H

#include <sys/types.h>

#include "samples/scenario/peer.h"

/* What the client must notice before the peer acts again. */
struct peer_pace {
	bool pending;   /* there is something to notice */
	int fd;         /* where it was done; -1 once closed */
	uint64_t polls; /* the client's count before it was done */
};

struct peer_tls;

struct peer_connection {
	int fd;               /* -1 once closed, or when none came */
	struct peer_tls *tls; /* NULL while bytes go as they are; owned */
};

struct peer {
	const struct scenario *scenario;
	struct peer_options options;
	struct payload_ports ports;

	int listener; /* bound without listening for `listen none` */
	int second;
	int refused;
	int filler; /* fills the accept queue for `listen backlog-full` */

	struct peer_connection *connections;
	size_t connection_count;
	size_t current; /* index; valid once there is a connection */
	unsigned requests;

	bool stopped;  /* stop_fd became readable */
	bool gone;     /* the watch says that the client is */
	size_t pieces; /* sent of sends that options.segment cuts */
	struct peer_pace pace;
	struct scenario_error error;
};

/* How a wait ended. */
enum peer_wait { PEER_TIMED_OUT, PEER_READY, PEER_OVER };

/*
 * Waits until poll() reports any of `events` on fd (negative: nothing but
 * time), at most so many milliseconds, negative for ever.  PEER_OVER means
 * stopped, or that the client is gone and the descriptor has nothing left.
 */
enum peer_wait peer__wait(struct peer *peer, int fd, short events, int64_t milliseconds);

/*
 * With a watch: waits, for a bounded time, until the client sleeps in a poll
 * that began after the last action.  Before everything it can notice.
 */
void peer__settle(struct peer *peer);

/* Called just before something noticeable is done on fd, for the next settling. */
void peer__act(struct peer *peer, int fd);

/* Sockets as the headers want them; what was opened is in the peer, also on failure. */
int peer__listen(struct peer *peer, struct scenario_error *error);

/*
 * Waits for bytes on the current connection, and takes them: inside TLS where
 * it speaks that, unless `raw`.  Returns how many, 0 at the end of the stream or
 * once nothing more will come, -ETIMEDOUT, -ENOMEM.
 */
ssize_t peer__receive(struct peer *peer, int fd, bool raw, void *bytes, size_t size);

/*
 * Sends bytes of the wire on the current connection, as one segment or in
 * pieces if the options say so; with `last` the FIN goes in the same segment.
 */
int peer__send(struct peer *peer, const struct scenario_line *line, const char *bytes,
	       size_t length, bool last);

/* Waits out a pause of the script, or until the client waits where pauses are skipped. */
void peer__pause(struct peer *peer, uint64_t nanoseconds);

/* The verbs of TLS, each on the current connection, which is open. */
int peer__run_tls(struct peer *peer, const struct scenario_line *line, int fd);
int peer__run_tls_close(struct peer *peer, const struct scenario_line *line, int fd);

/* Turns plain bytes for the current connection into those of the wire, in place. */
int peer__seal(struct peer *peer, char **bytes, size_t *length);

/* Runs one line.  0, PEER_DONE, or a negative errno with peer->error filled in. */
#define PEER_DONE 1 /* the script ends here, quietly */
int peer__run_line(struct peer *peer, const struct scenario_line *line);

/* Tells who made the peer what the client said; the bytes are borrowed. */
void peer__report(struct peer *peer, const char *bytes, size_t length);

/* Reads one request from fd, or exactly `count` bytes, and reports them. */
int peer__read_request(struct peer *peer, const struct scenario_line *line, int fd);
int peer__read_count(struct peer *peer, const struct scenario_line *line, int fd);

/* The limit of a wait in milliseconds, `usual` unless the options say otherwise. */
int64_t peer__patience(const struct peer *peer, int64_t usual);

/* Fills in peer->error for a line.  Returns -number. */
int peer__fail(struct peer *peer, const struct scenario_line *line, int number, const char *what);

#define PEER_PATIENCE 20000 /* milliseconds */
#define PEER_PATIENCE_OPTIONAL 2000

#endif
