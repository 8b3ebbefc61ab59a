/*
 * finish.h - what makes a recording a trace that can be read.
 *
 * Steps of the walk, keyframes of the state and indexes are computed from the
 * rows, once, when the recording ends.  The store knows none of them.
 */
#ifndef LOOPSCOPE_TRACE_FINISH_FINISH_H
#define LOOPSCOPE_TRACE_FINISH_FINISH_H

struct store;

/*
 * Ends a recording, outside any transaction: builds what viewing needs (the
 * secondary indexes, the steps of the walk, the keyframes) and makes the file
 * stand alone.  Idempotent.  When there is no room for indexes the file is
 * closed without them, so that what was committed can be read; the return is
 * -1 all the same.
 */
int store_finish(struct store *store, char **error);

/*
 * A copy in memory of what a trace that is being recorded holds by now, made
 * whole as if the recording ended here; `complete`, if not NULL, may add what
 * the recorder would.  The trace must come from store_create_shared().
 */
int store_open_snapshot(struct store **out, const char *path,
			int (*complete)(struct store *store, char **error), char **error);

#endif
