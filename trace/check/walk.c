/*
 * walk.c - holds a run to its walk: what was taken, what was not and why.
 */
#include "trace/check/walk.h"

#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/read/rows.h"
#include "trace/store/store.h"
#include "trace/walk/walk.h"

/* A row that tells why the walk went on elsewhere; its text is "": no row did. */
struct mark {
	int64_t seq;
	char text[256];
};

/* A way off the walk, and the first row that took it. */
struct way {
	regex_t pattern;
	bool compiled, seen; /* seen: a row of its event */
	struct mark mark;
};

struct reading {
	struct check_walk *check;
	struct way *ways; /* one for each of the walk's leaves */
	struct mark end;  /* run.end */
	struct mark gap;  /* where events are missing */
};

static void mark_set(struct mark *mark, const struct steps_row *row, const char *words)
{
	if (*mark->text)
		return;
	mark->seq = row->seq;
	snprintf(mark->text, sizeof(mark->text), "%s (row %" PRId64 ": %.60s %.80s)", words,
		 row->seq, row->event, row->detail);
}

static struct check_station *station_of(struct check_walk *check, const char *number)
{
	for (unsigned i = 0; i < check->count; i++)
		if (strcmp(check->station[i].station->number, number) == 0)
			return &check->station[i];
	return NULL;
}

static void ways_look(struct reading *reading, const struct steps_row *row)
{
	const struct walk *walk = reading->check->walk;

	for (unsigned i = 0; i < walk->leave_count; i++) {
		const struct walk_leave *leave = &walk->leaves[i];
		struct way *way = &reading->ways[i];

		if (*way->mark.text || strcmp(row->event, leave->event) != 0 ||
		    (leave->is_first && way->seen))
			continue;
		way->seen = true;
		if (regexec(&way->pattern, row->detail, 0, NULL, 0) == 0)
			mark_set(&way->mark, row, leave->reason);
	}
}

static void row_look(struct reading *reading, const struct steps_row *row)
{
	for (unsigned i = 0; i < row->taken_count; i++) {
		struct check_station *station = station_of(reading->check, row->taken[i].step);

		if (!station || station->taken++)
			continue;
		station->seq = row->seq;
		station->turn = row->turn;
	}
	if (row->means == MEANS_RUN_ENDS)
		mark_set(&reading->end, row, "the recording ends");
	ways_look(reading, row);
}

static int rows_read(struct reading *reading, struct store *store, char **error)
{
	struct steps *steps = NULL;
	struct steps_row row;
	int status = steps_open(&steps, store, error);

	while (status == 0 && (status = steps_next(steps, &row, error)) > 0) {
		if (row.is == STEPS_GAP && strcmp(row.layer, "kernel") != 0 && !*reading->gap.text)
			snprintf(reading->gap.text, sizeof(reading->gap.text),
				 "it may have been: events are missing after row %" PRId64,
				 row.seq);
		if (row.is == STEPS_EVENT)
			row_look(reading, &row);
		status = 0;
	}
	steps_free(steps);
	return status;
}

/* ---- why a station is missing */

/* Whether the number is one of these, "34 34.1"; of any if they are NULL. */
static bool is_one_of(const char *number, const char *stations)
{
	size_t length = strlen(number);
	const char *at = stations;

	while (at && (at = strstr(at, number))) {
		if ((at == stations || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
			return true;
		at++;
	}
	return !stations;
}

static bool is_taken(struct check_walk *check, const char *number)
{
	const struct check_station *station = station_of(check, number);

	return station && station->taken;
}

static const struct walk_absence *absence_find(struct check_walk *check, const char *number,
					       bool is_spared)
{
	for (unsigned i = 0; i < check->walk->absence_count; i++) {
		const struct walk_absence *absence = &check->walk->absences[i];

		if (absence->is_spared == is_spared && is_one_of(number, absence->stations) &&
		    is_taken(check, absence->taken) &&
		    !(absence->not_taken && is_taken(check, absence->not_taken)))
			return absence;
	}
	return NULL;
}

/* The earliest row that leads away from this station, or from all (number NULL). */
static const struct mark *mark_find(const struct reading *reading, const char *number)
{
	const struct walk *walk = reading->check->walk;
	const struct mark *found = NULL;

	for (unsigned i = 0; i < walk->leave_count; i++) {
		const struct mark *mark = &reading->ways[i].mark;
		const char *stations = walk->leaves[i].stations;

		if (!*mark->text || !number != !stations ||
		    (number && !is_one_of(number, stations)))
			continue;
		if (!found || mark->seq < found->seq)
			found = mark;
	}
	return found;
}

/* What is known about this very station; else where the trace or the run went wrong. */
static const char *reason_text(struct reading *reading, const char *number)
{
	const struct mark *mark = mark_find(reading, number);
	const struct walk_absence *absence;

	if (mark)
		return mark->text;
	absence = absence_find(reading->check, number, false);
	if (absence)
		return absence->reason;
	if (*reading->gap.text)
		return reading->gap.text;
	mark = mark_find(reading, NULL);
	if (mark)
		return mark->text;
	if (reading->check->taken == 0)
		return "nothing is fetched in this run";
	return *reading->end.text ? reading->end.text : "the recording has no end";
}

static void reason_find(struct reading *reading, struct check_station *station)
{
	const char *number = station->station->number;
	const struct walk_absence *spared = absence_find(reading->check, number, true);

	station->optional = spared;
	snprintf(station->reason, sizeof(station->reason), "%s",
		 spared ? spared->reason : reason_text(reading, number));
}

/* Stations that the walk is whole without may be taken at any time. */
static bool may_come_anytime(const struct walk *walk, const char *number)
{
	for (unsigned i = 0; i < walk->absence_count; i++)
		if (walk->absences[i].is_spared && is_one_of(number, walk->absences[i].stations))
			return true;
	return false;
}

/* No station is reached for the first time before one that must precede it. */
static void order_check(struct check_walk *check)
{
	const struct check_station *latest = NULL;

	for (unsigned i = 0; i < check->count; i++) {
		struct check_station *station = &check->station[i];

		if (!station->taken || may_come_anytime(check->walk, station->station->number))
			continue;
		if (latest && station->seq < latest->seq) {
			station->early = true;
			check->early++;
			snprintf(station->reason, sizeof(station->reason),
				 "first taken in row %" PRId64 ", before step %s in row %" PRId64,
				 station->seq, latest->station->number, latest->seq);
		} else {
			latest = station;
		}
	}
}

static int generation_check(struct store *store, const struct walk *walk, char **error)
{
	char *generation = store_fact(store, "generation");
	int status = 0;

	if (strcmp(generation ? generation : "3.1", walk->generation) != 0)
		status = failure(error, "the walk is one through generation %s; this is %.20s",
				 walk->generation, generation ? generation : "3.1");
	free(generation);
	return status;
}

/* ---- all of it */

static void ways_free(struct way *ways, const struct walk *walk)
{
	for (unsigned i = 0; ways && i < walk->leave_count; i++)
		if (ways[i].compiled)
			regfree(&ways[i].pattern);
	free(ways);
}

static int ways_new(struct way **out, const struct walk *walk, char **error)
{
	struct way *ways = calloc(walk->leave_count + 1, sizeof(*ways));

	*out = ways;
	if (!ways)
		return failure(error, "out of memory");
	for (unsigned i = 0; i < walk->leave_count; i++) {
		ways[i].compiled = regcomp(&ways[i].pattern, walk->leaves[i].pattern,
					   REG_EXTENDED | REG_NOSUB) == 0;
		if (!ways[i].compiled)
			return failure(error, "the walk's pattern '%s' is malformed",
				       walk->leaves[i].pattern);
	}
	return 0;
}

static struct check_walk *check_allocate(const struct walk *walk)
{
	struct check_walk *check = calloc(1, sizeof(*check));

	if (check)
		check->station = calloc(walk->station_count, sizeof(*check->station));
	if (!check || !check->station) {
		check_walk_free(check);
		return NULL;
	}
	check->walk = walk;
	check->count = walk->station_count;
	for (unsigned i = 0; i < check->count; i++)
		check->station[i].station = &walk->stations[i];
	return check;
}

/* After the last row. */
static void conclude(struct reading *reading)
{
	struct check_walk *check = reading->check;

	for (unsigned i = 0; i < check->count; i++)
		check->taken += check->station[i].taken > 0;
	for (unsigned i = 0; i < check->count; i++) {
		struct check_station *station = &check->station[i];

		if (!station->taken)
			reason_find(reading, station);
		check->missed += !station->taken && !station->optional;
	}
	order_check(check);
}

int check_walk_new(struct check_walk **out, struct store *store, const struct walk *walk,
		   char **error)
{
	struct reading reading = { .check = check_allocate(walk) };
	int status = reading.check ? 0 : failure(error, "out of memory");

	*out = NULL;
	if (status == 0)
		status = generation_check(store, walk, error);
	if (status == 0)
		status = ways_new(&reading.ways, walk, error);
	if (status == 0)
		status = rows_read(&reading, store, error);
	if (status == 0) {
		conclude(&reading);
		*out = reading.check;
	} else {
		check_walk_free(reading.check);
	}
	ways_free(reading.ways, walk);
	return status;
}

void check_walk_free(struct check_walk *check)
{
	if (!check)
		return;
	free(check->station);
	free(check);
}
