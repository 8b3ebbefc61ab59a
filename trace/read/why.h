/*
 * why.h - why an event happened: the way back from it, row by row.
 *
 * Inside one turn of the loop the way leads up the spans, from what was called
 * to what called it.  What the loop called itself was asked for earlier: there
 * the way hops to the event that asked for it (connect, read_until,
 * add_callback, add_timeout ...) and goes on up from that one, until it comes
 * to what the program did of its own accord.  Each hop also tells what made
 * the call due, and on request the way follows that instead.
 *
 * Both links stand in the trace, put there when the call was scheduled.  Only
 * three things are read out of the neighbourhood: the kernel's row beside the
 * program's own, which poll lies behind a trigger, and what was last sent on
 * the descriptor that a poll returned.
 *
 * Rows come as numbers; steps_at() gives their texts.  A trace may be hostile:
 * the way only ever leads to smaller numbers, and each step of it costs a
 * bounded number of lookups.  One thread; the store is borrowed and only read.
 */
#ifndef LOOPSCOPE_TRACE_READ_WHY_H
#define LOOPSCOPE_TRACE_READ_WHY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;
struct why;

enum why_links {
	WHY_ASKED,     /* follow who asked for it */
	WHY_TRIGGERED, /* follow what made it due */
};

/* How the way came to a row. */
enum why_by {
	WHY_BY_START,   /* it is the row that was asked about */
	WHY_BY_CALL,    /* it called the row before */
	WHY_BY_ASKED,   /* it asked for the row before */
	WHY_BY_TRIGGER, /* it made the row before due */
	WHY_BY_WAIT,    /* it is the kernel's side of the poll before */
	WHY_BY_SENT,    /* it is what the poll before was waiting for an answer to */
};

/* One row of the way.  Rows that are not there are 0, times are nanoseconds. */
struct why_hop {
	int64_t seq;
	enum why_by by;

	/* of a row that the loop called because it had been asked for */
	int64_t asked;      /* the row that asked; 0: this one was not deferred */
	int64_t trigger;    /* what made it due: bytes received, a future resolved, ... */
	bool there_already; /* those bytes had come before they were asked for */
	int64_t poll;       /* the poll that brought the trigger, if this waited for one: */
			    /* the kernel's row of it, else loop.poll:return */
	int64_t turn;       /* the turn that ran the queue it stood in */
	int64_t timeout;    /* the add_timeout whose deadline passed */
	int64_t waited;     /* from the request until it was due, 0 if it was due at once */
	int64_t ran_after;  /* from then until it was called */
};

enum why_end {
	WHY_END_GOES_ON, /* there is more */
	WHY_END_PROGRAM, /* the program did this of its own accord */
	WHY_END_MISSING, /* a row that the way leads to is not in the trace */
	WHY_END_DAMAGED, /* a row claims to have been caused by a later one */
};

int why_open(struct why **out, struct store *store, char **error);
void why_free(struct why *why);

/* Begins the way at a row.  -1 if there is no such row. */
int why_begin(struct why *why, int64_t seq, enum why_links links, char **error);

/* The next row of the way: 1, 0 after the last, -1 with *error set. */
int why_next(struct why *why, struct why_hop *hop, char **error);

/* After why_next() gave 0: how the way ended. */
enum why_end why_end(const struct why *why);

/*
 * What a row led to: the rows that name it, or a row inside its span, as their
 * cause, in order, each once; what ran inside the span itself is left out.
 * Gives at most `room` of them; returns how many, -1 on trouble.
 */
int why_led_to(struct why *why, int64_t seq, int64_t *rows, unsigned room, char **error);

#endif
