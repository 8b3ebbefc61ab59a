/*
 * dict_ready.h - PollIOLoop._events: what was polled and not yet dispatched.
 *
 * The original keeps it in a dict and takes entries with popitem(), so that
 * handlers run in the order of CPython 2.7's hash table.  That order is part
 * of what is seen from outside, so this is that table, for non-negative
 * integer keys: the same slots, probes, dummies, growth and search finger.
 */
#ifndef LOOPSCOPE_CORE_PYTHON_DICT_READY_H
#define LOOPSCOPE_CORE_PYTHON_DICT_READY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ready_slot_state { READY_EMPTY, READY_DUMMY, READY_ACTIVE };

struct ready_slot {
	enum ready_slot_state state;
	int fd;
	uint32_t events;
};

struct ready_set {
	struct ready_slot *slots; /* owned */
	size_t mask;              /* slots less one; a power of two less one */
	size_t fill;              /* slots active or dummy */
	size_t used;              /* slots active */
	size_t finger;            /* where popitem looks next (me_hash of slot 0) */
};

/* 0 or -ENOMEM. */
int ready_set_init(struct ready_set *set);
void ready_set_release(struct ready_set *set);

/* set[fd] = events.  fd is not negative.  0, or -ENOMEM and the set is as it was. */
int ready_set_put(struct ready_set *set, int fd, uint32_t events);

/* popitem(): false if the set is empty. */
bool ready_set_pop(struct ready_set *set, int *fd, uint32_t *events);

/* pop(fd, None). */
void ready_set_remove(struct ready_set *set, int fd);

#endif
