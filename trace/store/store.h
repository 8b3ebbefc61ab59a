/*
 * store.h - a trace as a file: one SQLite database, made once, then read.
 *
 * The recorder makes it with store_create(), fills it through the writer
 * (trace/write/writer.h) and ends it with store_finish()
 * (trace/finish/finish.h), after which the file stands
 * alone: no -wal, no -shm, no -journal.  Everybody else opens it with
 * store_open() and only reads.  A trace is data from a stranger: opening
 * checks what the file claims to be, and nothing in it is ever executed.
 *
 * A store belongs to one thread.  Errors are sentences, see failure.h.
 */
#ifndef LOOPSCOPE_TRACE_STORE_STORE_H
#define LOOPSCOPE_TRACE_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_APPLICATION_ID 0x6c6f6f70 /* "loop" */
#define STORE_USER_VERSION 1
#define STORE_FORMAT "loopscope trace" /* the run fact `format` */

struct sqlite3;
struct sqlite3_stmt;
struct store;

/* What the first bytes of a file say. */
enum store_look {
	STORE_LOOK_ABSENT,
	STORE_LOOK_TRACE,
	STORE_LOOK_FOREIGN,    /* something else, or not a regular file */
	STORE_LOOK_UNREADABLE, /* errno says why */
};
enum store_look store_look(const char *path);

/* True for a trace whose recording is going on or was cut short. */
bool store_look_unfinished(const char *path);

/*
 * Makes a new trace, open for writing, mode 0600.  An existing file is replaced
 * only if it is a trace.  Nothing is left behind on failure, and the file that
 * was there stays.  *full (may be NULL) tells whether lack of space was it.
 */
int store_create(struct store **out, const char *path, bool *full, char **error);

/* The same, to be read by others with store_open_snapshot() while it is written. */
int store_create_shared(struct store **out, const char *path, bool *full, char **error);

/* Removes a closed trace and what SQLite keeps beside it. */
void store_remove(const char *path);

/* Opens an unfinished trace to go on writing it; path must be a trace. */
int store_reopen(struct store **out, const char *path, char **error);

/* Opens a trace for reading.  Works in a folder that cannot be written. */
int store_open(struct store **out, const char *path, char **error);

/*
 * A copy in memory, writable, of what a trace that is being recorded holds by
 * now.  The trace must come from store_create_shared().  Once what is missing
 * has been added, store_seal() makes the copy as safe to read as store_open()
 * does: nothing that the trace brought along can be executed.
 */
int store_copy(struct store **out, const char *path, char **error);
int store_seal(struct store *store, char **error);

/* Closes; finalizes what store_prepare() made.  NULL is allowed. */
void store_free(struct store *store);

/* Borrowed until store_free(). */
struct sqlite3 *store_handle(struct store *store);
const char *store_path(const struct store *store);

/*
 * Compiles one statement of SQL of our own.  The store owns the result and
 * finalizes it at the end; it may be finalized earlier with store_release().
 * NULL with *error set if it does not compile.
 */
struct sqlite3_stmt *store_prepare(struct store *store, const char *sql, char **error);
void store_release(struct store *store, struct sqlite3_stmt *statement);

/*
 * Gives a connection the function means(symbol): 'FUTURE_DONE' for the symbol of
 * a kind that means that, 'NOTHING' for one that we do not know.  Every store
 * has it; a connection that was opened in another way can be given it, too.
 * Returns 0, or -1 without memory.
 */
int store_teach(struct sqlite3 *db);

/*
 * In SQL: all kinds of a meaning, for IN; or the one of them that this run has,
 * for =, where rows are to come in order of seq straight out of the index.
 */
#define STORE_KINDS(means) "(SELECT kind FROM kinds WHERE means(symbol) = '" means "')"
#define STORE_KIND(means)                                                                          \
	"(SELECT m.kind FROM kinds m WHERE means(m.symbol) = '" means "' AND EXISTS "              \
	"(SELECT 1 FROM events x WHERE x.kind = m.kind) LIMIT 1)"

/* Runs SQL of our own that gives no rows. */
int store_run(struct store *store, const char *sql, char **error);

/* Sets *error to what the database last complained about.  Returns -1. */
int store_failure(struct store *store, char **error);

/* True if the last complaint was that there is no room: disk full, quota, I/O. */
bool store_is_full(struct store *store);

/*
 * Run facts.  store_fact() gives a copy for the caller to free, or NULL if the
 * trace lacks that fact; store_fact_number() gives `otherwise` then.  Bytes may
 * hold anything, NUL included; the copy has one more NUL at its end.
 */
int store_put_fact(struct store *store, const char *key, const char *text, char **error);
int store_put_fact_number(struct store *store, const char *key, int64_t number, char **error);
int store_put_fact_bytes(struct store *store, const char *key, const char *bytes, size_t length,
			 char **error);
int store_drop_fact(struct store *store, const char *key, char **error);
char *store_fact(struct store *store, const char *key);
char *store_fact_bytes(struct store *store, const char *key, size_t *length);
int64_t store_fact_number(struct store *store, const char *key, int64_t otherwise);

/* True once store_finish() did all of its work. */
bool store_is_finished(struct store *store);

#endif
