/*
 * descriptor.c - serial numbers for the descriptors that the kernel reuses.
 */
#include "core/platform/descriptor.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

#include "trace/emit/emit.h"

/* The kernel's own ceiling by default (fs.nr_open); beyond it names are not kept. */
#define DESCRIPTORS_MAX (1 << 20)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t *names; /* by number; 0 has no name yet */
static size_t room;
static uint32_t serial;

/*
 * The place of fd's name, or NULL if it can have none.  Needs the lock.  Unlike
 * core_room_for_one() this makes room up to any number, zeroed; a program that
 * lacks the memory goes on, with descriptors that have no names.
 */
static uint64_t *descriptor_place(int fd)
{
	size_t bigger = room ? room : 64;
	uint64_t *moved;

	if (fd < 0 || fd >= DESCRIPTORS_MAX)
		return NULL;
	if ((size_t)fd < room)
		return &names[fd];
	while (bigger <= (size_t)fd)
		bigger *= 2;
	moved = realloc(names, bigger * sizeof(*names));
	if (!moved)
		return NULL;
	for (size_t i = room; i < bigger; i++)
		moved[i] = 0;
	names = moved;
	room = bigger;
	return &names[fd];
}

/* Sets fd's name, or with `keep` leaves one that it has; 0 asks for a new one. */
static uint64_t descriptor_set(int fd, uint64_t name, int keep)
{
	uint64_t *place;

	pthread_mutex_lock(&lock);
	place = descriptor_place(fd);
	if (place && *place && keep)
		name = *place;
	else if (!name)
		name = emit_descriptor(place ? ++serial : 0, fd);
	if (place)
		*place = name;
	pthread_mutex_unlock(&lock);
	return name;
}

uint64_t descriptor_new(int fd)
{
	return descriptor_set(fd, 0, 0);
}

uint64_t descriptor_name(int fd)
{
	return descriptor_set(fd, 0, 1);
}

void descriptor_waker(int fd, uint64_t end)
{
	descriptor_set(fd, emit_descriptor((uint32_t)end, fd), 0);
}

void descriptor_closed(int fd)
{
	pthread_mutex_lock(&lock);
	if (fd >= 0 && (size_t)fd < room)
		names[fd] = 0;
	pthread_mutex_unlock(&lock);
}
