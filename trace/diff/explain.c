/*
 * explain.c - the rows around the first difference with their causes, and the
 * rule that explains it.
 */
#include "trace/diff/explain.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/diff/rules.h"
#include "trace/emit/ring.h"
#include "trace/kinds/row.h"
#include "trace/read/rows.h"
#include "trace/read/why.h"
#include "trace/store/store.h"

void diff_event_release(struct diff_event *event)
{
	free(event->event);
	free(event->detail);
	free(event->file);
	memset(event, 0, sizeof(*event));
}

int diff_event_read(struct diff_event *event, struct steps *steps, int64_t seq, char **error)
{
	struct steps_row row;
	int status;

	memset(event, 0, sizeof(*event));
	status = seq ? steps_at(steps, seq, &row, error) : 0;
	if (status <= 0)
		return status;
	event->seq = seq;
	event->turn = row.turn;
	event->line = row.line;
	event->means = row.means;
	event->callback = steps_function_means(steps, row_field(&row.row, "callback").number);
	event->ends = row.phase == RING_END;
	/* a call's own row has only its name; the layer makes it one of many kinds of row */
	if (asprintf(&event->event, "%s%s", row.is == STEPS_CALL ? "kernel." : "", row.event) < 0)
		event->event = NULL;
	event->detail = strdup(row.detail);
	event->file = strdup(row.file);
	snprintf(event->steps, sizeof(event->steps), "%.63s", row.steps);
	if (event->event && event->detail && event->file)
		return 0;
	diff_event_release(event);
	return failure(error, "out of memory");
}

/* The numbers of the descriptors that a row names. */
static void put_descriptors(FILE *out, struct store *store, const char *detail)
{
	sqlite3_stmt *s = store_prepare(
		store,
		"SELECT runtime & 0xffffffff FROM objects WHERE class = 'fd' AND number = ?1",
		NULL);

	for (const char *p = detail; s && (p = strstr(p, "fd#")); p += 3) {
		sqlite3_reset(s);
		sqlite3_bind_int64(s, 1, strtol(p + 3, NULL, 10));
		if (sqlite3_step(s) == SQLITE_ROW)
			fprintf(out, "; %.*s=%lld", 3 + (int)strspn(p + 3, "0123456789"), p,
				(long long)sqlite3_column_int64(s, 0));
	}
	if (s)
		store_release(store, s);
}

static void put_time(FILE *out, const struct diff *diff, unsigned side, int64_t time)
{
	struct store *store = diff_store(diff, side);
	sqlite3_stmt *s = store_prepare(store, "SELECT time FROM events WHERE seq = ?1", NULL);

	if (!s)
		return;
	sqlite3_bind_int64(s, 1, diff_row(diff, side, 0));
	if (sqlite3_step(s) == SQLITE_ROW)
		fprintf(out, "; time=%lldns",
			(long long)((uint64_t)time - (uint64_t)sqlite3_column_int64(s, 0)));
	store_release(store, s);
}

char *diff_detail(const struct diff *diff, unsigned side, const struct steps_row *row)
{
	unsigned strict = diff_strict(diff);
	char *text = NULL;
	size_t size = 0, blank;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs(row->detail, out);
	if (strict >> DIFF_TURNS & 1)
		fprintf(out, "; turn=%lld", (long long)row->turn);
	if (strict >> DIFF_THREADS & 1)
		fprintf(out, "; thread=%lld", (long long)row->thread);
	if (strict >> DIFF_TIMES & 1)
		put_time(out, diff, side, row->time);
	if (strict >> DIFF_DESCRIPTORS & 1)
		put_descriptors(out, diff_store(diff, side), row->detail);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	blank = *row->detail ? 0 : strspn(text, "; ");
	memmove(text, text + blank, strlen(text + blank) + 1);
	return text;
}

/* A next row, with the numbers that count. */
static int next_read(struct diff_story *story, const struct diff *diff, unsigned side,
		     struct steps *steps, char **error)
{
	struct diff_event *next = &story->next[side];
	struct steps_row row;
	char *detail;
	int status = diff_event_read(next, steps, diff_summary(diff)->next[side], error);

	if (status < 0 || !next->seq || !diff_strict(diff))
		return status;
	status = steps_at(steps, next->seq, &row, error);
	if (status <= 0)
		return status;
	detail = diff_detail(diff, side, &row);
	if (!detail)
		return failure(error, "out of memory");
	free(next->detail);
	next->detail = detail;
	return 0;
}

static int cause_add(struct diff_story *story, unsigned side, struct steps *steps,
		     enum diff_cause_by by, int64_t seq, char **error)
{
	struct diff_cause *cause = &story->cause[side][story->causes[side]];

	if (!seq || story->causes[side] == DIFF_CAUSES_MAX)
		return 0;
	if (diff_event_read(&cause->event, steps, seq, error) < 0)
		return -1;
	cause->by = by;
	story->causes[side] += cause->event.seq != 0;
	return 0;
}

/* The hops of the way back from the next row: who asked, and what made it due. */
static int causes_read(struct diff_story *story, unsigned side, struct store *store,
		       struct steps *steps, char **error)
{
	struct why *why = NULL;
	struct why_hop hop;
	int status = why_open(&why, store, error);

	if (status == 0)
		status = why_begin(why, story->next[side].seq, WHY_ASKED, error);
	while (status == 0 && story->causes[side] < DIFF_CAUSES_MAX) {
		int more = why_next(why, &hop, error);

		if (more <= 0) {
			status = more;
			break;
		}
		if (!hop.asked)
			continue;
		status = cause_add(story, side, steps, DIFF_BY_TRIGGER,
				   hop.trigger ? hop.trigger : hop.timeout, error);
		if (status == 0)
			status = cause_add(story, side, steps, DIFF_BY_ASKED, hop.asked, error);
	}
	why_free(why);
	return status;
}

/* What a side did around its next row. */
static int near_read(struct diff_near *near, const struct diff *diff, unsigned side,
		     struct steps *steps, char **error)
{
	const struct diff_summary *summary = diff_summary(diff);
	int64_t seq = summary->next[side];
	size_t first = summary->thread_from[side], end = summary->thread_to[side];
	size_t found = seq ? diff_index(diff, side, seq) : end;
	/* in a damaged trace it may be another thread's */
	size_t at = found < first || found > end ? end : found;
	size_t from = at > first + DIFF_BEFORE ? at - DIFF_BEFORE : first;
	size_t to = end > at + DIFF_AFTER ? at + DIFF_AFTER : end;

	near->name = side == DIFF_A ? 'A' : 'B';
	near->threads = summary->threads[DIFF_A] > 1 || summary->threads[DIFF_B] > 1;
	near->thread = end > first;
	near->times = diff_strict(diff) >> DIFF_TIMES & 1;
	near->store = diff_store(diff, side);
	near->at = (unsigned)(at - from);
	near->row = calloc(to - from + 1, sizeof(*near->row));
	if (!near->row)
		return failure(error, "out of memory");
	for (size_t i = from; i < to; i++, near->count++) {
		struct diff_event *event = &near->row[near->count];

		if (diff_event_read(event, steps, diff_row(diff, side, i), error) < 0)
			return -1;
		if (event->seq == 0)
			return failure(error, "row %lld of %c has gone",
				       (long long)diff_row(diff, side, i), near->name);
	}
	return 0;
}

static void near_release(struct diff_near *near)
{
	for (unsigned i = 0; i < near->count; i++)
		diff_event_release(&near->row[i]);
	free(near->row);
}

static int side_read(struct diff_story *story, const struct diff *diff, unsigned side,
		     struct diff_near *near, char **error)
{
	const struct diff_summary *summary = diff_summary(diff);
	struct store *store = diff_store(diff, side);
	struct steps *steps = NULL;
	int status = steps_open(&steps, store, error);

	if (status == 0)
		status = diff_event_read(&story->last[side], steps, summary->last[side], error);
	if (status == 0)
		status = next_read(story, diff, side, steps, error);
	if (status == 0 && story->next[side].seq)
		status = causes_read(story, side, store, steps, error);
	if (status == 0)
		status = near_read(near, diff, side, steps, error);
	steps_free(steps);
	return status;
}

int diff_explain(struct diff_story **out, const struct diff *diff, char **error)
{
	struct diff_story *story = calloc(1, sizeof(*story));
	struct diff_near near[2] = { 0 };
	int status = 0;

	*out = NULL;
	if (!story)
		return failure(error, "out of memory");
	for (unsigned side = 0; side < 2 && status == 0; side++)
		status = side_read(story, diff, side, &near[side], error);
	if (status == 0)
		story->rule = diff_rules_try(&near[DIFF_A], &near[DIFF_B], story->reason,
					     sizeof(story->reason));
	near_release(&near[0]);
	near_release(&near[1]);
	if (status < 0)
		diff_story_free(story);
	else
		*out = story;
	return status;
}

void diff_story_free(struct diff_story *story)
{
	if (!story)
		return;
	for (unsigned side = 0; side < 2; side++) {
		diff_event_release(&story->last[side]);
		diff_event_release(&story->next[side]);
		for (unsigned i = 0; i < story->causes[side]; i++)
			diff_event_release(&story->cause[side][i].event);
	}
	free(story);
}
