/*
 * internal.h - shared by the files of the store alone.
 */
#ifndef LOOPSCOPE_TRACE_STORE_INTERNAL_H
#define LOOPSCOPE_TRACE_STORE_INTERNAL_H

#include <sqlite3.h>

#include "trace/store/store.h"

struct store {
	sqlite3 *db;
	char *path;
	sqlite3_stmt *put_fact;
	sqlite3_stmt *get_fact;
	sqlite3_stmt *drop_fact;
};

/*
 * Opens the database with everything off that a trace could use against its
 * reader: its triggers and views, functions with effects, extensions.
 */
int store__connect(struct store **out, const char *path, int flags, char **error);

/* Limits what may be asked of a trace of unknown origin. */
int store__harden(struct store *store, char **error);

/* Checks that the tables are tables and have the columns of our schema. */
int store__check_schema(struct store *store, char **error);

#endif
