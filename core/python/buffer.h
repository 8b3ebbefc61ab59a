/*
 * buffer.h - bytes in a row that grow at the end and are consumed from the
 * front: what a stream has read or is to write.
 *
 * The original keeps a deque of strings and joins them as needed; this costs
 * the same for a byte whether 5 bytes wait or 100 million.
 */
#ifndef LOOPSCOPE_CORE_PYTHON_BUFFER_H
#define LOOPSCOPE_CORE_PYTHON_BUFFER_H

#include <stddef.h>

/* Zeroed is empty.  Its bytes are memory[start] to memory[start + size - 1]. */
struct buffer {
	char *memory;
	size_t start;
	size_t size;
	size_t capacity;
};

static inline const char *buffer_data(const struct buffer *buffer)
{
	return buffer->memory + buffer->start;
}

/* Room for n more bytes at the end, valid until the next call; NULL = no memory. */
char *buffer_reserve(struct buffer *buffer, size_t n);

/* n bytes were put into the room that buffer_reserve() gave. */
void buffer_extend(struct buffer *buffer, size_t n);

/* Appends a copy.  0, or -1 = no memory. */
int buffer_append(struct buffer *buffer, const void *data, size_t n);

/* Drops n bytes, at most its size, from the front. */
void buffer_consume(struct buffer *buffer, size_t n);

void buffer_release(struct buffer *buffer);

#endif
