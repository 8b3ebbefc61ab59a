/*
 * text.c - a trace as text: one line a row.
 */
#include <string.h>

#include "trace/base/safe.h"
#include "trace/export/export.h"

#define INDENT_MAX 30 /* deeper rows stand no further right */

static void put_turn(FILE *out, const struct steps_style *style, int64_t turn)
{
	const char *line = style->utf8 ? "──" : "--";

	fputs(steps_ink(style, STEPS_INK_FAINT), out);
	fprintf(out, phrase(style, STEPS_TURN), line, turn, line);
	fputs(steps_ink(style, STEPS_INK_PLAIN), out);
	putc('\n', out);
}

static int indent_of(const struct steps_row *row)
{
	if (row->depth <= 0)
		return 0;
	return 2 * (row->depth < INDENT_MAX / 2 ? (int)row->depth : INDENT_MAX / 2);
}

static void put_line(FILE *out, const struct steps_style *style, const struct steps_row *row)
{
	bool call = row->is == STEPS_CALL;
	char taken[4 * sizeof(row->steps)];
	const char *plain = steps_ink(style, STEPS_INK_PLAIN);

	safe_text(taken, sizeof(taken), row->steps, strlen(row->steps));
	fprintf(out, "%6" PRId64 " %10.3f  %s%-8s%s %s%c%s%*s", row->seq, (double)row->since / 1e6,
		steps_ink(style, STEPS_INK_STEP), taken, plain, steps_ink(style, STEPS_INK_CALL),
		call ? 'k' : ' ', plain, indent_of(row) + 1, "");
	fputs(steps_ink(style, call               ? STEPS_INK_CALL
			       : row->taken_count ? STEPS_INK_NAME
						  : STEPS_INK_PLAIN),
	      out);
	steps_put(out, row->event);
	fputs(plain, out);
	if (*row->detail) {
		fputs("  ", out);
		fputs(steps_ink(style, STEPS_INK_FAINT), out);
		steps_put(out, row->detail);
		fputs(plain, out);
	}
	putc('\n', out);
}

static int text_row(struct export *to, const struct steps_row *row, char **error)
{
	int64_t *turn = to->state; /* the last that was told */

	(void)error;
	if (row->is == STEPS_GAP) {
		fprintf(to->out, "%28s", "");
		steps_put_gap(to->out, to->style, row);
		putc('\n', to->out);
		return EXPORT_ON;
	}
	if (row->turn > *turn)
		put_turn(to->out, to->style, *turn = row->turn);
	put_line(to->out, to->style, row);
	return EXPORT_ON;
}

const struct exporter export_text = { .state_size = sizeof(int64_t), .row = text_row };
