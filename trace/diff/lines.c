/*
 * lines.c - from two loaded sides to lines: rows that are the same, that changed,
 * or that only one side has.
 *
 * The alignment matches rows by what they are.  Whether two that are matched
 * speak of the same things is decided here, in order of the lines: which object
 * is which of the other run follows from the rows before.
 */
#include "trace/diff/whole.h"

#include <stdlib.h>

#include "trace/base/failure.h"
#include "trace/base/grow.h"

static bool line_add(struct diff *diff, uint32_t a, uint32_t b)
{
	if (!array_grow(&diff->line, &diff->room, diff->count + 1, sizeof(*diff->line)))
		return false;
	diff->line[diff->count++] = (struct diff__line){ a, b };
	return true;
}

static unsigned objects_of(const struct diff_side *side, uint32_t row, const uint32_t **objects)
{
	*objects = side->object + side->node[row].object;
	return side->node[row + 1].object - side->node[row].object;
}

/* Do these rows ask for timeouts of other lengths?  1, 0 or -1. */
static int timeouts_differ(struct diff *diff, int64_t a, int64_t b, char **error)
{
	for (unsigned i = 0; i < 2; i++)
		if (!diff->timeouts[i] &&
		    diff_timeouts_new(&diff->timeouts[i], diff->side[i].store, error) < 0)
			return -1;
	return diff_timeouts_differ(diff->timeouts[DIFF_A], a, diff->timeouts[DIFF_B], b);
}

/* A line for two rows that are matched: they may still speak of different things. */
static int line_add_pair(struct diff *diff, struct diff_objects *objects, uint32_t a, uint32_t b,
			 char **error)
{
	const struct diff_node *x = &diff->side[DIFF_A].node[a], *y = &diff->side[DIFF_B].node[b];
	const uint32_t *of_a, *of_b;
	unsigned a_count = objects_of(&diff->side[DIFF_A], a, &of_a);
	unsigned b_count = objects_of(&diff->side[DIFF_B], b, &of_b);
	bool failed = false, same = x->own == y->own;
	enum diff_agree agree = diff_objects_agree(objects, of_a, a_count, of_b, b_count, &failed);

	if (agree == DIFF_DISAGREE) {
		same = false;
	} else if (agree == DIFF_AGREE_BUT_HINT && same) {
		int differ = timeouts_differ(diff, x->seq, y->seq, error);

		if (differ < 0)
			return -1;
		same = !differ;
	}
	if (same && diff->content &&
	    diff_kinds_find(diff->side[DIFF_A].kinds, x->kind >> 1)->content)
		same = !diff_contents_differ(diff->contents[DIFF_A], x->seq, diff->contents[DIFF_B],
					     y->seq);
	if (failed || !line_add(diff, same ? a : a | DIFF_LINE_CHANGED, b))
		return failure(error, "out of memory");
	return 0;
}

/* The lines of one lane, from the pairs that its alignment found. */
static int lane_lines(struct diff *diff, struct diff_objects *objects, struct diff__line from,
		      struct diff__line to, const uint32_t *pair, char **error)
{
	uint32_t b = from.b;
	bool fine = true;

	for (uint32_t a = from.a; a < to.a && fine; a++) {
		if (pair[a] == DIFF_NONE) {
			fine = line_add(diff, a, DIFF_NONE);
			continue;
		}
		for (; b < pair[a] && fine; b++)
			fine = line_add(diff, DIFF_NONE, b);
		if (fine && line_add_pair(diff, objects, a, b++, error) < 0)
			return -1;
	}
	for (; b < to.b && fine; b++)
		fine = line_add(diff, DIFF_NONE, b);
	return fine ? 0 : failure(error, "out of memory");
}

/* An order of two lanes that depends on them alone. */
static bool comes_second(const struct diff_side *a, const struct diff_side *b, unsigned lane)
{
	uint32_t in_a = a->lane[lane + 1] - a->lane[lane];
	uint32_t in_b = b->lane[lane + 1] - b->lane[lane];
	const struct diff_node *x = a->node + a->lane[lane], *y = b->node + b->lane[lane];

	if (in_a != in_b)
		return in_a > in_b;
	for (uint32_t i = 0; i < in_a; i++)
		if (x[i].own != y[i].own)
			return x[i].own > y[i].own;
	return false;
}

/* An alignment may be one of many: A with B is to be B with A. */
static int lane_align(const struct diff_side *a, const struct diff_side *b, unsigned lane,
		      uint32_t *pair)
{
	uint32_t *back;
	int status;

	if (!comes_second(a, b, lane))
		return diff_tree(a, b, lane, pair);
	back = malloc(((size_t)b->count + 1) * sizeof(*back));
	if (!back)
		return -1;
	memset(back, 0xff, ((size_t)b->count + 1) * sizeof(*back));
	status = diff_tree(b, a, lane, back);
	for (uint32_t i = b->lane[lane]; i < b->lane[lane + 1]; i++)
		if (back[i] != DIFF_NONE)
			pair[back[i]] = i;
	free(back);
	return status;
}

static int lanes_align(struct diff *diff, struct diff_objects *objects, uint32_t *pair,
		       char **error)
{
	const struct diff_side *a = &diff->side[DIFF_A], *b = &diff->side[DIFF_B];

	diff->lanes = a->lanes > b->lanes ? a->lanes : b->lanes;
	for (unsigned i = 0; i < diff->lanes; i++) {
		struct diff__line from = { i < a->lanes ? a->lane[i] : a->count,
					   i < b->lanes ? b->lane[i] : b->count };
		struct diff__line to = { i < a->lanes ? a->lane[i + 1] : a->count,
					 i < b->lanes ? b->lane[i + 1] : b->count };

		diff->lane_line[i] = diff->count;
		if (i < a->lanes && i < b->lanes &&
		    (diff->generations ? diff__pair_by_steps(diff, i, pair)
				       : lane_align(a, b, i, pair)) < 0)
			return failure(error, "out of memory");
		if (lane_lines(diff, objects, from, to, pair, error) < 0)
			return -1;
	}
	diff->lane_line[diff->lanes] = diff->count;
	return 0;
}

int diff__lines_make(struct diff *diff, char **error)
{
	size_t bytes = ((size_t)diff->side[DIFF_A].count + 1) * sizeof(uint32_t);
	uint32_t *pair = malloc(bytes);
	struct diff_objects *objects = NULL;
	int status;

	if (pair && diff_objects_new(&objects) == 0) {
		memset(pair, 0xff, bytes);
		status = lanes_align(diff, objects, pair, error);
	} else {
		status = failure(error, "out of memory");
	}
	diff_objects_free(objects);
	free(pair);
	return status;
}
