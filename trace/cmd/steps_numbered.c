/* A trace as the walk: one entry a step, with the sentence that explains it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/cmd/steps_print.h"
#include "trace/safe.h"
#include "trace/walk.h"

#define NUMBER_COLUMNS 11 /* "34.2.1#12 " and a margin */

/*
 * The bytes of text that fit into `columns`, cut where a line may break: at a
 * space, or before a wide character (closing marks stay with what they close).
 */
static size_t line_fit(const char *text, unsigned columns)
{
	size_t length = strlen(text), at = 0, fit = 0;
	unsigned used = 0, point, n;

	while (at < length) {
		n = safe_utf8((const unsigned char *)text + at, length - at, &point);
		if (n == 0)
			n = point = 1;
		if (at && (point == ' ' || (safe_columns(point) == 2 && point < 0xff00 &&
					    (point < 0x3001 || point > 0x3011))))
			fit = at;
		used += safe_columns(point);
		if (used > columns && fit)
			return fit;
		at += n;
	}
	return length;
}

/* The sentence below its heading; broken into lines on a terminal, else whole. */
static void put_sentence(FILE *out, const struct steps_style *style, const char *text)
{
	unsigned columns = style->columns > 100 ? 100 : style->columns;

	columns = columns > NUMBER_COLUMNS + 20 ? columns - NUMBER_COLUMNS : 0;
	while (*text) {
		size_t n = columns ? line_fit(text, columns) : strlen(text);

		fprintf(out, "%*s", NUMBER_COLUMNS, "");
		steps_put_bytes(out, text, n);
		putc('\n', out);
		text += n;
		text += strspn(text, " ");
	}
}

static void put_step(FILE *out, const struct steps_style *style, const struct steps_row *row,
		     const struct steps_taken *taken)
{
	const struct walk_step *step = walk_step_find(taken->step);
	char number[48], mark[32] = "";

	if (taken->occurrence > 1)
		snprintf(mark, sizeof(mark), "#%" PRId64, taken->occurrence);
	snprintf(number, sizeof(number), "%s%s", taken->step, mark);
	fputs(steps_ink(style, STEPS_INK_STEP), out);
	fprintf(out, "%*s", (int)strlen(number) < NUMBER_COLUMNS - 1 ? 1 : 0, "");
	steps_put(out, number);
	fputs(steps_ink(style, STEPS_INK_PLAIN), out);
	fprintf(out, "%*s",
		NUMBER_COLUMNS - 1 - (int)strlen(number) > 0
			? NUMBER_COLUMNS - 1 - (int)strlen(number)
			: 1,
		"");
	fputs(steps_ink(style, STEPS_INK_NAME), out);
	steps_put(out, step ? step->function : row->event);
	fputs(steps_ink(style, STEPS_INK_PLAIN), out);
	if (*row->file) {
		fprintf(out, "  %s", steps_ink(style, STEPS_INK_FAINT));
		steps_put(out, row->file);
		fprintf(out, ":%" PRId64 "%s", row->line, steps_ink(style, STEPS_INK_PLAIN));
	}
	putc('\n', out);
	if (step)
		put_sentence(out, style, style->chinese ? step->chinese : step->english);
}

static void put_call(FILE *out, const struct steps_style *style, const struct steps_row *row)
{
	fprintf(out, "%*sk %s", NUMBER_COLUMNS + 2, "", steps_ink(style, STEPS_INK_CALL));
	steps_put(out, row->event);
	fputs(steps_ink(style, STEPS_INK_PLAIN), out);
	fputs("  ", out);
	steps_put(out, row->detail);
	putc('\n', out);
}

/* One line: the steps of the walk that this run did not take. */
static void put_not_taken(FILE *out, const struct steps_style *style, const bool *taken)
{
	unsigned missing = 0;

	putc('\n', out);
	for (unsigned i = 0; i < walk_steps_count; i++) {
		if (taken[i])
			continue;
		if (!missing++)
			fputs(style->chinese ? "本次运行没有走到的步骤:"
					     : "Steps that this run did not take: ",
			      out);
		else
			fputs(style->chinese ? "、" : ", ", out);
		fputs(walk_steps[i].step, out);
	}
	if (!missing)
		fputs(style->chinese ? "本次运行走过了全部步骤。" : "All steps were taken.", out);
	putc('\n', out);
}

static void mark_taken(bool *taken, const char *step)
{
	const struct walk_step *found = walk_step_find(step);

	if (found)
		taken[found - walk_steps] = true;
}

int steps_print_numbered(struct steps *steps, const struct steps_style *style, FILE *out,
			 char **error)
{
	bool *taken = calloc(walk_steps_count, sizeof(*taken));
	struct steps_row row;
	int more = taken ? 1 : -1;

	while (more > 0 && (more = steps_next(steps, &row, error)) > 0 && !ferror(out)) {
		if (row.is == STEPS_CALL)
			put_call(out, style, &row);
		if (row.is == STEPS_GAP) {
			fprintf(out, "%*s", NUMBER_COLUMNS, "");
			steps_put_gap(out, style, &row);
			putc('\n', out);
		}
		for (unsigned i = 0; i < row.taken_count; i++) {
			put_step(out, style, &row, &row.taken[i]);
			mark_taken(taken, row.taken[i].step);
		}
	}
	if (more == 0)
		put_not_taken(out, style, taken);
	free(taken);
	return more;
}
