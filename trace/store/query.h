/*
 * query.h - a question in SQL, asked of a trace.
 *
 * The question comes from the user, the file from anybody: only reading is
 * allowed, only of the tables that a trace has, and within limits of time and
 * memory.  The views are ours, made anew for the question in the temporary
 * schema; those that the file brings are never used.
 *
 * The store belongs to the query until it is freed and can do nothing else
 * afterwards.  One thread.
 */
#ifndef LOOPSCOPE_TRACE_STORE_QUERY_H
#define LOOPSCOPE_TRACE_STORE_QUERY_H

#include <stdbool.h>

struct sqlite3_stmt;
struct store;
struct query;

/*
 * Compiles one statement.  It may run for so many seconds in all; stop() is
 * called now and then while it runs and ends it by saying true (NULL: nothing
 * does).  It must not touch the store.
 */
int query_open(struct query **out, struct store *store, const char *sql, unsigned seconds,
	       bool (*stop)(void *context), void *context, char **error);
void query_free(struct query *query);

/* The next row of the answer: 1, 0 after the last, -1 with *error set. */
int query_next(struct query *query, char **error);

/* For the columns of the row, and their names; borrowed. */
struct sqlite3_stmt *query_statement(struct query *query);

#endif
