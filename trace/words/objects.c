/*
 * objects.c - a hash from the program's numbers of objects to ours, in order of
 * appearance.
 */
#include "trace/words/objects.h"

#include <stdlib.h>
#include <string.h>

#include "trace/base/grow.h"
#include "trace/base/number.h"
#include "trace/emit/emit.h"

struct objects {
	struct object *list; /* [0..count), row is index + 1 */
	uint32_t count;
	size_t capacity;
	uint32_t *table;     /* open addressing: rows, 0 free; never above half full */
	uint32_t table_size; /* a power of two */
	uint32_t last_number[OBJECT_CLASSES];
};

static const char *const class_names[] = { "fd", "future", "timeout", "runner", "key" };

int objects_new(struct objects **out)
{
	struct objects *objects = calloc(1, sizeof(*objects));

	*out = NULL;
	if (!objects)
		return -1;
	objects->table_size = 1024;
	objects->table = calloc(objects->table_size, sizeof(*objects->table));
	if (!objects->table) {
		free(objects);
		return -1;
	}
	*out = objects;
	return 0;
}

void objects_free(struct objects *objects)
{
	if (!objects)
		return;
	free(objects->list);
	free(objects->table);
	free(objects);
}

static uint64_t hash(enum object_class class, uint64_t runtime)
{
	/* Fibonacci hashing: the program's numbers are often consecutive */
	uint64_t h = (runtime ^ (uint64_t) class << 60) * 0x9e3779b97f4a7c15ull;

	return h ^ h >> 32;
}

/* The place in the table of that object, or the free place where it belongs. */
static uint32_t *place(const struct objects *objects, enum object_class class, uint64_t runtime)
{
	uint32_t mask = objects->table_size - 1;
	uint32_t i = (uint32_t)hash(class, runtime) & mask;

	while (objects->table[i]) {
		const struct object *o = &objects->list[objects->table[i] - 1];

		if (o->runtime == runtime && o->class == class)
			break;
		i = (i + 1) & mask;
	}
	return &objects->table[i];
}

static int grow_table(struct objects *objects)
{
	uint32_t *old = objects->table;
	uint32_t size = objects->table_size * 2;

	if (size == 0 || !(objects->table = calloc(size, sizeof(*old)))) {
		objects->table = old;
		return -1;
	}
	objects->table_size = size;
	for (uint32_t i = 0; i < objects->count; i++)
		*place(objects, objects->list[i].class, objects->list[i].runtime) = i + 1;
	free(old);
	return 0;
}

static int make_room(struct objects *objects)
{
	if (objects->count >= objects->table_size / 2 && grow_table(objects) < 0)
		return -1;
	return array_grow(&objects->list, &objects->capacity, objects->count + 1,
			  sizeof(*objects->list))
		       ? 0
		       : -1;
}

static uint32_t append(struct objects *objects, const struct object *object)
{
	if (make_room(objects) < 0)
		return 0;
	objects->list[objects->count++] = *object;
	*place(objects, object->class, object->runtime) = objects->count;
	if (object->number > objects->last_number[object->class])
		objects->last_number[object->class] = object->number;
	return objects->count;
}

static int is_waker(enum object_class class, uint64_t runtime)
{
	return class == OBJECT_FD && runtime >> 32 >= EMIT_WAKER_WRITER;
}

uint32_t objects_find(const struct objects *objects, enum object_class class, uint64_t runtime)
{
	return *place(objects, class, runtime);
}

uint32_t objects_number(struct objects *objects, enum object_class class, uint64_t runtime)
{
	uint32_t row = *place(objects, class, runtime);
	struct object fresh = { .runtime = runtime, .class = class };

	if (row)
		return row;
	if (!is_waker(class, runtime))
		fresh.number = objects->last_number[class] + 1;
	return append(objects, &fresh);
}

int objects_restore(struct objects *objects, uint32_t row, const struct object *object)
{
	if (row != objects->count + 1 || *place(objects, object->class, object->runtime))
		return -1;
	return append(objects, object) ? 0 : -1;
}

uint32_t objects_count(const struct objects *objects)
{
	return objects->count;
}

const struct object *objects_at(const struct objects *objects, uint32_t row)
{
	return row >= 1 && row <= objects->count ? &objects->list[row - 1] : NULL;
}

size_t object_name(const struct object *object, char *out)
{
	const char *class = class_names[object->class];
	size_t n;

	if (is_waker(object->class, object->runtime))
		class = object->runtime >> 32 == EMIT_WAKER ? "waker" : "waker_w";
	n = strlen(class);
	memcpy(out, class, n);
	if (object->number == 0)
		return n;
	out[n++] = '#';
	return n + number_decimal(out + n, object->number);
}

const char *object_class_name(enum object_class class)
{
	return class_names[class];
}

enum object_class object_class_find(const char *name)
{
	int class = 0;

	while (class < OBJECT_CLASSES && strcmp(class_names[class], name) != 0)
		class ++;
	return (enum object_class) class;
}
