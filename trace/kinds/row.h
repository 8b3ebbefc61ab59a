/*
 * row.h - the fields of a row, read by name.
 *
 * A row of the table `events` has its numeric fields in a0..a3, by place, and
 * all of them once more as people read them, in its detail: "fd=fd#1; bytes=83".
 * These functions are the one place that knows this form.  They read a
 * stranger's trace: nothing is believed but that the detail ends with a NUL.
 *
 * Texts are borrowed from the detail.  Pure; any thread.
 */
#ifndef LOOPSCOPE_TRACE_KINDS_ROW_H
#define LOOPSCOPE_TRACE_KINDS_ROW_H

#include "trace/emit/catalog.h"

/* A piece of a detail, with no NUL behind it; length 0 and text "" where there is nothing. */
struct row_text {
	const char *text;
	size_t length;
};

/* One "key=value"; what has no '=' is a value without a key. */
struct row_pair {
	struct row_text key, value;
};

/*
 * Cuts the next pair off [*at, end): true, or false after the last.  A value has
 * no semicolon of its own: it is written \x3b there.
 */
bool row_next(const char **at, const char *end, struct row_pair *pair);

/* The value of that key in a detail, as it stands there.  NULL is an empty detail. */
struct row_text row_text(const char *detail, const char *key);

/* Has the detail such a value, even an empty one? */
bool row_has(const char *detail, const char *key);

/* Is the text that word?  Does it begin with it? */
bool row_is(struct row_text text, const char *word);
bool row_begins(struct row_text text, const char *word);

/* The decimal number that the text begins with, 0 if it begins with none. */
int64_t row_decimal(struct row_text text);

/* A copy that is cut to size and ends with a NUL.  Returns out. */
char *row_copy(struct row_text text, char *out, size_t size);

/* A row whose fields are to be read. */
struct row {
	const struct catalog_fields *fields; /* as the trace declares them; NULL: unknown */
	int64_t a[CATALOG_NUMERIC_MAX];
	unsigned has; /* bit n: a[n] has a value */
	const char *detail;
};

struct row_value {
	bool has_number; /* the field is numeric, and the row has it */
	int64_t number;  /* 0 if it has not; an object is a row of the table `objects` */
	enum field_type type;
	struct row_text text; /* as people read it */
};

/* The field of that name; of a row without it, nothing: no number, an empty text. */
struct row_value row_field(const struct row *row, const char *name);

#endif
