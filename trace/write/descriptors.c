/*
 * descriptors.c - the table of descriptors: what made each, what it is called,
 * what epoll knows it by.
 */
#include "trace/write/descriptors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/grow.h"
#include "trace/emit/emit.h"
#include "trace/probe/record.h"
#include "trace/words/objects.h"
#include "trace/words/syscalls.h"

#define NUMBERS_MAX 65536 /* greater numbers have no names */
#define KEPT_MAX 16
#define DATA_SLOTS 4096u

struct descriptor {
	uint32_t object; /* 0: the program has not spoken of it */
	uint32_t kept_count;
	int peer;        /* the pipe's other end, or -1 */
	bool made;       /* the call that made it was seen */
	uint32_t set;    /* n of epoll#n; 0: it is no epoll set */
	bool registered; /* with data */
	bool ends;       /* with the program: an exec closes it */
	uint64_t data;
	struct descriptors_pending *kept;
};

/* What epoll_ctl said last of all that share a slot; a guess. */
struct registration {
	int set, fd;
	uint64_t data;
};

/* All numbers of one program: threads share them, so does the ring that names them. */
struct descriptors {
	struct objects *objects;
	uint32_t noticed; /* objects looked at */
	struct descriptor *list;
	size_t count;
	struct registration by_data[DATA_SLOTS];
	uint8_t set_used[NUMBERS_MAX]; /* how many descriptors epoll#n has */
};

int descriptors_new(struct descriptors **out, struct objects *objects)
{
	struct descriptors *descriptors = calloc(1, sizeof(*descriptors));

	*out = descriptors;
	if (!descriptors)
		return -1;
	descriptors->objects = objects;
	return 0;
}

void descriptors_drop(struct descriptors_pending *list)
{
	while (list) {
		struct descriptors_pending *next = list->next;

		free(list->call);
		free(list);
		list = next;
	}
}

void descriptors_free(struct descriptors *descriptors)
{
	if (!descriptors)
		return;
	for (size_t i = 0; i < descriptors->count; i++)
		descriptors_drop(descriptors->list[i].kept);
	free(descriptors->list);
	free(descriptors);
}

static const struct descriptor *look(const struct descriptors *descriptors, int fd)
{
	return fd >= 0 && (size_t)fd < descriptors->count ? &descriptors->list[fd] : NULL;
}

/* The entry of that number, making room for it; NULL for numbers out of range. */
static struct descriptor *entry(struct descriptors *descriptors, int fd)
{
	size_t before = descriptors->count;

	if (fd < 0 || fd >= NUMBERS_MAX)
		return NULL;
	if (!array_grow(&descriptors->list, &descriptors->count, (size_t)fd + 1,
			sizeof(*descriptors->list)))
		return NULL;
	for (size_t i = before; i < descriptors->count; i++)
		descriptors->list[i] = (struct descriptor){ .peer = -1 };
	return &descriptors->list[fd];
}

/* The program speaks of one end of its waker only; the kernel sees both. */
static void name_other_end(struct descriptors *descriptors, int peer)
{
	if (peer >= 0)
		objects_number(descriptors->objects, OBJECT_FD,
			       emit_descriptor((uint32_t)EMIT_WAKER_WRITER, peer));
}

int descriptors_notice(struct descriptors *descriptors)
{
	while (descriptors->noticed < objects_count(descriptors->objects)) {
		uint32_t row = ++descriptors->noticed;
		const struct object *object = objects_at(descriptors->objects, row);
		int fd = (int)(uint32_t)object->runtime;
		uint64_t serial = object->runtime >> 32;
		struct descriptor *d;

		if (object->class != OBJECT_FD)
			continue;
		d = entry(descriptors, fd);
		if (!d)
			continue;
		d->object = row;
		if (serial == EMIT_WAKER)
			name_other_end(descriptors, d->peer);
		return fd;
	}
	return -1;
}

/* Forgets what had the number.  A set's is free again when its last descriptor goes. */
static void clear(struct descriptors *descriptors, struct descriptor *d)
{
	descriptors_drop(d->kept);
	if (d->set && descriptors->set_used[d->set] < UINT8_MAX)
		descriptors->set_used[d->set]--;
	*d = (struct descriptor){ .peer = -1 };
}

/* It gets the lowest number that no open set has: most programs have one set, "epoll". */
static void number_set(struct descriptors *descriptors, struct descriptor *d)
{
	const uint8_t *unused = memchr(descriptors->set_used + 1, 0, NUMBERS_MAX - 1);

	if (!unused)
		return;
	d->set = (uint32_t)(unused - descriptors->set_used);
	descriptors->set_used[d->set] = 1;
}

static struct descriptor *begin(struct descriptors *descriptors, int fd)
{
	struct descriptor *d = entry(descriptors, fd);
	uint32_t object;

	if (!d)
		return NULL;
	/* spoken of already, with no call before that made it: this is the call */
	object = d->made ? 0 : d->object;
	clear(descriptors, d);
	d->made = true;
	d->object = object;
	return d;
}

void descriptors_made(struct descriptors *descriptors, int fd, bool is_epoll)
{
	struct descriptor *d = begin(descriptors, fd);

	if (d && is_epoll)
		number_set(descriptors, d);
}

void descriptors_is_set(struct descriptors *descriptors, int fd)
{
	struct descriptor *d = entry(descriptors, fd);

	if (!d || d->set)
		return;
	/* whatever was known is about what had the number before */
	clear(descriptors, d);
	number_set(descriptors, d);
}

bool descriptors_is_first_set(const struct descriptors *descriptors, int fd)
{
	const struct descriptor *d = look(descriptors, fd);

	return !d || d->set <= 1;
}

void descriptors_made_pair(struct descriptors *descriptors, int first, int second)
{
	struct descriptor *a, *b;

	if (!begin(descriptors, first) || !begin(descriptors, second))
		return;
	a = entry(descriptors, first);
	b = entry(descriptors, second);
	a->peer = second;
	b->peer = first;
}

void descriptors_closed(struct descriptors *descriptors, int fd)
{
	if (look(descriptors, fd))
		clear(descriptors, &descriptors->list[fd]);
}

void descriptors_duplicated(struct descriptors *descriptors, int from, int to)
{
	struct descriptor *d = begin(descriptors, to);
	const struct descriptor *source = look(descriptors, from);

	if (!d || !source || !source->set)
		return;
	d->set = source->set;
	if (descriptors->set_used[d->set] < UINT8_MAX)
		descriptors->set_used[d->set]++;
}

void descriptors_closed_range(struct descriptors *descriptors, uint32_t first, uint32_t last)
{
	for (uint32_t fd = first; fd < descriptors->count && fd <= last; fd++)
		clear(descriptors, &descriptors->list[fd]);
}

void descriptors_mark(struct descriptors *descriptors, uint32_t first, uint32_t last, bool ends)
{
	if (first == last)
		entry(descriptors, (int)first);
	for (uint32_t fd = first; fd < descriptors->count && fd <= last; fd++)
		descriptors->list[fd].ends = ends;
}

void descriptors_replaced(struct descriptors *descriptors)
{
	for (int fd = 0; (size_t)fd < descriptors->count; fd++)
		if (descriptors->list[fd].ends)
			clear(descriptors, &descriptors->list[fd]);
}

static unsigned data_slot(int set, uint64_t data)
{
	uint64_t both = data ^ (uint64_t)set * 0x632be59bd9b4e019ull;

	return (unsigned)((both * 0x9e3779b97f4a7c15ull) >> 32) % DATA_SLOTS;
}

void descriptors_registered(struct descriptors *descriptors, int set, int fd, uint64_t data)
{
	struct descriptor *d = entry(descriptors, fd);

	if (!d)
		return;
	d->registered = true;
	d->data = data;
	descriptors->by_data[data_slot(set, data)] =
		(struct registration){ .set = set, .fd = fd, .data = data };
}

uint32_t descriptors_object(const struct descriptors *descriptors, int fd)
{
	const struct descriptor *d = look(descriptors, fd);

	return d ? d->object : 0;
}

bool descriptors_is_nameless(const struct descriptors *descriptors, int fd)
{
	const struct descriptor *d = look(descriptors, fd);

	return d && d->made && !d->object && !d->set;
}

void descriptors_name(const struct descriptors *descriptors, int fd, char *out)
{
	const struct descriptor *d = look(descriptors, fd);

	if (d && d->object) {
		const struct object *object = objects_at(descriptors->objects, d->object);

		out[object_name(object, out)] = '\0';
	} else if (d && d->set > 1) {
		snprintf(out, SYSCALLS_NAME, "epoll#%" PRIu32, d->set);
	} else if (d && d->set) {
		memcpy(out, "epoll", sizeof("epoll"));
	} else {
		snprintf(out, SYSCALLS_NAME, "%d", fd);
	}
}

void descriptors_ready_name(const struct descriptors *descriptors, int set, uint64_t data,
			    char *out)
{
	const struct registration *last = &descriptors->by_data[data_slot(set, data)];
	int candidates[] = { (int)(uint32_t)data, last->fd };

	_Static_assert(OBJECT_NAME_BYTES < SYSCALLS_NAME, "an object's name fits");
	for (unsigned i = 0; i < 2; i++) {
		const struct descriptor *d = look(descriptors, candidates[i]);
		bool same = i == 0 ? d && d->data == data : last->set == set && last->data == data;

		if (d && d->registered && same) {
			descriptors_name(descriptors, candidates[i], out);
			return;
		}
	}
	snprintf(out, SYSCALLS_NAME, "0x%" PRIx64, data);
}

void descriptors_keep(struct descriptors *descriptors, int fd, uint64_t seq,
		      const struct probe_call *call)
{
	struct descriptor *d = entry(descriptors, fd);
	size_t size = sizeof(*call) + call->captured;
	struct descriptors_pending *pending;

	if (!d || d->kept_count >= KEPT_MAX)
		return;
	pending = malloc(sizeof(*pending));
	if (!pending)
		return;
	pending->call = malloc(size);
	if (!pending->call) {
		free(pending);
		return;
	}
	memcpy(pending->call, call, size);
	pending->seq = seq;
	pending->next = d->kept;
	d->kept = pending;
	d->kept_count++;
}

struct descriptors_pending *descriptors_take_kept(struct descriptors *descriptors, int fd)
{
	struct descriptor *d = entry(descriptors, fd);
	struct descriptors_pending *kept = d ? d->kept : NULL;

	if (d) {
		d->kept = NULL;
		d->kept_count = 0;
	}
	return kept;
}
