/*
 * put.c - text of a trace made safe, colours, and how a gap is said.
 */
#include "trace/export/put.h"

#include <stdlib.h>
#include <string.h>

#include "trace/base/safe.h"

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
