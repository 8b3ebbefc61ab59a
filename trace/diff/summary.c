/*
 * summary.c - what a comparison comes to: how many lines of each sort there are,
 * and where the runs part first.
 *
 * Threads are compared each for itself, so that the first difference is the one
 * that a run came to first, by its own numbers, and not the first of the lines.
 */
#include "trace/diff/whole.h"

#include <sqlite3.h>

#include "trace/base/failure.h"
#include "trace/store/store.h"

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
	for (; line < diff->lane_line[lane + 1] && diff__line_is(&diff->line[line]) == DIFF_SAME;
	     line++)
		at[0]++, at[1]++;
	if (line == diff->lane_line[lane + 1])
		return;
	for (unsigned i = 0; i < 2; i++)
		next[i] = at[i] < to[i] ? diff__seq_at(&diff->side[i], at[i]) : 0;
	if (!summary->same && !comes_before(next, summary->next))
		return;
	summary->same = false;
	summary->first = line;
	summary->thread = lane;
	for (unsigned i = 0; i < 2; i++) {
		summary->next[i] = next[i];
		summary->last[i] = at[i] > from[i] ? diff__seq_at(&diff->side[i], at[i] - 1) : 0;
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

int diff__summarize(struct diff *diff, char **error)
{
	struct diff_summary *summary = &diff->summary;
	bool before = true;

	for (size_t i = 0; i < diff->count; i++) {
		enum diff_is is = diff__line_is(&diff->line[i]);

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
