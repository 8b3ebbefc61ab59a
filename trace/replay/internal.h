/*
 * internal.h - shared by the files of replay alone.
 *
 *     replay.c     opening, stepping, seeking
 *     fold.c       one event applied: the stack, and the table of rules
 *     fold_*.c     the rules
 *     state.c      states as bytes
 *     keyframes.c  keyframes in the store
 *     look.c       what rows of a state refer to
 *     next.c       what the loop does next
 */
#ifndef LOOPSCOPE_TRACE_REPLAY_INTERNAL_H
#define LOOPSCOPE_TRACE_REPLAY_INTERNAL_H

#include <sqlite3.h>

#include "trace/emit/catalog.h"
#include "trace/replay/replay.h"
#include "trace/store/store.h"

#define REPLAY_KINDS 65536u    /* kind numbers are 16 bits */
#define REPLAY_SPANS_MAX 4096u /* of a thread; deeper ones are not kept */

/* One event as the query gives it. */
struct replay_row {
	int64_t seq, time, thread, turn;
	uint16_t kind;
	unsigned phase; /* enum ring_phase */
	int64_t asked_by;
	int64_t a[CATALOG_NUMERIC_MAX];
	unsigned has;  /* bit n: a[n] has a value */
	int64_t until; /* of a begin: the last seq inside */
	int64_t raised;
	const char *detail; /* of kinds whose rule wants it, else NULL */
};

/* What an event does to the state.  span is its own span, or a copy of none. */
struct replay_rule {
	enum meaning means; /* of its kind */
	unsigned phase;     /* RING_END: for its NAME:return; 0: begins and instants */
	void (*apply)(struct replay *replay, const struct replay_row *row,
		      struct replay_span *span);
	void (*ended)(struct replay *replay, const struct replay_span *span); /* may be NULL */
	bool wants_detail;
};

struct replay_kind {
	char *name;
	enum meaning means;
	const struct replay_rule *at_begin, *at_return;
};

struct replay {
	struct store *store;
	sqlite3 *db;
	struct replay_state state;
	struct replay_kind *kinds; /* REPLAY_KINDS of them */
	sqlite3_stmt *events, *ends, *keyframe, *object, *detail, *site, *payload, *last_of;
	bool standing;  /* the next two go on behind now.seq */
	bool end_waits; /* ends stands on a row */
	bool has_next;  /* next is read and not applied */
	struct replay_row next;
	struct replay_span parent;   /* the span around the event being applied; seq 0: none */
	struct replay_table numbers; /* n of fd#n -> fd, of what has handlers */
	bool numbers_current;
	char *text; /* replay_detail()'s */
};

struct replay_number {
	int64_t number, fd;
};

/* state.c */
void replay__state_init(struct replay_state *state);
void replay__state_release(struct replay_state *state);
struct replay_bytes {
	unsigned char *bytes;
	size_t length, room;
	bool failed;
};
/* Appends the state to out, whose memory the caller frees. */
void replay__state_write(const struct replay_state *state, struct replay_bytes *out);
/* Reads what replay__state_write() wrote; false (and an empty state) if it cannot be that. */
bool replay__state_read(struct replay_state *state, const unsigned char *bytes, size_t length);
uint64_t replay__hash(const unsigned char *bytes, size_t length);

/* fold.c */
const struct replay_rule *replay__rule(enum meaning means, unsigned phase);
void replay__fold(struct replay *replay, const struct replay_row *row);
/* The innermost open span of that meaning around the event, or NULL. */
const struct replay_span *replay__around(const struct replay *replay, const struct replay_row *row,
					 enum meaning means);
/* What a kind of the trace means; a kind that the trace does not have means NOTHING. */
enum meaning replay__means(const struct replay *replay, int64_t kind);
/* A row for that key, made if it is new; NULL if it does not fit, which is counted. */
int64_t *replay__row(struct replay *replay, struct replay_table *table, int64_t key);
/*
 * The same with the row as what it is.  All rows are structs of int64_t cells,
 * and these few lines are where cells become a struct:
 *
 *     replay__stream(replay, fd)       the row of that key, or NULL
 *     replay__stream_here(replay, fd)  made if it is new; NULL if it does not fit
 */
#define REPLAY_ROWS(type, table)                                                                   \
	static inline struct replay_##type *replay__##type(struct replay *replay, int64_t key)     \
	{                                                                                          \
		return (struct replay_##type *)(void *)replay_table_find(&replay->state.table,     \
									 key);                     \
	}                                                                                          \
	static inline struct replay_##type *replay__##type##_here(struct replay *replay,           \
								  int64_t key)                     \
	{                                                                                          \
		return (struct replay_##type *)(void *)replay__row(replay, &replay->state.table,   \
								   key);                           \
	}
REPLAY_ROWS(callback, callbacks)
REPLAY_ROWS(handler, handlers)
REPLAY_ROWS(timeout, timeouts)
REPLAY_ROWS(ready, ready)
REPLAY_ROWS(stream, streams)
REPLAY_ROWS(future, futures)
REPLAY_ROWS(coroutine, coroutines)
REPLAY_ROWS(connection, connections)
REPLAY_ROWS(interest, interest)
REPLAY_ROWS(socket, sockets)
#undef REPLAY_ROWS

void replay__append(struct replay *replay, int64_t *handle, uint32_t cells, const int64_t *row);
/* Notes that something is over, and drops what was over longest. */
void replay__past(struct replay *replay, struct replay_table *past, struct replay_table *table,
		  int64_t key);
/* Removes the row and its list. */
void replay__drop(struct replay *replay, struct replay_table *table, int64_t *row);

/* fold_kernel.c */
void replay__kernel_closed(struct replay *replay, int64_t fd);

/* fold_socket.c: what calls on a socket, a[0] of the row, tell about it */
void replay__socket_made(struct replay *replay, const struct replay_row *row, int64_t fd,
			 enum replay_tcp state);
void replay__socket_set(struct replay *replay, const struct replay_row *row, enum replay_tcp state,
			int64_t error);
void replay__socket_connect(struct replay *replay, const struct replay_row *row, int64_t result);
void replay__socket_shutdown(struct replay *replay, const struct replay_row *row, bool reading,
			     bool writing);
/* of SO_ERROR, in a[2] */
void replay__kernel_getsockopt(struct replay *replay, const struct replay_row *row);
void replay__kernel_received(struct replay *replay, const struct replay_row *row, int64_t result);
void replay__kernel_sent(struct replay *replay, const struct replay_row *row, int64_t result);

/* fold_stream.c */
void replay__stream_future(struct replay *replay, const struct replay_row *row);

/* heap.c: the order of timeouts. */
void replay__heap_add(struct replay_state *state, const struct replay_timeout *timeout);
/* Takes off cancelled ones at the top, and all of them once they are many. */
void replay__heap_clean(struct replay *replay);
/* This one runs: takes off what lies before it, which was cancelled, and itself. */
void replay__heap_run(struct replay *replay, int64_t timeout);

/* The rules, by what they are about; each list ends with a rule that means NOTHING. */
extern const struct replay_rule replay__loop_rules[], replay__stream_rules[],
	replay__future_rules[], replay__http_rules[], replay__kernel_rules[];

/* look.c */
void replay__object_numbers(struct replay *replay, int64_t object, int64_t *number,
			    int64_t *descriptor);
int replay__query(struct replay *replay, sqlite3_stmt **out, const char *sql, char **error);

#endif
