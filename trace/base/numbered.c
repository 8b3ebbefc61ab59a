/*
 * numbered.c - arrays whose elements begin with a number, lowest first.
 */
#include "trace/base/numbered.h"

void *numbered_find(const void *array, size_t count, size_t size, int64_t number)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const int64_t *here = (const void *)((const char *)array + middle * size);

		if (*here == number)
			return (void *)(uintptr_t)here;
		if (*here < number)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
