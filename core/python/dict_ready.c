/*
 * dict_ready.c - CPython 2.7's dict, as far as it decides an order.
 *
 * The hash of an integer is the integer.  A slot that was used and emptied
 * stays as a dummy until the table is rebuilt.  When slot 0 is not active,
 * CPython keeps popitem's finger in its hash field; here that is `finger`,
 * and a hash that is stored in or left behind in slot 0 goes there as well.
 */
#include "core/python/dict_ready.h"

#include <errno.h>
#include <stdlib.h>

#define READY_SLOTS_MIN 8
#define READY_PERTURB_SHIFT 5
#define READY_LARGE 50000

int ready_set_init(struct ready_set *set)
{
	*set = (struct ready_set){ .mask = READY_SLOTS_MIN - 1 };
	set->slots = calloc(READY_SLOTS_MIN, sizeof(*set->slots));
	return set->slots ? 0 : -ENOMEM;
}

void ready_set_release(struct ready_set *set)
{
	free(set->slots);
	set->slots = NULL;
}

/*
 * lookdict: the slot of fd if it is there, else the one where it belongs, the
 * first dummy on its way or the empty slot at the end of it.  There is always
 * an empty slot: fill stays below two thirds.
 */
static struct ready_slot *ready_set_look(const struct ready_set *set, int fd)
{
	struct ready_slot *dummy = NULL;
	size_t perturb = (size_t)fd;
	size_t i = (size_t)fd;

	for (;;) {
		struct ready_slot *slot = &set->slots[i & set->mask];

		if (slot->state == READY_EMPTY)
			return dummy ? dummy : slot;
		if (slot->state == READY_ACTIVE && slot->fd == fd)
			return slot;
		if (slot->state == READY_DUMMY && !dummy)
			dummy = slot;
		i = 5 * i + perturb + 1;
		perturb >>= READY_PERTURB_SHIFT;
	}
}

static void ready_set_fill(struct ready_set *set, struct ready_slot *slot, int fd, uint32_t events)
{
	if (slot->state != READY_ACTIVE)
		set->used++;
	if (slot->state == READY_EMPTY)
		set->fill++;
	if (slot == set->slots)
		set->finger = (size_t)fd;
	*slot = (struct ready_slot){ READY_ACTIVE, fd, events };
}

/* dictresize: a new table of more than `least` slots, without the dummies. */
static int ready_set_resize(struct ready_set *set, size_t least)
{
	struct ready_set bigger = { .mask = READY_SLOTS_MIN - 1 };

	while (bigger.mask + 1 <= least)
		bigger.mask = 2 * bigger.mask + 1;
	/* CPython leaves the small table as it is if it holds no dummy */
	if (bigger.mask == READY_SLOTS_MIN - 1 && set->mask == bigger.mask &&
	    set->fill == set->used)
		return 0;
	bigger.slots = calloc(bigger.mask + 1, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (size_t i = 0; i <= set->mask; i++) {
		const struct ready_slot *slot = &set->slots[i];

		if (slot->state == READY_ACTIVE)
			ready_set_fill(&bigger, ready_set_look(&bigger, slot->fd), slot->fd,
				       slot->events);
	}
	free(set->slots);
	*set = bigger;
	return 0;
}

/* PyDict_SetItem grows after it stored, and only if a key was added. */
int ready_set_put(struct ready_set *set, int fd, uint32_t events)
{
	struct ready_slot *slot = ready_set_look(set, fd);
	struct ready_slot before = *slot;
	struct ready_set was = *set;
	int status;

	ready_set_fill(set, slot, fd, events);
	if (set->used == was.used || set->fill * 3 < (set->mask + 1) * 2)
		return 0;
	status = ready_set_resize(set, (set->used > READY_LARGE ? 2 : 4) * set->used);
	if (status < 0) {
		*set = was;
		*slot = before;
	}
	return status;
}

static void ready_set_empty(struct ready_set *set, struct ready_slot *slot)
{
	slot->state = READY_DUMMY;
	set->used--;
}

bool ready_set_pop(struct ready_set *set, int *fd, uint32_t *events)
{
	size_t i = 0;

	if (!set->used)
		return false;
	if (set->slots[0].state != READY_ACTIVE) {
		/* a finger may be a hash that was left behind, or of a table since shrunk */
		i = set->finger > set->mask || set->finger < 1 ? 1 : set->finger;
		while (set->slots[i].state != READY_ACTIVE)
			i = i == set->mask ? 1 : i + 1;
	}
	*fd = set->slots[i].fd;
	*events = set->slots[i].events;
	ready_set_empty(set, &set->slots[i]);
	set->finger = i + 1;
	return true;
}

void ready_set_remove(struct ready_set *set, int fd)
{
	struct ready_slot *slot;

	if (!set->used || fd < 0)
		return;
	slot = ready_set_look(set, fd);
	if (slot->state == READY_ACTIVE)
		ready_set_empty(set, slot);
}
