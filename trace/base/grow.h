/*
 * grow.h - arrays that grow as they are filled, to twice the size each time.
 *
 *     if (!array_grow(&list->spans, &list->room, list->count + 1, sizeof(*list->spans)))
 *             return failure(error, "out of memory");
 *     list->spans[list->count++] = span;
 */
#ifndef LOOPSCOPE_TRACE_BASE_GROW_H
#define LOOPSCOPE_TRACE_BASE_GROW_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Makes room for `needed` elements of `size` bytes.  array points to the
 * pointer to the first one (NULL with *room 0 for none yet); new elements are
 * not initialised.  False without memory: array and *room are as they were.
 * What is counted by a stranger's numbers is bounded by the caller.
 */
bool array_grow(void *array, size_t *room, size_t needed, size_t size);

/* The same, and new elements are zero. */
bool array_grow_zeroed(void *array, size_t *room, size_t needed, size_t size);

#endif
