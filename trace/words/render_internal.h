/*
 * render_internal.h - shared by the files of render alone.
 */
#ifndef LOOPSCOPE_TRACE_WORDS_RENDER_INTERNAL_H
#define LOOPSCOPE_TRACE_WORDS_RENDER_INTERNAL_H

#include <string.h>

#include "trace/words/render.h"

#define RENDER_WORDS_MAX 8

/* A field as it is needed row by row: nothing is left to look up or to parse. */
struct render_field {
	enum field_type type;
	bool in_payload;
	uint8_t slot; /* index into arg; CATALOG_NUMERIC_MAX: none */
	uint8_t prefix_length;
	uint8_t word_count;
	char prefix[32]; /* "; name=" */
	char name[24];
	char word[RENDER_WORDS_MAX][32];
};

struct render_fields {
	unsigned count;
	struct render_field field[CATALOG_FIELDS_MAX];
};

struct render_kind {
	char *name; /* escaped */
	size_t name_length;
	char *fields_text;
	bool has_return_row;
	bool has_ret;
	struct render_fields fields;
	struct render_fields returns; /* of the return row, or one field for ret= */
};

#define RENDER_CATALOG_MAX 1024u /* catalogue numbers lie below */

struct render {
	struct render_kind *catalog[RENDER_CATALOG_MAX];
	struct render_kind *named[RING_NAMES];
	unsigned named_count;
};

/* Where the text of a record grows; `end` leaves room for any single number. */
struct render_cursor {
	char *p;
	char *end;
};

/* The most that a field of numbers can take: four nested names. */
#define RENDER_NUMBER_ROOM 4096u

/*
 * Writes one numeric field's value; returns what the row stores of it.  There
 * is RENDER_NUMBER_ROOM at cursor->p.
 */
int64_t render__number(const struct render *render, const struct render_field *field,
		       struct objects *objects, uint64_t value, struct render_cursor *cursor);

/* Writes one object's name; returns its row. */
int64_t render__object(struct objects *objects, enum object_class class, uint64_t runtime,
		       struct render_cursor *cursor);

void render__mask(uint64_t mask, struct render_cursor *cursor);

static inline void render__put(struct render_cursor *cursor, const char *text, size_t length)
{
	memcpy(cursor->p, text, length);
	cursor->p += length;
}

#define RENDER_PUT(cursor, literal) render__put((cursor), (literal), sizeof(literal) - 1)

#endif
