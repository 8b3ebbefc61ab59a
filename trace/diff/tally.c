/*
 * tally.c - differences counted by kind of event, the most frequent first.
 */
#include "trace/diff/whole.h"

#include <stdlib.h>

#include "trace/base/grow.h"

static const char *event_name(const struct diff_side *side, uint32_t row)
{
	uint32_t kind = side->node[row].kind;
	const struct diff_kind *k = diff_kinds_find(side->kinds, kind >> 1);

	return kind & 1 ? k->return_name : k->name;
}

/* The tally of this event, a new one if it has none yet; NULL: no memory. */
static struct diff_tally *tally_of(struct diff_tally **all, size_t *room, int *count,
				   const char *event)
{
	for (int i = 0; i < *count; i++)
		if ((*all)[i].event == event || strcmp((*all)[i].event, event) == 0)
			return &(*all)[i];
	if (!array_grow(all, room, (size_t)*count + 1, sizeof(**all)))
		return NULL;
	(*all)[*count] = (struct diff_tally){ .event = event };
	return &(*all)[(*count)++];
}

static size_t tally_total(const struct diff_tally *tally)
{
	return tally->lines[DIFF_CHANGED] + tally->lines[DIFF_ONLY_A] + tally->lines[DIFF_ONLY_B];
}

static int tally_compare(const void *a, const void *b)
{
	const struct diff_tally *x = a, *y = b;
	size_t of_x = tally_total(x), of_y = tally_total(y);

	if (of_x != of_y)
		return of_x < of_y ? 1 : -1;
	return (x->first > y->first) - (x->first < y->first);
}

#define TALLY_INDEX 16384 /* kinds below are found without a search */

int diff_tally(const struct diff *diff, struct diff_tally **out)
{
	int *index = calloc(2 * TALLY_INDEX, sizeof(*index)); /* of the tally, and 1 */
	size_t room = 0;
	int count = 0;

	*out = NULL;
	if (!index)
		return -1;
	for (size_t i = 0; i < diff->count; i++) {
		const struct diff__line *line = &diff->line[i];
		enum diff_is is = diff__line_is(line);
		unsigned of = is == DIFF_ONLY_B;
		uint32_t row = of ? line->b : line->a & ~DIFF_LINE_CHANGED;
		uint32_t kind = diff->side[of].node[is == DIFF_SAME ? 0 : row].kind;
		int *known = kind < TALLY_INDEX ? &index[of * TALLY_INDEX + kind] : NULL;
		struct diff_tally *tally;

		if (is == DIFF_SAME)
			continue;
		tally = known && *known
				? &(*out)[*known - 1]
				: tally_of(out, &room, &count, event_name(&diff->side[of], row));
		if (!tally) {
			free(*out);
			free(index);
			return -1;
		}
		if (known)
			*known = (int)(tally - *out) + 1;
		if (tally_total(tally) == 0)
			tally->first = i;
		tally->lines[is]++;
	}
	free(index);
	if (count)
		qsort(*out, (size_t)count, sizeof(**out), tally_compare);
	return count;
}
