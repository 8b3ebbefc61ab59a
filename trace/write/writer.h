/*
 * writer.h - gives records their place in a trace and writes their rows.
 *
 * Everything that a row has beyond the record's own numbers comes from here:
 * seq, turn, depth and parent, the seqs of the causes, the numbers of objects,
 * the text.  Rows go into one open transaction; writer_commit() ends it.  The
 * writer never looks at shared memory: it is handed copies.  One thread.
 */
#ifndef LOOPSCOPE_TRACE_WRITE_WRITER_H
#define LOOPSCOPE_TRACE_WRITE_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/emit/ring.h"

struct store;
struct writer;

/* The store is borrowed and must outlive the writer. */
int writer_new(struct writer **out, struct store *store, char **error);
void writer_free(struct writer *writer);

/*
 * Continues a trace that another process began: next seq, turn, objects, ids
 * and the open spans are read back from the file.  threads[i] is the kernel
 * thread id behind ring i, 0 for none.
 */
int writer_resume(struct writer *writer, const uint32_t *threads, char **error);

/* Names that the program gave come in order of their number; see emit_name(). */
int writer_add_name(struct writer *writer, const char *entry, char **error);
unsigned writer_names(const struct writer *writer);

/* Where records come from: index of the ring, kernel thread, position in the ring. */
struct writer_place {
	unsigned ring;
	uint32_t thread;
	uint64_t cursor;
};

/* Outcomes of writer_record() besides -1. */
enum { WRITER_OK, WRITER_DAMAGED };

/*
 * Writes one record: an event's row, an end, a gap.  slot and payload
 * (slot->payload_slots * 64 bytes) are copies; site is the place that
 * slot->site names or NULL.  WRITER_DAMAGED: the record cannot be one, nothing
 * was written.
 */
int writer_record(struct writer *writer, const struct writer_place *place,
		  const struct ring_slot *slot, char *payload, const struct ring_site *site,
		  char **error);

/*
 * A place where something is missing: source is "program" or "kernel", lost is
 * negative when nobody knows how much, thread 0 when it is nobody's in particular.
 */
int writer_gap(struct writer *writer, uint32_t thread, const char *source, int64_t lost,
	       const char *reason, char **error);

/* The last row: how the program ended ("exited 0"). */
int writer_end(struct writer *writer, uint64_t time, uint32_t thread, const char *how,
	       char **error);

/* Makes sure that a transaction is open, for rows of others to join it. */
int writer_begin(struct writer *writer, char **error);
int writer_commit(struct writer *writer, char **error);

/* Gives up what was not committed.  Afterwards only gaps and the end may be written. */
void writer_rollback(struct writer *writer);

/* Rows of events written; rows of any table since the last commit. */
uint64_t writer_events(const struct writer *writer);
uint64_t writer_pending(const struct writer *writer);

/* Ends that fitted no open span. */
uint64_t writer_unmatched(const struct writer *writer);

/* The last seq given. */
uint64_t writer_seq(const struct writer *writer);

#endif
