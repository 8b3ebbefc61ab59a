/*
 * rules.h - likely reasons for a difference: a table of rules over what
 * both sides did around it.
 */
#ifndef LOOPSCOPE_TRACE_DIFF_RULES_H
#define LOOPSCOPE_TRACE_DIFF_RULES_H

#include "trace/diff/explain.h"

#define DIFF_BEFORE 60 /* rows of a side that a rule may look at */
#define DIFF_AFTER 120

/* One side of the scene: row[at] is its next row; at == count if it ended. */
struct diff_near {
	char name;    /* 'A' or 'B' */
	bool threads; /* there are several */
	bool thread;  /* this side has the one that is looked at */
	bool times;   /* they count: no more is known of what differs by them */
	struct store *store;
	struct diff_event *row;
	unsigned count, at;
};

/*
 * Tries the rules in order, each with the sides both ways round.  Returns the
 * name of the one that applied, its sentence in out, or NULL.
 */
const char *diff_rules_try(const struct diff_near *a, const struct diff_near *b, char *out,
			   size_t size);

#endif
