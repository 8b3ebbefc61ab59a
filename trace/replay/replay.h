/*
 * replay.h - the state of the run at any event of a trace.
 *
 * Folds events into what the program held: the loop's queue, handlers and
 * timeouts, the streams, futures, coroutines and fetches, the kernel's list of
 * interest, the call stack.  One model for everybody who shows or compares
 * states (state, check, the viewer, the diff).
 *
 * "At seq" means: the event of that seq has just happened.  A span ends right
 * before the next event of its thread; what ended is taken off the stack first,
 * innermost first, then that event is applied.  Two ways to the same seq give
 * the same state, byte by byte: see replay_digest().
 *
 * A trace is data from a stranger: tables are bounded, and what the rules do
 * not know or cannot believe is passed over.  Memory goes with what lives;
 * of what is over only the last few of each class are kept.  One thread.
 */
#ifndef LOOPSCOPE_TRACE_REPLAY_REPLAY_H
#define LOOPSCOPE_TRACE_REPLAY_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/replay/table.h"

struct replay;
struct store;

/* Of closed streams, done futures, ended coroutines and fetches so many are kept. */
#define REPLAY_HISTORY 8

/*
 * Rows of the tables below.  Objects (fd, timeout, future, runner) are rows of
 * the trace's table `objects`; functions are ids as events carry them; seqs
 * name the event that made it so; 0: no event did.  A descriptor of which the program
 * never spoke has no row there: the kernel's n is then the object -1 - n.
 */

/* ioloop.PollIOLoop._callbacks, in order. */
struct replay_callback {
	int64_t seq; /* of the add_callback */
	int64_t function;
	int64_t fd;         /* the stream that queued it, or 0 */
	int64_t connection; /* the fetch on whose behalf, or 0 */
};

/* _handlers, by fd. */
struct replay_handler {
	int64_t fd;
	int64_t number;     /* n of fd#n; 0 of the waker */
	int64_t descriptor; /* what the kernel calls it */
	int64_t events, function;
	int64_t seq; /* of the add_handler or update_handler that came last */
	int64_t connection;
};

/* _timeouts; see replay_timeouts(). */
struct replay_timeout {
	int64_t timeout;
	int64_t deadline;     /* nanoseconds of the loop's clock */
	int64_t added, after; /* the event's time and how long from then, nanoseconds */
	int64_t function, seq, connection;
	int64_t cancelled; /* 1: stays in the heap until it comes to the top */
};

/* _events: polled and not yet dispatched, in the order of the kernel. */
struct replay_ready {
	int64_t fd; /* 0 if the trace does not know it */
	int64_t events, seq;
};

enum replay_stream_phase {
	REPLAY_STREAM_NEW,
	REPLAY_STREAM_CONNECTING,
	REPLAY_STREAM_OPEN,
	REPLAY_STREAM_CLOSED,
	REPLAY_STREAM_HANDSHAKE, /* of TLS: connected, and not open yet */
};
enum replay_read {
	REPLAY_READ_NONE,
	REPLAY_READ_REGEX,
	REPLAY_READ_DELIMITER,
	REPLAY_READ_BYTES,
	REPLAY_READ_CLOSE,
};

struct replay_stream {
	int64_t fd, phase;
	int64_t seq;        /* of IOStream.__init__ */
	int64_t received;   /* bytes in the read buffer: its list of replay_piece */
	int64_t unsent;     /* bytes in the write buffer */
	int64_t callbacks;  /* _pending_callbacks */
	int64_t read;       /* enum replay_read: what is pending */
	int64_t read_seq;   /* of the read_...() call; its detail says what for */
	int64_t read_bytes; /* REPLAY_READ_BYTES: how many are wanted still */
	int64_t read_function, connect_function, write_function, close_function;
	int64_t read_future, connect_future; /* who waits where no function was given */
	int64_t connection;
	int64_t list;
};

/* Bytes in a buffer: `length` of the payload `data` of event seq, from offset. */
struct replay_piece {
	int64_t seq, offset, length;
};

enum replay_outcome { REPLAY_PENDING, REPLAY_RESULT, REPLAY_EXCEPTION };

struct replay_future {
	int64_t future, outcome;
	int64_t value; /* EMIT_VALUE of the result */
	int64_t seq;   /* where it first appeared */
	int64_t done;  /* of the set_result or set_exception; its detail tells more */
	int64_t list;  /* of replay_waiter: its done callbacks */
};
struct replay_waiter {
	int64_t function, seq;
};

enum replay_coroutine_phase {
	REPLAY_COROUTINE_NEW,
	REPLAY_COROUTINE_RUNNING,
	REPLAY_COROUTINE_SUSPENDED,
	REPLAY_COROUTINE_ENDED,
};

struct replay_coroutine {
	int64_t runner, function, phase;
	int64_t seq;    /* of Runner.__init__ */
	int64_t yield;  /* of the gen.yield it is suspended at; its site is the place */
	int64_t future; /* what it waits for */
	int64_t list;   /* of replay_local */
};
struct replay_local {
	int64_t seq; /* of a gen.local; its detail is name=...; value=... */
};

/* SimpleAsyncHTTPClient.queue: fetches that wait for a place, in order. */
struct replay_request {
	int64_t seq; /* of the fetch(); its detail has the URL */
};

enum replay_connection_phase {
	REPLAY_RESOLVING,
	REPLAY_CONNECTING,
	REPLAY_REQUEST_SENT,
	REPLAY_HEADERS,
	REPLAY_BODY,
	REPLAY_ANSWERED,
};

/* An _HTTPConnection: events bear no name of it, so it is followed as contexts are. */
struct replay_connection {
	int64_t connection;   /* counted from 1 */
	int64_t phase, fetch; /* the seq of its fetch(), or 0 */
	int64_t seq;          /* of its __init__ */
	int64_t fd;
	int64_t head;         /* bytes of the head: its list of replay_piece */
	int64_t chunks, body; /* chunks and bytes of the body so far */
	int64_t code;         /* once answered */
	int64_t list;
};

/* What the kernel was told to watch. */
struct replay_interest {
	int64_t key; /* of the first epoll set: fd; of others: something else */
	int64_t fd, events, seq;
	int64_t set; /* n of epoll#n; 1 is "epoll" */
};

enum replay_tcp {
	REPLAY_TCP_CLOSED,
	REPLAY_TCP_SYN_SENT,
	REPLAY_TCP_ESTABLISHED,
	REPLAY_TCP_CLOSE_WAIT,
	REPLAY_TCP_FAILED,
	REPLAY_TCP_LISTEN,
	REPLAY_TCP_FIN_WAIT,  /* this end has said that it will send no more */
	REPLAY_TCP_LAST_ACK,  /* both have, the peer first */
	REPLAY_TCP_TIME_WAIT, /* both have, this end first */
	REPLAY_TCP_NONE,      /* it is not TCP */
};

struct replay_socket {
	int64_t fd, state;
	int64_t seq;   /* of the event that told so first */
	int64_t error; /* REPLAY_TCP_FAILED: errno */
	int64_t deaf;  /* 1: it asked for no more bytes itself */
	int64_t udp;   /* 1: REPLAY_TCP_NONE, because it is UDP */
};

/* Threads with open spans; each with its list of replay_span, outermost first. */
struct replay_thread {
	int64_t thread;
	int64_t list;
};
struct replay_span {
	int64_t seq;
	int64_t kind;       /* as the trace numbers it */
	int64_t until;      /* the last seq inside */
	int64_t raised;     /* it will leave by an exception */
	int64_t connection; /* on whose behalf, or 0 */
	int64_t object;     /* runner, stream or fetch that it is about; depends on kind */
};

/* What there is one of. */
struct replay_now {
	int64_t seq, time, turn; /* of the event applied last */
	int64_t iteration;       /* seq of this turn's loop.iteration */
	int64_t iteration_before;
	int64_t took_timeouts; /* time of this turn's loop.due; 0: it takes them one by one */
	int64_t active;        /* fetches that have a connection */
	int64_t connections;   /* made so far */
	int64_t untracked;     /* things that did not fit into the tables */
	int64_t sets;          /* the highest of a replay_interest so far */
};

struct replay_past {
	int64_t key;
};

struct replay_state {
	struct replay_now now;
	struct replay_table callbacks, handlers, timeouts, ready, streams, futures, coroutines,
		requests, connections, interest, sockets, threads;
	/* what is over, oldest first: keys of streams, futures, coroutines, connections */
	struct replay_table past_streams, past_futures, past_coroutines, past_connections;
	struct replay_lists lists;

	/* follow from the rest */
	struct replay_table heap; /* of timeouts */
	size_t cancelled;
};

/* Opens a replay before the first event.  The store is borrowed. */
int replay_open(struct replay **out, struct store *store, char **error);
void replay_free(struct replay *replay);

/* Borrowed; changes with the next seek or step. */
const struct replay_state *replay_state(const struct replay *replay);

/* One event further: 1, 0 after the last, -1. */
int replay_step(struct replay *replay, char **error);

/*
 * To the event of that seq, or the last one before it, forwards or backwards;
 * 0 is before the first.  0, or -1.
 */
int replay_seek(struct replay *replay, int64_t seq, char **error);

/* The same without the keyframes of the trace, by stepping from the start. */
int replay_seek_slowly(struct replay *replay, int64_t seq, char **error);

/* Equal states have equal digests. */
uint64_t replay_digest(const struct replay *replay);

/* ---- what state rows refer to, read from the trace; texts are not yet safe */

/* Live timeouts in the order in which they would run, then cancelled ones; to be freed. */
const struct replay_timeout **replay_timeouts(const struct replay *replay, size_t *count);

/* "ioloop.IOLoop.add_future.<lambda>(x)": name of a function id, cut to size. */
void replay_function(const struct replay *replay, int64_t function, char *out, size_t size);

/* The name of a kind of this trace, borrowed; never NULL. */
const char *replay_kind_name(const struct replay *replay, int64_t kind);

/* "fd#1": name of an object, "-" for 0. */
#define REPLAY_NAME_BYTES 48
void replay_object(struct replay *replay, int64_t object, char out[REPLAY_NAME_BYTES]);

/*
 * An event's detail; "" if it has no detail.  Borrowed until the next call.  The
 * value of one key of it into out (as it stands there, escaped), false if absent.
 */
const char *replay_detail(struct replay *replay, int64_t seq);
bool replay_detail_value(struct replay *replay, int64_t seq, const char *key, char *out,
			 size_t size);

/* "samples/client/download.c:69 (download)": where an event was emitted. */
void replay_place(struct replay *replay, int64_t seq, char *out, size_t size);

/*
 * The first bytes of a buffer: pieces of the list `handle`, at most `size`.
 * Returns how many were kept in the trace; *whole is false if some are missing.
 */
size_t replay_bytes(struct replay *replay, int64_t handle, char *out, size_t size, bool *whole);

/* ---- checking */

/* The digest that the loop would report in this state; see core's ioloop_report.c. */
uint64_t replay_loop_digest(const struct replay *replay);

/* ---- keyframes */

/* Events between two keyframes of a finished trace, at least. */
#define REPLAY_KEYFRAME_EVENTS 4096

/*
 * Folds the whole trace once and writes its keyframes, `every` events one, in
 * place of those there were.  The store is open for writing.
 */
int replay_write_keyframes(struct store *store, uint64_t every, char **error);

#endif
