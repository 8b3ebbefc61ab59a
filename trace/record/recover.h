/*
 * recover.h - completes a trace whose recorder died.
 *
 * The ring file has outlived the recorder; what it still holds is written as
 * the recorder would have written it, nothing twice, and the trace gets its
 * end.  A ring is data from a stranger, too: garbage in it becomes a gap.
 */
#ifndef LOOPSCOPE_TRACE_RECORD_RECOVER_H
#define LOOPSCOPE_TRACE_RECORD_RECOVER_H

#include <stdbool.h>
#include <stdint.h>

struct store;

struct recover_report {
	bool nothing_to_do;
	bool had_ring;
	uint64_t events_before; /* rows of events that were there */
	uint64_t events_added;
	uint64_t lost; /* events known to be missing */
	char how[64];  /* how the trace ends now */
};

/*
 * Completes the trace.  0, also when there is nothing to do; -1 with *error
 * set: not a trace, damaged, or its recorder is alive.  report may be NULL.
 */
int recover_trace(const char *trace, struct recover_report *report, char **error);

/*
 * Opens a trace for reading as store_open() does, completing it first if its
 * recorder died and left something to complete it with.
 */
int recover_open(struct store **out, const char *trace, char **error);

#endif
