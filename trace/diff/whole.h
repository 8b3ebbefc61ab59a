/*
 * whole.h - a comparison as a whole, between the files that make it: lines.c,
 * summary.c, tally.c and diff.c, which owns it.
 */
#ifndef LOOPSCOPE_TRACE_DIFF_WHOLE_H
#define LOOPSCOPE_TRACE_DIFF_WHOLE_H

#include "trace/diff/internal.h"

#define DIFF_LINE_CHANGED 0x80000000u /* in line.a: the two rows differ; rows are fewer than that */

struct diff__line {
	uint32_t a, b; /* rows; DIFF_NONE: this side has no row here */
};

struct diff {
	struct diff_side side[2];
	unsigned strict;
	bool content;                      /* what was sent is looked at */
	struct diff_timeouts *timeouts[2]; /* NULL: not needed until now */
	struct diff_contents *contents[2];
	struct generations *generations; /* NULL: rows alone are aligned */
	struct diff__line *line;
	size_t count, room;
	size_t lane_line[DIFF_LANES_MAX + 1]; /* where each lane's lines begin */
	unsigned lanes;
	struct diff_summary summary;
};

static inline enum diff_is diff__line_is(const struct diff__line *line)
{
	if (line->b == DIFF_NONE)
		return DIFF_ONLY_A;
	if (line->a == DIFF_NONE)
		return DIFF_ONLY_B;
	return line->a & DIFF_LINE_CHANGED ? DIFF_CHANGED : DIFF_SAME;
}

static inline int64_t diff__seq_at(const struct diff_side *side, uint32_t row)
{
	return side->node[row].seq;
}

/* Aligns both sides, lane by lane, into lines.  0 or -1. */
int diff__lines_make(struct diff *diff, char **error);

/*
 * Aligns a lane by the steps of diff->generations, and between them row by row.
 * pair as diff_tree() has it.  0, or -1 without memory.
 */
int diff__pair_by_steps(const struct diff *diff, unsigned lane, uint32_t *pair);

/* Counts the lines and finds the first difference in time; reads the gaps before it. */
int diff__summarize(struct diff *diff, char **error);

#endif
