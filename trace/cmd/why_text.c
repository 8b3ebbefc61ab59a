/*
 * why_text.c - the way back from an event, as text: a row, its place and its
 * sentence.
 */
#include "trace/cmd/why_print.h"

#include <inttypes.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/base/safe.h"

#define MARGIN 29        /* columns before what belongs to a row */
#define DETAIL_BYTES 160 /* shown of a row's details */
#define SENTENCES_MAX 64 /* kinds whose sentence is said once */

/* The sentences said already, by the texts that rows.h lends for the whole trace. */
struct said {
	const char *sentences[SENTENCES_MAX];
	unsigned count;
};

static bool said_before(struct said *said, const char *sentence)
{
	for (unsigned i = 0; i < said->count; i++)
		if (said->sentences[i] == sentence)
			return true;
	if (said->count < SENTENCES_MAX)
		said->sentences[said->count++] = sentence;
	return false;
}

static void put_detail(const struct steps_style *style, const char *detail)
{
	size_t length = strlen(detail), shown = length;

	if (!length)
		return;
	if (length > DETAIL_BYTES) {
		shown = DETAIL_BYTES;
		while (shown > DETAIL_BYTES - 4 && ((unsigned char)detail[shown] & 0xc0) == 0x80)
			shown--;
	}
	printf("  %s", steps_ink(style, STEPS_INK_FAINT));
	steps_put_bytes(stdout, detail, shown);
	printf("%s%s", shown < length ? "..." : "", steps_ink(style, STEPS_INK_PLAIN));
}

static void put_name(const struct steps_style *style, const struct steps_row *row)
{
	fputs(steps_ink(style, row->is == STEPS_CALL ? STEPS_INK_CALL
			       : row->taken_count    ? STEPS_INK_NAME
						     : STEPS_INK_PLAIN),
	      stdout);
	if (row->is == STEPS_CALL)
		fputs("kernel.", stdout);
	steps_put(stdout, row->event);
	fputs(steps_ink(style, STEPS_INK_PLAIN), stdout);
	put_detail(style, row->detail);
}

static void put_told(const struct steps_style *style, const struct steps_row *row, unsigned indent,
		     struct said *said)
{
	const char *sentence = style->chinese ? row->chinese : row->english;
	bool quiet = !*sentence || said_before(said, sentence);
	char taken[4 * sizeof(row->steps)];

	safe_text(taken, sizeof(taken), row->steps, strlen(row->steps));
	printf("%6" PRId64 " %10.3f  %s%-8s%s %*s", row->seq, (double)row->since / 1e6,
	       steps_ink(style, STEPS_INK_STEP), taken, steps_ink(style, STEPS_INK_PLAIN),
	       (int)indent, "");
	put_name(style, row);
	putchar('\n');
	if (!*row->file && quiet)
		return;
	printf("%*s%s", MARGIN + (int)indent, "", steps_ink(style, STEPS_INK_FAINT));
	if (*row->file) {
		steps_put(stdout, row->file);
		printf(":%" PRId64, row->line);
	}
	printf("%s", steps_ink(style, STEPS_INK_PLAIN));
	if (!quiet) {
		fputs(*row->file ? "  " : "", stdout);
		steps_put(stdout, sentence);
	}
	putchar('\n');
}

/* "LEAD 241 kernel.recvfrom  fd=..." in a line of its own. */
static int put_other(struct steps *steps, const struct steps_style *style, const char *lead,
		     int64_t seq, char **error)
{
	struct steps_row row;
	int status = steps_at(steps, seq, &row, error);

	if (status < 0)
		return -1;
	printf("%*s%s %" PRId64 " ", MARGIN, "", lead, seq);
	if (status)
		put_name(style, &row);
	else
		fputs("(not in the trace)", stdout);
	putchar('\n');
	return 0;
}

static double milliseconds(int64_t ns)
{
	return (double)ns / 1e6;
}

static void put_waited(const struct why_hop *hop)
{
	if (hop->waited)
		printf("%*swaited %.3f ms for that, ran %.3f ms later\n", MARGIN, "",
		       milliseconds(hop->waited), milliseconds(hop->ran_after));
	else
		printf("%*swas due at once, ran %.3f ms later\n", MARGIN, "",
		       milliseconds(hop->ran_after));
}

/* What made a deferred row due. */
static int put_trigger(struct steps *steps, const struct steps_style *style,
		       const struct why_hop *hop, char **error)
{
	const char *brought = "triggered by";

	if (hop->timeout && put_other(steps, style, "triggered by the deadline that was set in",
				      hop->timeout, error) < 0)
		return -1;
	if (hop->trigger) {
		if (put_other(steps, style,
			      hop->there_already ? "what it wanted was there since"
						 : "triggered by",
			      hop->trigger, error) < 0)
			return -1;
		brought = "which came with";
	} else if (hop->timeout) {
		brought = "which ended";
	}
	if (hop->poll && put_other(steps, style, brought, hop->poll, error) < 0)
		return -1;
	if (!hop->trigger && !hop->timeout && hop->turn &&
	    put_other(steps, style, "triggered by the next turn", hop->turn, error) < 0)
		return -1;
	put_waited(hop);
	return 0;
}

static const char *lead_to(enum why_by by)
{
	switch (by) {
	case WHY_BY_ASKED:
		return "asked for by";
	case WHY_BY_TRIGGER:
		return "made due by";
	case WHY_BY_WAIT:
		return "which for the kernel was";
	case WHY_BY_SENT:
		return "waiting for the answer to";
	case WHY_BY_START:
	case WHY_BY_CALL:
		break;
	}
	return NULL;
}

static void put_end(const struct why *why, const struct why_question *question, int64_t next)
{
	switch (why_end(why)) {
	case WHY_END_PROGRAM:
		printf("%*s(the program did this of its own accord)\n", MARGIN, "");
		break;
	case WHY_END_MISSING:
		printf("%*s(the row that this leads to is not in the trace)\n", MARGIN, "");
		break;
	case WHY_END_DAMAGED:
		printf("%*s(the trace is damaged: this leads to a later row)\n", MARGIN, "");
		break;
	case WHY_END_GOES_ON:
		printf("%*s(goes on: loopscope why ", MARGIN, "");
		steps_put(stdout, question->trace);
		printf(" %" PRId64 "%s)\n", next,
		       question->links == WHY_TRIGGERED ? " --trigger" : "");
		break;
	}
}

int why_print_text(struct why *why, struct steps *steps, const struct why_question *question,
		   char **error)
{
	struct said said = { .count = 0 };
	struct steps_row row;
	struct why_hop hop;
	const char *lead;
	int64_t left = question->limit;
	int more;

	while ((more = why_next(why, &hop, error)) > 0 && left-- && !ferror(stdout)) {
		lead = lead_to(hop.by);
		if (lead)
			printf("%*s%s%s%s\n", MARGIN, "",
			       steps_ink(&question->style, STEPS_INK_STEP), lead,
			       steps_ink(&question->style, STEPS_INK_PLAIN));
		if (steps_at(steps, hop.seq, &row, error) < 0)
			return -1;
		put_told(&question->style, &row, 0, &said);
		if (hop.asked && put_trigger(steps, &question->style, &hop, error) < 0)
			return -1;
	}
	if (more >= 0)
		put_end(why, question, hop.seq);
	return more < 0 ? -1 : 0;
}

int why_print_led_text(struct steps *steps, const struct why_question *question,
		       const struct why_led *led, unsigned count, char **error)
{
	struct said said = { .count = 0 };
	struct steps_row row;

	for (unsigned i = 0; i < count && !ferror(stdout); i++) {
		unsigned indent = led[i].level < 16 ? 2 * (led[i].level - 1) : 30;

		if (steps_at(steps, led[i].seq, &row, error) < 0)
			return -1;
		put_told(&question->style, &row, indent, &said);
	}
	if (!count)
		printf("row %" PRId64 " led to nothing later\n", question->seq);
	return 0;
}

void why_print_gap_text(const struct why_gap *gap)
{
	bool calls = strcmp(gap->source, "kernel") == 0;

	printf("%6" PRId64 " gap: ", gap->seq);
	if (gap->lost < 0)
		printf("an unknown number of %ss is", calls ? "system call" : "event");
	else
		printf("%" PRId64 " %s%s", gap->lost, calls ? "system call" : "event",
		       gap->lost == 1 ? " is" : "s are");
	printf(" missing after %" PRId64, gap->after);
	if (gap->thread)
		printf(" in thread %" PRId64, gap->thread);
	fputs(": ", stdout);
	steps_put(stdout, gap->reason);
	putchar('\n');
}
