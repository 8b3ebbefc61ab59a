/*
 * timing.h - which spans got slower or faster between runs.
 *
 * Spans are those that the alignment of two traces matches.  With several
 * traces a side each is aligned with the first of side A, and a span has as
 * many durations as traces in which it was found.  A change counts only where
 * it is larger than the noise: the spread within each side.
 */
#ifndef LOOPSCOPE_TRACE_DIFF_TIMING_H
#define LOOPSCOPE_TRACE_DIFF_TIMING_H

#include "trace/diff/diff.h"

#define DIFF_TRACES_MAX 32 /* of each side */

/* Nanoseconds; spread is half the distance from the shortest to the longest. */
struct diff_sample {
	unsigned count;
	int64_t median, spread;
};

struct diff_change {
	int64_t seq[2]; /* of the span in the first trace of each side */
	struct diff_sample sample[2];
	int64_t change; /* of the median, B less A */
	bool clear;     /* more than both spreads; never with one trace a side */
};

/* One trace, compared with the first of side A. */
struct diff_timed {
	bool same;    /* no row differs */
	size_t gaps;  /* of both, that matter */
	int64_t next; /* its row at the first difference; 0: it ends there */
};

struct diff_timing {
	size_t spans; /* matched in the first traces of both sides */
	unsigned traces[2];
	struct diff_change total;   /* from the first row of a trace to its last; seq 0 */
	struct diff_change *change; /* by size, largest first; at most `limit` of them */
	size_t count;
	size_t slower, faster; /* spans that changed clearly */
	struct diff_timed timed[2][DIFF_TRACES_MAX];
	unsigned others; /* traces that are another run than the first of side A */
	unsigned open;   /* ... of which that cannot be told, since events are missing */
};

/*
 * Compares the durations of side a's traces with those of side b.  Only spans
 * that changed are kept, at most `limit`.  0 with *out for diff_timing_free().
 */
int diff_timing_new(struct diff_timing **out, struct store *const *a, unsigned a_count,
		    struct store *const *b, unsigned b_count, const struct diff_options *options,
		    size_t limit, char **error);
void diff_timing_free(struct diff_timing *timing);

#endif
