/*
 * numbered.c - a trace as its walk: one entry a station, with the sentence that explains it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/base/safe.h"
#include "trace/export/export.h"
#include "trace/walk/walk.h"

#define NUMBER_COLUMNS 11 /* "34.2.1#12 " and a margin */
#define COLUMNS_MAX 100   /* longer lines are hard to read */

/* A comma, a stop and their like of Chinese: a line may end after it. */
static bool is_mark(unsigned point)
{
	return point == 0x3001 || point == 0x3002 || point == 0xff0c || point == 0xff1a ||
	       point == 0xff1b;
}

/*
 * The bytes of text that fit into `columns`, cut where a line may break: at a
 * space, before a wide character (closing marks stay with what they close) or
 * after such a mark.
 */
static size_t line_fit(const char *text, unsigned columns)
{
	size_t length = strlen(text), at = 0, fit = 0;
	unsigned used = 0, point, last = 0, n;

	while (at < length) {
		n = safe_utf8((const unsigned char *)text + at, length - at, &point);
		if (n == 0)
			n = point = 1;
		if (at && (point == ' ' || is_mark(last) ||
			   (safe_columns(point) == 2 && point < 0xff00 &&
			    (point < 0x3001 || point > 0x3011))))
			fit = at;
		used += safe_columns(point);
		if (used > columns && fit)
			return fit;
		last = point;
		at += n;
	}
	return length;
}

/* What lines may take on a terminal; 0: they stay whole. */
static unsigned line_columns(const struct steps_style *style)
{
	unsigned columns = style->columns > COLUMNS_MAX ? COLUMNS_MAX : style->columns;

	return columns > NUMBER_COLUMNS + 20 ? columns : 0;
}

/* Text that begins after `used` columns and goes on under the headings. */
static void put_wrapped(FILE *out, const struct steps_style *style, unsigned used, const char *text)
{
	unsigned columns = line_columns(style);

	for (;;) {
		size_t n = columns ? line_fit(text, columns - used) : strlen(text);

		steps_put_bytes(out, text, n);
		putc('\n', out);
		text += n;
		text += strspn(text, " ");
		if (!*text)
			return;
		fprintf(out, "%*s", NUMBER_COLUMNS, "");
		used = NUMBER_COLUMNS;
	}
}

/* "38#2", the second time that the step is taken, at the width of its column. */
static void put_number(FILE *out, const struct steps_style *style, const struct steps_taken *taken)
{
	char number[48], mark[32] = "";
	int left;

	if (taken->occurrence > 1)
		snprintf(mark, sizeof(mark), "#%" PRId64, taken->occurrence);
	snprintf(number, sizeof(number), "%s%s", taken->step, mark);
	left = NUMBER_COLUMNS - 1 - (int)strlen(number);
	fputs(steps_ink(style, STEPS_INK_STEP), out);
	fprintf(out, "%*s", left > 0 ? 1 : 0, "");
	steps_put(out, number);
	fprintf(out, "%s%*s", steps_ink(style, STEPS_INK_PLAIN), left > 0 ? left : 1, "");
}

/* A part of a heading: on a terminal below the others if there is no room beside them. */
static void put_part(FILE *out, const struct steps_style *style, size_t *used,
		     const char *separator, enum steps_ink ink, const char *text)
{
	size_t length = strlen(text);

	if (style->columns && *used > NUMBER_COLUMNS &&
	    *used + strlen(separator) + length > style->columns) {
		fprintf(out, "\n%*s", NUMBER_COLUMNS, "");
		*used = NUMBER_COLUMNS;
	} else {
		fputs(separator, out);
		*used += strlen(separator);
	}
	fputs(steps_ink(style, ink), out);
	steps_put(out, text);
	fputs(steps_ink(style, STEPS_INK_PLAIN), out);
	*used += length;
}

/* The row's own event, where it is not the function that the step names. */
static const char *other_event(const struct steps_row *row, const char *function)
{
	bool same = strstr(function, row->event) ||
		    strncmp(row->event, function, strlen(function)) == 0;

	return same ? NULL : row->event;
}

/*
 * A step names the function that is at work, and its row may be that of one
 * that this function calls: then both are named, for the place is the row's.
 */
static void put_heading(FILE *out, const struct steps_style *style, const struct steps_row *row,
			const struct walk_station *station)
{
	const char *function = station ? station->function : row->event;
	const char *event = other_event(row, function);
	size_t used = NUMBER_COLUMNS;
	char text[512];

	/* "resolve (through wrapper)" may part before the bracket */
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(function, "("), function);
	text[strlen(text) - (text[0] && text[strlen(text) - 1] == ' ')] = '\0';
	put_part(out, style, &used, "", STEPS_INK_NAME, text);
	if (strchr(function, '('))
		put_part(out, style, &used, " ", STEPS_INK_NAME, strchr(function, '('));
	if (event) {
		snprintf(text, sizeof(text), "at %s", event);
		put_part(out, style, &used, ", ", STEPS_INK_PLAIN, text);
	}
	if (*row->file) {
		snprintf(text, sizeof(text), "%s:%" PRId64, row->file, row->line);
		put_part(out, style, &used, "  ", STEPS_INK_FAINT, text);
	}
	putc('\n', out);
}

/* A step that is taken again at once was explained just above. */
static void put_step(FILE *out, const struct steps_style *style, const struct steps_row *row,
		     const struct steps_taken *taken, const struct walk_station *station,
		     const struct walk_station *before)
{
	put_number(out, style, taken);
	put_heading(out, style, row, station);
	if (!station || station == before)
		return;
	fprintf(out, "%*s", NUMBER_COLUMNS, "");
	put_wrapped(out, style, NUMBER_COLUMNS,
		    style->chinese ? station->chinese : station->english);
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

#define STATIONS_MAX 256 /* no walk has more */

/* What was told so far. */
struct telling {
	const struct walk *walk;           /* NULL: no walk is about such a run */
	const struct walk_station *before; /* the last one */
	bool taken[STATIONS_MAX];
};

/* The stations of the walk that this run did not take; NULL if memory is short. */
static char *stations_not_taken(const struct steps_style *style, const struct telling *telling)
{
	unsigned missing = 0;
	char *text = NULL;
	size_t size;
	FILE *list = open_memstream(&text, &size);

	if (!list)
		return NULL;
	for (unsigned i = 0; i < telling->walk->station_count; i++) {
		if (telling->taken[i])
			continue;
		if (!missing++)
			fputs(phrase(style, STEPS_NOT_TAKEN), list);
		else
			fputs(phrase(style, STEPS_NOR), list);
		fputs(telling->walk->stations[i].number, list);
	}
	if (!missing)
		fputs(phrase(style, STEPS_ALL_TAKEN), list);
	fclose(list);
	return text;
}

/* The stations of one row. */
static void put_stations(FILE *out, const struct steps_style *style, const struct steps_row *row,
			 struct telling *telling)
{
	/* what the loader and the exit did belongs to no step */
	if (row->is == STEPS_CALL && row->parent)
		put_call(out, style, row);
	if (row->is == STEPS_GAP) {
		fprintf(out, "%*s", NUMBER_COLUMNS, "");
		steps_put_gap(out, style, row);
		putc('\n', out);
	}
	for (unsigned i = 0; i < row->taken_count; i++) {
		const struct walk_station *station =
			walk_station_find(telling->walk, row->taken[i].step);

		put_step(out, style, row, &row->taken[i], station, telling->before);
		telling->before = station;
		if (station)
			telling->taken[station - telling->walk->stations] = true;
	}
}

static int numbered_begin(struct export *to, char **error)
{
	struct telling *telling = to->state;

	telling->walk = steps_walk(to->steps);
	if (telling->walk && telling->walk->station_count > STATIONS_MAX)
		return failure(error, "the walk %s is too long", telling->walk->name);
	return EXPORT_ON;
}

static int numbered_row(struct export *to, const struct steps_row *row, char **error)
{
	(void)error;
	put_stations(to->out, to->style, row, to->state);
	return EXPORT_ON;
}

static int numbered_end(struct export *to, char **error)
{
	struct telling *telling = to->state;
	char *text = telling->walk ? stations_not_taken(to->style, telling)
				   : strdup(phrase(to->style, STEPS_NO_WALK));

	if (!text)
		return failure(error, "out of memory");
	putc('\n', to->out);
	put_wrapped(to->out, to->style, 0, text);
	free(text);
	return EXPORT_ON;
}

const struct exporter export_numbered = {
	.state_size = sizeof(struct telling),
	.begin = numbered_begin,
	.row = numbered_row,
	.end = numbered_end,
};
