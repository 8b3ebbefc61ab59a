/*
 * The level of the walk: the rows that are steps and, where a run leaves the
 * walk, what is decisive in it.  What the walk itself passes over in silence
 * stays out: in a run that follows it there are its steps alone.
 */
#include "tui/model/visible_internal.h"

#include <string.h>

#include "trace/emit/ring.h"

#define REFUSED_MAX 200 /* rows of a kind that may be passed over in one step */

struct candidate {
	int64_t seq, value;
	unsigned phase;
	const char *detail; /* never NULL */
};

/* That the stream was closed is decisive only if it came too early, and is raised. */
static bool is_callback(struct rows *rows, const struct candidate *row)
{
	struct rows_place place;
	int64_t raised;

	if (!strstr(row->detail, "_HTTPConnection._on_close"))
		return true;
	raised = rows_of_kind(rows, rows__kind_of(rows, "_HTTPConnection__handle_exception"),
			      row->seq, 1);
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

/* By symbol; NULL: always. */
static const struct {
	const char *symbol;
	bool (*is)(struct rows *rows, const struct candidate *row);
} decisive[ROWS_DECISIVE] = {
	{ "IOLoop__run_callback", is_callback },
	{ "loop_poll", is_timed_out },
	{ "IOLoop_handle_callback_exception", NULL },
	{ "_HTTPConnection__handle_exception", NULL },
	{ "_HTTPConnection__handle_1xx", NULL },
	{ "_DummyFuture_set_exception", NULL },
	{ "BaseIOStream_read_until_regex", NULL },
	{ "BaseIOStream_read_until", NULL },
	{ "BaseIOStream_read_bytes", NULL },
	{ "BaseIOStream_read_until_close", NULL },
	{ "user_streaming_callback", NULL },
	{ "user_exception", NULL },
	{ "log", NULL },
};

void rows__find_decisive(struct rows *rows)
{
	for (int i = 0; i < ROWS_DECISIVE; i++)
		rows->decisive[i] = rows__kind_of(rows, decisive[i].symbol);
}

static bool is_decisive(struct rows *rows, int i, int64_t seq)
{
	struct candidate row = { .seq = seq };
	sqlite3_stmt *s = rows__query(rows, ROWS_CANDIDATE, seq);
	char detail[512] = "";
	bool step = true;

	if (rows__step(rows, s)) {
		const char *text = (const char *)sqlite3_column_text(s, 2);

		row.phase = (unsigned)sqlite3_column_int64(s, 0);
		row.value = sqlite3_column_int64(s, 1);
		strncat(detail, text ? text : "", sizeof(detail) - 1);
		step = sqlite3_column_int(s, 3) != 0;
	}
	sqlite3_reset(s);
	row.detail = detail;
	return !step && (!decisive[i].is || decisive[i].is(rows, &row));
}

static bool is_nearer(int64_t seq, int64_t than, int direction)
{
	return seq && (!than || (direction > 0 ? seq < than : seq > than));
}

static int decisive_kind(const struct rows *rows, int64_t kind)
{
	int i = 0;

	while (i < ROWS_DECISIVE && (!rows->decisive[i] || rows->decisive[i] != kind))
		i++;
	return i;
}

/* The nearest decisive row before a bound by the index: for long stretches of other rows. */
static int64_t by_index(struct rows *rows, int64_t seq, int64_t bound, int direction)
{
	int64_t found = bound;

	for (int i = 0; i < ROWS_DECISIVE; i++) {
		int64_t at = seq;

		for (int n = 0; rows->decisive[i] && n < REFUSED_MAX; n++) {
			int64_t next = rows_of_kind(rows, rows->decisive[i], at, direction);

			if (!is_nearer(next, found, direction) || next == at)
				break;
			if (is_decisive(rows, i, next)) {
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
		int i = decisive_kind(rows, sqlite3_column_int64(s, 1));

		if (!is_nearer(next, bound, direction))
			found = bound;
		else if (i < ROWS_DECISIVE && is_decisive(rows, i, next))
			found = next;
	}
	sqlite3_reset(s);
	return found || looked <= ROWS_NEIGHBOURS ? found : by_index(rows, seq, bound, direction);
}
