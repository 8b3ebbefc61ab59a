/*
 * drain.h - the way from the ring to the rows: reads, merges, commits.
 *
 * Shared by the recorder, which drains a ring in use, and by recover, which
 * drains what a dead recorder left.  A thread's `tail` is stored in the
 * database with the rows it stands for, in one transaction, and published in
 * the ring only after the commit: whichever moment the recorder is killed at,
 * no event is lost and none is written twice.
 *
 * One thread.
 */
#ifndef LOOPSCOPE_TRACE_RECORD_DRAIN_H
#define LOOPSCOPE_TRACE_RECORD_DRAIN_H

#include <stdbool.h>
#include <stdint.h>

struct drain;
struct ring_file;
struct source;
struct store;
struct writer;

/* All three are borrowed and must outlive the drain. */
int drain_new(struct drain **out, struct ring_file *ring, struct writer *writer,
	      struct store *store, char **error);
void drain_free(struct drain *drain);

/* Goes on where the database says that the last commit was. */
void drain_resume(struct drain *drain);

/* Joins another source of records; borrowed.  -1: no place for it. */
int drain_add_source(struct drain *drain, struct source *source);

/* Commits within a few milliseconds, for somebody who reads along. */
void drain_commit_soon(struct drain *drain);

/*
 * Writes what has come since and may be written now; commits when a
 * transaction has grown or aged.  Returns the number of records.
 */
int64_t drain_pass(struct drain *drain, char **error);

/*
 * Writes everything that is there, when nobody writes to the ring any more,
 * adds gap rows for what was lost and not told, and commits.
 */
int drain_rest(struct drain *drain, char **error);

int drain_commit(struct drain *drain, char **error);

/* For a source that brings rows of its own: commits a transaction that has grown. */
int drain_commit_if_large(struct drain *drain, char **error);

/* Events known to be lost so far. */
uint64_t drain_lost(const struct drain *drain);

#endif
