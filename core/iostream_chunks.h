/*
 * iostream_chunks.h - the lengths of the strings in the original's
 * _read_buffer, a deque.
 *
 * The bytes themselves lie in one row (buffer.h).  But the original searches
 * the first string of its deque, and joins more to it step by step when it
 * finds nothing (_double_prefix): this keeps those borders, so that we look at
 * the same bytes as often as it does.
 */
#ifndef LOOPSCOPE_CORE_IOSTREAM_CHUNKS_H
#define LOOPSCOPE_CORE_IOSTREAM_CHUNKS_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed is empty. */
struct chunks {
	uint32_t *lengths;
	size_t first;
	size_t count;
	size_t room;
};

/* _read_buffer.append(): a chunk of n bytes, n > 0, came. */
void chunks_append(struct chunks *chunks, size_t n);

/* The length of the first chunk, 0 if the buffer is empty. */
size_t chunks_first(const struct chunks *chunks);

/* _double_prefix(): joins more to the first chunk.  There must be two. */
void chunks_double_prefix(struct chunks *chunks);

/* _merge_prefix() and popleft(): drops n bytes, which must be there. */
void chunks_consume(struct chunks *chunks, size_t n);

void chunks_release(struct chunks *chunks);

#endif
