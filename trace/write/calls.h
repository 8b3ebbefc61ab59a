/*
 * calls.h - gives system calls their rows among the events.
 *
 * A call stands where it returned, under the span that its thread was in when
 * it was made.  One row in `events`, one in `syscalls`.  One thread, the
 * writer's; rows go into the writer's transaction.
 */
#ifndef LOOPSCOPE_TRACE_WRITE_CALLS_H
#define LOOPSCOPE_TRACE_WRITE_CALLS_H

#include <stdint.h>

struct probe_record;
struct writer;
struct writer_calls;

/* The writer is borrowed and must outlive this.  Adds the calls to `kinds`. */
int writer_calls_new(struct writer_calls **out, struct writer *writer, char **error);
void writer_calls_free(struct writer_calls *calls);

/* Writes one call; a record that cannot be one is passed over. */
int writer_calls_put(struct writer_calls *calls, const struct probe_record *record, char **error);

/*
 * The program has trace points: its own rows say where turns begin.  Without
 * them each wait for events that ends begins one, with its own row.
 */
void writer_calls_program_speaks(struct writer_calls *calls);

/* What the program had before its first call: an epoll set, and what that watches. */
void writer_calls_know_set(struct writer_calls *calls, int set);
void writer_calls_know_watched(struct writer_calls *calls, int set, int fd, uint64_t data);

/* The program has been replaced by another, which lacks what an exec closes. */
void writer_calls_replaced(struct writer_calls *calls);

/* Names what the program spoke of after the last call. */
int writer_calls_finish(struct writer_calls *calls, char **error);

#endif
