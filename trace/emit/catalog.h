/*
 * catalog.h - the table of event kinds, expanded from catalog.def.
 *
 * Depends on nothing; both sides of the ring link it.  All data is constant
 * and lives as long as the program; every function may be called from any
 * thread.
 */
#ifndef LOOPSCOPE_TRACE_EMIT_CATALOG_H
#define LOOPSCOPE_TRACE_EMIT_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kind {
	KIND_NONE,
#define KIND(number, symbol, ...) KIND_##symbol = (number),
#include "trace/emit/catalog.def"
#undef KIND
};

/* What a kind means, whatever its name: meanings.def has a sentence for each. */
enum meaning {
#define MEANING(symbol, sentence) MEANS_##symbol,
#include "trace/emit/meanings.def"
#undef MEANING
	MEANINGS
};

enum kind_shape { KIND_SHAPE_SPAN, KIND_SHAPE_INSTANT };
enum kind_role { KIND_ROLE_CORE, KIND_ROLE_INFO };
enum kind_layer {
	KIND_LAYER_PROGRAM,
	KIND_LAYER_HTTP,
	KIND_LAYER_FUTURE,
	KIND_LAYER_LOOP,
	KIND_LAYER_STREAM,
	KIND_LAYER_SOCKET,
	KIND_LAYER_RUN,
	KIND_LAYER_KERNEL, /* kinds of system calls, see syscalls.def */
};

enum field_type {
	FIELD_INT,
	FIELD_BOOL,
	FIELD_FD,
	FIELD_MASK,
	FIELD_FN,
	FIELD_FUTURE,
	FIELD_TIMEOUT,
	FIELD_RUNNER,
	FIELD_KEY,
	FIELD_COUNT,
	FIELD_STATUS,
	FIELD_ERRNO,
	FIELD_SECONDS,
	FIELD_MILLIS,
	FIELD_FAMILY,
	FIELD_UNTIL,
	FIELD_VALUE,
	FIELD_YIELDED,
	FIELD_RESPONSE,
	FIELD_WORD,
	FIELD_CLOCK,
	/* the rest lie in the payload */
	FIELD_STR,
	FIELD_EXC,
	FIELD_LINE,
	FIELD_DATA,
	FIELD_READY,
};
#define FIELD_TYPE_IN_PAYLOAD(type) ((type) >= FIELD_STR)

#define CATALOG_FIELDS_MAX 8
#define CATALOG_NUMERIC_MAX 4

struct catalog_field {
	char name[24];
	enum field_type type;
	char words[64]; /* FIELD_WORD: "A/B/C" */
};

struct catalog_fields {
	unsigned count;
	struct catalog_field field[CATALOG_FIELDS_MAX];
};

struct catalog_kind {
	uint16_t number;
	const char *symbol;
	const char *name;
	enum meaning means;
	enum kind_shape shape;
	enum kind_layer layer;
	enum kind_role role;
	const char *fields;
	const char *returns;
	const char *english;
	const char *chinese;
};

/* The kind of that number, or NULL. */
const struct catalog_kind *catalog_find(unsigned number);

/* The kind of that name (without ":return"), or NULL. */
const struct catalog_kind *catalog_find_name(const char *name);

/* The kind of that symbol, which is what a trace of another build names it by; or NULL. */
const struct catalog_kind *catalog_find_symbol(const char *symbol);

/* What the kind of that number means; MEANS_NOTHING for a number that is not ours. */
enum meaning catalog_means(unsigned number);

/* Does the user of a stream ask for bytes here, by one of the four reads? */
bool meaning_is_read(enum meaning means);

/* Is it about the recording, and not a doing of the program? */
bool meaning_is_of_run(enum meaning means);

/* All kinds in order of number; *count says how many. */
const struct catalog_kind *catalog_all(size_t *count);

const char *catalog_layer_name(enum kind_layer layer);

/*
 * Parses a fields text as catalog.def has it: at most CATALOG_FIELDS_MAX fields,
 * of which CATALOG_NUMERIC_MAX are numeric, no name twice.  The text may come
 * from a stranger.  Returns 0, or -1 when it is not well formed (then *fields
 * holds what was read before the fault).
 */
int catalog_parse_fields(const char *text, struct catalog_fields *fields);

/* What the end of a span shows. */
enum catalog_returns {
	CATALOG_RETURNS_NOTHING,
	CATALOG_RETURNS_VALUE, /* one numeric field "ret", in the row of the begin */
	CATALOG_RETURNS_ROW,   /* a row NAME:return with these fields, perhaps none */
};

/*
 * Parses a returns text as catalog.def has it.  Returns an enum catalog_returns,
 * or -1 when it is not well formed.
 */
int catalog_parse_returns(const char *text, struct catalog_fields *fields);

/* The n-th word of a FIELD_WORD field into out; an unknown n gives its number. */
void catalog_word(const struct catalog_field *field, uint64_t n, char *out, size_t size);

/* A hash over all that decides how records are read: equal hash, equal reading. */
uint64_t catalog_hash(void);

#endif
