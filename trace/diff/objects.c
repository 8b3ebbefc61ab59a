/*
 * objects.c - which object of one run is which of the other: those that rows
 * which are matched name at the same place.
 *
 * The first such row decides.  A later row that names others differs; when
 * rows go on to do so, it is the pairing that has changed (two fetches that
 * took turns the other way round, say), and from then on the new one holds.
 */
#include "trace/diff/internal.h"

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

static bool is_among(uint32_t object, const uint32_t *set, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (set[i] == object)
			return true;
	return false;
}

/*
 * Objects in any order: whoever has a partner must find it on the other side.
 * A lone one on each side that is not known yet belongs to the other.
 */
static bool sets_agree(struct partners *partners, const uint32_t *from, const uint32_t *to,
		       unsigned count, uint32_t *unknown)
{
	unsigned strangers = 0;

	for (unsigned i = 0; i < count; i++) {
		const struct partner *p = slot_of(partners, from[i]);

		if (p->from && !is_among(p->to, to, count))
			return false;
		if (!p->from) {
			*unknown = from[i];
			strangers++;
		}
	}
	if (strangers != 1)
		*unknown = 0;
	return true;
}

static bool objects_agree(struct diff_objects *objects, uint32_t a, uint32_t b)
{
	bool there = agrees(&objects->there, a, b), back = agrees(&objects->back, b, a);

	return there && back;
}

/* The set that begins with the mark at a[0]; *length is what is there of it, the mark too. */
static bool set_agrees(struct diff_objects *objects, const uint32_t *a, const uint32_t *b,
		       unsigned left, unsigned *length)
{
	unsigned count = a[0] & 0xff;
	uint32_t of_a = 0, of_b = 0;

	*length = 1;
	if (a[0] != b[0] || count >= left)
		return false;
	*length = 1 + count;
	if (!sets_agree(&objects->there, a + 1, b + 1, count, &of_a) ||
	    !sets_agree(&objects->back, b + 1, a + 1, count, &of_b))
		return false;
	return !of_a || !of_b || objects_agree(objects, of_a, of_b);
}

enum diff_agree diff_objects_agree(struct diff_objects *objects, const uint32_t *a,
				   unsigned a_count, const uint32_t *b, unsigned b_count,
				   bool *failed)
{
	unsigned count = a_count < b_count ? a_count : b_count, length;
	enum diff_agree agree = a_count == b_count ? DIFF_AGREE : DIFF_DISAGREE;

	for (unsigned i = 0; i < count; i += length) {
		bool same;

		length = 1;
		if (a[i] >> 29 == DIFF_CLASS_HINT) {
			if (a[i] != b[i] && agree == DIFF_AGREE)
				agree = DIFF_AGREE_BUT_HINT;
			continue;
		}
		if (!make_room(&objects->there) || !make_room(&objects->back)) {
			*failed = true;
			return DIFF_DISAGREE;
		}
		if (a[i] >> 29 == DIFF_CLASS_SET)
			same = set_agrees(objects, a + i, b + i, count - i, &length);
		else
			same = objects_agree(objects, a[i], b[i]);
		if (!same)
			agree = DIFF_DISAGREE;
	}
	return agree;
}
