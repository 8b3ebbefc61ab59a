/*
 * source.h - where records come from, and how several are brought in order.
 *
 * A thread's ring is a source; so is whatever else reports with the same
 * clock.  A source hands its records over in order of time.  The merge may
 * take the earliest of them only when no other source can still come up with
 * an earlier one; each says how far it can promise that.
 */
#ifndef LOOPSCOPE_TRACE_RECORD_SOURCE_H
#define LOOPSCOPE_TRACE_RECORD_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOURCE_NEVER UINT64_MAX

/* Embedded first in a source of some kind. */
struct source {
	/*
	 * Takes notice of what has been published.  `now` was read before.  Sets
	 * next, bound and pressed.  0, or negative for an error of the store.
	 */
	int (*look)(struct source *source, uint64_t now, char **error);

	/*
	 * Writes the record at `next` and moves next on to the following one that
	 * look() saw; when that was the last, sets next to SOURCE_NEVER and bound
	 * to the time before which nothing else can come.
	 */
	int (*take)(struct source *source, char **error);

	uint64_t next;  /* time of the record in front, SOURCE_NEVER: no record was seen */
	uint64_t bound; /* while no record waits: those to come are not earlier than this */
	bool pressed;   /* it cannot wait: take from it even out of order */
};

/*
 * Looks at every source once and takes, in order of time, whatever may be
 * taken.  Returns the number of records, or -1 with *error set.
 */
int64_t source_merge(struct source *const *sources, size_t count, uint64_t now, char **error);

#endif
