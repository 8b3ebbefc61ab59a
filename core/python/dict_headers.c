/*
 * dict_headers.c - CPython 2.7's dict, as far as its order can be seen.
 *
 * Open addressing in a table of a power of two; the order of iteration is the
 * order of the slots.  So every fact that decides about slots is here as it is
 * in Objects/dictobject.c: the hash of a str, the sequence of probes, what a
 * deletion leaves, when the table grows and to what.
 */
#include "core/python/dict_headers.h"

#include <string.h>

#include "core/python/alloc.h"
#include "core/python/text.h"

#define SIZE_MIN 8
#define PERTURB_SHIFT 5
#define GROW_SLOWER_FROM 50000

/* hash(str), of a process that does not randomise it. */
static size_t str_hash(const char *text)
{
	size_t length = strlen(text);
	size_t hash = (size_t)(unsigned char)text[0] << 7;

	for (size_t i = 0; i < length; i++)
		hash = (1000003 * hash) ^ (unsigned char)text[i];
	return hash ^ length;
}

void header_dict_init(struct header_dict *dict)
{
	*dict = (struct header_dict){ .size = SIZE_MIN };
	dict->slots = core_alloc(SIZE_MIN * sizeof(*dict->slots));
}

void header_slot_clear(struct header_slot *slot)
{
	for (size_t i = 0; i < slot->count; i++)
		free(slot->values[i]);
	free(slot->values);
	free(slot->joined);
	slot->values = NULL;
	slot->joined = NULL;
	slot->count = slot->room = 0;
}

void header_dict_release(struct header_dict *dict)
{
	for (size_t i = 0; i < dict->size; i++) {
		header_slot_clear(&dict->slots[i]);
		free(dict->slots[i].name);
	}
	free(dict->slots);
	dict->slots = NULL;
	dict->size = 0;
}

/*
 * lookdict: the slot of name, or the one that it would take: the first dummy
 * on the way, else the free slot where the probes end.
 */
static struct header_slot *probe(const struct header_dict *dict, const char *name, size_t hash)
{
	struct header_slot *dummy = NULL;
	size_t perturb = hash;
	size_t i = hash;

	for (;;) {
		struct header_slot *slot = &dict->slots[i & (dict->size - 1)];

		if (slot->dummy) {
			if (!dummy)
				dummy = slot;
		} else if (!slot->name) {
			return dummy ? dummy : slot;
		} else if (slot->hash == hash && strcmp(slot->name, name) == 0) {
			return slot;
		}
		i = (i << 2) + i + perturb + 1;
		perturb >>= PERTURB_SHIFT;
	}
}

struct header_slot *header_dict_find(const struct header_dict *dict, const char *name)
{
	struct header_slot *slot = probe(dict, name, str_hash(name));

	return slot->name ? slot : NULL;
}

/* dictresize: a table for more than `minimum` names, filled in the order of the old one. */
static void resize(struct header_dict *dict, size_t minimum)
{
	struct header_dict old = *dict;

	for (dict->size = SIZE_MIN; dict->size <= minimum; dict->size *= 2)
		;
	dict->slots = core_alloc(dict->size * sizeof(*dict->slots));
	dict->fill = dict->used;
	for (size_t i = 0; i < old.size; i++) {
		struct header_slot *from = &old.slots[i];

		if (from->name)
			*probe(dict, from->name, from->hash) = *from;
	}
	free(old.slots);
}

struct header_slot *header_dict_insert(struct header_dict *dict, const char *name)
{
	size_t hash = str_hash(name);
	struct header_slot *slot = probe(dict, name, hash);

	if (!slot->dummy)
		dict->fill++;
	dict->used++;
	*slot = (struct header_slot){ .name = text_duplicate(name), .hash = hash };
	if (dict->fill * 3 >= dict->size * 2) {
		resize(dict, dict->used * (dict->used > GROW_SLOWER_FROM ? 2 : 4));
		slot = probe(dict, name, hash);
	}
	return slot;
}

void header_dict_delete(struct header_dict *dict, struct header_slot *slot)
{
	header_slot_clear(slot);
	free(slot->name);
	*slot = (struct header_slot){ .dummy = true };
	dict->used--;
}
