/*
 * iostream_chunks.c - borders of chunks in the read buffer.
 */
#include "core/iostream_chunks.h"

#include <stdlib.h>
#include <string.h>

#include "core/python/alloc.h"

/*
 * A peer that sends single bytes could make as many borders as bytes; beyond
 * this many the last chunk grows instead, and searches look at more at once.
 */
#define CHUNKS_MAX 65536

void chunks_append(struct chunks *chunks, size_t n)
{
	if (chunks->count >= CHUNKS_MAX) {
		chunks->lengths[chunks->first + chunks->count - 1] += (uint32_t)n;
		return;
	}
	if (chunks->first > chunks->count && chunks->first + chunks->count == chunks->room) {
		memmove(chunks->lengths, chunks->lengths + chunks->first,
			chunks->count * sizeof(*chunks->lengths));
		chunks->first = 0;
	}
	chunks->lengths = core_room_for_one(chunks->lengths, chunks->first + chunks->count,
					    &chunks->room, sizeof(*chunks->lengths));
	chunks->lengths[chunks->first + chunks->count++] = (uint32_t)n;
}

size_t chunks_first(const struct chunks *chunks)
{
	return chunks->count ? chunks->lengths[chunks->first] : 0;
}

static void drop_first(struct chunks *chunks)
{
	chunks->first++;
	if (!--chunks->count)
		chunks->first = 0;
}

void chunks_consume(struct chunks *chunks, size_t n)
{
	while (n && chunks->count && n >= chunks_first(chunks)) {
		n -= chunks_first(chunks);
		drop_first(chunks);
	}
	if (n && chunks->count)
		chunks->lengths[chunks->first] -= (uint32_t)n;
}

/* Twice as long, but at least all of the second chunk. */
void chunks_double_prefix(struct chunks *chunks)
{
	size_t first = chunks_first(chunks);
	size_t second = chunks->lengths[chunks->first + 1];
	size_t wanted = second > first ? first + second : 2 * first;
	size_t joined = 0;

	while (joined < wanted && chunks->count) {
		size_t n = chunks_first(chunks);

		if (n > wanted - joined)
			n = wanted - joined;
		chunks_consume(chunks, n);
		joined += n;
	}
	/* two chunks or more were taken off, so there is a place before the rest */
	if (chunks->first)
		chunks->first--;
	chunks->lengths[chunks->first] = (uint32_t)joined;
	chunks->count++;
}

void chunks_release(struct chunks *chunks)
{
	free(chunks->lengths);
	*chunks = (struct chunks){ 0 };
}
