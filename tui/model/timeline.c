/*
 * timeline.c - one pass over the polls of a run, added up for each column of
 * the bar.
 */
#include "tui/model/timeline.h"

#include <stdlib.h>

#include <sqlite3.h>

#include "trace/base/failure.h"
#include "trace/store/store.h"
#include "tui/model/visible.h"

#define POLLS_EXACT 4000 /* runs of more turns are sampled */
#define SAMPLES 60       /* places at which they are, evenly spread over the rows */
#define POLLS_SAMPLED 4  /* looked at in each */

/* A poll of the program's own, or what the kernel saw of one: both with their times. */
static const char polls_sql[] =
	"SELECT e.seq, e.time, n.time FROM events e JOIN ends n ON n.seq = e.seq "
	"WHERE e.kind = " STORE_KIND("POLL") " AND e.seq >= ?1 ORDER BY e.seq LIMIT ?2";
static const char waits_sql[] =
	"SELECT e.seq, e.time - c.duration, e.time FROM events e JOIN syscalls c ON c.seq = e.seq "
	"WHERE e.kind = " STORE_KIND("CALL_POLLS") " AND e.seq >= ?1 AND c.duration NOT NULL "
						   "ORDER BY e.seq LIMIT ?2";
static const char row_sql[] = "SELECT seq, time FROM events WHERE seq >= ?1 ORDER BY seq LIMIT 1";

int timeline_column(const struct timeline *timeline, int64_t time)
{
	double part;

	if (timeline->end <= timeline->begin)
		return 0;
	/* a damaged trace may have any time: the difference of two need not be one */
	part = ((double)time - (double)timeline->begin) / (double)(timeline->end - timeline->begin);
	if (!(part > 0))
		return 0;
	return part >= 1 ? timeline->columns - 1 : (int)(part * timeline->columns);
}

static int64_t column_time(const struct timeline *timeline, int column)
{
	return timeline->begin +
	       (int64_t)((double)(timeline->end - timeline->begin) * column / timeline->columns);
}

/* The first row at or after that time, by halving; times may be wild in a damaged trace. */
static int64_t row_at_time(sqlite3_stmt *s, int64_t low, int64_t high, int64_t time)
{
	while (low < high) {
		int64_t middle = low + (high - low) / 2, found = high;
		bool earlier = false;

		sqlite3_reset(s);
		sqlite3_bind_int64(s, 1, middle);
		if (sqlite3_step(s) == SQLITE_ROW) {
			found = sqlite3_column_int64(s, 0);
			earlier = sqlite3_column_int64(s, 1) < time;
		}
		if (earlier && found >= low)
			low = found + 1;
		else
			high = middle;
	}
	return low < high ? low : high;
}

/* Adds a wait to the columns that it lies over. */
static void add_wait(struct timeline *timeline, int64_t begin, int64_t end)
{
	double width = (double)(timeline->end - timeline->begin) / timeline->columns;
	int first = timeline_column(timeline, begin), last = timeline_column(timeline, end);

	begin = begin > timeline->begin ? begin : timeline->begin;
	end = end < timeline->end ? end : timeline->end;
	if (end <= begin || width <= 0)
		return;
	timeline->waited += end - begin;
	if (timeline->waited > timeline->end - timeline->begin)
		timeline->waited = timeline->end - timeline->begin;
	for (int i = first; i <= last; i++) {
		int64_t from = column_time(timeline, i), to = column_time(timeline, i + 1);

		from = begin > from ? begin : from;
		to = end < to ? end : to;
		if (to > from)
			timeline->column[i].waiting += (double)(to - from) / width;
	}
}

static void measure(struct timeline *timeline, sqlite3_stmt *polls)
{
	sqlite3_bind_int64(polls, 1, 0);
	sqlite3_bind_int64(polls, 2, POLLS_EXACT * 2);
	while (sqlite3_step(polls) == SQLITE_ROW)
		add_wait(timeline, sqlite3_column_int64(polls, 1), sqlite3_column_int64(polls, 2));
}

/* The part of the time that the polls from this row on took. */
static double sample(sqlite3_stmt *polls, int64_t seq)
{
	double begin = 0, end = 0, waited = 0;

	sqlite3_reset(polls);
	sqlite3_bind_int64(polls, 1, seq);
	sqlite3_bind_int64(polls, 2, POLLS_SAMPLED);
	while (sqlite3_step(polls) == SQLITE_ROW) {
		/* from the end of one poll to the end of another lie whole turns */
		if (begin != 0)
			waited += sqlite3_column_double(polls, 2) - sqlite3_column_double(polls, 1);
		end = sqlite3_column_double(polls, 2);
		if (begin == 0)
			begin = end;
	}
	if (end <= begin || waited < 0 || waited > end - begin)
		return 0;
	return waited / (end - begin);
}

/* Every column is as the sample whose time is the last before its own. */
static void measure_samples(struct timeline *timeline, sqlite3_stmt *polls, sqlite3_stmt *row,
			    int64_t first, int64_t last)
{
	double width = (double)(timeline->end - timeline->begin) / timeline->columns;
	int column = 0;

	for (int i = 0; i < SAMPLES; i++) {
		int64_t seq = first + (last - first) / SAMPLES * i, time = 0;
		double waiting = sample(polls, seq);

		sqlite3_reset(row);
		sqlite3_bind_int64(row, 1, first + (last - first) / SAMPLES * (i + 1));
		if (sqlite3_step(row) == SQLITE_ROW)
			time = sqlite3_column_int64(row, 1);
		while (column < timeline->columns &&
		       (i + 1 == SAMPLES || column_time(timeline, column) < time)) {
			timeline->column[column].seq = seq;
			timeline->column[column++].waiting = waiting;
			timeline->waited += (int64_t)(waiting * width);
		}
	}
}

static void fill(struct timeline *timeline, struct rows *rows, sqlite3_stmt *polls,
		 sqlite3_stmt *row, const struct rows_place *first, const struct rows_place *last)
{
	struct rows_place place;

	timeline->sampled = timeline->turns > POLLS_EXACT;
	if (timeline->sampled) {
		measure_samples(timeline, polls, row, first->seq, last->seq);
		return;
	}
	for (int i = 0; i < timeline->columns; i++) {
		timeline->column[i].seq =
			row_at_time(row, first->seq, last->seq, column_time(timeline, i));
		rows_place(rows, timeline->column[i].seq, &place);
		timeline->column[i].turn = place.turn;
	}
	measure(timeline, polls);
}

int timeline_new(struct timeline **out, struct store *store, struct rows *rows, int columns,
		 char **error)
{
	enum level level = rows_has_level(rows, LEVEL_CORE) ? LEVEL_CORE : LEVEL_KERNEL;
	struct timeline *timeline = calloc(1, sizeof(*timeline));
	/* the recorder says some time later how the program ended: that is not the run */
	int64_t behind = rows_end(rows) ? rows_end(rows) : INT64_MAX;
	struct rows_place first, last;
	sqlite3_stmt *polls, *row;

	*out = NULL;
	if (!timeline)
		return failure(error, "out of memory");
	timeline->columns = columns < 1 ? 1 : columns > CELLS_MAX ? CELLS_MAX : columns;
	polls = store_prepare(store, level == LEVEL_CORE ? polls_sql : waits_sql, error);
	row = store_prepare(store, row_sql, error);
	if (!polls || !row) {
		timeline_free(timeline);
		return -1;
	}
	if (rows_place(rows, rows_next(rows, level, 0), &first) &&
	    rows_place(rows, rows_previous(rows, level, behind), &last) && last.time > first.time &&
	    last.time - first.time < INT64_MAX / 2) {
		timeline->begin = first.time;
		timeline->end = last.time;
		timeline->turns = last.turn;
		fill(timeline, rows, polls, row, &first, &last);
	}
	store_release(store, polls);
	store_release(store, row);
	*out = timeline;
	return 0;
}

void timeline_free(struct timeline *timeline)
{
	free(timeline);
}
