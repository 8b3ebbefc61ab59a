/*
 * numbered.h - arrays whose elements begin with a number, lowest first.
 */
#ifndef LOOPSCOPE_TRACE_BASE_NUMBERED_H
#define LOOPSCOPE_TRACE_BASE_NUMBERED_H

#include <stddef.h>
#include <stdint.h>

/*
 * The element with that number, NULL if the array lacks it.  Elements are of
 * `size` bytes, their first member is an int64_t, and no two have the same.
 */
void *numbered_find(const void *array, size_t count, size_t size, int64_t number);

#endif
