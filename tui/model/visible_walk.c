/*
 * visible_walk.c - the level of the walk: the rows that are steps and, where a
 * run leaves the walk, what is decisive in it.  What the walk itself passes
 * over in silence stays out: in a run that follows it there are its steps
 * alone.
 */
#include "tui/model/visible_internal.h"

#include "trace/emit/ring.h"

#define REFUSED_MAX 200 /* rows of a kind that may be passed over in one step */

struct candidate {
	int64_t seq, value;
	unsigned phase;
};

/* Is the function of that id, or one that it wraps, what a connection does when it is closed? */
static bool tells_close(const struct rows *rows, int64_t function)
{
	for (uint64_t id = (uint64_t)function; id; id >>= 16)
		if (rows__kind(rows, (int64_t)(id & 0xffff))->means == MEANS_CONNECTION_CLOSED)
			return true;
	return false;
}

/* The callback of a closed stream is decisive only if it raises: the close came too early. */
static bool is_callback(struct rows *rows, const struct candidate *row)
{
	struct rows_place place;
	int64_t raised;

	if (!tells_close(rows, row->value))
		return true;
	raised = rows_of_meaning(rows, MEANS_CONNECTION_FAILED, row->seq, 1);
	return raised && rows_place(rows, row->seq, &place) && raised <= place.after;
}

/* A poll that waited, and ended because the time was up. */
static bool is_timed_out(struct rows *rows, const struct candidate *row)
{
	sqlite3_stmt *s;
	struct rows_place here;
	bool waited;

	if (row->phase != RING_END || row->value != 0 || !rows_place(rows, row->seq, &here))
		return false;
	s = rows__query(rows, ROWS_CANDIDATE, rows_of_kind(rows, here.kind, row->seq, -1));
	waited = rows__step(rows, s) && sqlite3_column_int64(s, 1) != 0;
	sqlite3_reset(s);
	return waited;
}

/* What is decisive, and whether this time; NULL: always. */
static const struct {
	enum meaning means;
	bool (*is)(struct rows *rows, const struct candidate *row);
} decisive[] = {
	{ MEANS_CALLBACK_RUN, is_callback },
	{ MEANS_POLL, is_timed_out },
	{ MEANS_CALLBACK_FAILED, NULL },
	{ MEANS_CONNECTION_FAILED, NULL },
	{ MEANS_INTERIM_READ, NULL },
	{ MEANS_FUTURE_FAILED, NULL },
	{ MEANS_READ_REGEX_ASKED, NULL },
	{ MEANS_READ_DELIMITER_ASKED, NULL },
	{ MEANS_READ_BYTES_ASKED, NULL },
	{ MEANS_READ_CLOSE_ASKED, NULL },
	{ MEANS_PROGRAM_GIVEN_BODY, NULL },
	{ MEANS_PROGRAM_FAILED, NULL },
	{ MEANS_LOGGED, NULL },
};
#define DECISIVE (sizeof(decisive) / sizeof(decisive[0]))

/* Its place in the table above, or DECISIVE. */
static size_t decisive_place(enum meaning means)
{
	size_t i = 0;

	while (i < DECISIVE && decisive[i].means != means)
		i++;
	return i;
}

void rows__find_decisive(struct rows *rows)
{
	for (size_t i = 0; i < rows->kind_count && rows->decisive_count < ROWS_DECISIVE; i++)
		if (decisive_place(rows->kinds[i].means) < DECISIVE)
			rows->decisive[rows->decisive_count++] = &rows->kinds[i];
}

static bool is_decisive(struct rows *rows, const struct rows_kind *kind, int64_t seq)
{
	struct candidate row = { .seq = seq };
	sqlite3_stmt *s = rows__query(rows, ROWS_CANDIDATE, seq);
	size_t i = decisive_place(kind->means);
	bool step = true;

	if (i == DECISIVE)
		return false;
	if (rows__step(rows, s)) {
		row.phase = (unsigned)sqlite3_column_int64(s, 0);
		row.value = sqlite3_column_int64(s, 1);
		step = sqlite3_column_int(s, 2) != 0;
	}
	sqlite3_reset(s);
	return !step && (!decisive[i].is || decisive[i].is(rows, &row));
}

static bool is_nearer(int64_t seq, int64_t than, int direction)
{
	return seq && (!than || (direction > 0 ? seq < than : seq > than));
}

/* The nearest decisive row before a bound by the index: for long stretches of other rows. */
static int64_t by_index(struct rows *rows, int64_t seq, int64_t bound, int direction)
{
	int64_t found = bound;

	for (unsigned i = 0; i < rows->decisive_count; i++) {
		int64_t at = seq;

		for (int n = 0; n < REFUSED_MAX; n++) {
			int64_t next = rows_of_kind(rows, rows->decisive[i]->kind, at, direction);

			if (!is_nearer(next, found, direction) || next == at)
				break;
			if (is_decisive(rows, rows->decisive[i], next)) {
				found = next;
				break;
			}
			at = next;
		}
	}
	return found;
}

int64_t rows__walk(struct rows *rows, int64_t seq, int direction)
{
	int64_t bound = rows_step(rows, seq, direction), found = 0;
	sqlite3_stmt *s = rows__query(rows, direction > 0 ? ROWS_AFTER : ROWS_BEFORE, seq);
	int looked = 0;

	/* steps are mostly near each other: what lies between is looked at row by row */
	while (!found && looked++ < ROWS_NEIGHBOURS && rows__step(rows, s)) {
		int64_t next = sqlite3_column_int64(s, 0);
		const struct rows_kind *kind = rows__kind(rows, sqlite3_column_int64(s, 1));

		if (!is_nearer(next, bound, direction))
			found = bound;
		else if (is_decisive(rows, kind, next))
			found = next;
	}
	sqlite3_reset(s);
	return found || looked <= ROWS_NEIGHBOURS ? found : by_index(rows, seq, bound, direction);
}
