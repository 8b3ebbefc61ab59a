/*
 * table.h - rows of numbers: what the replayed state consists of.
 *
 * Every table of the state is of this one form, so that it can be written,
 * read back and compared without knowing what it is about.  A row is a struct
 * of int64_t members.  A keyed table finds a row by its first member; removing
 * from it moves the last row into the hole.  Others keep their order and let
 * go of rows at the front cheaply: they are queues.
 *
 * The last member of a row may be the handle of a list: a table of its own.
 *
 * Tables are bounded: what does not fit is refused, since a trace may claim
 * anything.  Out of memory counts as full.
 */
#ifndef LOOPSCOPE_TRACE_REPLAY_TABLE_H
#define LOOPSCOPE_TRACE_REPLAY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct replay_table {
	uint32_t cells; /* members of a row */
	uint32_t most;  /* rows it may hold */
	bool keyed;
	uint32_t list_cells; /* of the lists its rows own; 0: they own none */
	size_t count;
	size_t first; /* rows let go of at the front */
	size_t room;
	int64_t *rows;
	uint32_t *slots;   /* keyed: 1 + index of a row, or 0; at most half full */
	size_t slot_count; /* a power of two, or 0 */
};

#define REPLAY_TABLE(type, rows_at_most, is_keyed, cells_of_lists)                                 \
	((struct replay_table){ .cells = sizeof(type) / sizeof(int64_t),                           \
				.most = (rows_at_most),                                            \
				.keyed = (is_keyed),                                               \
				.list_cells = (cells_of_lists) })

/* The i-th row, i < count.  Valid until the table is changed. */
static inline int64_t *replay_table_at(const struct replay_table *table, size_t i)
{
	return table->rows + (table->first + i) * table->cells;
}

/* The same as a struct. */
#define REPLAY_AT(type, table, i) ((type *)(void *)replay_table_at((table), (i)))

/* The row of that key, or NULL. */
int64_t *replay_table_find(const struct replay_table *table, int64_t key);

/* A new row at the end, zeroed but for the key; NULL if it is full.  No key twice. */
int64_t *replay_table_add(struct replay_table *table, int64_t key);

/* Removes the i-th row; lists of it must have been let go of. */
void replay_table_remove(struct replay_table *table, size_t i);

/* The index of a row of the table. */
size_t replay_table_index(const struct replay_table *table, const int64_t *row);

/* Empties it and frees its memory; it may be filled again. */
void replay_table_clear(struct replay_table *table);

/* A place for lists, which rows name by handle.  Handle 0 is an empty list. */
struct replay_lists {
	struct replay_table *lists; /* handle - 1 */
	size_t count, room;
	int64_t *free_handles;
	size_t free_count;
	size_t rows; /* of all lists together */
};
#define REPLAY_LIST_ROWS_MAX (1u << 20)

/* The list of that handle, or NULL for 0. */
struct replay_table *replay_lists_get(const struct replay_lists *lists, int64_t handle);

/* Appends a row of `cells` numbers; *handle gets a list if it has none.  False: no room. */
bool replay_lists_append(struct replay_lists *lists, int64_t *handle, uint32_t cells,
			 const int64_t *row);

/* Drops n rows at the front (at most all), or at the end. */
void replay_lists_shift(struct replay_lists *lists, int64_t handle, size_t n);
void replay_lists_pop(struct replay_lists *lists, int64_t handle);

/* Lets go of the list and sets *handle to 0. */
void replay_lists_drop(struct replay_lists *lists, int64_t *handle);

void replay_lists_release(struct replay_lists *lists);

#endif
