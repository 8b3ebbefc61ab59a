/*
 * ids.c - ring ids and their seqs, as one sorted list a thread.
 */
#include "trace/words/ids.h"

#include <stdlib.h>

#include "trace/base/grow.h"
#include "trace/emit/ring.h"

#define BLOCK_ENTRIES 4096u

/* Entries are kept as differences to the first of their block. */
struct block {
	uint64_t cursor;
	uint64_t seq;
	uint32_t count;
	struct {
		uint32_t cursor, seq;
	} entry[BLOCK_ENTRIES];
};

struct list {
	struct block **block;
	uint32_t count;
	size_t capacity;
	uint64_t last_cursor, last_seq;
};

struct ids {
	struct list thread[RING_THREADS];
};

int ids_new(struct ids **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -1;
}

void ids_free(struct ids *ids)
{
	if (!ids)
		return;
	for (unsigned t = 0; t < RING_THREADS; t++) {
		for (uint32_t i = 0; i < ids->thread[t].count; i++)
			free(ids->thread[t].block[i]);
		free(ids->thread[t].block);
	}
	free(ids);
}

static uint64_t cursor_of(uint64_t id)
{
	return id & 0xffffffffffffull;
}

static struct block *add_block(struct list *list, uint64_t cursor, uint64_t seq)
{
	struct block *block;

	if (!array_grow(&list->block, &list->capacity, list->count + 1, sizeof(*list->block)))
		return NULL;
	block = malloc(sizeof(*block));
	if (!block)
		return NULL;
	block->cursor = cursor;
	block->seq = seq;
	block->count = 0;
	list->block[list->count++] = block;
	return block;
}

int ids_add(struct ids *ids, uint64_t id, uint64_t seq)
{
	uint64_t thread = id >> 48, cursor = cursor_of(id);
	struct list *list;
	struct block *block;

	if (thread >= RING_THREADS)
		return -1;
	list = &ids->thread[thread];
	if (cursor <= list->last_cursor || seq <= list->last_seq)
		return -1;
	block = list->count ? list->block[list->count - 1] : NULL;
	if (!block || block->count == BLOCK_ENTRIES || cursor - block->cursor > UINT32_MAX ||
	    seq - block->seq > UINT32_MAX)
		block = add_block(list, cursor, seq);
	if (!block)
		return -1;
	block->entry[block->count].cursor = (uint32_t)(cursor - block->cursor);
	block->entry[block->count].seq = (uint32_t)(seq - block->seq);
	block->count++;
	list->last_cursor = cursor;
	list->last_seq = seq;
	return 0;
}

/* The last block that starts at or before the cursor, or NULL. */
static const struct block *block_of(const struct list *list, uint64_t cursor)
{
	uint32_t low = 0, high = list->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (list->block[middle]->cursor <= cursor)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? list->block[low - 1] : NULL;
}

uint64_t ids_find(const struct ids *ids, uint64_t id)
{
	uint64_t thread = id >> 48, cursor = cursor_of(id);
	const struct block *block;
	uint32_t low = 0, high;

	if (thread >= RING_THREADS)
		return 0;
	block = block_of(&ids->thread[thread], cursor);
	if (!block)
		return 0;
	high = block->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		uint64_t here = block->cursor + block->entry[middle].cursor;

		if (here == cursor)
			return block->seq + block->entry[middle].seq;
		if (here < cursor)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}
