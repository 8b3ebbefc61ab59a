/*
 * diff_print.h - the forms in which `loopscope diff` prints its answer.
 *
 * Each writes to stdout and returns 0, or -1 with *error set.
 */
#ifndef LOOPSCOPE_TRACE_CMD_DIFF_PRINT_H
#define LOOPSCOPE_TRACE_CMD_DIFF_PRINT_H

#include <stdio.h>

#include "trace/diff/diff.h"
#include "trace/diff/explain.h"
#include "trace/diff/timing.h"
#include "trace/export/put.h"
#include "trace/read/rows.h"

struct diff_report {
	const struct diff *diff;
	const struct diff_story *story;   /* NULL if the runs are the same */
	const struct diff_timing *timing; /* NULL if it was not asked for */
	const char *path[2];
	struct steps *steps[2];
	bool full;              /* the aligned sequence, too */
	char *const *traces[2]; /* all paths of each side, of timing */
	struct steps_style style;
};

/*
 * The verdict as one sentence without a full stop, to be freed by the caller;
 * NULL without memory.  Of an alignment by exchange it is the exchange's.  Before it stands, with its full stop, that the traces are of
 * different generations, if they are.
 */
char *diff_verdict(const struct diff_report *report);

/*
 * The exit status that the verdict asks for: without a difference, a gap leaves
 * the question open, which is said on stderr.
 */
int diff_status(const struct diff_report *report);

int diff_print_text(const struct diff_report *report, char **error);
int diff_print_unified(const struct diff_report *report, char **error);
int diff_print_json(const struct diff_report *report, char **error);

/*
 * What two generations needed for the same exchange.  The exit status, or -1
 * with *error set.
 */
int diff_print_generations(struct store *const store[2], const char *const path[2], bool json,
			   char **error);

/* "loop.poll  timeout=0" made safe, cut to a line's worth. */
void diff_put_event(const struct steps_style *style, const struct diff_event *event);

void diff_print_timing(const struct diff_report *report);

#endif
