/*
 * kinds.c - which arguments of which events count: from the trace's own table
 * of kinds.
 */
#include "trace/diff/internal.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "trace/base/failure.h"
#include "trace/base/grow.h"
#include "trace/base/numbered.h"
#include "trace/emit/catalog.h"
#include "trace/kinds/meaning.h"
#include "trace/store/store.h"

#define KINDS_MAX 8192
#define WORDS_MAX 64 /* of a list of what is ignored */

struct diff_kinds {
	struct diff_kind *kind; /* by number */
	size_t count, room;
	struct diff_kind unknown;
	const struct diff_options *options;
	bool content;   /* diff_kinds_content() */
	uint64_t named; /* which words of options->ignore name something here */
};

static bool is_hidden(enum meaning means)
{
	/* rows about the recording, and about what a loop in checking mode holds */
	return means == MEANS_RUN_NOTE || means == MEANS_LOOP_REPORT ||
	       means == MEANS_STREAM_REPORT || means == MEANS_STREAM_PENDING_REPORT;
}

static const struct {
	enum meaning means;
	enum diff_role role;
	enum diff_noise unless;
} roles[] = {
	{ MEANS_BUFFER_FILLED, DIFF_ROLE_RECEIVE, DIFF_RECEIVES },
	{ MEANS_BYTES_CAME, DIFF_ROLE_RECEIVED, DIFF_NOISE_COUNT },
};

/* Arguments that do not count as their type would have it, unless the noise counts. */
static const struct {
	enum meaning means;
	const char *field;
	enum diff_rule rule;
	enum diff_noise unless;
} exceptions[] = {
	{ MEANS_TURN_BEGINS, "n", DIFF_RULE_SKIP, DIFF_TURNS },
	{ MEANS_BYTES_CAME, "result", DIFF_RULE_SIZE, DIFF_RECEIVES },
	{ MEANS_BYTES_CAME, "max", DIFF_RULE_SKIP, DIFF_RECEIVES },
	{ MEANS_BUFFER_FILLED, "ret", DIFF_RULE_SIZE, DIFF_RECEIVES },
	{ MEANS_BUFFER_SEARCHED, "searched", DIFF_RULE_SKIP, DIFF_RECEIVES },
	{ MEANS_BYTES_TAKEN, "left", DIFF_RULE_SKIP, DIFF_RECEIVES },
	{ MEANS_BYTES_SENT, "bytes", DIFF_RULE_SKIP, DIFF_SENDS },
	{ MEANS_BYTES_SENT, "data", DIFF_RULE_CONTENT, DIFF_NOISE_COUNT },
	{ MEANS_BYTES_SENT, "result", DIFF_RULE_SIZE, DIFF_SENDS },
	{ MEANS_SOCKET_CONNECTS, "addr", DIFF_RULE_HOST, DIFF_ADDRESSES },
	{ MEANS_STREAM_CONNECTS, "addr", DIFF_RULE_HOST, DIFF_ADDRESSES },
	{ MEANS_TIMEOUT_ASKED, "after", DIFF_RULE_TIMEOUT, DIFF_TIMES },
	{ MEANS_TIMEOUT_ADDED, "after", DIFF_RULE_TIMEOUT, DIFF_TIMES },
	{ MEANS_GENERATOR_LOCAL, "name", DIFF_RULE_VARIABLE, DIFF_PORTS },
	{ MEANS_RUN_HEADER, "name", DIFF_RULE_HEADER, DIFF_TIMES },
	{ MEANS_CALL_POLLS, "args", DIFF_RULE_DIGITS, DIFF_TIMES },
	{ MEANS_CALL_CONNECTS, "args", DIFF_RULE_HOST, DIFF_ADDRESSES },
	{ MEANS_CALL_BINDS, "args", DIFF_RULE_HOST, DIFF_ADDRESSES },
	{ MEANS_CALL_RECEIVES, "result", DIFF_RULE_SIZE, DIFF_RECEIVES },
	{ MEANS_CALL_SENDS, "result", DIFF_RULE_SIZE, DIFF_SENDS },
	{ MEANS_CALL_ACCEPTS, "result", DIFF_RULE_SIZE, DIFF_DESCRIPTORS },
	{ MEANS_CALL_MAKES_SOCKET, "result", DIFF_RULE_SIZE, DIFF_DESCRIPTORS },
	{ MEANS_CALL_MAKES_SET, "result", DIFF_RULE_SIZE, DIFF_DESCRIPTORS },
};

static bool counts(unsigned strict, enum diff_noise noise)
{
	return noise < DIFF_NOISE_COUNT && (strict >> noise & 1);
}

static enum diff_rule rule_of_type(enum field_type type)
{
	switch (type) {
	case FIELD_FN:
		return DIFF_RULE_SHAPE;
	case FIELD_FD:
		return DIFF_RULE_DESCRIPTOR;
	case FIELD_FUTURE:
	case FIELD_TIMEOUT:
	case FIELD_RUNNER:
	case FIELD_KEY:
	case FIELD_UNTIL:
	case FIELD_YIELDED:
		return DIFF_RULE_OBJECT;
	case FIELD_READY:
		return DIFF_RULE_SET;
	case FIELD_VALUE:
	case FIELD_STR:
	case FIELD_EXC:
	case FIELD_LINE:
		return DIFF_RULE_TEXT;
	case FIELD_DATA:
	case FIELD_CLOCK:
		return DIFF_RULE_SKIP;
	default:
		return DIFF_RULE_EXACT;
	}
}

/* Does this word of a list name that?  "gen.*" names all that begin so. */
static bool names(const char *word, size_t length, const char *prefix, const char *that)
{
	size_t before = strlen(prefix), rest = length - before;

	if (length <= before || strncmp(word, prefix, before) != 0)
		return false;
	word += before;
	return word[rest - 1] == '*' ? strncmp(word, that, rest - 1) == 0
				     : strlen(that) == rest && strncmp(word, that, rest) == 0;
}

/* Shall this be ignored?  All words are looked at, to know which of them mean something. */
static bool listed(struct diff_kinds *kinds, const char *prefix, const char *that)
{
	const char *word = kinds->options->ignore ? kinds->options->ignore : "";
	uint64_t bits = 0;

	for (unsigned n = 0; *word && n < WORDS_MAX; n++) {
		size_t length = strcspn(word, ",");

		bits |= (uint64_t)names(word, length, prefix, that) << n;
		word += length + (word[length] == ',');
	}
	kinds->named |= bits;
	return bits != 0;
}

int diff_kinds_know(const struct diff_kinds *a, const struct diff_kinds *b, char **error)
{
	const char *word = a->options->ignore ? a->options->ignore : "";

	for (unsigned n = 0; *word; n++) {
		size_t length = strcspn(word, ",");

		if (n == WORDS_MAX)
			return failure(error, "at most %d words can be ignored", WORDS_MAX);
		/* what programs say themselves is known only where it was said */
		if (length && !((a->named | b->named) >> n & 1) && strncmp(word, "user.", 5) != 0)
			return failure(error, "there is no '%.*s' that could be ignored",
				       (int)length, word);
		word += length + (word[length] == ',');
	}
	return 0;
}

static void add_fields(struct diff_kinds *kinds, struct diff_kind *kind, enum meaning means,
		       const struct catalog_fields *fields)
{
	for (unsigned i = 0; i < fields->count && kind->field_count < DIFF_FIELDS_MAX; i++) {
		struct diff_field *to = &kind->field[kind->field_count++];

		to->length = strnlen(fields->field[i].name, sizeof(to->name) - 1);
		memcpy(to->name, fields->field[i].name, to->length);
		to->hash = diff_hash(3, to->name, to->length);
		to->rule = rule_of_type(fields->field[i].type);
		for (size_t k = 0; k < sizeof(exceptions) / sizeof(exceptions[0]); k++)
			if (exceptions[k].means == means &&
			    strcmp(exceptions[k].field, to->name) == 0 &&
			    !counts(kinds->options->strict, exceptions[k].unless))
				to->rule = exceptions[k].rule;
		if (listed(kinds, "arg:", to->name))
			to->rule = DIFF_RULE_SKIP;
		if (to->rule == DIFF_RULE_CONTENT)
			kinds->content = kind->content = true;
	}
}

bool diff_kinds_content(const struct diff_kinds *kinds)
{
	return kinds->content;
}

/* What a span returns: a field "ret", or the fields of a row of its own. */
static void add_returns(struct diff_kinds *kinds, struct diff_kind *kind, enum meaning means,
			const char *returns)
{
	struct catalog_fields fields;
	int form = catalog_parse_returns(returns, &fields);

	kind->ret_rule = DIFF_RULE_TEXT;
	if (form == CATALOG_RETURNS_ROW) {
		add_fields(kinds, kind, means, &fields);
	} else if (form == CATALOG_RETURNS_VALUE && kind->field_count < DIFF_FIELDS_MAX) {
		add_fields(kinds, kind, means, &fields);
		kind->ret_rule = kind->field[--kind->field_count].rule;
	}
}

static enum diff_role role_of(struct diff_kinds *kinds, enum meaning means, const char *name,
			      const char *layer, const char *role)
{
	bool by_layer = listed(kinds, "", layer), by_name = listed(kinds, "", name);
	bool by_role = strcmp(role, "info") == 0 && listed(kinds, "", role);

	if (by_layer || by_name || by_role || is_hidden(means))
		return DIFF_ROLE_HIDDEN;
	if (strcmp(layer, "kernel") == 0)
		return DIFF_ROLE_KERNEL;
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (roles[i].means == means && !counts(kinds->options->strict, roles[i].unless))
			return roles[i].role;
	return DIFF_ROLE_PLAIN;
}

static char unknown_name[] = "unknown";
static const struct diff_kind unknown_kind = { .number = -1,
					       .name = unknown_name,
					       .return_name = unknown_name };

static const char *column(sqlite3_stmt *s, int n)
{
	const unsigned char *text = sqlite3_column_text(s, n);

	return text ? (const char *)text : "";
}

static int kind_read(struct diff_kinds *kinds, struct diff_kind *kind, sqlite3_stmt *s)
{
	const char *name = column(s, 2);
	enum meaning means = meaning_of_symbol(column(s, 1));
	struct catalog_fields fields;

	kind->number = sqlite3_column_int64(s, 0);
	kind->name = strdup(name);
	if (!kind->name || asprintf(&kind->return_name, "%s:return", name) < 0)
		return -1;
	kind->role = role_of(kinds, means, name, column(s, 3), column(s, 4));
	kind->hash = diff_hash(1, name, strlen(name));
	/* fields of a stranger's may be malformed: then all is compared as text */
	if (catalog_parse_fields(column(s, 5), &fields) == 0)
		add_fields(kinds, kind, means, &fields);
	add_returns(kinds, kind, means, column(s, 6));
	return 0;
}

/* A place for one more; NULL: out of memory. */
static struct diff_kind *kind_place(struct diff_kinds *kinds)
{
	if (!array_grow(&kinds->kind, &kinds->room, kinds->count + 1, sizeof(*kinds->kind)))
		return NULL;
	return memset(&kinds->kind[kinds->count++], 0, sizeof(*kinds->kind));
}

static int kinds_read(struct diff_kinds *kinds, struct store *store, sqlite3_stmt *s, char **error)
{
	int rc;

	while ((rc = sqlite3_step(s)) == SQLITE_ROW && kinds->count < KINDS_MAX) {
		struct diff_kind *kind = kind_place(kinds);

		if (!kind || kind_read(kinds, kind, s) < 0)
			return failure(error, "out of memory");
	}
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : store_failure(store, error);
}

int diff_kinds_new(struct diff_kinds **out, struct store *store, const struct diff_options *options,
		   char **error)
{
	struct diff_kinds *kinds = calloc(1, sizeof(*kinds));
	sqlite3_stmt *s = store_prepare(store,
					"SELECT kind, symbol, name, layer, role, fields, returns "
					"FROM kinds ORDER BY kind",
					error);
	int status;

	*out = kinds;
	if (!s || !kinds) {
		status = kinds ? -1 : failure(error, "out of memory");
	} else {
		kinds->unknown = unknown_kind;
		kinds->options = options;
		status = kinds_read(kinds, store, s, error);
	}
	if (s)
		store_release(store, s);
	if (status < 0) {
		diff_kinds_free(kinds);
		*out = NULL;
	}
	return status;
}

void diff_kinds_free(struct diff_kinds *kinds)
{
	if (!kinds)
		return;
	for (size_t i = 0; i < kinds->count; i++) {
		free(kinds->kind[i].name);
		free(kinds->kind[i].return_name);
	}
	free(kinds->kind);
	free(kinds);
}

const struct diff_kind *diff_kinds_find(const struct diff_kinds *kinds, int64_t number)
{
	const struct diff_kind *known;

	/* the catalogue's own numbers are nearly dense, so this guess mostly hits */
	if (number > 0 && (size_t)number <= kinds->count &&
	    kinds->kind[number - 1].number == number)
		return &kinds->kind[number - 1];
	known = numbered_find(kinds->kind, kinds->count, sizeof(*known), number);
	return known ? known : &kinds->unknown;
}
