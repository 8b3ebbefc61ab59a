/*
 * ids.h - from ring ids to the seq that people see.
 *
 * Later events name earlier ones by ring id: thread << 48 | cursor + 1.  Those
 * of one thread come in ascending order, and so do their seqs, hence a sorted
 * list a thread: adding is an append, looking up a search in two halves, and
 * an entry takes eight bytes.  One thread.
 */
#ifndef LOOPSCOPE_TRACE_WORDS_IDS_H
#define LOOPSCOPE_TRACE_WORDS_IDS_H

#include <stdint.h>

struct ids;

int ids_new(struct ids **out);
void ids_free(struct ids *ids);

/*
 * Remembers that the event `id` has got `seq`.  0, or -1: no memory, or the id
 * or seq is not above the thread's last (then nothing is remembered).
 */
int ids_add(struct ids *ids, uint64_t id, uint64_t seq);

/* The seq of that event, 0 if it is not known. */
uint64_t ids_find(const struct ids *ids, uint64_t id);

#endif
