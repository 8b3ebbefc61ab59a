/*
 * diff.c - the comparison as a whole: both traces loaded, aligned, summed up.
 */
#include "trace/diff/diff.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "trace/base/failure.h"
#include "trace/base/grow.h"
#include "trace/diff/internal.h"
#include "trace/store/store.h"

#define CHANGED 0x80000000u /* in line.a: the two rows differ; rows are fewer than that */

struct line {
	uint32_t a, b; /* rows, DIFF_NONE where there is none */
};

struct diff {
	struct diff_side side[2];
	unsigned strict;
	bool content;                      /* what was sent is looked at */
	struct diff_timeouts *timeouts[2]; /* NULL: not needed until now */
	struct diff_contents *contents[2];
	struct line *line;
	size_t count, room;
	size_t lane_line[DIFF_LANES_MAX + 1]; /* where each lane's lines begin */
	unsigned lanes;
	struct diff_summary summary;
};

static enum diff_is line_is(const struct line *line)
{
	if (line->b == DIFF_NONE)
		return DIFF_ONLY_A;
	if (line->a == DIFF_NONE)
		return DIFF_ONLY_B;
	return line->a & CHANGED ? DIFF_CHANGED : DIFF_SAME;
}

static bool line_add(struct diff *diff, uint32_t a, uint32_t b)
{
	if (!array_grow(&diff->line, &diff->room, diff->count + 1, sizeof(*diff->line)))
		return false;
	diff->line[diff->count++] = (struct line){ a, b };
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
	if (failed || !line_add(diff, same ? a : a | CHANGED, b))
		return failure(error, "out of memory");
	return 0;
}

/* The lines of one lane, from the pairs that its alignment found. */
static int lane_lines(struct diff *diff, struct diff_objects *objects, struct line from,
		      struct line to, const uint32_t *pair, char **error)
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
		struct line from = { i < a->lanes ? a->lane[i] : a->count,
				     i < b->lanes ? b->lane[i] : b->count };
		struct line to = { i < a->lanes ? a->lane[i + 1] : a->count,
				   i < b->lanes ? b->lane[i + 1] : b->count };

		diff->lane_line[i] = diff->count;
		if (i < a->lanes && i < b->lanes && lane_align(a, b, i, pair) < 0)
			return failure(error, "out of memory");
		if (lane_lines(diff, objects, from, to, pair, error) < 0)
			return -1;
	}
	diff->lane_line[diff->lanes] = diff->count;
	return 0;
}

static int lines_make(struct diff *diff, char **error)
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

static int contents_read(struct diff *diff, char **error)
{
	diff->content = diff_kinds_content(diff->side[DIFF_A].kinds) &&
			diff_kinds_content(diff->side[DIFF_B].kinds);
	for (unsigned i = 0; i < 2 && diff->content; i++)
		if (diff_contents_new(&diff->contents[i], diff->side[i].store, diff->strict,
				      error) < 0)
			return -1;
	return 0;
}

/* ---- the summary */

static int64_t seq_at(const struct diff_side *side, uint32_t row)
{
	return side->node[row].seq;
}

/* When a difference comes: by the side that comes to it first, then by both. */
static bool comes_before(const int64_t a[2], const int64_t b[2])
{
	int64_t first_a = !a[0] || (a[1] && a[1] < a[0]) ? a[1] : a[0];
	int64_t first_b = !b[0] || (b[1] && b[1] < b[0]) ? b[1] : b[0];

	return first_a != first_b ? first_a < first_b : a[0] + a[1] < b[0] + b[1];
}

/* Fills first, last and next if this lane's first difference is the earliest so far. */
static void lane_first(struct diff *diff, unsigned lane)
{
	struct diff_summary *summary = &diff->summary;
	uint32_t at[2], from[2], to[2];
	size_t line = diff->lane_line[lane];
	int64_t next[2];

	for (unsigned i = 0; i < 2; i++) {
		const struct diff_side *side = &diff->side[i];

		at[i] = from[i] = lane < side->lanes ? side->lane[lane] : side->count;
		to[i] = lane < side->lanes ? side->lane[lane + 1] : side->count;
	}
	for (; line < diff->lane_line[lane + 1] && line_is(&diff->line[line]) == DIFF_SAME; line++)
		at[0]++, at[1]++;
	if (line == diff->lane_line[lane + 1])
		return;
	for (unsigned i = 0; i < 2; i++)
		next[i] = at[i] < to[i] ? seq_at(&diff->side[i], at[i]) : 0;
	if (!summary->same && !comes_before(next, summary->next))
		return;
	summary->same = false;
	summary->first = line;
	summary->thread = lane;
	for (unsigned i = 0; i < 2; i++) {
		summary->next[i] = next[i];
		summary->last[i] = at[i] > from[i] ? seq_at(&diff->side[i], at[i] - 1) : 0;
		summary->thread_from[i] = from[i];
		summary->thread_to[i] = to[i];
	}
}

static int gaps_read(struct diff *diff, unsigned i, char **error)
{
	struct diff_summary *summary = &diff->summary;
	struct store *store = diff->side[i].store;
	sqlite3_stmt *s = store_prepare(
		store, "SELECT after, lost FROM gaps WHERE source <> 'kernel' OR ?1 ORDER BY after",
		error);
	int rc = SQLITE_ERROR;

	if (!s)
		return -1;
	sqlite3_bind_int(s, 1, summary->kernel);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		struct diff_gap gap = { sqlite3_column_int64(s, 0), -1 };

		if (!summary->same && summary->next[i] && gap.after >= summary->next[i])
			continue;
		if (sqlite3_column_type(s, 1) != SQLITE_NULL)
			gap.lost = sqlite3_column_int64(s, 1);
		if (summary->gaps[i]++ == 0)
			summary->gap[i] = gap;
	}
	store_release(store, s);
	return rc == SQLITE_DONE ? 0 : store_failure(store, error);
}

static int summarize(struct diff *diff, char **error)
{
	struct diff_summary *summary = &diff->summary;
	bool before = true;

	for (size_t i = 0; i < diff->count; i++) {
		enum diff_is is = line_is(&diff->line[i]);

		summary->lines[is]++;
		summary->places += is != DIFF_SAME && before;
		before = is == DIFF_SAME;
	}
	summary->same = true;
	summary->first = diff->count;
	for (unsigned i = 0; i < diff->lanes; i++)
		lane_first(diff, i);
	for (unsigned i = 0; i < 2; i++) {
		summary->rows[i] = diff->side[i].count;
		summary->threads[i] = diff->side[i].lanes;
		if (gaps_read(diff, i, error) < 0)
			return -1;
	}
	return 0;
}

/* ---- */

static const char *const holds[] = {
	[DIFF_HOLDS_NOTHING] = "nothing that a program or the kernel said",
	[DIFF_HOLDS_KERNEL] = "only what the kernel saw",
	[DIFF_HOLDS_PROGRAM] = "what its program said",
};

/*
 * The kernel's rows count when asked for, or when both traces have no others.
 * 1, 0, or -1: also where there is nothing to compare.
 */
static int kernel_wanted(struct store *a, struct store *b, const struct diff_options *options,
			 char **error)
{
	int in_a = diff_holds(a, error), in_b = in_a < 0 ? -1 : diff_holds(b, error);

	if (in_b < 0)
		return -1;
	if (options->strict >> DIFF_KERNEL & 1)
		return 1;
	if (in_a == DIFF_HOLDS_NOTHING && in_b == DIFF_HOLDS_NOTHING)
		return failure(error, "nothing was compared: neither trace holds anything that a "
				      "program or the kernel said");
	if (in_a != in_b && (in_a == DIFF_HOLDS_KERNEL || in_b == DIFF_HOLDS_KERNEL))
		return failure(error, "nothing was compared: A holds %s, B %s", holds[in_a],
			       holds[in_b]);
	return in_a == DIFF_HOLDS_KERNEL;
}

/* What is ignored may be all that there is. */
static int compared_check(const struct diff *diff, char **error)
{
	if (diff->side[DIFF_A].count || diff->side[DIFF_B].count)
		return 0;
	return failure(error, "nothing was compared: all that the traces hold is ignored");
}

int diff_new(struct diff **out, struct store *a, struct store *b,
	     const struct diff_options *options, char **error)
{
	struct diff *diff = calloc(1, sizeof(*diff));
	int kernel = kernel_wanted(a, b, options, error);

	*out = NULL;
	if (!diff)
		return failure(error, "out of memory");
	diff->summary.kernel = kernel > 0;
	diff->strict = options->strict;
	if (kernel < 0 || diff_load(&diff->side[DIFF_A], a, options, kernel, error) < 0 ||
	    diff_load(&diff->side[DIFF_B], b, options, kernel, error) < 0 ||
	    diff_kinds_know(diff->side[DIFF_A].kinds, diff->side[DIFF_B].kinds, error) < 0 ||
	    compared_check(diff, error) < 0 || contents_read(diff, error) < 0 ||
	    lines_make(diff, error) < 0 || summarize(diff, error) < 0) {
		diff_free(diff);
		return -1;
	}
	*out = diff;
	return 0;
}

void diff_free(struct diff *diff)
{
	if (!diff)
		return;
	for (unsigned i = 0; i < 2; i++) {
		diff_side_release(&diff->side[i]);
		diff_timeouts_free(diff->timeouts[i]);
		diff_contents_free(diff->contents[i]);
	}
	free(diff->line);
	free(diff);
}

size_t diff_count(const struct diff *diff)
{
	return diff->count;
}

struct diff_line diff_at(const struct diff *diff, size_t n)
{
	const struct line *line = &diff->line[n];
	struct diff_line out = { .is = line_is(line) };

	if (line->a != DIFF_NONE)
		out.seq[DIFF_A] = seq_at(&diff->side[DIFF_A], line->a & ~CHANGED);
	if (line->b != DIFF_NONE)
		out.seq[DIFF_B] = seq_at(&diff->side[DIFF_B], line->b);
	return out;
}

static bool begins_place(const struct diff *diff, size_t n)
{
	return line_is(&diff->line[n]) != DIFF_SAME &&
	       (n == 0 || line_is(&diff->line[n - 1]) == DIFF_SAME);
}

size_t diff_next_place(const struct diff *diff, size_t line)
{
	for (line++; line < diff->count; line++)
		if (begins_place(diff, line))
			return line;
	return diff->count;
}

size_t diff_previous_place(const struct diff *diff, size_t line)
{
	while (line-- > 0)
		if (line < diff->count && begins_place(diff, line))
			return line;
	return diff->count;
}

size_t diff_place_end(const struct diff *diff, size_t line)
{
	while (line < diff->count && line_is(&diff->line[line]) != DIFF_SAME)
		line++;
	return line;
}

const struct diff_summary *diff_summary(const struct diff *diff)
{
	return &diff->summary;
}

static const char *event_name(const struct diff_side *side, uint32_t row)
{
	uint32_t kind = side->node[row].kind;
	const struct diff_kind *k = diff_kinds_find(side->kinds, kind >> 1);

	return kind & 1 ? k->return_name : k->name;
}

unsigned diff_strict(const struct diff *diff)
{
	return diff->strict;
}

/* The tally of this event, a new one if it has none yet; NULL: no memory. */
static struct diff_tally *tally_of(struct diff_tally **all, int *count, const char *event)
{
	struct diff_tally *grown;

	for (int i = 0; i < *count; i++)
		if ((*all)[i].event == event || strcmp((*all)[i].event, event) == 0)
			return &(*all)[i];
	grown = realloc(*all, (size_t)(*count + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	*all = grown;
	grown[*count] = (struct diff_tally){ .event = event };
	return &grown[(*count)++];
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
	int count = 0;

	*out = NULL;
	if (!index)
		return -1;
	for (size_t i = 0; i < diff->count; i++) {
		const struct line *line = &diff->line[i];
		enum diff_is is = line_is(line);
		unsigned of = is == DIFF_ONLY_B;
		uint32_t row = of ? line->b : line->a & ~CHANGED;
		uint32_t kind = diff->side[of].node[is == DIFF_SAME ? 0 : row].kind;
		int *known = kind < TALLY_INDEX ? &index[of * TALLY_INDEX + kind] : NULL;
		struct diff_tally *tally;

		if (is == DIFF_SAME)
			continue;
		tally = known && *known ? &(*out)[*known - 1]
					: tally_of(out, &count, event_name(&diff->side[of], row));
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

struct store *diff_store(const struct diff *diff, unsigned side)
{
	return diff->side[side].store;
}

int64_t diff_row(const struct diff *diff, unsigned side, size_t index)
{
	return index < diff->side[side].count ? diff->side[side].node[index].seq : 0;
}

size_t diff_index(const struct diff *diff, unsigned side, int64_t seq)
{
	const struct diff_side *s = &diff->side[side];

	/* rows are in order within a lane only */
	for (unsigned i = 0; i < s->lanes; i++) {
		uint32_t low = s->lane[i], high = s->lane[i + 1];

		while (low < high) {
			uint32_t middle = low + (high - low) / 2;

			if (s->node[middle].seq < seq)
				low = middle + 1;
			else
				high = middle;
		}
		if (low < s->lane[i + 1] && s->node[low].seq == seq)
			return low;
		if (s->lanes == 1)
			return low;
	}
	return s->count;
}
