/*
 * timing.c - durations of matched spans, their medians, and which changes are
 * more than noise.
 */
#include "trace/diff/timing.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/store/store.h"

struct measuring {
	struct diff_timing *timing;
	unsigned traces[2];
	size_t rows;     /* of the first trace of side a */
	int64_t *block;  /* traces of both sides for each row */
	int64_t *seq[2]; /* of each row: in a, and in the first of b */
	int64_t total[2][DIFF_TRACES_MAX];
};

static int64_t *cell(struct measuring *m, size_t row, unsigned side, unsigned trace)
{
	return &m->block[row * (m->traces[0] + m->traces[1]) + side * m->traces[0] + trace];
}

/* How long a span took in a trace; -1 if it has no end. */
static int64_t duration_of(sqlite3_stmt *s, int64_t seq)
{
	int64_t duration = -1;

	sqlite3_reset(s);
	sqlite3_bind_int64(s, 1, seq);
	if (sqlite3_step(s) == SQLITE_ROW)
		duration = sqlite3_column_int64(s, 0);
	return duration < 0 ? -1 : duration;
}

static int total_read(struct store *store, int64_t *total, char **error)
{
	sqlite3_stmt *s = store_prepare(store, "SELECT max(time) - min(time) FROM events", error);

	if (!s)
		return -1;
	*total = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
	store_release(store, s);
	return 0;
}

/* Whether a trace is the same run: its durations mean something only then. */
static void trace_judge(struct diff_timing *timing, const struct diff *diff, unsigned side,
			unsigned trace)
{
	const struct diff_summary *summary = diff_summary(diff);
	struct diff_timed *timed = &timing->timed[side][trace];

	timed->same = summary->same;
	timed->gaps = summary->gaps[DIFF_A] + summary->gaps[DIFF_B];
	timed->next = summary->next[DIFF_B];
	timing->others += !timed->same;
	timing->open += timed->same && timed->gaps;
}

/* The durations of one trace, through its alignment with the first of side a. */
static int trace_measure(struct measuring *m, struct store *first, struct store *store,
			 unsigned side, unsigned trace, const struct diff_options *options,
			 char **error)
{
	struct diff *diff = NULL;
	sqlite3_stmt *s = store_prepare(store,
					"SELECT n.time - e.time FROM ends n JOIN events e USING "
					"(seq) WHERE seq = ?1",
					error);
	size_t row = 0;

	if (!s || total_read(store, &m->total[side][trace], error) < 0 ||
	    diff_new(&diff, first, store, options, error) < 0) {
		if (s)
			store_release(store, s);
		return -1;
	}
	for (size_t i = 0; i < diff_count(diff) && row < m->rows; i++) {
		struct diff_line line = diff_at(diff, i);

		if (line.is == DIFF_ONLY_B)
			continue;
		if (line.is != DIFF_ONLY_A) {
			*cell(m, row, side, trace) = duration_of(s, line.seq[DIFF_B]);
			if (trace == 0)
				m->seq[side][row] = line.seq[DIFF_B];
		}
		row++;
	}
	trace_judge(m->timing, diff, side, trace);
	store_release(store, s);
	diff_free(diff);
	return 0;
}

static int compare_numbers(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static struct diff_sample sample_of(const int64_t *values, unsigned count)
{
	struct diff_sample sample = { 0 };
	int64_t sorted[DIFF_TRACES_MAX];

	for (unsigned i = 0; i < count; i++)
		if (values[i] >= 0)
			sorted[sample.count++] = values[i];
	if (!sample.count)
		return sample;
	qsort(sorted, sample.count, sizeof(sorted[0]), compare_numbers);
	sample.median = sample.count % 2
				? sorted[sample.count / 2]
				: sorted[sample.count / 2 - 1] / 2 + sorted[sample.count / 2] / 2;
	sample.spread = (sorted[sample.count - 1] - sorted[0]) / 2;
	return sample;
}

static struct diff_change change_of(const int64_t *a, unsigned a_count, const int64_t *b,
				    unsigned b_count)
{
	struct diff_change change = { .sample = { sample_of(a, a_count), sample_of(b, b_count) } };
	int64_t size;

	change.change = change.sample[DIFF_B].median - change.sample[DIFF_A].median;
	size = change.change < 0 ? -change.change : change.change;
	change.clear = change.sample[DIFF_A].count > 1 && change.sample[DIFF_B].count > 1 &&
		       size > change.sample[DIFF_A].spread + change.sample[DIFF_B].spread;
	return change;
}

static int64_t size_of(const struct diff_change *change)
{
	return change->change < 0 ? -change->change : change->change;
}

/* Clear ones first, then by size. */
static int compare_changes(const void *a, const void *b)
{
	const struct diff_change *x = a, *y = b;

	if (x->clear != y->clear)
		return x->clear ? -1 : 1;
	if (size_of(x) != size_of(y))
		return size_of(x) < size_of(y) ? 1 : -1;
	return (x->seq[0] > y->seq[0]) - (x->seq[0] < y->seq[0]);
}

static int changes_find(struct measuring *m, size_t limit, char **error)
{
	struct diff_timing *timing = m->timing;
	struct diff_change *all = calloc(m->rows + 1, sizeof(*all));

	if (!all)
		return failure(error, "out of memory");
	for (size_t row = 0; row < m->rows; row++) {
		struct diff_change change = change_of(cell(m, row, DIFF_A, 0), m->traces[DIFF_A],
						      cell(m, row, DIFF_B, 0), m->traces[DIFF_B]);

		if (!change.sample[DIFF_A].count || !change.sample[DIFF_B].count)
			continue;
		timing->spans++;
		timing->slower += change.clear && change.change > 0;
		timing->faster += change.clear && change.change < 0;
		change.seq[DIFF_A] = m->seq[DIFF_A][row];
		change.seq[DIFF_B] = m->seq[DIFF_B][row];
		if (change.change)
			all[timing->count++] = change;
	}
	qsort(all, timing->count, sizeof(*all), compare_changes);
	if (timing->count > limit)
		timing->count = limit;
	timing->change = all;
	timing->total =
		change_of(m->total[DIFF_A], m->traces[DIFF_A], m->total[DIFF_B], m->traces[DIFF_B]);
	return 0;
}

static int measure_all(struct measuring *m, struct store *const *a, struct store *const *b,
		       const struct diff_options *options, size_t limit, char **error)
{
	struct diff *diff = NULL;
	size_t cells;

	/* how many rows there are to hold durations of */
	if (diff_new(&diff, a[0], a[0], options, error) < 0)
		return -1;
	m->rows = diff_summary(diff)->rows[DIFF_A];
	diff_free(diff);
	cells = (m->rows + 1) * (m->traces[0] + m->traces[1]);
	m->block = malloc(cells * sizeof(*m->block));
	m->seq[0] = calloc(m->rows + 1, sizeof(int64_t));
	m->seq[1] = calloc(m->rows + 1, sizeof(int64_t));
	if (!m->block || !m->seq[0] || !m->seq[1])
		return failure(error, "out of memory");
	memset(m->block, 0xff, cells * sizeof(*m->block)); /* -1: not found */
	for (unsigned side = 0; side < 2; side++)
		for (unsigned i = 0; i < m->traces[side]; i++)
			if (trace_measure(m, a[0], (side ? b : a)[i], side, i, options, error) < 0)
				return -1;
	return changes_find(m, limit, error);
}

int diff_timing_new(struct diff_timing **out, struct store *const *a, unsigned a_count,
		    struct store *const *b, unsigned b_count, const struct diff_options *options,
		    size_t limit, char **error)
{
	struct measuring m = { .traces = { a_count, b_count } };
	int status;

	*out = NULL;
	if (!a_count || !b_count || a_count > DIFF_TRACES_MAX || b_count > DIFF_TRACES_MAX)
		return failure(error, "each side needs one trace, and at most %d", DIFF_TRACES_MAX);
	m.timing = calloc(1, sizeof(*m.timing));
	if (!m.timing)
		return failure(error, "out of memory");
	m.timing->traces[0] = a_count;
	m.timing->traces[1] = b_count;
	status = measure_all(&m, a, b, options, limit, error);
	free(m.block);
	free(m.seq[0]);
	free(m.seq[1]);
	if (status < 0)
		diff_timing_free(m.timing);
	else
		*out = m.timing;
	return status;
}

void diff_timing_free(struct diff_timing *timing)
{
	if (!timing)
		return;
	free(timing->change);
	free(timing);
}
