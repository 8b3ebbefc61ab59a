/*
 * buffer.c - a growing row of bytes.
 */
#include "core/python/buffer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 4096
/* An emptied buffer gives its memory back when it has more than this. */
#define CAPACITY_KEPT (1 << 20)

/*
 * Bytes are moved to the front only when what lies before them is at least as
 * long as they are: each byte consumed pays for one moved.  Peers decide how much
 * a buffer holds, so this may fail, where core_room_for_one() ends the program.
 */
char *buffer_reserve(struct buffer *buffer, size_t n)
{
	size_t capacity = buffer->capacity ? buffer->capacity : CAPACITY_MIN;
	char *memory;

	if (n > SIZE_MAX / 4 || buffer->size > SIZE_MAX / 4)
		return NULL;
	if (buffer->capacity - buffer->start - buffer->size >= n)
		return buffer->memory + buffer->start + buffer->size;
	if (buffer->start && buffer->start >= buffer->size) {
		memmove(buffer->memory, buffer_data(buffer), buffer->size);
		buffer->start = 0;
	}
	while (capacity - buffer->start < buffer->size + n)
		capacity *= 2;
	if (capacity > buffer->capacity) {
		memory = realloc(buffer->memory, capacity);
		if (!memory)
			return NULL;
		buffer->memory = memory;
		buffer->capacity = capacity;
	}
	return buffer->memory + buffer->start + buffer->size;
}

void buffer_extend(struct buffer *buffer, size_t n)
{
	buffer->size += n;
}

int buffer_append(struct buffer *buffer, const void *data, size_t n)
{
	char *room;

	if (!n)
		return 0;
	room = buffer_reserve(buffer, n);
	if (!room)
		return -1;
	memcpy(room, data, n);
	buffer_extend(buffer, n);
	return 0;
}

void buffer_consume(struct buffer *buffer, size_t n)
{
	buffer->start += n;
	buffer->size -= n;
	if (buffer->size)
		return;
	buffer->start = 0;
	if (buffer->capacity > CAPACITY_KEPT)
		buffer_release(buffer);
}

void buffer_release(struct buffer *buffer)
{
	free(buffer->memory);
	*buffer = (struct buffer){ 0 };
}
