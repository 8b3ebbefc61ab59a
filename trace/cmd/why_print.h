/*
 * why_print.h - the forms in which `loopscope why` prints its answer.
 *
 * Each writes to stdout what it is given as it comes, and returns 0, or -1 with
 * *error set.
 */
#ifndef LOOPSCOPE_TRACE_CMD_WHY_PRINT_H
#define LOOPSCOPE_TRACE_CMD_WHY_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/export/put.h"
#include "trace/read/rows.h"
#include "trace/read/why.h"

struct why_question {
	const char *trace; /* its path */
	int64_t seq;
	enum why_links links;
	int64_t limit; /* rows at most */
	bool deep;     /* forwards: also what that led to, and so on */
	struct steps_style style;
};

/* The way back, from why_begin() on. */
int why_print_text(struct why *why, struct steps *steps, const struct why_question *question,
		   char **error);
int why_print_json(struct why *why, struct steps *steps, const struct why_question *question,
		   char **error);

/* What a row led to: `level` is 1 for what it led to itself. */
struct why_led {
	int64_t seq;
	unsigned level;
};
int why_print_led_text(struct steps *steps, const struct why_question *question,
		       const struct why_led *led, unsigned count, char **error);
int why_print_led_json(struct steps *steps, const struct why_question *question,
		       const struct why_led *led, unsigned count, char **error);

/* A place where rows are missing; texts as they stand in the trace. */
struct why_gap {
	int64_t seq, after; /* its own number, and the row before it */
	int64_t thread;     /* 0: nobody's in particular */
	int64_t lost;       /* -1: nobody knows how many */
	const char *source, *reason;
};
void why_print_gap_text(const struct why_gap *gap);
void why_print_gap_json(const struct why_gap *gap);

#endif
