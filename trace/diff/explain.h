/*
 * explain.h - what lies around the first difference of two runs, and what
 * is likely behind it.
 *
 * The rows come with their chains of causes: who asked for them, and what made
 * them due.  The reason is found by a table of rules (rules.c) that look
 * at what both sides did before and after: it is a guess that the two traces
 * support, and no more.  Texts are as they stand in the traces, not yet safe for a terminal.
 */
#ifndef LOOPSCOPE_TRACE_DIFF_EXPLAIN_H
#define LOOPSCOPE_TRACE_DIFF_EXPLAIN_H

#include "trace/diff/diff.h"
#include "trace/emit/catalog.h"

#define DIFF_CAUSES_MAX 8
#define DIFF_REASON_BYTES 640

/* A row, with texts of its own; seq 0: no row. */
struct diff_event {
	int64_t seq, turn, line;
	enum meaning means;
	enum meaning callback; /* what the function given to it means */
	bool ends;             /* it is the row of a span's end */
	char *event, *detail, *file;
	char steps[64]; /* of the walk, "29,29.1" */
};

enum diff_cause_by {
	DIFF_BY_ASKED,   /* it asked for the row before */
	DIFF_BY_TRIGGER, /* it made that one due */
};

struct diff_cause {
	enum diff_cause_by by;
	struct diff_event event;
};

struct diff_story {
	struct diff_event last[2], next[2];
	struct diff_cause cause[2][DIFF_CAUSES_MAX]; /* of next */
	unsigned causes[2];
	const char *rule; /* name of the rule that found a reason, or NULL */
	char reason[DIFF_REASON_BYTES];
};

/* Explains the first difference.  0 with *out for diff_story_free(), or -1. */
int diff_explain(struct diff_story **out, const struct diff *diff, char **error);
void diff_story_free(struct diff_story *story);

/*
 * The details of a row, with the numbers behind them that count only because
 * they were asked for: turn=, thread=, time= since the first row that is
 * compared, fd#1=7.  For the caller to free; NULL without memory.
 */
struct steps_row;
char *diff_detail(const struct diff *diff, unsigned side, const struct steps_row *row);

/* One row of a side; the caller releases it.  A row that is not there has seq 0.  0 or -1. */
struct steps;
int diff_event_read(struct diff_event *event, struct steps *steps, int64_t seq, char **error);
void diff_event_release(struct diff_event *event);

#endif
