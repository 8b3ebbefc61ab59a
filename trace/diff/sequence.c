/*
 * sequence.c - two sequences of tokens: what they have in common, in order.
 *
 * The greedy search from both ends of E. Myers, "An O(ND) Difference Algorithm
 * and Its Variations": it finds the middle of a shortest edit path, cuts both
 * sequences there and goes on with the halves, so that it needs memory for one
 * diagonal each way only.  Its time grows with the square of the number of
 * differences.  Three things bound it: tokens that the other side does not have
 * are left out beforehand; where the search would take long, both sequences are
 * first cut at tokens that each has once; and where no token is so, at the best
 * place that was reached in the time allowed.
 */
#include "trace/diff/internal.h"

#include <stdlib.h>

#include "trace/base/grow.h"

#define SMALL 64       /* shorter ones are searched as they are */
#define COST_SMALL 512 /* edits looked for at a time */
#define COST_LARGE 128
#define LARGE 100000
#define UNREACHED INT32_MIN

struct search {
	const uint64_t *a, *b;
	const uint32_t *a_place, *b_place; /* places in the whole; NULL: the same */
	uint32_t *match;
	int32_t cost;
	bool cut; /* it was cut at tokens that occur once: no more of that */
};

struct range {
	int32_t from, to;
};

struct cut {
	int32_t a, b;
};

static void matched(struct search *s, int32_t a, int32_t b)
{
	s->match[s->a_place ? s->a_place[a] : (uint32_t)a] =
		s->b_place ? s->b_place[b] : (uint32_t)b;
}

/* How far each diagonal was reached; x is counted from the side where it began. */
struct front {
	int32_t x[2 * (COST_SMALL + 2) + 1];
};

static int32_t *front_at(struct front *front, int32_t diagonal)
{
	return &front->x[diagonal + COST_SMALL + 2];
}

/* One edit more to the furthest point of a diagonal, or UNREACHED. */
static int32_t step(struct front *front, int32_t diagonal, int32_t n, int32_t m)
{
	int32_t across = *front_at(front, diagonal - 1), down = *front_at(front, diagonal + 1);
	int32_t x = UNREACHED;

	if (across != UNREACHED && across < n)
		x = across + 1;
	if (down != UNREACHED && down - diagonal <= m && down > x)
		x = down;
	return x;
}

/* Follows equal tokens from x on; `back` counts from the ends. */
static int32_t slide(const struct search *s, struct range ra, struct range rb, int32_t x,
		     int32_t diagonal, bool back)
{
	int32_t n = ra.to - ra.from, m = rb.to - rb.from, y = x - diagonal;

	if (back) {
		while (x < n && y < m && s->a[ra.to - 1 - x] == s->b[rb.to - 1 - y])
			x++, y++;
	} else {
		while (x < n && y < m && s->a[ra.from + x] == s->b[rb.from + y])
			x++, y++;
	}
	return x;
}

/* The point of a front that has left most behind. */
static int32_t furthest(struct front *front, int32_t edits, int32_t *diagonal)
{
	int32_t best = -1;

	for (int32_t k = -edits; k <= edits; k += 2) {
		int32_t x = *front_at(front, k);

		if (x == UNREACHED || 2 * x - k <= best)
			continue;
		best = 2 * x - k;
		*diagonal = k;
	}
	return best;
}

/* No middle within the time allowed: cuts where one of the searches came furthest. */
static struct cut cut_anyhow(struct front *fore, struct front *back, int32_t edits, struct range ra,
			     struct range rb)
{
	int32_t fk = 0, bk = 0, f = furthest(fore, edits, &fk), b = furthest(back, edits, &bk);

	if (f >= b) {
		int32_t x = *front_at(fore, fk);

		return (struct cut){ ra.from + x, rb.from + x - fk };
	}
	return (struct cut){ ra.to - *front_at(back, bk), rb.to - (*front_at(back, bk) - bk) };
}

/* One round of a search from one end.  True if it met the other one. */
static bool search_round(const struct search *s, struct front *own, struct front *other,
			 int32_t edits, struct range ra, struct range rb, bool back,
			 struct cut *cut)
{
	int32_t n = ra.to - ra.from, m = rb.to - rb.from, delta = n - m;
	bool meets = ((delta & 1) != 0) != back; /* this search is the one to notice */
	int32_t reach = back ? edits : edits - 1;

	*front_at(own, -edits - 1) = *front_at(own, edits + 1) = UNREACHED;
	for (int32_t k = -edits; k <= edits; k += 2) {
		int32_t x = edits ? step(own, k, n, m) : 0, facing = delta - k;

		if (x != UNREACHED)
			x = slide(s, ra, rb, x, k, back);
		*front_at(own, k) = x;
		if (!meets || x == UNREACHED || facing < -reach || facing > reach ||
		    *front_at(other, facing) == UNREACHED || x + *front_at(other, facing) < n)
			continue;
		*cut = back ? (struct cut){ ra.to - x, rb.to - (x - k) }
			    : (struct cut){ ra.from + x, rb.from + x - k };
		return true;
	}
	return false;
}

/* Where to cut two ranges that differ at both ends.  False: it took too long. */
static bool find_cut(const struct search *s, struct range ra, struct range rb, struct cut *cut)
{
	struct front fore, back;

	for (int32_t edits = 0; edits <= s->cost; edits++) {
		if (search_round(s, &fore, &back, edits, ra, rb, false, cut) ||
		    search_round(s, &back, &fore, edits, ra, rb, true, cut))
			return true;
	}
	*cut = cut_anyhow(&fore, &back, s->cost, ra, rb);
	return false;
}

static bool search_cut_at_rare(struct search *s, struct range ra, struct range rb);

/* Matches what the ranges have in common at their ends, and takes it off them. */
static void match_ends(struct search *s, struct range *ra, struct range *rb)
{
	for (; ra->from < ra->to && rb->from < rb->to && s->a[ra->from] == s->b[rb->from];
	     ra->from++, rb->from++)
		matched(s, ra->from, rb->from);
	for (; ra->from < ra->to && rb->from < rb->to && s->a[ra->to - 1] == s->b[rb->to - 1];
	     ra->to--, rb->to--)
		matched(s, ra->to - 1, rb->to - 1);
}

static int64_t size_of(struct range ra, struct range rb)
{
	return (int64_t)(ra.to - ra.from) + (rb.to - rb.from);
}

static void search_range(struct search *s, struct range ra, struct range rb)
{
	for (;;) {
		struct range a_rest, b_rest;
		struct cut cut;
		int64_t before;

		match_ends(s, &ra, &rb);
		if (ra.from == ra.to || rb.from == rb.to)
			return;
		if (!find_cut(s, ra, rb, &cut) && search_cut_at_rare(s, ra, rb))
			return;
		before = size_of(ra, rb);
		a_rest = (struct range){ cut.a, ra.to };
		b_rest = (struct range){ cut.b, rb.to };
		ra.to = cut.a;
		rb.to = cut.b;
		/* at least one edit lies on each side, so both halves are smaller */
		if (size_of(ra, rb) >= before || size_of(a_rest, b_rest) >= before)
			return;
		/* the shorter half by recursion: the stack stays shallow */
		if (size_of(ra, rb) < size_of(a_rest, b_rest)) {
			search_range(s, ra, rb);
			ra = a_rest;
			rb = b_rest;
		} else {
			search_range(s, a_rest, b_rest);
		}
	}
}

/* ---- tokens and where they are */

#define MANY (UINT32_MAX - 1)

struct token {
	uint64_t token;
	uint32_t a, b; /* place, DIFF_NONE or MANY */
};

/* Those of a, and for each what b has of it. */
struct tokens {
	struct token *slot; /* a == DIFF_NONE: free */
	size_t mask, used;
};

static struct token *token_slot(const struct tokens *tokens, uint64_t token)
{
	size_t i = diff_mix(token, 1) & tokens->mask;

	while (tokens->slot[i].a != DIFF_NONE && tokens->slot[i].token != token)
		i = (i + 1) & tokens->mask;
	return &tokens->slot[i];
}

static bool tokens_resize(struct tokens *tokens, size_t size)
{
	struct tokens old = *tokens;

	tokens->slot = malloc(size * sizeof(*tokens->slot));
	if (!tokens->slot) {
		*tokens = old;
		return false;
	}
	tokens->mask = size - 1;
	for (size_t i = 0; i < size; i++)
		tokens->slot[i] = (struct token){ 0, DIFF_NONE, DIFF_NONE };
	for (size_t i = 0; old.slot && i <= old.mask; i++)
		if (old.slot[i].a != DIFF_NONE)
			*token_slot(tokens, old.slot[i].token) = old.slot[i];
	free(old.slot);
	return true;
}

static bool tokens_count(struct tokens *tokens, const uint64_t *a, struct range ra,
			 const uint64_t *b, struct range rb)
{
	*tokens = (struct tokens){ 0 };
	if (!tokens_resize(tokens, 1024))
		return false;
	for (int32_t i = ra.from; i < ra.to; i++) {
		struct token *t = token_slot(tokens, a[i]);

		if (t->a != DIFF_NONE) {
			t->a = MANY;
			continue;
		}
		*t = (struct token){ a[i], (uint32_t)i, DIFF_NONE };
		if (++tokens->used * 4 > tokens->mask * 3 &&
		    !tokens_resize(tokens, 2 * (tokens->mask + 1))) {
			free(tokens->slot);
			return false;
		}
	}
	for (int32_t i = rb.from; i < rb.to; i++) {
		struct token *t = token_slot(tokens, b[i]);

		if (t->a != DIFF_NONE)
			t->b = t->b == DIFF_NONE ? (uint32_t)i : MANY;
	}
	return true;
}

/* ---- cuts at what each side has once */

struct rare {
	int32_t a, b;
	int32_t before; /* index of the one before it in the longest rise, or -1 */
};

/* The tokens that both sides have once, in a's order.  Their number, or -1. */
static int32_t rare_find(const struct tokens *tokens, const uint64_t *a, struct range ra,
			 struct rare **out)
{
	struct rare *rare = NULL;
	int32_t count = 0;
	size_t room = 0;

	for (int32_t i = ra.from; i < ra.to; i++) {
		const struct token *t = token_slot(tokens, a[i]);

		if (t->a != (uint32_t)i || t->b >= MANY)
			continue;
		if (!array_grow(&rare, &room, (size_t)count + 1, sizeof(*rare))) {
			free(rare);
			return -1;
		}
		rare[count++] = (struct rare){ i, (int32_t)t->b, -1 };
	}
	*out = rare;
	return count;
}

/*
 * The longest increasing run of places in b, found as in the card game patience:
 * of all runs of n + 1 tokens, last[n] ends the one whose last place is lowest.
 * Returns the last token of the longest run.
 */
static int32_t rare_rise(struct rare *rare, int32_t count)
{
	int32_t *last = malloc((size_t)count * sizeof(*last));
	int32_t length = 0, end;

	if (!last)
		return -1;
	for (int32_t i = 0; i < count; i++) {
		int32_t low = 0, high = length;

		while (low < high) {
			int32_t middle = (low + high) / 2;

			if (rare[last[middle]].b < rare[i].b)
				low = middle + 1;
			else
				high = middle;
		}
		rare[i].before = low ? last[low - 1] : -1;
		last[low] = i;
		length = low == length ? length + 1 : length;
	}
	end = last[length - 1];
	free(last);
	return end;
}

/* Searches between the tokens that occur once.  False if no token does. */
static bool search_cut_at_rare(struct search *s, struct range ra, struct range rb)
{
	struct tokens tokens;
	struct rare *rare = NULL;
	int32_t count, at;

	if (s->cut || size_of(ra, rb) < SMALL)
		return false;
	s->cut = true; /* once is enough: the parts have hardly any more */
	if (!tokens_count(&tokens, s->a, ra, s->b, rb))
		return false;
	count = rare_find(&tokens, s->a, ra, &rare);
	free(tokens.slot);
	at = count > 0 ? rare_rise(rare, count) : -1;
	if (at < 0) {
		free(rare);
		return false;
	}
	for (; at >= 0; at = rare[at].before) {
		matched(s, rare[at].a, rare[at].b);
		search_range(s, (struct range){ rare[at].a + 1, ra.to },
			     (struct range){ rare[at].b + 1, rb.to });
		ra.to = rare[at].a;
		rb.to = rare[at].b;
	}
	free(rare);
	search_range(s, ra, rb);
	return true;
}

/* ---- long sequences */

/* What of one side the other has, too, and where it was. */
struct kept {
	uint64_t *token;
	uint32_t *place;
	int32_t count;
};

static bool keep(struct kept *kept, const struct tokens *tokens, const uint64_t *from, int32_t n)
{
	kept->count = 0;
	kept->token = malloc(((size_t)n + 1) * sizeof(*kept->token));
	kept->place = malloc(((size_t)n + 1) * sizeof(*kept->place));
	if (!kept->token || !kept->place)
		return false;
	for (int32_t i = 0; i < n; i++) {
		const struct token *t = token_slot(tokens, from[i]);

		if (t->a == DIFF_NONE || t->b == DIFF_NONE)
			continue;
		kept->token[kept->count] = from[i];
		kept->place[kept->count++] = (uint32_t)i;
	}
	return true;
}

int diff_sequence(const uint64_t *a, uint32_t n, const uint64_t *b, uint32_t m, uint32_t *match)
{
	struct search s = { .a = a, .b = b, .match = match, .cost = COST_SMALL };
	struct range ra = { 0, (int32_t)n }, rb = { 0, (int32_t)m };
	struct kept ka = { 0 }, kb = { 0 };
	struct tokens tokens;
	int status = -1;

	match_ends(&s, &ra, &rb);
	if (ra.from == ra.to || rb.from == rb.to)
		return 0;
	if (size_of(ra, rb) <= SMALL) {
		search_range(&s, ra, rb);
		return 0;
	}
	if (!tokens_count(&tokens, a, ra, b, rb))
		return -1;
	if (keep(&ka, &tokens, a + ra.from, ra.to - ra.from) &&
	    keep(&kb, &tokens, b + rb.from, rb.to - rb.from)) {
		struct range all_a = { 0, ka.count }, all_b = { 0, kb.count };

		for (int32_t i = 0; i < ka.count; i++)
			ka.place[i] += (uint32_t)ra.from;
		for (int32_t i = 0; i < kb.count; i++)
			kb.place[i] += (uint32_t)rb.from;
		s = (struct search){ .a = ka.token,
				     .b = kb.token,
				     .a_place = ka.place,
				     .b_place = kb.place,
				     .match = match,
				     .cost = size_of(all_a, all_b) > LARGE ? COST_LARGE
									   : COST_SMALL };
		free(tokens.slot);
		tokens.slot = NULL;
		search_range(&s, all_a, all_b);
		status = 0;
	}
	free(tokens.slot);
	free(ka.token);
	free(ka.place);
	free(kb.token);
	free(kb.place);
	return status;
}
