/*
 * table.c - rows of numbers in one array, with a hash over the keys where rows
 * have keys.
 */
#include "trace/replay/table.h"

#include <stdlib.h>
#include <string.h>

#include "trace/base/grow.h"

static size_t hash(int64_t key)
{
	uint64_t h = (uint64_t)key * 0x9e3779b97f4a7c15ull;

	return (size_t)(h ^ h >> 32);
}

/* The slot of that key, or the free one where it belongs. */
static size_t slot_of(const struct replay_table *table, int64_t key)
{
	size_t mask = table->slot_count - 1;
	size_t i = hash(key) & mask;

	while (table->slots[i] && *replay_table_at(table, table->slots[i] - 1) != key)
		i = (i + 1) & mask;
	return i;
}

int64_t *replay_table_find(const struct replay_table *table, int64_t key)
{
	uint32_t slot;

	if (!table->slot_count)
		return NULL;
	slot = table->slots[slot_of(table, key)];
	return slot ? replay_table_at(table, slot - 1) : NULL;
}

static bool grow_slots(struct replay_table *table)
{
	size_t size = table->slot_count ? table->slot_count * 2 : 16;
	uint32_t *slots = calloc(size, sizeof(*slots));

	if (!slots)
		return false;
	free(table->slots);
	table->slots = slots;
	table->slot_count = size;
	for (size_t i = 0; i < table->count; i++)
		slots[slot_of(table, *replay_table_at(table, i))] = (uint32_t)i + 1;
	return true;
}

/* Room for one more row behind the last: moved to the front first, if that gives it. */
static bool make_room(struct replay_table *table)
{
	size_t row = table->cells * sizeof(int64_t);

	if (table->first + table->count < table->room)
		return true;
	if (table->first > table->count) {
		memmove(table->rows, replay_table_at(table, 0), table->count * row);
		table->first = 0;
		return true;
	}
	return array_grow(&table->rows, &table->room, table->room + 1, row);
}

int64_t *replay_table_add(struct replay_table *table, int64_t key)
{
	int64_t *row;

	if (table->count >= table->most || !make_room(table))
		return NULL;
	if (table->keyed && (table->count + 1) * 2 > table->slot_count && !grow_slots(table))
		return NULL;
	row = replay_table_at(table, table->count);
	memset(row, 0, table->cells * sizeof(*row));
	*row = key;
	if (table->keyed)
		table->slots[slot_of(table, key)] = (uint32_t)table->count + 1;
	table->count++;
	return row;
}

/* Frees a slot; entries behind it that a search would no longer reach move up. */
static void free_slot(struct replay_table *table, size_t hole)
{
	size_t mask = table->slot_count - 1;

	for (size_t i = (hole + 1) & mask; table->slots[i]; i = (i + 1) & mask) {
		size_t home = hash(*replay_table_at(table, table->slots[i] - 1)) & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		table->slots[hole] = table->slots[i];
		hole = i;
	}
	table->slots[hole] = 0;
}

void replay_table_remove(struct replay_table *table, size_t i)
{
	size_t last = table->count - 1, row = table->cells * sizeof(int64_t);

	if (table->keyed) {
		free_slot(table, slot_of(table, *replay_table_at(table, i)));
		if (i != last) {
			table->slots[slot_of(table, *replay_table_at(table, last))] =
				(uint32_t)i + 1;
			memcpy(replay_table_at(table, i), replay_table_at(table, last), row);
		}
	} else if (i == 0) {
		table->first++;
	} else {
		memmove(replay_table_at(table, i), replay_table_at(table, i + 1), (last - i) * row);
	}
	table->count--;
	if (!table->count)
		table->first = 0;
}

size_t replay_table_index(const struct replay_table *table, const int64_t *row)
{
	return (size_t)(row - replay_table_at(table, 0)) / table->cells;
}

void replay_table_clear(struct replay_table *table)
{
	free(table->rows);
	free(table->slots);
	table->rows = NULL;
	table->slots = NULL;
	table->count = table->first = table->room = table->slot_count = 0;
}

struct replay_table *replay_lists_get(const struct replay_lists *lists, int64_t handle)
{
	return handle > 0 && (uint64_t)handle <= lists->count ? &lists->lists[handle - 1] : NULL;
}

/* A handle that is not in use, 0 if there is no memory. */
static int64_t new_handle(struct replay_lists *lists)
{
	size_t room = lists->room;

	if (lists->free_count)
		return lists->free_handles[--lists->free_count];
	/* every handle may become free: that must not need memory */
	if (!array_grow(&lists->free_handles, &room, lists->count + 1,
			sizeof(*lists->free_handles)) ||
	    !array_grow(&lists->lists, &lists->room, lists->count + 1, sizeof(*lists->lists)))
		return 0;
	lists->lists[lists->count++] = (struct replay_table){ 0 };
	return (int64_t)lists->count;
}

bool replay_lists_append(struct replay_lists *lists, int64_t *handle, uint32_t cells,
			 const int64_t *row)
{
	struct replay_table *list;
	int64_t *to;

	if (lists->rows >= REPLAY_LIST_ROWS_MAX)
		return false;
	if (!*handle) {
		*handle = new_handle(lists);
		if (!*handle)
			return false;
		lists->lists[*handle - 1] =
			(struct replay_table){ .cells = cells, .most = REPLAY_LIST_ROWS_MAX };
	}
	list = replay_lists_get(lists, *handle);
	to = list ? replay_table_add(list, 0) : NULL;
	if (!to)
		return false;
	memcpy(to, row, list->cells * sizeof(*row));
	lists->rows++;
	return true;
}

void replay_lists_shift(struct replay_lists *lists, int64_t handle, size_t n)
{
	struct replay_table *list = replay_lists_get(lists, handle);

	for (; list && n > 0 && list->count > 0; n--) {
		replay_table_remove(list, 0);
		lists->rows--;
	}
}

void replay_lists_pop(struct replay_lists *lists, int64_t handle)
{
	struct replay_table *list = replay_lists_get(lists, handle);

	if (!list || !list->count)
		return;
	replay_table_remove(list, list->count - 1);
	lists->rows--;
}

void replay_lists_drop(struct replay_lists *lists, int64_t *handle)
{
	struct replay_table *list = replay_lists_get(lists, *handle);

	if (!list)
		return;
	lists->rows -= list->count;
	replay_table_clear(list);
	lists->free_handles[lists->free_count++] = *handle;
	*handle = 0;
}

void replay_lists_release(struct replay_lists *lists)
{
	for (size_t i = 0; i < lists->count; i++)
		replay_table_clear(&lists->lists[i]);
	free(lists->lists);
	free(lists->free_handles);
	*lists = (struct replay_lists){ 0 };
}
