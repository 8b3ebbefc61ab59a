/*
 * lanes.h - the rows of each thread while a trace is read: a sequence that
 * is a tree, too, and of which receives that say nothing new are taken back.
 */
#ifndef LOOPSCOPE_TRACE_DIFF_LANES_H
#define LOOPSCOPE_TRACE_DIFF_LANES_H

#include "trace/diff/internal.h"

/* A span that is open while its rows are read. */
struct diff_frame {
	int64_t seq;
	uint64_t tree; /* of what was read of it so far */
	uint64_t bare; /* of a receive: the same without its sizes */
	uint32_t row;  /* DIFF_NONE: it is not compared, its rows are its parent's */
	enum diff_role role;
	unsigned receive;                /* depth of the innermost receive here, 0: none */
	enum diff_receive returned;      /* of a receive: what it returned */
	enum diff_receive received;      /* ... and what the row inside it says */
	enum diff_receive last_received; /* of the child before, if that was a receive */
	uint32_t last_row;               /* ... where it is */
	uint64_t last_bare;
};

/* One thread's rows, while they are read. */
struct diff_lane {
	int64_t thread;
	struct diff_node *node;
	uint32_t *object;
	uint32_t count, room, object_count, object_room;
	unsigned depth;
	struct diff_frame frame[DIFF_DEPTH_MAX + 1]; /* the first is the thread itself */
};

struct diff_lanes {
	struct diff_lane *lane[DIFF_LANES_MAX];
	unsigned count;
	unsigned strict;
	struct diff_lane *last; /* the one used last */
};

/* The lane of a thread, NULL without memory. */
struct diff_lane *diff_lanes_find(struct diff_lanes *lanes, int64_t thread);

/* Makes the span in which the next row lies the innermost; an unknown one changes nothing. */
void diff_lane_enter(const struct diff_lanes *lanes, struct diff_lane *lane, int64_t parent);

/* Opens a span that is not compared itself. */
void diff_lane_hide(struct diff_lane *lane, int64_t seq, const struct diff_kind *kind);

/* Adds a row; a begin opens its span.  False without memory. */
bool diff_lane_add(struct diff_lane *lane, int64_t seq, const struct diff_kind *kind,
		   unsigned phase, const struct diff_key *key);

/*
 * Ends all spans and joins the lanes: their rows move into the side, thread by
 * thread.  0 or -1.
 */
int diff_lanes_join(struct diff_lanes *lanes, struct diff_side *side, char **error);
void diff_lanes_release(struct diff_lanes *lanes);

#endif
