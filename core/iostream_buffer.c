/*
 * iostream_buffer.c - the read buffer of BaseIOStream: how much it counts, and
 * what a read takes out of it.
 */
#include "core/iostream_internal.h"

#include <stdlib.h>

#include "trace/emit/emit.h"

/* Integers are longer in the original; no honest peer comes near. */
#define OVERCOUNT_MAX (INT64_MAX / 2)

int64_t iostream__count(const struct iostream *stream)
{
	return (int64_t)stream->read_buffer.size + stream->read_overcount;
}

/* _read_buffer_size -= count, of which `size` bytes are taken out of the buffer. */
static void count_consumed(struct iostream *stream, int64_t count, size_t size)
{
	int64_t more = (int64_t)size - (count < -OVERCOUNT_MAX ? -OVERCOUNT_MAX : count);

	if (more > OVERCOUNT_MAX - stream->read_overcount)
		more = OVERCOUNT_MAX - stream->read_overcount;
	stream->read_overcount += more;
}

struct value iostream__consume(struct iostream *stream, int64_t count)
{
	size_t size = stream->read_buffer.size;
	struct value value;

	if (count < 0)
		size = chunks_first(&stream->chunks);
	else if ((uint64_t)count < size)
		size = (size_t)count;
	value = value_from_bytes(size ? buffer_data(&stream->read_buffer) : NULL, size);
	count_consumed(stream, count, size);
	buffer_consume(&stream->read_buffer, size);
	chunks_consume(&stream->chunks, size);
	stream->read_delimiter_absent = 0;
	EMIT(iostream_consume, FD(stream->name), INT(size), INT(stream->read_buffer.size),
	     INT(iostream__reading(stream)));
	return value;
}

void iostream__clear_read(struct iostream *stream)
{
	free(stream->read_delimiter);
	stream->read_delimiter = NULL;
	pcre2_code_free(stream->read_regex);
	stream->read_regex = NULL;
	stream->read_bytes = IOSTREAM_NO_BYTES;
	stream->read_until_close = false;
}
