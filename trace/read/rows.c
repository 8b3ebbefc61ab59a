/*
 * rows.c - rows read one after the other, or one by its number, with all that
 * belongs to each.
 */
#include "trace/read/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/emit/ring.h"
#include "trace/read/internal.h"
#include "trace/store/store.h"
#include "trace/walk/walk.h"

#define EVENTS_SQL                                                                                 \
	"SELECT e.seq, e.time, e.thread, e.turn, e.depth, e.parent, e.kind, e.phase, "             \
	"e.site, e.asked_by, e.triggered_by, e.detail, n.ret, n.raised, n.time, "                  \
	"e.a0, e.a1, e.a2, e.a3 "                                                                  \
	"FROM events e LEFT JOIN ends n ON n.seq = e.seq AND e.phase = 1 "

/*
 * What the kernel saw before the program's first word and after its last is
 * the loader at work, and the end of the process.  Of a program that says
 * nothing all is shown.  Kinds of system calls are from 3000 on.
 */
#define CORE_SEQ(order)                                                                            \
	"(SELECT seq FROM events JOIN kinds USING (kind) WHERE role = 'core' "                     \
	"ORDER BY seq " order " LIMIT 1)"
#define WITHIN_THE_RUN                                                                             \
	"(e.kind NOT BETWEEN 3000 AND 4095 OR e.parent IS NOT NULL OR "                            \
	"coalesce(e.seq BETWEEN " CORE_SEQ("ASC") " AND " CORE_SEQ("DESC") ", 1))"

static int queries_prepare(struct steps *steps, char **error)
{
	if (steps__query(steps, &steps->events,
			 EVENTS_SQL "WHERE " WITHIN_THE_RUN " ORDER BY e.seq", error) < 0 ||
	    /* files of this format call the table of stations `article` */
	    steps__query(steps, &steps->stations,
			 "SELECT seq, step, occurrence FROM article ORDER BY seq, position",
			 error) < 0 ||
	    steps__query(steps, &steps->gaps,
			 "SELECT after, thread, source, lost, reason FROM gaps ORDER BY after, gap",
			 error) < 0 ||
	    steps__query(
		    steps, &steps->call,
		    "SELECT c.name, rtrim(coalesce(o.name || ' ', CASE WHEN c.name GLOB 'epoll_*' "
		    "THEN 'epoll ' END, c.fd || ' ', '') || c.args), c.shown, c.duration "
		    "FROM syscalls c LEFT JOIN objects o USING (object) WHERE c.seq = ?1",
		    error) < 0)
		return -1;
	return 0;
}

int steps_open_db(struct steps **out, sqlite3 *db, char **error)
{
	struct steps *steps = calloc(1, sizeof(*steps));

	*out = NULL;
	if (!steps)
		return steps__out_of_memory(error);
	steps->db = db;
	steps->walk = walk_of_trace(db);
	if (steps__tables_read(steps, error) < 0 || queries_prepare(steps, error) < 0 ||
	    steps_rewind(steps, error) < 0) {
		steps_free(steps);
		return -1;
	}
	*out = steps;
	return 0;
}

int steps_open(struct steps **out, struct store *store, char **error)
{
	return steps_open_db(out, store_handle(store), error);
}

void steps_free(struct steps *steps)
{
	if (!steps)
		return;
	sqlite3_finalize(steps->events);
	sqlite3_finalize(steps->stations);
	sqlite3_finalize(steps->gaps);
	sqlite3_finalize(steps->call);
	sqlite3_finalize(steps->event_at);
	sqlite3_finalize(steps->stations_at);
	steps__tables_release(steps);
	free(steps->detail.bytes);
	free(steps);
}

static int advance(struct steps *steps, sqlite3_stmt *s, bool *waits, char **error)
{
	int rc = sqlite3_step(s);

	*waits = rc == SQLITE_ROW;
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : steps__trouble(steps, error);
}

int steps_rewind(struct steps *steps, char **error)
{
	sqlite3_reset(steps->events);
	sqlite3_reset(steps->stations);
	sqlite3_reset(steps->gaps);
	steps->moves = NULL;
	if (advance(steps, steps->stations, &steps->stations_wait, error) < 0 ||
	    advance(steps, steps->gaps, &steps->gap_waits, error) < 0 ||
	    advance(steps, steps->events, &steps->event_waits, error) < 0)
		return -1;
	steps->first_time = steps->event_waits ? sqlite3_column_int64(steps->events, 1) : 0;
	return 0;
}

/* "key=value; key=value", then ret= and exit= as the view `steps` has them. */
static bool detail_build(struct steps *steps, sqlite3_stmt *s)
{
	struct steps_text *detail = &steps->detail;
	bool fine = steps__text_clear(detail) && steps__text_put(detail, steps__column(s, 11));

	if (fine && sqlite3_column_type(s, 12) != SQLITE_NULL)
		fine = steps__text_put(detail, detail->length ? "; ret=" : "ret=") &&
		       steps__text_put(detail, steps__column(s, 12));
	if (fine && sqlite3_column_int(s, 13))
		fine = steps__text_put(detail,
				       detail->length ? "; exit=exception" : "exit=exception");
	return fine;
}

/* A row of the kernel's view: name of the call; arguments = result. */
static int call_fill(struct steps *steps, struct steps_row *row, char **error)
{
	struct steps_text *detail = &steps->detail;
	int rc;
	size_t name;

	row->is = STEPS_CALL;
	row->row = (struct row){ .detail = "" }; /* its detail is no list of fields */
	sqlite3_reset(steps->call);
	sqlite3_bind_int64(steps->call, 1, row->seq);
	rc = sqlite3_step(steps->call);
	if (rc == SQLITE_DONE)
		return 0;
	if (rc != SQLITE_ROW)
		return steps__trouble(steps, error);
	/* the name stands behind the detail in the same buffer */
	if (!steps__text_clear(detail) || !steps__text_put(detail, steps__column(steps->call, 1)) ||
	    !steps__text_put(detail, " = ") ||
	    !steps__text_put(detail, steps__column(steps->call, 2)))
		return steps__out_of_memory(error);
	name = ++detail->length;
	if (!steps__text_put(detail, steps__column(steps->call, 0)))
		return steps__out_of_memory(error);
	row->detail = detail->bytes;
	row->event = detail->bytes + name;
	if (sqlite3_column_type(steps->call, 3) != SQLITE_NULL)
		row->duration = sqlite3_column_int64(steps->call, 3);
	return 0;
}

/* The station on which s stands is one of this row's. */
static void taken_add(struct steps_row *row, sqlite3_stmt *s)
{
	struct steps_taken *taken = &row->taken[row->taken_count];
	size_t used = strlen(row->steps);

	if (row->taken_count == STEPS_TAKEN_MAX)
		return;
	snprintf(taken->step, sizeof(taken->step), "%.15s", steps__column(s, 1));
	taken->occurrence = sqlite3_column_int64(s, 2);
	snprintf(row->steps + used, sizeof(row->steps) - used, "%s%s", row->taken_count ? "," : "",
		 taken->step);
	row->taken_count++;
}

static int taken_fill(struct steps *steps, struct steps_row *row, char **error)
{
	sqlite3_stmt *s = steps->stations;

	while (steps->stations_wait && sqlite3_column_int64(s, 0) <= row->seq) {
		if (sqlite3_column_int64(s, 0) == row->seq)
			taken_add(row, s);
		if (advance(steps, s, &steps->stations_wait, error) < 0)
			return -1;
	}
	return 0;
}

static int taken_fill_at(struct steps *steps, struct steps_row *row, char **error)
{
	sqlite3_stmt *s = steps->stations_at;
	int rc;

	sqlite3_reset(s);
	sqlite3_bind_int64(s, 1, row->seq);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW)
		taken_add(row, s);
	return rc == SQLITE_DONE ? 0 : steps__trouble(steps, error);
}

static void gap_fill(struct steps *steps, struct steps_row *row)
{
	sqlite3_stmt *s = steps->gaps;

	row->is = STEPS_GAP;
	row->seq = sqlite3_column_int64(s, 0);
	row->thread = sqlite3_column_int64(s, 1);
	row->layer = steps__column(s, 2);
	row->lost = sqlite3_column_type(s, 3) == SQLITE_NULL ? -1 : sqlite3_column_int64(s, 3);
	row->event = "gap";
	row->detail = steps__column(s, 4);
}

static void fields_fill(struct steps_row *row, const struct steps_kind *kind, sqlite3_stmt *s)
{
	row->row.fields = row->phase == RING_END ? kind->return_fields : kind->fields;
	row->row.detail = row->detail;
	for (int i = 0; i < CATALOG_NUMERIC_MAX; i++) {
		row->row.a[i] = sqlite3_column_int64(s, 15 + i);
		if (sqlite3_column_type(s, 15 + i) == SQLITE_INTEGER)
			row->row.has |= 1u << i;
	}
}

/* The row of events on which s stands, without its stations. */
static int event_fill(struct steps *steps, sqlite3_stmt *s, struct steps_row *row, char **error)
{
	const struct steps_kind *kind = steps__kind_find(steps, sqlite3_column_int64(s, 6));
	/* the kernel's rows have none, and no site has the number -1 */
	const struct steps_site *site = steps__site_find(
		steps, sqlite3_column_type(s, 8) == SQLITE_NULL ? -1 : sqlite3_column_int64(s, 8));

	row->seq = sqlite3_column_int64(s, 0);
	row->time = sqlite3_column_int64(s, 1);
	row->thread = sqlite3_column_int64(s, 2);
	row->turn = sqlite3_column_int64(s, 3);
	row->depth = sqlite3_column_int64(s, 4);
	row->parent = sqlite3_column_int64(s, 5);
	row->phase = (unsigned)sqlite3_column_int64(s, 7);
	row->asked_by = sqlite3_column_int64(s, 9);
	row->triggered_by = sqlite3_column_int64(s, 10);
	row->layer = kind->layer;
	row->means = kind->means;
	row->symbol = kind->symbol;
	row->event = row->phase == RING_END ? kind->return_name : kind->name;
	row->english = kind->english;
	row->chinese = kind->chinese;
	row->file = site->file;
	row->function = site->function;
	row->line = site->line;
	if (sqlite3_column_type(s, 14) != SQLITE_NULL)
		row->duration =
			(int64_t)((uint64_t)sqlite3_column_int64(s, 14) - (uint64_t)row->time);
	if (!detail_build(steps, s))
		return steps__out_of_memory(error);
	row->detail = steps->detail.bytes;
	fields_fill(row, kind, s);
	row->since = (int64_t)((uint64_t)row->time - (uint64_t)steps->first_time);
	return strcmp(kind->layer, "kernel") == 0 ? call_fill(steps, row, error) : 0;
}

const struct steps_row steps_row_empty = { .layer = "",
					   .symbol = "",
					   .event = "",
					   .detail = "",
					   .row = { .detail = "" },
					   .english = "",
					   .chinese = "",
					   .file = "",
					   .function = "",
					   .duration = -1 };

int steps_next(struct steps *steps, struct steps_row *row, char **error)
{
	/* what the last row borrowed is let go by moving on only now */
	*row = steps_row_empty;
	if (steps->moves && advance(steps, steps->moves, steps->moves_waits, error) < 0)
		return -1;
	steps->moves = NULL;
	if (steps->gap_waits &&
	    (!steps->event_waits ||
	     sqlite3_column_int64(steps->gaps, 0) < sqlite3_column_int64(steps->events, 0))) {
		gap_fill(steps, row);
		steps->moves = steps->gaps;
		steps->moves_waits = &steps->gap_waits;
		return 1;
	}
	if (!steps->event_waits)
		return 0;
	steps->moves = steps->events;
	steps->moves_waits = &steps->event_waits;
	if (event_fill(steps, steps->events, row, error) < 0 || taken_fill(steps, row, error) < 0)
		return -1;
	return 1;
}

static int at_prepare(struct steps *steps, char **error)
{
	if (!steps->event_at &&
	    steps__query(steps, &steps->event_at, EVENTS_SQL "WHERE e.seq = ?1", error) < 0)
		return -1;
	if (!steps->stations_at &&
	    steps__query(steps, &steps->stations_at,
			 "SELECT seq, step, occurrence FROM article WHERE seq = ?1 "
			 "ORDER BY position LIMIT 8",
			 error) < 0)
		return -1;
	return 0;
}

int steps_at(struct steps *steps, int64_t seq, struct steps_row *row, char **error)
{
	int rc;

	*row = steps_row_empty;
	if (at_prepare(steps, error) < 0)
		return -1;
	sqlite3_reset(steps->event_at);
	sqlite3_bind_int64(steps->event_at, 1, seq);
	rc = sqlite3_step(steps->event_at);
	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? 0 : steps__trouble(steps, error);
	if (event_fill(steps, steps->event_at, row, error) < 0 ||
	    taken_fill_at(steps, row, error) < 0)
		return -1;
	return 1;
}

bool steps_row_is_of_run(const struct steps_row *row)
{
	/* a logged warning lies in the same layer, and is the program's */
	return strcmp(row->layer, "run") == 0 && meaning_is_of_run(row->means);
}

enum meaning steps_function_means(const struct steps *steps, int64_t function)
{
	uint64_t id = (uint64_t)function;

	while (id >> 16)
		id >>= 16;
	return steps__kind_find(steps, (int64_t)id)->means;
}

const struct walk *steps_walk(const struct steps *steps)
{
	return steps->walk;
}

sqlite3 *steps_db(struct steps *steps)
{
	return steps->db;
}
