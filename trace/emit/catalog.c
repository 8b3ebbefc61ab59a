/*
 * catalog.c - the table of event kinds and the language of its field texts.
 */
#include "trace/emit/catalog.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/*
 * Indexed by number, so that finding a kind is one bounds check; entry 0 is
 * no kind.  The rows of catalog.def may stand in any order.
 */
static const struct catalog_kind kinds[] = {
#define KIND(n, sym, nm, mns, sh, lay, ro, fld, ret, en, zh)                                       \
	[n] = { .number = (n),                                                                     \
		.symbol = #sym,                                                                    \
		.name = (nm),                                                                      \
		.means = MEANS_##mns,                                                              \
		.shape = KIND_SHAPE_##sh,                                                          \
		.layer = KIND_LAYER_##lay,                                                         \
		.role = KIND_ROLE_##ro,                                                            \
		.fields = (fld),                                                                   \
		.returns = (ret),                                                                  \
		.english = (en),                                                                   \
		.chinese = (zh) },
#include "trace/emit/catalog.def"
#undef KIND
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/*
 * A number given twice is an enumerator declared twice; with none twice, a hole
 * shows as more entries than rows.  So a kind that falls out of use keeps its
 * row, which old traces need anyhow.
 */
enum {
	ROW_NONE,
#define KIND(n, ...) ROW_##n,
#include "trace/emit/catalog.def"
#undef KIND
	ROWS
};
_Static_assert(KINDS == ROWS, "kinds are numbered from 1 without a hole");
_Static_assert(KINDS <= UINT16_MAX, "a record has 16 bits for its kind");

const struct catalog_kind *catalog_find(unsigned number)
{
	return number > 0 && number < KINDS ? &kinds[number] : NULL;
}

/* Records carry numbers; only people and tests come with names, so a scan will do. */
const struct catalog_kind *catalog_find_name(const char *name)
{
	for (size_t i = 1; i < KINDS; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

const struct catalog_kind *catalog_find_symbol(const char *symbol)
{
	for (size_t i = 1; i < KINDS; i++)
		if (strcmp(kinds[i].symbol, symbol) == 0)
			return &kinds[i];
	return NULL;
}

enum meaning catalog_means(unsigned number)
{
	const struct catalog_kind *kind = catalog_find(number);

	return kind ? kind->means : MEANS_NOTHING;
}

bool meaning_is_read(enum meaning means)
{
	return means == MEANS_READ_REGEX_ASKED || means == MEANS_READ_DELIMITER_ASKED ||
	       means == MEANS_READ_BYTES_ASKED || means == MEANS_READ_CLOSE_ASKED;
}

bool meaning_is_of_run(enum meaning means)
{
	return means == MEANS_RUN_BEGINS || means == MEANS_RUN_ENDS || means == MEANS_RUN_OUTCOME ||
	       means == MEANS_RUN_HEADER || means == MEANS_RUN_NOTE;
}

const struct catalog_kind *catalog_all(size_t *count)
{
	*count = KINDS - 1;
	return &kinds[1];
}

const char *catalog_layer_name(enum kind_layer layer)
{
	static const char *const names[] = {
		[KIND_LAYER_PROGRAM] = "program", [KIND_LAYER_HTTP] = "http",
		[KIND_LAYER_FUTURE] = "future",   [KIND_LAYER_LOOP] = "loop",
		[KIND_LAYER_STREAM] = "stream",   [KIND_LAYER_SOCKET] = "socket",
		[KIND_LAYER_RUN] = "run",         [KIND_LAYER_KERNEL] = "kernel",
	};
	size_t n = (size_t)layer;

	return n < sizeof(names) / sizeof(names[0]) ? names[n] : "unknown";
}

/* FIELD_WORD has no name: its words stand in place of one. */
static const char *const type_names[] = {
	[FIELD_INT] = "int",           [FIELD_BOOL] = "bool",     [FIELD_FD] = "fd",
	[FIELD_MASK] = "mask",         [FIELD_FN] = "fn",         [FIELD_FUTURE] = "future",
	[FIELD_TIMEOUT] = "timeout",   [FIELD_RUNNER] = "runner", [FIELD_KEY] = "key",
	[FIELD_COUNT] = "count",       [FIELD_STATUS] = "status", [FIELD_ERRNO] = "errno",
	[FIELD_SECONDS] = "seconds",   [FIELD_MILLIS] = "millis", [FIELD_FAMILY] = "family",
	[FIELD_UNTIL] = "until",       [FIELD_VALUE] = "value",   [FIELD_YIELDED] = "yielded",
	[FIELD_RESPONSE] = "response", [FIELD_CLOCK] = "clock",   [FIELD_STR] = "str",
	[FIELD_EXC] = "exc",           [FIELD_LINE] = "line",     [FIELD_DATA] = "data",
	[FIELD_READY] = "ready",
};

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* Field texts are plain ASCII whatever the locale, hence no isalpha() here. */
static bool is_word_list(const char *text, size_t length)
{
	bool upper = length > 0 && text[0] >= 'A' && text[0] <= 'Z';
	size_t at = 0;

	if (!upper && !memchr(text, '/', length))
		return false;
	for (;;) {
		size_t word = strspn(text + at, LOWER UPPER DIGITS "_.-");

		at += word;
		if (word == 0 || at > length)
			return false;
		if (at == length)
			return true;
		if (text[at++] != '/')
			return false;
	}
}

static int parse_type(const char *text, size_t length, struct catalog_field *field)
{
	for (size_t i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++) {
		const char *name = type_names[i];

		if (name && strlen(name) == length && memcmp(name, text, length) == 0) {
			field->type = (enum field_type)i;
			return 0;
		}
	}
	if (length >= sizeof(field->words) || !is_word_list(text, length))
		return -1;
	field->type = FIELD_WORD;
	memcpy(field->words, text, length);
	return 0;
}

/* One "name:type" of that length. */
static int parse_field(const char *text, size_t length, struct catalog_field *field)
{
	size_t name = strspn(text, LOWER DIGITS "_");

	memset(field, 0, sizeof(*field));
	if (name == 0 || name >= sizeof(field->name) || name >= length || text[name] != ':')
		return -1;
	if (strchr(DIGITS, text[0]))
		return -1;
	memcpy(field->name, text, name);
	return parse_type(text + name + 1, length - name - 1, field);
}

static bool has_field(const struct catalog_fields *fields, const char *name)
{
	for (unsigned i = 0; i < fields->count; i++)
		if (strcmp(fields->field[i].name, name) == 0)
			return true;
	return false;
}

int catalog_parse_fields(const char *text, struct catalog_fields *fields)
{
	unsigned numeric = 0;

	memset(fields, 0, sizeof(*fields));
	while (*text) {
		size_t length = strcspn(text, " ");
		struct catalog_field field;

		if (fields->count == CATALOG_FIELDS_MAX || parse_field(text, length, &field) < 0 ||
		    has_field(fields, field.name))
			return -1;
		/* A record has arg[0..3] and no more. */
		if (!FIELD_TYPE_IN_PAYLOAD(field.type) && ++numeric > CATALOG_NUMERIC_MAX)
			return -1;
		fields->field[fields->count++] = field;
		text += length;
		/* One space parts two fields; after it there must be another. */
		if (*text == ' ' && *++text == '\0')
			return -1;
	}
	return 0;
}

int catalog_parse_returns(const char *text, struct catalog_fields *fields)
{
	struct catalog_field *ret = &fields->field[0];

	memset(fields, 0, sizeof(*fields));
	if (*text == '\0')
		return CATALOG_RETURNS_NOTHING;
	if (strncmp(text, "return=", 7) == 0)
		return catalog_parse_fields(text + 7, fields) < 0 ? -1 : CATALOG_RETURNS_ROW;
	if (strncmp(text, "ret=", 4) != 0)
		return -1;
	text += 4;
	if (parse_type(text, strlen(text), ret) < 0 || FIELD_TYPE_IN_PAYLOAD(ret->type))
		return -1;
	memcpy(ret->name, "ret", sizeof("ret"));
	fields->count = 1;
	return CATALOG_RETURNS_VALUE;
}

void catalog_word(const struct catalog_field *field, uint64_t n, char *out, size_t size)
{
	const char *word = field->words;

	for (uint64_t left = n; word && left > 0; left--) {
		word = strchr(word, '/');
		if (word)
			word++;
	}
	if (word && *word)
		snprintf(out, size, "%.*s", (int)strcspn(word, "/"), word);
	else
		snprintf(out, size, "%" PRIu64, n);
}

/* FNV-1a, which is short and the same on every machine. */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* With its terminator, so that a character cannot move from one text to the next unseen. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
	return hash_bytes(hash, text, strlen(text) + 1);
}

uint64_t catalog_hash(void)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 1; i < KINDS; i++) {
		const struct catalog_kind *kind = &kinds[i];
		unsigned char number[2] = { (unsigned char)kind->number,
					    (unsigned char)(kind->number >> 8) };

		hash = hash_bytes(hash, number, sizeof(number));
		hash = hash_text(hash, kind->name);
		hash = hash_text(hash, kind->fields);
		hash = hash_text(hash, kind->returns);
	}
	return hash;
}
