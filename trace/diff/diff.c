/*
 * diff.c - the comparison as a whole: both traces loaded, aligned, summed up.
 */
#include "trace/diff/diff.h"

#include <stdlib.h>

#include "trace/base/failure.h"
#include "trace/diff/generations.h"
#include "trace/diff/whole.h"
#include "trace/store/store.h"

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

static const char *const holds[] = {
	[DIFF_HOLDS_NOTHING] = "nothing that a program or the kernel said",
	[DIFF_HOLDS_KERNEL] = "only what the kernel saw",
	[DIFF_HOLDS_PROGRAM] = "what its program said",
};

/*
 * Whether the kernel's rows count: when asked for, or when neither trace has other
 * rows.  1, 0, or -1, also when the traces have nothing that could be compared.
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
	    (options->generations &&
	     generations_new(&diff->generations, a, b, diff->summary.kernel, error) < 0) ||
	    diff__lines_make(diff, error) < 0 || diff__summarize(diff, error) < 0) {
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
	generations_free(diff->generations);
	free(diff->line);
	free(diff);
}

size_t diff_count(const struct diff *diff)
{
	return diff->count;
}

struct diff_line diff_at(const struct diff *diff, size_t n)
{
	const struct diff__line *line = &diff->line[n];
	struct diff_line out = { .is = diff__line_is(line) };

	if (line->a != DIFF_NONE)
		out.seq[DIFF_A] = diff__seq_at(&diff->side[DIFF_A], line->a & ~DIFF_LINE_CHANGED);
	if (line->b != DIFF_NONE)
		out.seq[DIFF_B] = diff__seq_at(&diff->side[DIFF_B], line->b);
	return out;
}

static bool begins_place(const struct diff *diff, size_t n)
{
	return diff__line_is(&diff->line[n]) != DIFF_SAME &&
	       (n == 0 || diff__line_is(&diff->line[n - 1]) == DIFF_SAME);
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
	while (line < diff->count && diff__line_is(&diff->line[line]) != DIFF_SAME)
		line++;
	return line;
}

const struct diff_summary *diff_summary(const struct diff *diff)
{
	return &diff->summary;
}

unsigned diff_strict(const struct diff *diff)
{
	return diff->strict;
}

const struct generations *diff_generations(const struct diff *diff)
{
	return diff->generations;
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
