/*
 * timeline.h - a run as a bar: for each column of the screen, how much of its
 * time the loop spent waiting in poll.
 *
 * Short runs are added up exactly; of long ones each column is judged by a few
 * polls of its own, so that the cost does not grow with the trace.
 */
#ifndef LOOPSCOPE_TUI_MODEL_TIMELINE_H
#define LOOPSCOPE_TUI_MODEL_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "tui/screen/cells.h"

struct rows;
struct store;

struct timeline {
	int columns;
	int64_t begin, end; /* nanoseconds of CLOCK_MONOTONIC */
	int64_t turns;
	int64_t waited; /* of it in poll; an estimate if sampled */
	bool sampled;
	struct {
		int64_t seq;    /* the first row at or after its time */
		int64_t turn;   /* of that row; 0 if sampled */
		double waiting; /* 0 to 1 */
	} column[CELLS_MAX];
};

int timeline_new(struct timeline **out, struct store *store, struct rows *rows, int columns,
		 char **error);
void timeline_free(struct timeline *timeline);

/* The column in which that time lies, from 0 to columns - 1. */
int timeline_column(const struct timeline *timeline, int64_t time);

#endif
