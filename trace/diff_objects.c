/*
 * Which object of one run is which of the other: those that rows which are
 * matched name at the same place.
 *
 * The first such row decides.  A later row that names others differs; when
 * rows go on to do so, it is the pairing that has changed (two fetches that
 * took turns the other way round, say), and from then on the new one holds.
 */
#include "trace/diff_internal.h"

#include <stdlib.h>

#define PATIENCE 3 /* rows that say so before a pairing changes */

struct partner {
	uint32_t from, to;
	uint32_t rival; /* what rows have said instead, lately */
	uint32_t votes;
};

/* An open hash table, one for each direction. */
struct partners {
	struct partner *slot; /* from == 0: free; no object is 0 */
	size_t mask, used;
};

struct diff_objects {
	struct partners there, back;
};

int diff_objects_new(struct diff_objects **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -1;
}

void diff_objects_free(struct diff_objects *objects)
{
	if (!objects)
		return;
	free(objects->there.slot);
	free(objects->back.slot);
	free(objects);
}

static struct partner *slot_of(const struct partners *partners, uint32_t from)
{
	size_t i = diff_mix(from, 3) & partners->mask;

	while (partners->slot[i].from && partners->slot[i].from != from)
		i = (i + 1) & partners->mask;
	return &partners->slot[i];
}

static bool make_room(struct partners *partners)
{
	struct partners old = *partners;
	size_t size = old.slot ? 2 * (old.mask + 1) : 256;

	if (old.slot && old.used * 2 < old.mask)
		return true;
	partners->slot = calloc(size, sizeof(*partners->slot));
	if (!partners->slot) {
		*partners = old;
		return false;
	}
	partners->mask = size - 1;
	for (size_t i = 0; old.slot && i <= old.mask; i++)
		if (old.slot[i].from)
			*slot_of(partners, old.slot[i].from) = old.slot[i];
	free(old.slot);
	return true;
}

/* True if `from` is known as `to`, or was not known until now. */
static bool agrees(struct partners *partners, uint32_t from, uint32_t to)
{
	struct partner *p = slot_of(partners, from);

	if (!p->from) {
		*p = (struct partner){ .from = from, .to = to };
		partners->used++;
		return true;
	}
	if (p->to == to) {
		p->votes = 0;
		return true;
	}
	p->votes = p->rival == to ? p->votes + 1 : 1;
	p->rival = to;
	if (p->votes == PATIENCE) {
		p->to = to;
		p->votes = 0;
	}
	return false;
}

bool diff_objects_agree(struct diff_objects *objects, const uint32_t *a, unsigned a_count,
			const uint32_t *b, unsigned b_count, bool *failed)
{
	unsigned count = a_count < b_count ? a_count : b_count;
	bool same = a_count == b_count;

	for (unsigned i = 0; i < count; i++) {
		bool there, back;

		if (!make_room(&objects->there) || !make_room(&objects->back)) {
			*failed = true;
			return same;
		}
		there = agrees(&objects->there, a[i], b[i]);
		back = agrees(&objects->back, b[i], a[i]);
		same = same && there && back;
	}
	return same;
}
