/*
 * apply.h - gives the stations of the trace's walk to its rows.
 *
 * Rules are applied once, when a recording is finished, and never by the traced
 * program.  A station recurs: per chunk, per connection, per fetch.
 * Occurrences are counted over the whole trace.
 */
#ifndef LOOPSCOPE_TRACE_WALK_APPLY_H
#define LOOPSCOPE_TRACE_WALK_APPLY_H

struct sqlite3;
struct store;

/*
 * Fills the table that files call `article` from `events` and `ends`, in one
 * pass and one transaction; what the table held is replaced.  A trace whose run
 * has no walk (walk_of_trace()), or that has no row of the walk's subject, gets
 * no stations.  The store must be open for writing and outside a transaction.
 * Returns 0, or -1 with *error set and the table as it was.
 */
int walk_apply(struct store *store, char **error);

/* The same for a database that is not a store, as tests have it. */
int walk_apply_db(struct sqlite3 *db, char **error);

#endif
