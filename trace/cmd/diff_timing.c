/*
 * diff_timing.c - which spans got slower or faster, as text.
 */
#include "trace/cmd/diff_print.h"

#include <inttypes.h>
#include <string.h>

#include "trace/base/safe.h"

#define NAME_BYTES 60

static double milliseconds(int64_t ns)
{
	return (double)ns / 1e6;
}

static void put_change(const struct diff_change *change, const char *name)
{
	int64_t a = change->sample[DIFF_A].median;

	printf("  %c %10.3f", change->clear ? '*' : ' ', milliseconds(a));
	printf(" ±%-8.3f", milliseconds(change->sample[DIFF_A].spread));
	printf(" %10.3f ±%-8.3f %+10.3f ", milliseconds(change->sample[DIFF_B].median),
	       milliseconds(change->sample[DIFF_B].spread), milliseconds(change->change));
	if (a > 0 && change->change / 10 < a)
		printf("%+6.0f%%", 100.0 * (double)change->change / (double)a);
	else
		printf("%7s", "");
	printf("  %s", name);
}

static void put_span(const struct diff_report *report, const struct diff_change *change)
{
	struct diff_event event;
	char lead[32 + 4 * sizeof(event.steps)], steps[4 * sizeof(event.steps)];

	if (diff_event_read(&event, report->steps[DIFF_A], change->seq[DIFF_A], NULL) < 0 ||
	    !event.seq)
		return;
	safe_text(steps, sizeof(steps), event.steps, strlen(event.steps));
	snprintf(lead, sizeof(lead), "%" PRId64 " %s ", change->seq[DIFF_A], steps);
	put_change(change, lead);
	if (strlen(event.detail) > NAME_BYTES)
		memcpy(event.detail + NAME_BYTES - 4, "...", 4);
	diff_put_event(&report->style, &event);
	putchar('\n');
	diff_event_release(&event);
}

/* Traces that are not the same run as the first of A; the first of B has its own verdict. */
static void put_others(const struct diff_report *report)
{
	for (unsigned side = 0; side < 2; side++)
		for (unsigned i = 1; i < report->timing->traces[side]; i++) {
			const struct diff_timed *timed = &report->timing->timed[side][i];

			if (timed->same && !timed->gaps)
				continue;
			fputs("  ", stdout);
			steps_put(stdout, report->traces[side][i]);
			if (timed->same)
				fputs(": events are missing, so nobody knows whether it is the same "
				      "run as ",
				      stdout);
			else if (timed->next)
				printf(": from row %" PRId64 " on it is not the same run as ",
				       timed->next);
			else
				fputs(": it ends earlier than ", stdout);
			steps_put(stdout, report->traces[DIFF_A][0]);
			puts(!timed->same && timed->gaps ? "; events are missing, too" : "");
		}
}

void diff_print_timing(const struct diff_report *report)
{
	const struct diff_timing *timing = report->timing;

	printf("\ntiming: %zu span%s in both, %u trace%s of A, %u of B; milliseconds, median "
	       "± half the spread\n",
	       timing->spans, timing->spans == 1 ? "" : "s", timing->traces[0],
	       timing->traces[0] == 1 ? "" : "s", timing->traces[1]);
	if (timing->traces[0] < 2 || timing->traces[1] < 2)
		puts("  with one trace a side nobody can tell a change from noise: name several, "
		     "A1 A2 -- B1 B2");
	else
		printf("  %zu clearly slower in B, %zu clearly faster (*: more than both spreads)\n",
		       timing->slower, timing->faster);
	put_others(report);
	printf("    %10s %9s %10s %9s %11s %6s\n", "A", "", "B", "", "B - A", "");
	put_change(&timing->total, "the whole recording\n");
	for (size_t i = 0; i < timing->count; i++)
		put_span(report, &timing->change[i]);
}
