/*
 * why_internal.h - between the way (why.c) and the rows that it looks up
 * (why_rows.c).
 */
#ifndef LOOPSCOPE_TRACE_READ_WHY_INTERNAL_H
#define LOOPSCOPE_TRACE_READ_WHY_INTERNAL_H

#include <sqlite3.h>

#include "trace/emit/catalog.h"
#include "trace/read/why.h"

/* What the way needs of a row; seq 0 is no row. */
struct why_row {
	int64_t seq, time, parent, depth, thread, asked_by, triggered_by, object;
	unsigned phase;
	enum meaning means;
	bool call; /* the kernel saw it */
};

/* Why a span ran later than inline. */
struct why_cause {
	int64_t asked_by, triggered_by;
};

struct why {
	struct store *store;
	sqlite3_stmt *row, *first_child, *last_child, *end, *poll_begin, *sent, *dispatched, *led;
	enum why_links links;
	struct why_row at; /* the row to be given next */
	enum why_by by;
	struct why_cause noted; /* of the innermost deferred span since the last hop */
	struct why_row poll;    /* by WHY_BY_WAIT: the loop.poll:return */
	int64_t via;            /* the row from which the way came to a poll */
	bool begun;             /* at is the first row of its turn on this way */
	enum why_end end_is;
};

/* Runs a question whose one answer is a row.  1, 0 = none (*row is zeroed), -1. */
int why__fetch(struct why *why, sqlite3_stmt *s, int64_t number, struct why_row *row, char **error);

bool why__is_poll_return(const struct why_row *row);

/*
 * Whether a row with causes ran inside what triggered it, as a future's
 * callbacks run inside set_result: that one is among its callers then, and
 * nothing was deferred.  1, 0 or -1.
 */
int why__is_inline(struct why *why, const struct why_row *row, char **error);

/* Whether a row lies between the begin of a span and its end.  1, 0 or -1. */
int why__is_within(struct why *why, int64_t seq, int64_t span, char **error);

/* What was last sent, or the connection last begun, on a descriptor before a row; or 0. */
int why__last_sent(struct why *why, int64_t object, int64_t before, int64_t *seq, char **error);

#endif
