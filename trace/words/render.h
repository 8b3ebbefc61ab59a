/*
 * render.h - from a ring record to the words that people read.
 *
 * `detail` is "key=value; key=value" in the catalogue's order, escaped so that
 * it is one line of a tab-separated file: \t \r \n \\ as such, ';' as \x3b,
 * other control and stray bytes as \xHH.  Bytes from the network (type line)
 * keep nothing but ASCII; text of the program keeps valid UTF-8.
 *
 * A struct render holds the catalogue compiled for this, and the kinds and
 * functions that the program named at run time.  Records are data from a
 * stranger: every number is checked, every text bounded.  One thread.
 */
#ifndef LOOPSCOPE_TRACE_WORDS_RENDER_H
#define LOOPSCOPE_TRACE_WORDS_RENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/emit/catalog.h"
#include "trace/emit/ring.h"
#include "trace/words/objects.h"

/* Room that any record's text fits into. */
#define RENDER_BYTES (4u * RING_PAYLOAD_MAX + 16384u)
#define RENDER_DATA_MAX 4

struct render;
struct render_kind;

/* One record as it lay in the ring, copied out. */
struct render_record {
	const uint64_t *arg; /* CATALOG_NUMERIC_MAX of them */
	unsigned present;
	char *payload;
	size_t payload_bytes;
};

/* Bytes that an event carried and that a row does not show.  Borrowed. */
struct render_data {
	const char *field; /* its name, borrowed from the struct render */
	char *bytes;       /* borrowed from the record, which may be changed */
	uint32_t total, stored;
};

/* What became of a record; text belongs to the caller. */
struct render_result {
	char *text; /* RENDER_BYTES, filled from the start, no NUL */
	size_t length;
	int64_t number[CATALOG_NUMERIC_MAX]; /* as stored: objects by their row */
	unsigned numbers;                    /* bit n: number[n] has a value */
	struct render_data data[RENDER_DATA_MAX];
	unsigned data_count;
};

int render_new(struct render **out);
void render_free(struct render *render);

/*
 * Adds a name that the program gave at run time, "name fields" as it stands in
 * the ring; they come in order of number, from RING_NAME_FIRST on.
 */
int render_add_name(struct render *render, const char *entry, size_t size);
unsigned render_names(const struct render *render);

/* The kind of that number, or NULL if it is not known.  Lives as long as render. */
const struct render_kind *render_find(const struct render *render, unsigned number);

const char *render_kind_name(const struct render_kind *kind);
const char *render_kind_fields(const struct render_kind *kind);

/* Is the end of such a span a row of its own? */
bool render_kind_has_return_row(const struct render_kind *kind);

/* The fields of a begin or an instant. */
void render_event(const struct render *render, const struct render_kind *kind,
		  struct objects *objects, const struct render_record *record,
		  struct render_result *result);

/* The fields of an end that is a row of its own. */
void render_return(const struct render *render, const struct render_kind *kind,
		   struct objects *objects, const struct render_record *record,
		   struct render_result *result);

/* The value of ret=, from an end that has one. */
void render_ret(const struct render *render, const struct render_kind *kind,
		struct objects *objects, uint64_t value, struct render_result *result);

/*
 * Escapes text as details have it into out, which has room for 4 * length.
 * utf8: valid UTF-8 stays.  Returns the length.
 */
size_t render_escape(char *out, const char *text, size_t length, bool utf8);

#endif
