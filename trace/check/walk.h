/*
 * walk.h - which stations of a walk a run took, in order, and why it missed the
 * others.
 *
 * A run that does something else leaves its walk: each station that was not
 * taken has a reason, found in the trace by what the walk's own table says.
 *
 * One thread; the store is borrowed and only read.
 */
#ifndef LOOPSCOPE_TRACE_CHECK_WALK_H
#define LOOPSCOPE_TRACE_CHECK_WALK_H

#include <stdbool.h>
#include <stdint.h>

struct store;
struct walk;
struct walk_station;

#define CHECK_REASON_BYTES 320

struct check_station {
	const struct walk_station *station;
	int64_t taken;                   /* how often; 0: never */
	int64_t seq, turn;               /* the first time */
	bool early;                      /* it was first taken before one that goes before it */
	bool optional;                   /* not taken, and the walk is whole without it */
	char reason[CHECK_REASON_BYTES]; /* why it was not taken, or came early */
};

struct check_walk {
	const struct walk *walk;
	struct check_station *station; /* in the walk's order; count of them */
	unsigned count;
	unsigned taken, missed, early; /* missed: optional ones apart */
};

/*
 * 0 with *out for check_walk_free(); -1 with a sentence, also when the run is of
 * another generation than the walk.
 */
int check_walk_new(struct check_walk **out, struct store *store, const struct walk *walk,
		   char **error);
void check_walk_free(struct check_walk *check);

#endif
