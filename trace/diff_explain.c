#include "trace/diff_explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/diff_rules.h"
#include "trace/failure.h"
#include "trace/steps.h"
#include "trace/why.h"

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
	size_t at = seq ? diff_index(diff, side, seq) : end;
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
		status = diff_event_read(&story->next[side], steps, summary->next[side], error);
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
