/*
 * drain.c - out of the kernel's ring buffer, into order of time.
 *
 * CPUs write side by side, so records lie in the ring buffer nearly in order.
 * They are held until they are a millisecond old; by then whatever was stamped
 * earlier has been submitted, since between stamp and submission a CPU does
 * nothing else.
 */
#include "trace/probe/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/grow.h"

#define SETTLE_NS 1000000u

/* Records of one drain: a program that calls without end must not keep us here. */
#define DRAIN_MOST 100000u

static size_t record_bytes(const struct probe_record *record)
{
	/* multiples of eight, so that records behind it are aligned */
	return (record->size + 7u) & ~(size_t)7;
}

static const struct probe_record *record_at(const struct probe *probe, size_t offset)
{
	return (const struct probe_record *)(const void *)(probe->bytes + offset);
}

/* What this thread's next call should be numbered after. */
static struct probe_thread *find_thread(struct probe *probe, uint32_t thread)
{
	for (size_t i = 0; i < probe->threads; i++)
		if (probe->thread[i].thread == thread)
			return &probe->thread[i];
	if (!array_grow(&probe->thread, &probe->thread_room, probe->threads + 1,
			sizeof(*probe->thread)))
		return NULL;
	probe->thread[probe->threads] = (struct probe_thread){ .thread = thread };
	return &probe->thread[probe->threads++];
}

/* How many calls of the record's thread never came, between the last that did and it. */
static uint64_t missing_before(struct probe *probe, const struct probe_record *record)
{
	struct probe_thread *known = find_thread(probe, record->thread);
	uint64_t last, here = record->number;

	if (!known)
		return 0;
	last = known->number;
	if (record->what != PROBE_CALL) {
		/* its number is that of the last call, not one of its own */
		*known = probe->thread[--probe->threads];
		return here > last ? here - last : 0;
	}
	if (here <= last)
		last = 0; /* the kernel gave the thread's id to another */
	known->number = here;
	return here - last - 1;
}

/* Puts the item where its time belongs; nearly always that is the end. */
static void insert(struct probe *probe, struct probe_item item)
{
	size_t at = probe->end++;

	while (at > probe->first && probe->item[at - 1].time > item.time) {
		probe->item[at] = probe->item[at - 1];
		at--;
	}
	probe->item[at] = item;
}

/* Whether the record holds what its head promises, within the bytes that came. */
static bool is_whole(const struct probe_record *record, size_t size)
{
	if (size < PROBE_HEAD || record->size > size)
		return false;
	if (record->what == PROBE_CALL)
		return record->size >= sizeof(*record) &&
		       record->call.captured <= record->size - sizeof(*record);
	return record->size >= PROBE_HEAD;
}

int probe__receive(void *context, void *data, size_t size)
{
	struct probe *probe = context;
	struct probe_record *record = data;
	struct probe_item item;
	size_t bytes;

	if (!is_whole(record, size))
		return 0;
	bytes = record_bytes(record);
	if (!array_grow(&probe->bytes, &probe->capacity, probe->used + bytes, 1) ||
	    !array_grow(&probe->item, &probe->room, probe->end + 1, sizeof(item))) {
		/* this one is consumed and gone: the next of its thread shows the hole */
		probe->failed = true;
		return -ENOMEM;
	}
	item = (struct probe_item){ .time = record->time,
				    .offset = probe->used,
				    .lost = missing_before(probe, record) };
	memcpy(probe->bytes + probe->used, record, record->size);
	probe->used += bytes;
	insert(probe, item);
	probe->placed += item.lost;
	probe->drained += record->what == PROBE_CALL;
	return --probe->budget ? 0 : -EAGAIN;
}

/* Moves what is still held to the front of the room for bytes and items. */
static int make_room(struct probe *probe)
{
	size_t held = probe->end - probe->first, used = 0;
	char *bytes;

	if (held == 0) {
		probe->first = probe->end = probe->used = 0;
		return 0;
	}
	if (probe->first == 0)
		return 0;
	for (size_t i = 0; i < held; i++)
		used += record_bytes(record_at(probe, probe->item[probe->first + i].offset));
	bytes = malloc(used);
	if (!bytes)
		return -ENOMEM;
	used = 0;
	for (size_t i = 0; i < held; i++) {
		struct probe_item *item = &probe->item[probe->first + i];
		size_t length = record_bytes(record_at(probe, item->offset));

		memcpy(bytes + used, probe->bytes + item->offset, length);
		item->offset = used;
		used += length;
	}
	memcpy(probe->bytes, bytes, used);
	free(bytes);
	memmove(probe->item, probe->item + probe->first, held * sizeof(*probe->item));
	probe->first = 0;
	probe->end = held;
	probe->used = used;
	return 0;
}

int probe_drain(struct probe *probe, uint64_t now)
{
	uint64_t newest;

	if (make_room(probe) < 0)
		return -ENOMEM;
	probe->failed = false;
	probe->budget = now == UINT64_MAX ? SIZE_MAX : DRAIN_MOST;
	ring_buffer__consume(probe->ring);
	if (probe->failed)
		return -ENOMEM;
	/* stopped half-way, only what was taken says how far we are */
	newest = probe->end > probe->first ? probe->item[probe->end - 1].time : 0;
	if (probe->budget == 0 && newest < now)
		now = newest;
	if (now != UINT64_MAX)
		now = now > SETTLE_NS ? now - SETTLE_NS : 0;
	if (now > probe->bound)
		probe->bound = now;
	return 0;
}

const struct probe_record *probe_peek(const struct probe *probe, uint64_t *lost)
{
	const struct probe_item *item;

	if (probe->first == probe->end)
		return NULL;
	item = &probe->item[probe->first];
	if (item->time >= probe->bound)
		return NULL;
	*lost = item->lost;
	return record_at(probe, item->offset);
}

void probe_take(struct probe *probe)
{
	if (probe->first < probe->end)
		probe->first++;
}

uint64_t probe_bound(const struct probe *probe)
{
	return probe->bound;
}
