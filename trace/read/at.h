/*
 * at.h - places in a trace, as people name them.
 *
 *     SEQ          the row of that number, or the gap
 *     step:23      where step 23 of the walk was taken first
 *     step:38#2    where it was taken for the second time
 *     step:41#last ... and for the last time
 *     turn:4       where the loop's fourth turn begins
 *     end          the last row
 *
 * Every command that takes a place takes all of these.
 */
#ifndef LOOPSCOPE_TRACE_READ_AT_H
#define LOOPSCOPE_TRACE_READ_AT_H

#include <stdbool.h>
#include <stdint.h>

struct store;

/* The forms in short, for usage lines and help. */
#define AT_FORMS "SEQ, step:N, step:N#K, step:N#last, turn:N or end"

/*
 * Finds the row that `where` names.  Returns 0 with *seq set, or -1 with a
 * sentence: what is no place, or a place that this run does not have.  *seq
 * lies between the first and the last number of the trace; what stands there
 * may be a gap, and in a damaged trace nothing.
 */
int at_find(struct store *store, const char *where, int64_t *seq, char **error);

/*
 * The time from which all commands count: that of the program's first row; of
 * a program that says nothing, that of the first row at all.  0, or -1.
 */
int at_zero(struct store *store, int64_t *time, char **error);

/* Whether a run that goes on may yet come to a place that at_find() does not find. */
bool at_may_come(const char *where);

#endif
