/*
 * state_print.h - the forms in which `loopscope state` shows a state.
 *
 * Both show all of it, from the same replay; words that stand for numbers are
 * here once.  The caller checks the stream for errors.
 */
#ifndef LOOPSCOPE_TRACE_CMD_STATE_PRINT_H
#define LOOPSCOPE_TRACE_CMD_STATE_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "trace/replay/replay.h"

/* What the text's first line says beyond the state. */
struct state_place {
	int64_t last;    /* seq of the trace's last event */
	int64_t since;   /* nanoseconds since the run began, as in steps */
	char event[128]; /* what happened at this seq, as steps name it */
	int64_t gaps;    /* places before here where events are missing ... */
	int64_t lost;    /* ... and how many are known to be */
	bool lost_more;  /* besides an unknown number */
};

void state_print_text(struct replay *replay, const struct state_place *place, FILE *out);
void state_print_json(struct replay *replay, const struct state_place *place, FILE *out);

/* READ|WRITE|ERROR; "-" for nothing. */
#define STATE_MASK_BYTES 64
void state_mask(int64_t events, char out[STATE_MASK_BYTES]);

/* The words for the numbers of replay.h; "unknown" for others. */
const char *state_stream_phase(int64_t phase);
const char *state_read(int64_t read);
const char *state_coroutine_phase(int64_t phase);
const char *state_connection_phase(int64_t phase);
const char *state_tcp(int64_t state);

/* Text of a function id; shared, valid until the next call. */
const char *state_function(const struct replay *replay, int64_t function);

/* What a pending read waits for: its delimiter, regex, bytes; "" for none. */
const char *state_wanted(struct replay *replay, const struct replay_stream *stream);

/* How a future ended: the result or the exception in words. */
const char *state_outcome(struct replay *replay, const struct replay_future *future);

#endif
