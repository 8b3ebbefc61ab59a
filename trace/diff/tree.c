/*
 * tree.c - two trees of spans are aligned, from the outside in.
 *
 * Among the rows of one span, whole subtrees that are equal hold the alignment
 * together, where both sides have as many of them; between them, rows that are
 * equal but not in what lies inside are matched, then rows that are the same
 * but for their arguments, and what lies inside those is aligned in the same
 * way.  What is left over on both sides is compared once more without regard to
 * depth: a span that one side lacks does not hide that its contents are there.
 */
#include "trace/diff/internal.h"

#include <stdlib.h>

#define HOLDS 3 /* rows that a subtree must have to hold the alignment */

enum level { LEVEL_TREE, LEVEL_OWN, LEVEL_SHAPE, LEVEL_FLAT };

struct alignment {
	const struct diff_node *a, *b;
	uint32_t *pair;
	bool no_memory;
};

/* Rows of one side: some that follow each other in the same span, say. */
struct rows {
	uint32_t *row;
	uint32_t count;
};

/* A run of rows with all that lies inside them. */
struct run {
	uint32_t from, to;
};

static void align(struct alignment *al, struct run a, struct run b, bool first);

static void pair_trees(struct alignment *al, uint32_t a, uint32_t b)
{
	uint32_t count = al->a[a].end - a;

	for (uint32_t i = 0; i < count; i++)
		al->pair[a + i] = b + i;
}

/* Equal, and of equal size: hashes alone are not trusted with an index. */
static bool trees_equal(const struct alignment *al, uint32_t a, uint32_t b)
{
	return al->a[a].tree == al->b[b].tree && al->a[a].end - a == al->b[b].end - b;
}

/* A pair of rows; what lies inside is aligned, too. */
static void pair_spans(struct alignment *al, uint32_t a, uint32_t b, bool first)
{
	al->pair[a] = b;
	align(al, (struct run){ a + 1, al->a[a].end }, (struct run){ b + 1, al->b[b].end }, first);
}

static uint64_t token_of(const struct diff_node *node, uint32_t row, enum level level)
{
	switch (level) {
	case LEVEL_TREE:
		return node[row].tree;
	case LEVEL_SHAPE:
		return node[row].shape;
	case LEVEL_OWN:
	case LEVEL_FLAT:
		break;
	}
	return node[row].own;
}

/* The rows that take part in a level: their tokens, and their places in `rows`. */
struct tokens {
	uint64_t *token;
	uint32_t *place;
	uint32_t count;
};

static bool tokens_take(struct tokens *tokens, const struct diff_node *node,
			const struct rows *rows, enum level level)
{
	tokens->count = 0;
	tokens->token = malloc(((size_t)rows->count + 1) * sizeof(*tokens->token));
	tokens->place = malloc(((size_t)rows->count + 1) * sizeof(*tokens->place));
	if (!tokens->token || !tokens->place)
		return false;
	for (uint32_t i = 0; i < rows->count; i++) {
		uint32_t row = rows->row[i];

		if (level == LEVEL_TREE && node[row].end - row < HOLDS)
			continue;
		tokens->token[tokens->count] = token_of(node, row, level);
		tokens->place[tokens->count++] = i;
	}
	return true;
}

static void tokens_release(struct tokens *tokens)
{
	free(tokens->token);
	free(tokens->place);
}

static int token_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t *tokens_sorted(const struct tokens *tokens)
{
	uint64_t *sorted = malloc(((size_t)tokens->count + 1) * sizeof(*sorted));

	if (!sorted)
		return NULL;
	memcpy(sorted, tokens->token, tokens->count * sizeof(*sorted));
	qsort(sorted, tokens->count, sizeof(*sorted), token_compare);
	return sorted;
}

/* How many of the sorted tokens are below this one. */
static uint32_t tokens_below(const uint64_t *sorted, uint32_t count, uint64_t token)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (sorted[middle] < token)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint32_t occurrences(const uint64_t *sorted, uint32_t count, uint64_t token)
{
	uint32_t end = token == UINT64_MAX ? count : tokens_below(sorted, count, token + 1);

	return end - tokens_below(sorted, count, token);
}

static void tokens_keep(struct tokens *tokens, const uint64_t *own, uint32_t own_count,
			const uint64_t *other, uint32_t other_count)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < tokens->count; i++) {
		uint64_t token = tokens->token[i];

		if (occurrences(own, own_count, token) != occurrences(other, other_count, token))
			continue;
		tokens->token[kept] = token;
		tokens->place[kept++] = tokens->place[i];
	}
	tokens->count = kept;
}

/*
 * Leaves out what one side has more often: of a hundred equal fetches, those
 * that are still equal on the other side say nothing about which is which.
 */
static bool tokens_even(struct tokens *a, struct tokens *b)
{
	uint64_t *sa = tokens_sorted(a), *sb = tokens_sorted(b);
	uint32_t a_count = a->count, b_count = b->count;

	if (sa && sb) {
		tokens_keep(a, sa, a_count, sb, b_count);
		tokens_keep(b, sb, b_count, sa, a_count);
	}
	free(sa);
	free(sb);
	return sa && sb;
}

/* match[i] becomes the place in b of what the i-th of a was matched with.  NULL: no memory. */
static uint32_t *match_level(const struct alignment *al, const struct rows *a, const struct rows *b,
			     enum level level)
{
	uint32_t *match = malloc(((size_t)a->count + 1) * sizeof(*match)), *found = NULL;
	struct tokens ta = { 0 }, tb = { 0 };
	int status = -1;

	if (match && tokens_take(&ta, al->a, a, level) && tokens_take(&tb, al->b, b, level) &&
	    (level != LEVEL_TREE || tokens_even(&ta, &tb)) &&
	    (found = malloc(((size_t)ta.count + 1) * sizeof(*found)))) {
		memset(match, 0xff, ((size_t)a->count + 1) * sizeof(*match));
		memset(found, 0xff, ((size_t)ta.count + 1) * sizeof(*found));
		status = diff_sequence(ta.token, ta.count, tb.token, tb.count, found);
		for (uint32_t i = 0; i < ta.count && status == 0; i++)
			if (found[i] != DIFF_NONE)
				match[ta.place[i]] = tb.place[found[i]];
	}
	free(found);
	tokens_release(&ta);
	tokens_release(&tb);
	if (status == 0)
		return match;
	free(match);
	return NULL;
}

/* All rows of these spans, those inside included. */
static bool flatten(const struct diff_node *node, const struct rows *from, struct rows *out)
{
	size_t total = 0;

	for (uint32_t i = 0; i < from->count; i++)
		total += node[from->row[i]].end - from->row[i];
	out->count = 0;
	out->row = malloc((total + 1) * sizeof(*out->row));
	for (uint32_t i = 0; i < from->count && out->row; i++)
		for (uint32_t row = from->row[i]; row < node[from->row[i]].end; row++)
			out->row[out->count++] = row;
	return out->row != NULL;
}

static void match_flat(struct alignment *al, const struct rows *a, const struct rows *b)
{
	struct rows fa = { 0 }, fb = { 0 };
	uint32_t *match = NULL;

	if (flatten(al->a, a, &fa) && flatten(al->b, b, &fb))
		match = match_level(al, &fa, &fb, LEVEL_FLAT);
	for (uint32_t i = 0; i < fa.count && match; i++)
		if (match[i] != DIFF_NONE)
			al->pair[fa.row[i]] = fb.row[match[i]];
	al->no_memory = al->no_memory || !match;
	free(match);
	free(fa.row);
	free(fb.row);
}

/* Matches rows at this level, and what is left between them at the next. */
static void match_rows(struct alignment *al, struct rows a, struct rows b, enum level level)
{
	uint32_t *match, b_from = 0, a_from = 0;

	if (a.count == 0 || b.count == 0 || al->no_memory)
		return;
	if (level == LEVEL_FLAT) {
		match_flat(al, &a, &b);
		return;
	}
	match = match_level(al, &a, &b, level);
	if (!match) {
		al->no_memory = true;
		return;
	}
	match[a.count] = b.count; /* the end closes the last gap */
	for (uint32_t i = 0; i <= a.count; i++) {
		if (match[i] == DIFF_NONE || (i < a.count && level == LEVEL_TREE &&
					      !trees_equal(al, a.row[i], b.row[match[i]])))
			continue;
		match_rows(al, (struct rows){ a.row + a_from, i - a_from },
			   (struct rows){ b.row + b_from, match[i] - b_from }, level + 1);
		a_from = i + 1;
		b_from = match[i] + 1;
		if (i == a.count)
			break;
		if (level == LEVEL_TREE)
			pair_trees(al, a.row[i], b.row[match[i]]);
		else
			pair_spans(al, a.row[i], b.row[match[i]], false);
	}
	free(match);
}

/* The rows of a run that lie in no other row of it. */
static bool rows_of(const struct diff_node *node, struct run run, struct rows *out)
{
	uint32_t count = 0;

	for (uint32_t row = run.from; row < run.to; row = node[row].end)
		count++;
	out->count = 0;
	out->row = malloc(((size_t)count + 1) * sizeof(*out->row));
	for (uint32_t row = run.from; row < run.to && out->row; row = node[row].end)
		out->row[out->count++] = row;
	return out->row != NULL;
}

static void align_rest(struct alignment *al, struct run a, struct run b)
{
	struct rows ra = { 0 }, rb = { 0 };

	if (!rows_of(al->a, a, &ra) || !rows_of(al->b, b, &rb))
		al->no_memory = true;
	while (ra.count > 0 && rb.count > 0 &&
	       trees_equal(al, ra.row[ra.count - 1], rb.row[rb.count - 1]))
		pair_trees(al, ra.row[--ra.count], rb.row[--rb.count]);
	match_rows(al, ra, rb, LEVEL_TREE);
	free(ra.row);
	free(rb.row);
}

/*
 * Aligns two runs.  first: all before them is equal.  Then the rows with which
 * they begin are matched for as long as they are equal, whatever would suit
 * the rest better, so that the first difference is where the sequences part.
 */
static void align(struct alignment *al, struct run a, struct run b, bool first)
{
	while (a.from < a.to && b.from < b.to && trees_equal(al, a.from, b.from)) {
		uint32_t next = al->a[a.from].end;

		pair_trees(al, a.from, b.from);
		b.from = al->b[b.from].end;
		a.from = next;
	}
	if (a.from == a.to || b.from == b.to)
		return;
	if (first && al->a[a.from].own == al->b[b.from].own) {
		uint32_t row = a.from, with = b.from;

		a.from = al->a[row].end;
		b.from = al->b[with].end;
		pair_spans(al, row, with, true);
	}
	if (a.from < a.to && b.from < b.to)
		align_rest(al, a, b);
}

int diff_tree(const struct diff_side *a, const struct diff_side *b, unsigned lane, uint32_t *pair)
{
	struct alignment al = { .a = a->node, .b = b->node, .pair = pair };

	align(&al, (struct run){ a->lane[lane], a->lane[lane + 1] },
	      (struct run){ b->lane[lane], b->lane[lane + 1] }, true);
	return al.no_memory ? -1 : 0;
}
