/*
 * alloc.h - memory for the small objects that Python would make: contexts,
 * callbacks, futures.
 *
 * There is no sensible way on from a missing 50 bytes, and the original has
 * none either (MemoryError ends the loop): out of memory ends the program.
 * What grows with the peer's data is bounded and checked where it is kept.
 */
#ifndef LOOPSCOPE_CORE_PYTHON_ALLOC_H
#define LOOPSCOPE_CORE_PYTHON_ALLOC_H

#include <stdlib.h>

/* A zeroed object; never NULL.  To be given to free(). */
static inline void *core_alloc(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		abort();
	return memory;
}

/*
 * Room for one more element: returns array, moved to twice the size when
 * count has reached *room.  Never NULL; new elements are not initialised.
 */
static inline void *core_room_for_one(void *array, size_t count, size_t *room, size_t size)
{
	size_t bigger = *room ? *room * 2 : 8;

	if (count < *room)
		return array;
	array = reallocarray(array, bigger, size);
	if (!array)
		abort();
	*room = bigger;
	return array;
}

#endif
