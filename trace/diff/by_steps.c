/*
 * by_steps.c - rows of two generations, aligned between the steps of their
 * exchange.
 *
 * Spans of two generations do not correspond, so that their trees do not help:
 * between one step and the next the rows are two flat sequences.
 */
#include <stdlib.h>

#include "trace/diff/generations.h"
#include "trace/diff/whole.h"

/* Where a stretch of a lane begins and ends, on each side. */
struct stretch {
	uint32_t from[2], to[2];
};

static uint64_t *tokens_of(const struct diff_side *side, uint32_t from, uint32_t to)
{
	uint64_t *token = malloc(((size_t)(to - from) + 1) * sizeof(*token));

	for (uint32_t i = from; token && i < to; i++)
		token[i - from] = side->node[i].own;
	return token;
}

/* Pairs the rows of a stretch.  False without memory. */
static bool stretch_pair(const struct diff *diff, const struct stretch *at, uint32_t *pair)
{
	uint32_t count = at->to[DIFF_A] - at->from[DIFF_A];
	uint64_t *a = tokens_of(&diff->side[DIFF_A], at->from[DIFF_A], at->to[DIFF_A]);
	uint64_t *b = tokens_of(&diff->side[DIFF_B], at->from[DIFF_B], at->to[DIFF_B]);
	uint32_t *match = pair + at->from[DIFF_A];
	bool fine =
		a && b && diff_sequence(a, count, b, at->to[DIFF_B] - at->from[DIFF_B], match) == 0;

	for (uint32_t i = 0; fine && i < count; i++)
		if (match[i] != DIFF_NONE)
			match[i] += at->from[DIFF_B];
	free(a);
	free(b);
	return fine;
}

/* Ends a stretch at the rows of a step, if this lane has them on both sides. */
static bool ends_at(const struct diff *diff, const struct generations_step *step, unsigned lane,
		    struct stretch *at)
{
	for (unsigned side = 0; side < 2; side++) {
		const struct diff_side *s = &diff->side[side];
		int64_t seq = step->moment[side] ? step->moment[side]->first : 0;
		size_t row = seq ? diff_index(diff, side, seq) : s->count;

		if (row < at->from[side] || row >= s->lane[lane + 1] || s->node[row].seq != seq)
			return false;
		at->to[side] = (uint32_t)row;
	}
	return true;
}

int diff__pair_by_steps(const struct diff *diff, unsigned lane, uint32_t *pair)
{
	const struct generations *generations = diff->generations;
	struct stretch at = { 0 };

	for (unsigned side = 0; side < 2; side++)
		at.from[side] = diff->side[side].lane[lane];
	for (size_t i = 0; i < generations->steps; i++) {
		if (!ends_at(diff, &generations->step[i], lane, &at))
			continue;
		if (!stretch_pair(diff, &at, pair))
			return -1;
		pair[at.to[DIFF_A]] = at.to[DIFF_B];
		at.from[DIFF_A] = at.to[DIFF_A] + 1;
		at.from[DIFF_B] = at.to[DIFF_B] + 1;
	}
	for (unsigned side = 0; side < 2; side++)
		at.to[side] = diff->side[side].lane[lane + 1];
	return stretch_pair(diff, &at, pair) ? 0 : -1;
}
