/*
 * diff_json.c - the answer of diff as one JSON object; docs/diff.md says what
 * each member is.
 */
#include "trace/cmd/diff_print.h"

#include <stdlib.h>

#include "trace/base/failure.h"
#include "trace/base/json.h"

#define FORMAT_VERSION 1
#define PLACES_MAX 1000 /* listed; their number is always told */

/* A row number, null for 0. */
static void put_seq(struct json *json, const char *key, int64_t seq)
{
	json_member_int_or_null(json, key, seq, seq);
}

static void put_event(struct json *json, const char *key, const struct diff_event *event)
{
	json_key(json, key);
	if (!event->seq) {
		json_null(json);
		return;
	}
	json_begin_object(json);
	json_member_int(json, "seq", event->seq);
	json_member_int(json, "turn", event->turn);
	json_member_string(json, "step", *event->steps ? event->steps : NULL);
	json_member_string(json, "event", event->event);
	json_member_string(json, "detail", event->detail);
	json_member_string(json, "file", *event->file ? event->file : NULL);
	put_seq(json, "line", *event->file ? event->line : 0);
	json_end_object(json);
}

static void put_side(const struct diff_report *report, struct json *json, unsigned side)
{
	const struct diff_summary *summary = diff_summary(report->diff);

	json_key(json, side ? "b" : "a");
	json_begin_object(json);
	json_member_string(json, "trace", report->path[side]);
	json_member_int(json, "rows", (int64_t)summary->rows[side]);
	json_member_int(json, "gaps", (int64_t)summary->gaps[side]);
	json_end_object(json);
}

static void put_causes(const struct diff_story *story, struct json *json, unsigned side)
{
	json_key(json, "causes");
	json_begin_array(json);
	for (unsigned i = 0; i < story->causes[side]; i++) {
		const struct diff_cause *cause = &story->cause[side][i];

		json_begin_object(json);
		json_member_string(json, "by", cause->by == DIFF_BY_ASKED ? "asked" : "trigger");
		put_event(json, "row", &cause->event);
		json_end_object(json);
	}
	json_end_array(json);
}

static void put_first(const struct diff_report *report, struct json *json)
{
	const struct diff_story *story = report->story;

	json_key(json, "first");
	if (!story) {
		json_null(json);
		return;
	}
	json_begin_object(json);
	for (unsigned side = 0; side < 2; side++) {
		json_key(json, side ? "b" : "a");
		json_begin_object(json);
		put_event(json, "last", &story->last[side]);
		put_event(json, "next", &story->next[side]);
		put_causes(story, json, side);
		json_end_object(json);
	}
	json_key(json, "reason");
	if (story->rule) {
		json_begin_object(json);
		json_member_string(json, "rule", story->rule);
		json_member_string(json, "sentence", story->reason);
		json_end_object(json);
	} else {
		json_null(json);
	}
	json_end_object(json);
}

static void put_counts(struct json *json, const size_t lines[DIFF_IS_COUNT])
{
	json_member_int(json, "changed", (int64_t)lines[DIFF_CHANGED]);
	json_member_int(json, "only_a", (int64_t)lines[DIFF_ONLY_A]);
	json_member_int(json, "only_b", (int64_t)lines[DIFF_ONLY_B]);
}

static int put_kinds(const struct diff_report *report, struct json *json, char **error)
{
	struct diff_tally *tally;
	int count = diff_tally(report->diff, &tally);

	if (count < 0)
		return failure(error, "out of memory");
	json_key(json, "kinds");
	json_begin_array(json);
	for (int i = 0; i < count; i++) {
		json_begin_object(json);
		json_member_string(json, "event", tally[i].event);
		put_counts(json, tally[i].lines);
		json_end_object(json);
	}
	json_end_array(json);
	free(tally);
	return 0;
}

static void put_place(const struct diff_report *report, struct json *json, size_t from, size_t to)
{
	size_t lines[DIFF_IS_COUNT] = { 0 };
	int64_t first[2] = { 0 };

	for (size_t i = from; i < to; i++) {
		struct diff_line line = diff_at(report->diff, i);

		lines[line.is]++;
		for (unsigned side = 0; side < 2; side++)
			if (!first[side])
				first[side] = line.seq[side];
	}
	json_begin_object(json);
	put_seq(json, "a", first[DIFF_A]);
	put_seq(json, "b", first[DIFF_B]);
	put_counts(json, lines);
	json_end_object(json);
}

static void put_places(const struct diff_report *report, struct json *json)
{
	size_t count = diff_count(report->diff), shown = 0, line = count;

	if (!diff_summary(report->diff)->same)
		line = diff_at(report->diff, 0).is != DIFF_SAME ? 0
								: diff_next_place(report->diff, 0);
	json_key(json, "places");
	json_begin_array(json);
	for (; line < count && shown < PLACES_MAX; shown++) {
		put_place(report, json, line, diff_place_end(report->diff, line));
		line = diff_next_place(report->diff, line);
	}
	json_end_array(json);
}

static void put_lines(const struct diff_report *report, struct json *json)
{
	static const char *const words[] = { "same", "changed", "only_a", "only_b" };
	size_t count = diff_count(report->diff);

	json_key(json, "lines");
	json_begin_array(json);
	for (size_t i = 0; i < count; i++) {
		struct diff_line line = diff_at(report->diff, i);

		json_begin_array(json);
		json_string(json, words[line.is]);
		for (unsigned side = 0; side < 2; side++) {
			if (line.seq[side])
				json_int(json, line.seq[side]);
			else
				json_null(json);
		}
		json_end_array(json);
	}
	json_end_array(json);
}

static void put_change(struct json *json, const struct diff_change *change)
{
	json_begin_object(json);
	put_seq(json, "a", change->seq[DIFF_A]);
	put_seq(json, "b", change->seq[DIFF_B]);
	json_member_int(json, "a_median_ns", change->sample[DIFF_A].median);
	json_member_int(json, "a_spread_ns", change->sample[DIFF_A].spread);
	json_member_int(json, "a_count", change->sample[DIFF_A].count);
	json_member_int(json, "b_median_ns", change->sample[DIFF_B].median);
	json_member_int(json, "b_spread_ns", change->sample[DIFF_B].spread);
	json_member_int(json, "b_count", change->sample[DIFF_B].count);
	json_member_int(json, "change_ns", change->change);
	json_member_bool(json, "clear", change->clear);
	json_end_object(json);
}

/* Each trace but the first of A, with which it was compared. */
static void put_timed(const struct diff_report *report, struct json *json, unsigned side)
{
	for (unsigned i = !side; i < report->timing->traces[side]; i++) {
		const struct diff_timed *timed = &report->timing->timed[side][i];

		json_begin_object(json);
		json_member_string(json, "side", side ? "b" : "a");
		json_member_string(json, "trace", report->traces[side][i]);
		json_member_string(json, "verdict",
				   !timed->same  ? "different"
				   : timed->gaps ? "unknown"
						 : "same");
		put_seq(json, "row", timed->next);
		json_end_object(json);
	}
}

static void put_timing(const struct diff_report *report, struct json *json)
{
	const struct diff_timing *timing = report->timing;

	json_key(json, "timing");
	json_begin_object(json);
	json_member_int(json, "spans", (int64_t)timing->spans);
	json_member_int(json, "slower", (int64_t)timing->slower);
	json_member_int(json, "faster", (int64_t)timing->faster);
	json_key(json, "traces");
	json_begin_array(json);
	put_timed(report, json, DIFF_A);
	put_timed(report, json, DIFF_B);
	json_end_array(json);
	json_key(json, "total");
	put_change(json, &timing->total);
	json_key(json, "changes");
	json_begin_array(json);
	for (size_t i = 0; i < timing->count; i++)
		put_change(json, &timing->change[i]);
	json_end_array(json);
	json_end_object(json);
}

static const char *verdict_word(const struct diff_summary *summary)
{
	if (!summary->same)
		return "different";
	return summary->gaps[0] || summary->gaps[1] ? "unknown" : "same";
}

int diff_print_json(const struct diff_report *report, char **error)
{
	const struct diff_summary *summary = diff_summary(report->diff);
	char *sentence = diff_verdict(report);
	struct json json;
	int status;

	if (!sentence)
		return failure(error, "out of memory");
	json_init(&json, stdout);
	json_begin_object(&json);
	json_member_int(&json, "format", FORMAT_VERSION);
	json_member_string(&json, "verdict", verdict_word(summary));
	json_member_string(&json, "sentence", sentence);
	free(sentence);
	put_side(report, &json, DIFF_A);
	put_side(report, &json, DIFF_B);
	put_first(report, &json);
	json_key(&json, "differences");
	json_begin_object(&json);
	json_member_int(&json, "same", (int64_t)summary->lines[DIFF_SAME]);
	put_counts(&json, summary->lines);
	json_member_int(&json, "places", (int64_t)summary->places);
	json_end_object(&json);
	put_places(report, &json);
	status = put_kinds(report, &json, error);
	if (report->timing)
		put_timing(report, &json);
	if (report->full)
		put_lines(report, &json);
	json_end_object(&json);
	json_newline(&json);
	return status;
}
