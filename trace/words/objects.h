/*
 * objects.h - what events are about, numbered by first appearance.
 *
 * The program names its futures, timeouts and descriptors by numbers of its
 * own; people read fd#1, future#2.  Entries are never removed and their rows
 * (objects.object in the file) count from 1, so that the writer can tell what
 * is new by looking at the count.  One thread.
 */
#ifndef LOOPSCOPE_TRACE_WORDS_OBJECTS_H
#define LOOPSCOPE_TRACE_WORDS_OBJECTS_H

#include <stddef.h>
#include <stdint.h>

enum object_class {
	OBJECT_FD,
	OBJECT_FUTURE,
	OBJECT_TIMEOUT,
	OBJECT_RUNNER,
	OBJECT_KEY,
	OBJECT_CLASSES,
};

struct object {
	uint64_t runtime; /* its number in the program */
	uint32_t number;  /* in its class, from 1; 0 for the two ends of the waker */
	enum object_class class;
};

#define OBJECT_NAME_BYTES 32

struct objects;

int objects_new(struct objects **out);
void objects_free(struct objects *objects);

/*
 * The row of that object, numbering it if it is new.  0 when there is no
 * memory for more: the object then has no row.
 */
uint32_t objects_number(struct objects *objects, enum object_class class, uint64_t runtime);

/* The row of that object, or 0 if it has not appeared. */
uint32_t objects_find(const struct objects *objects, enum object_class class, uint64_t runtime);

/* Puts back an object read from a file, rows in order.  -1: out of order or memory. */
int objects_restore(struct objects *objects, uint32_t row, const struct object *object);

/* Rows given so far; and one of them, borrowed until the next objects_number(). */
uint32_t objects_count(const struct objects *objects);
const struct object *objects_at(const struct objects *objects, uint32_t row);

/* Writes the object's name without a NUL; at most OBJECT_NAME_BYTES.  Returns its length. */
size_t object_name(const struct object *object, char *out);

const char *object_class_name(enum object_class class);

/* The class of that name, or OBJECT_CLASSES. */
enum object_class object_class_find(const char *name);

#endif
