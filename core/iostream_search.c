/*
 * iostream_search.c - where a delimited read ends.
 *
 * The original searches its buffer from the start again after each read, and
 * within one go first a short prefix, then longer ones (_double_prefix).  So
 * do we, up to IOSTREAM_HEADER_MAX: a peer that sends single bytes could make
 * more of it cost too much.  Beyond that a delimiter is searched only where it
 * was not yet, and a regex is given up.
 */
#define _GNU_SOURCE 1
#include "core/iostream_internal.h"

#include <string.h>

#include "core/python/exc.h"
#include "trace/emit/emit.h"

/* A hostile block of headers must not make PCRE2 try for long. */
#define MATCH_LIMIT 1000000
#define HEAP_LIMIT_KIB 20000

/* str.find() in the first `prefix` bytes; IOSTREAM_NOT_FOUND or where it ends. */
static ssize_t find_in_prefix(struct iostream *stream, size_t prefix)
{
	const char *data = buffer_data(&stream->read_buffer);
	size_t length = stream->read_delimiter_length;
	size_t from = 0;
	const char *at;

	if (prefix > IOSTREAM_HEADER_MAX && stream->read_delimiter_absent >= length)
		from = stream->read_delimiter_absent - length + 1;
	at = memmem(data + from, prefix - from, stream->read_delimiter, length);
	EMIT(iostream_search, FD(stream->name), INT(prefix - from), INT(at != NULL));
	if (at)
		return at - data + (ssize_t)length;
	stream->read_delimiter_absent = prefix;
	return IOSTREAM_NOT_FOUND;
}

/* _check_max_bytes, of where the read ends or, if it does not, of all that was looked at. */
static ssize_t check_max_bytes(const struct iostream *stream, ssize_t end)
{
	int64_t size = end == IOSTREAM_NOT_FOUND ? (int64_t)stream->read_buffer.size : end;

	if (stream->read_max_bytes != IOSTREAM_NO_BYTES && size > stream->read_max_bytes)
		return IOSTREAM_TOO_LONG;
	return end;
}

ssize_t iostream__find_delimiter(struct iostream *stream)
{
	while (stream->chunks.count) {
		ssize_t end = find_in_prefix(stream, chunks_first(&stream->chunks));

		if (end != IOSTREAM_NOT_FOUND || stream->chunks.count == 1)
			return check_max_bytes(stream, end);
		chunks_double_prefix(&stream->chunks);
	}
	return IOSTREAM_NOT_FOUND;
}

/* re.search() in the first `prefix` bytes: where the match ends, or a PCRE2 error, negative. */
static ssize_t search_prefix(struct iostream *stream, size_t prefix)
{
	pcre2_match_data *match = pcre2_match_data_create_from_pattern(stream->read_regex, NULL);
	pcre2_match_context *limits = pcre2_match_context_create(NULL);
	ssize_t end = PCRE2_ERROR_NOMEMORY;

	if (match && limits) {
		pcre2_set_match_limit(limits, MATCH_LIMIT);
		pcre2_set_heap_limit(limits, HEAP_LIMIT_KIB);
		end = pcre2_match(stream->read_regex, (PCRE2_SPTR)buffer_data(&stream->read_buffer),
				  prefix, 0, 0, match, limits);
		if (end >= 0)
			end = (ssize_t)pcre2_get_ovector_pointer(match)[1];
	}
	pcre2_match_context_free(limits);
	pcre2_match_data_free(match);
	EMIT(iostream_search, FD(stream->name), INT(prefix), INT(end >= 0));
	return end;
}

/* How far a regex may look: a block that has not ended there is too long. */
static size_t regex_limit(const struct iostream *stream)
{
	if (stream->read_max_bytes == IOSTREAM_NO_BYTES)
		return IOSTREAM_HEADER_MAX;
	return (size_t)stream->read_max_bytes;
}

ssize_t iostream__find_regex(struct iostream *stream)
{
	size_t limit = regex_limit(stream);

	while (stream->chunks.count) {
		size_t prefix = chunks_first(&stream->chunks);
		bool too_long = prefix > limit;
		ssize_t end = search_prefix(stream, too_long ? limit : prefix);

		if (end >= 0)
			return end;
		if (end != PCRE2_ERROR_NOMATCH || too_long)
			return IOSTREAM_TOO_LONG;
		if (stream->chunks.count == 1)
			return IOSTREAM_NOT_FOUND;
		chunks_double_prefix(&stream->chunks);
	}
	return IOSTREAM_NOT_FOUND;
}
