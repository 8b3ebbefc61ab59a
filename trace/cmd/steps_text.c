/* A trace as text: one line a row. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/safe.h"
#include "trace/cmd/steps_print.h"

#define INDENT_MAX 30 /* deeper rows stand no further right */

/* Nearly all of a trace is plain ASCII; millions of rows should not pay for the rest. */
static bool is_plain(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	return true;
}

void steps_put_bytes(FILE *out, const char *text, size_t length)
{
	char small[1024], *whole;
	size_t needed;

	if (is_plain(text, length)) {
		fwrite(text, 1, length, out);
		return;
	}
	needed = safe_text(small, sizeof(small), text, length);
	if (needed < sizeof(small)) {
		fwrite(small, 1, needed, out);
		return;
	}
	whole = malloc(needed + 1);
	if (!whole) {
		fputs(small, out);
		return;
	}
	safe_text(whole, needed + 1, text, length);
	fwrite(whole, 1, needed, out);
	free(whole);
}

void steps_put(FILE *out, const char *text)
{
	steps_put_bytes(out, text, strlen(text));
}

const char *steps_ink(const struct steps_style *style, enum steps_ink ink)
{
	static const char *const inks[] = {
		[STEPS_INK_PLAIN] = "\33[0m", [STEPS_INK_STEP] = "\33[1;33m",
		[STEPS_INK_NAME] = "\33[1m",  [STEPS_INK_FAINT] = "\33[2m",
		[STEPS_INK_CALL] = "\33[36m", [STEPS_INK_GAP] = "\33[1;31m",
	};

	return style->color ? inks[ink] : "";
}

void steps_put_gap(FILE *out, const struct steps_style *style, const struct steps_row *row)
{
	fputs(steps_ink(style, STEPS_INK_GAP), out);
	if (row->lost < 0)
		fputs(phrase(style, STEPS_LOST_UNKNOWN), out);
	else if (row->lost == 1)
		fprintf(out, phrase(style, STEPS_LOST_ONE), row->lost);
	else
		fprintf(out, phrase(style, STEPS_LOST_MANY), row->lost);
	fputs(phrase(style, STEPS_GAP_BEGIN), out);
	steps_put(out, row->layer);
	fputs(phrase(style, STEPS_GAP_REASON), out);
	steps_put(out, row->detail);
	fputs(phrase(style, STEPS_GAP_END), out);
	fputs(steps_ink(style, STEPS_INK_PLAIN), out);
}

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

static void put_row(FILE *out, const struct steps_style *style, const struct steps_row *row)
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

int steps_print_text(struct steps *steps, const struct steps_style *style, FILE *out, char **error)
{
	struct steps_row row;
	int64_t turn = 0;
	int more;

	while ((more = steps_next(steps, &row, error)) > 0 && !ferror(out)) {
		if (row.is == STEPS_GAP) {
			fprintf(out, "%28s", "");
			steps_put_gap(out, style, &row);
			putc('\n', out);
			continue;
		}
		if (row.turn > turn)
			put_turn(out, style, turn = row.turn);
		put_row(out, style, &row);
	}
	return more;
}
