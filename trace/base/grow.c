/*
 * grow.c - arrays that grow as they are filled.
 */
#include "trace/base/grow.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 16 /* elements */

bool array_grow(void *array, size_t *room, size_t needed, size_t size)
{
	size_t bigger = *room ? *room * 2 : ROOM_FIRST;
	void *memory;

	if (needed <= *room)
		return true;
	if (bigger < needed)
		bigger = needed;
	memcpy(&memory, array, sizeof(memory)); /* a pointer of any type */
	memory = reallocarray(memory, bigger, size);
	if (!memory)
		return false;
	memcpy(array, &memory, sizeof(memory));
	*room = bigger;
	return true;
}

bool array_grow_zeroed(void *array, size_t *room, size_t needed, size_t size)
{
	size_t before = *room;
	char *memory;

	if (!array_grow(array, room, needed, size))
		return false;
	memcpy(&memory, array, sizeof(memory));
	if (*room > before)
		memset(memory + before * size, 0, (*room - before) * size);
	return true;
}
