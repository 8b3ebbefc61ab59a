/*
 * diff_text.c - the answer of diff as text for people, and the aligned rows in
 * unified form.
 */
#include "trace/cmd/diff_print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/base/safe.h"
#include "trace/diff/generations.h"
#include "trace/store/store.h"

#define DETAIL_BYTES 160   /* shown of a row's details */
#define SENTENCE_BYTES 110 /* ... in the verdict */
#define CONTEXT 3          /* same rows around a place */
#define PLACES_SHOWN 10
#define KINDS_SHOWN 15
#define KIND_COLUMNS 52

static const char side_name[2] = { 'A', 'B' };

/* ---- one row */

static void put_cut(const char *text, size_t most)
{
	size_t length = strlen(text), shown = length;

	if (length > most) {
		shown = most;
		while (shown > most - 4 && ((unsigned char)text[shown] & 0xc0) == 0x80)
			shown--;
	}
	steps_put_bytes(stdout, text, shown);
	if (shown < length)
		fputs("...", stdout);
}

void diff_put_event(const struct steps_style *style, const struct diff_event *event)
{
	fputs(steps_ink(style, *event->steps ? STEPS_INK_NAME : STEPS_INK_PLAIN), stdout);
	steps_put(stdout, event->event);
	fputs(steps_ink(style, STEPS_INK_PLAIN), stdout);
	if (!*event->detail)
		return;
	printf("  %s", steps_ink(style, STEPS_INK_FAINT));
	put_cut(event->detail, DETAIL_BYTES);
	fputs(steps_ink(style, STEPS_INK_PLAIN), stdout);
}

/* "    A  152  34.2.1   iostream...   core/v31/iostream_read.c:120" */
static void put_event_line(const struct steps_style *style, const char *lead,
			   const struct diff_event *event, const char *none)
{
	char steps[4 * sizeof(event->steps)];

	if (!event->seq) {
		printf("  %-12s %s\n", lead, none);
		return;
	}
	safe_text(steps, sizeof(steps), event->steps, strlen(event->steps));
	printf("  %-12s %6" PRId64 "  %s%-8s%s ", lead, event->seq,
	       steps_ink(style, STEPS_INK_STEP), steps, steps_ink(style, STEPS_INK_PLAIN));
	diff_put_event(style, event);
	if (*event->file) {
		printf("  %s", steps_ink(style, STEPS_INK_FAINT));
		steps_put(stdout, event->file);
		printf(":%" PRId64 "%s", event->line, steps_ink(style, STEPS_INK_PLAIN));
	}
	putchar('\n');
}

/* ---- the verdict */

/* What a side does that has no row there. */
static const char *end_of(const struct diff_summary *summary, unsigned side)
{
	if (summary->thread >= summary->threads[side] && summary->thread)
		return "has no such thread";
	return summary->threads[0] > 1 || summary->threads[1] > 1 ? "ends that thread" : "ends";
}

static void text_event(FILE *out, const struct diff_event *event, const char *end)
{
	size_t length;

	if (!event->seq) {
		fputs(end, out);
		return;
	}
	length = strlen(event->detail);
	fprintf(out, "has %s", event->event);
	if (!length)
		return;
	fprintf(out, " (%.*s%s)", (int)(length < SENTENCE_BYTES ? length : SENTENCE_BYTES),
		event->detail, length > SENTENCE_BYTES ? "..." : "");
}

static void text_gaps(FILE *out, const struct diff_summary *summary)
{
	for (unsigned i = 0; i < 2; i++) {
		if (!summary->gaps[i])
			continue;
		if (summary->gap[i].lost < 0)
			fprintf(out,
				"; an unknown number of events is missing in %c after row %" PRId64,
				side_name[i], summary->gap[i].after);
		else
			fprintf(out, "; %" PRId64 " event%s missing in %c after row %" PRId64,
				summary->gap[i].lost, summary->gap[i].lost == 1 ? " is" : "s are",
				side_name[i], summary->gap[i].after);
		if (summary->gaps[i] > 1)
			fprintf(out, " and %zu more time%s", summary->gaps[i] - 1,
				summary->gaps[i] == 2 ? "" : "s");
	}
}

static void text_same(FILE *out, const struct diff_summary *summary)
{
	bool gaps = summary->gaps[0] || summary->gaps[1];

	size_t rows = summary->lines[DIFF_SAME];

	if (gaps)
		fprintf(out,
			"No difference was found in %zu row%s, but what is missing cannot be "
			"compared",
			rows, rows == 1 ? "" : "s");
	else
		fprintf(out,
			rows == 1 ? "The runs are the same in the %zu row that was compared"
				  : "The runs are the same in all %zu rows that were compared",
			rows);
}

static void text_different(FILE *out, const struct diff_summary *summary,
			   const struct diff_story *story)
{
	const struct diff_event *last = &story->last[DIFF_A];

	fputs("The runs part ", out);
	if (last->seq && *last->steps)
		fprintf(out, "after step %s, row %" PRId64 " of A and %" PRId64 " of B",
			last->steps, summary->last[0], summary->last[1]);
	else if (last->seq)
		fprintf(out, "after row %" PRId64 " of A and %" PRId64 " of B", summary->last[0],
			summary->last[1]);
	else if (summary->thread)
		fprintf(out, "at the beginning of thread %u", summary->thread + 1);
	else
		fputs("at the very beginning", out);
	fputs(": A ", out);
	text_event(out, &story->next[DIFF_A], end_of(summary, DIFF_A));
	fputs(", B ", out);
	text_event(out, &story->next[DIFF_B], end_of(summary, DIFF_B));
	if (summary->gaps[0] || summary->gaps[1])
		fputs("; they may have parted before, where events are missing", out);
}

/* Of different generations nearly every row differs: the reader learns what aligns them. */
static void text_generations(FILE *out, const struct diff *diff)
{
	struct store *a = diff_store(diff, DIFF_A), *b = diff_store(diff, DIFF_B);
	char *in_a, *in_b;

	if (!generations_differ(a, b))
		return;
	in_a = store_fact(a, "generation");
	in_b = store_fact(b, "generation");
	if (in_a && in_b)
		fprintf(out,
			"A is of generation %s and B of generation %s: diff --generations tells "
			"what each needed for the same exchange. ",
			in_a, in_b);
	free(in_a);
	free(in_b);
}

char *diff_verdict(const struct diff_report *report)
{
	const struct diff_summary *summary = diff_summary(report->diff);
	char *text = NULL;
	size_t size = 0;
	FILE *out;

	if (diff_generations(report->diff))
		return generations_sentence(diff_generations(report->diff), false);
	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	text_generations(out, report->diff);
	if (summary->same)
		text_same(out, summary);
	else
		text_different(out, summary, report->story);
	text_gaps(out, summary);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* ---- the first difference */

static void put_causes(const struct steps_style *style, const struct diff_story *story,
		       unsigned side)
{
	for (unsigned i = 0; i < story->causes[side]; i++) {
		const struct diff_cause *cause = &story->cause[side][i];

		put_event_line(style, cause->by == DIFF_BY_ASKED ? "  asked by" : "  due to",
			       &cause->event, "");
	}
}

static void put_story(const struct diff_report *report)
{
	const struct diff_story *story = report->story;

	puts("\nfirst difference");
	put_event_line(&report->style, "last common", &story->last[DIFF_A],
		       "none: they begin differently");
	for (unsigned side = 0; side < 2; side++) {
		char lead[] = "A next";

		lead[0] = side_name[side];
		put_event_line(&report->style, lead, &story->next[side],
			       end_of(diff_summary(report->diff), side));
		put_causes(&report->style, story, side);
	}
	if (!story->rule)
		return;
	fputs("  likely reason: ", stdout);
	steps_put(stdout, story->reason);
	putchar('\n');
}

/* ---- the summary */

static void put_counts(const size_t lines[DIFF_IS_COUNT])
{
	static const struct {
		enum diff_is is;
		const char *words;
	} all[] = { { DIFF_CHANGED, "changed" },
		    { DIFF_ONLY_A, "only in A" },
		    { DIFF_ONLY_B, "only in B" } };
	const char *comma = "";

	for (unsigned i = 0; i < 3; i++) {
		if (!lines[all[i].is])
			continue;
		printf("%s%zu %s", comma, lines[all[i].is], all[i].words);
		comma = ", ";
	}
}

/* A name made safe, and a column of them. */
static void put_padded(const char *text, int columns)
{
	size_t length = safe_text(NULL, 0, text, strlen(text));

	steps_put(stdout, text);
	printf("%*s ", length < (size_t)columns ? columns - (int)length : 0, "");
}

static int put_kinds(const struct diff_report *report, char **error)
{
	struct diff_tally *tally;
	int count = diff_tally(report->diff, &tally);

	if (count < 0)
		return failure(error, "out of memory");
	puts("by kind of event");
	for (int i = 0; i < count && i < KINDS_SHOWN; i++) {
		fputs("  ", stdout);
		put_padded(tally[i].event, KIND_COLUMNS);
		put_counts(tally[i].lines);
		putchar('\n');
	}
	if (count > KINDS_SHOWN)
		printf("  and %d kind%s more\n", count - KINDS_SHOWN,
		       count == KINDS_SHOWN + 1 ? "" : "s");
	free(tally);
	return 0;
}

/* "  2  rows 152-153 of A, 152-169 of B: 1 changed, 16 only in B, from ..." */
static int put_place(const struct diff_report *report, size_t from, size_t to, char **error)
{
	size_t lines[DIFF_IS_COUNT] = { 0 };
	int64_t first[2] = { 0 }, last[2] = { 0 };
	struct diff_event event;
	unsigned of;

	for (size_t i = from; i < to; i++) {
		struct diff_line line = diff_at(report->diff, i);

		lines[line.is]++;
		for (unsigned side = 0; side < 2; side++) {
			if (!line.seq[side])
				continue;
			first[side] = first[side] ? first[side] : line.seq[side];
			last[side] = line.seq[side];
		}
	}
	fputs("  ", stdout);
	for (unsigned side = 0; side < 2; side++) {
		if (!first[side])
			continue;
		printf(first[side] == last[side] ? "%s%c %" PRId64 : "%s%c %" PRId64 "-%" PRId64,
		       side && first[0] ? ", " : "", side_name[side], first[side], last[side]);
	}
	fputs(": ", stdout);
	put_counts(lines);
	of = first[0] == 0;
	if (diff_event_read(&event, report->steps[of], first[of], error) < 0)
		return -1;
	if (event.seq) {
		printf(", turn %" PRId64 ", ", event.turn);
		if (*event.steps) {
			fputs("step ", stdout);
			steps_put(stdout, event.steps);
			fputs(", ", stdout);
		}
		diff_put_event(&report->style, &event);
	}
	putchar('\n');
	diff_event_release(&event);
	return 0;
}

static int put_places(const struct diff_report *report, char **error)
{
	const struct diff_summary *summary = diff_summary(report->diff);
	size_t count = diff_count(report->diff), shown = 0;
	size_t line =
		diff_at(report->diff, 0).is != DIFF_SAME ? 0 : diff_next_place(report->diff, 0);

	puts("by place");
	for (; line < count && shown < PLACES_SHOWN; shown++) {
		if (put_place(report, line, diff_place_end(report->diff, line), error) < 0)
			return -1;
		line = diff_next_place(report->diff, line);
	}
	if (summary->places > shown)
		printf("  and %zu place%s more\n", summary->places - shown,
		       summary->places == shown + 1 ? "" : "s");
	return 0;
}

static int put_summary(const struct diff_report *report, char **error)
{
	const struct diff_summary *summary = diff_summary(report->diff);

	printf("\nall differences: %zu row%s the same; ", summary->lines[DIFF_SAME],
	       summary->lines[DIFF_SAME] == 1 ? " is" : "s are");
	put_counts(summary->lines);
	printf("; %zu place%s\n", summary->places, summary->places == 1 ? "" : "s");
	if (put_places(report, error) < 0)
		return -1;
	return put_kinds(report, error);
}

/* ---- unified */

static int put_line(const struct diff_report *report, unsigned side, char sign, int64_t seq,
		    char **error)
{
	struct steps_row row;
	int status = steps_at(report->steps[side], seq, &row, error);
	int64_t depth = status > 0 ? row.depth : 0;
	char *detail;

	if (status < 0)
		return -1;
	putchar(sign);
	if (status == 0) {
		puts("(gone)");
		return 0;
	}
	depth = depth < 0 ? 0 : depth > 15 ? 15 : depth;
	printf("%*s", (int)depth * 2, "");
	steps_put(stdout, row.event);
	/* of rows that are the same, what counts is the same */
	detail = sign == ' ' ? strdup(row.detail) : diff_detail(report->diff, side, &row);
	if (!detail)
		return failure(error, "out of memory");
	if (*detail) {
		fputs("  ", stdout);
		put_cut(detail, DETAIL_BYTES);
	}
	putchar('\n');
	free(detail);
	return 0;
}

/* The lines from `from` to before `to`, removed ones of a place before added ones. */
static int put_lines(const struct diff_report *report, size_t from, size_t to, char **error)
{
	for (size_t i = from; i < to;) {
		struct diff_line line = diff_at(report->diff, i);
		size_t end = i;

		if (line.is == DIFF_SAME) {
			if (put_line(report, DIFF_A, ' ', line.seq[DIFF_A], error) < 0)
				return -1;
			i++;
			continue;
		}
		while (end < to && diff_at(report->diff, end).is != DIFF_SAME)
			end++;
		for (unsigned side = 0; side < 2; side++) {
			for (size_t k = i; k < end; k++) {
				line = diff_at(report->diff, k);
				if (line.seq[side] && put_line(report, side, side ? '+' : '-',
							       line.seq[side], error) < 0)
					return -1;
			}
		}
		i = end;
	}
	return 0;
}

/* "@@ -141,8 +141,23 @@": the first row of each side, and how many there are. */
static void put_hunk_head(const struct diff_report *report, size_t from, size_t to)
{
	int64_t first[2] = { 0 };
	size_t count[2] = { 0 };

	for (size_t i = from; i < to; i++) {
		struct diff_line line = diff_at(report->diff, i);

		for (unsigned side = 0; side < 2; side++) {
			if (!line.seq[side])
				continue;
			first[side] = first[side] ? first[side] : line.seq[side];
			count[side]++;
		}
	}
	printf("@@ -%" PRId64 ",%zu +%" PRId64 ",%zu @@\n", first[0], count[0], first[1], count[1]);
}

static int put_hunks(const struct diff_report *report, char **error)
{
	size_t count = diff_count(report->diff), line, from = 0;

	fputs("--- ", stdout);
	steps_put(stdout, report->path[0]);
	fputs("\n+++ ", stdout);
	steps_put(stdout, report->path[1]);
	putchar('\n');
	line = diff_at(report->diff, 0).is != DIFF_SAME ? 0 : diff_next_place(report->diff, 0);
	while (line < count) {
		size_t begin = line > from + CONTEXT ? line - CONTEXT : from, end, next = line;

		/* places whose surroundings touch are one */
		do {
			end = diff_place_end(report->diff, next);
			next = diff_next_place(report->diff, next);
		} while (next < count && next - end <= 2 * CONTEXT);
		from = end + CONTEXT < count ? end + CONTEXT : count;
		put_hunk_head(report, begin, from);
		if (put_lines(report, begin, from, error) < 0)
			return -1;
		line = next;
	}
	return 0;
}

/* A verdict that does not stand alone is said in a line that tools pass over. */
int diff_print_unified(const struct diff_report *report, char **error)
{
	const struct diff_summary *summary = diff_summary(report->diff);

	if (summary->gaps[DIFF_A] || summary->gaps[DIFF_B]) {
		char *verdict = diff_verdict(report);

		if (!verdict)
			return failure(error, "out of memory");
		fputs("# ", stdout);
		steps_put(stdout, verdict);
		puts(".");
		free(verdict);
	}
	return summary->same ? 0 : put_hunks(report, error);
}

/* ---- all of it */

int diff_print_text(const struct diff_report *report, char **error)
{
	char *verdict = diff_verdict(report);

	if (!verdict)
		return failure(error, "out of memory");
	steps_put(stdout, verdict);
	puts(".");
	free(verdict);
	if (!diff_summary(report->diff)->same) {
		put_story(report);
		if (put_summary(report, error) < 0)
			return -1;
	}
	if (report->timing)
		diff_print_timing(report);
	if (!report->full || diff_summary(report->diff)->same)
		return 0;
	putchar('\n');
	return put_hunks(report, error);
}
