/*
 * dict_headers.h - the table under HTTPHeaders, laid out as CPython 2.7 lays
 * out a dict of str keys.  For httputil.c alone.
 */
#ifndef LOOPSCOPE_CORE_PYTHON_DICT_HEADERS_H
#define LOOPSCOPE_CORE_PYTHON_DICT_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

/* One name and its values; name is NULL where the slot is free. */
struct header_slot {
	char *name;
	size_t hash;
	char **values;
	size_t count;
	size_t room;
	char *joined; /* the values joined by commas */
	bool dummy;   /* was deleted: probes go on past it */
};

struct header_dict {
	struct header_slot *slots;
	size_t size; /* a power of two */
	size_t used; /* slots with a name */
	size_t fill; /* these and the dummies */
};

void header_dict_init(struct header_dict *dict);
void header_dict_release(struct header_dict *dict);

/* The slot of name, or NULL. */
struct header_slot *header_dict_find(const struct header_dict *dict, const char *name);

/* A new slot for name, which must not be there; it has no value yet. */
struct header_slot *header_dict_insert(struct header_dict *dict, const char *name);

/* Deletes a slot. */
void header_dict_delete(struct header_dict *dict, struct header_slot *slot);

/* Drops the values of a slot. */
void header_slot_clear(struct header_slot *slot);

#endif
