/*
 * apply.h - gives the steps of the walk to the rows of a trace.
 *
 * The walk through one fetch of generation 3.1 numbers its steps 0 to 51
 * (trace/walk/client-3x.def).  A step is not a kind of event: _run_callback alone is
 * eight of them, told apart by the callback it runs.  The rules are a table in
 * rules.c; they are applied once, when a recording is finished, and never by
 * the traced program.
 *
 * A step recurs: per chunk, per connection, per fetch.  Occurrences are
 * counted over the whole trace.
 */
#ifndef LOOPSCOPE_TRACE_WALK_APPLY_H
#define LOOPSCOPE_TRACE_WALK_APPLY_H

struct sqlite3;
struct store;

/*
 * Fills the table `article` from `events` and `ends`, in one pass and one
 * transaction; what the table held is replaced.  A trace of another generation
 * (run fact `generation`, 3.1 if absent), or one in which nothing is fetched,
 * gets no steps.  The store must be open for writing and outside a
 * transaction.  Returns 0, or -1 with *error set and the table as it was.
 */
int article_apply(struct store *store, char **error);

/* The same for a database that is not a store, as tests have it. */
int article_apply_db(struct sqlite3 *db, char **error);

#endif
