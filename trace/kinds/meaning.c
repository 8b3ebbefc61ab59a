/*
 * meaning.c - from a symbol to its meaning, over both tables of kinds.
 */
#include "trace/kinds/meaning.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/words/syscalls.h"

/* Symbols of calls are made of their names, as the writer makes them. */
#define CALL_SYMBOL_BYTES 48
static char call_symbols[CALL_END][CALL_SYMBOL_BYTES];

static const char *const names[] = {
#define MEANING(symbol, sentence) #symbol,
#include "trace/emit/meanings.def"
#undef MEANING
};

/* Both tables by symbol: a trace has about 160 kinds, and many are asked for. */
struct entry {
	const char *symbol;
	enum meaning means;
};
#define EVENTS_MAX 1024
static struct entry entries[EVENTS_MAX + CALL_END];
static size_t entry_count;

static int entry_compare(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->symbol, ((const struct entry *)b)->symbol);
}

static void entries_make(void)
{
	size_t count;
	const struct catalog_kind *kinds = catalog_all(&count);

	for (size_t i = 0; i < count && i < EVENTS_MAX; i++)
		entries[entry_count++] = (struct entry){ kinds[i].symbol, kinds[i].means };
	for (unsigned call = 1; call < CALL_END; call++) {
		const struct syscalls_row *row = syscalls_find(call);

		snprintf(call_symbols[call], CALL_SYMBOL_BYTES, "kernel_%s", row->name);
		entries[entry_count++] = (struct entry){ call_symbols[call], row->means };
	}
	qsort(entries, entry_count, sizeof(entries[0]), entry_compare);
}

enum meaning meaning_of_symbol(const char *symbol)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const struct entry key = { symbol, MEANS_NOTHING }, *found;

	pthread_once(&once, entries_make);
	found = bsearch(&key, entries, entry_count, sizeof(entries[0]), entry_compare);
	return found ? found->means : MEANS_NOTHING;
}

const char *meaning_name(enum meaning means)
{
	return (size_t)means < MEANINGS ? names[means] : names[MEANS_NOTHING];
}

/* A catalogue that grows may widen a type: more words, or what is yielded where a future was. */
static bool type_fits(const struct catalog_field *own, const struct catalog_field *theirs)
{
	size_t length = strlen(theirs->words);

	if (own->type != theirs->type)
		return own->type == FIELD_YIELDED && theirs->type == FIELD_FUTURE;
	return strncmp(own->words, theirs->words, length) == 0 &&
	       (own->words[length] == '\0' || own->words[length] == '/');
}

bool meaning_fields_fit(const struct catalog_kind *own, const char *fields)
{
	struct catalog_fields ours, theirs;

	/* so it is in a trace of this build: nothing is parsed then */
	if (strcmp(own->fields, fields) == 0)
		return true;
	if (catalog_parse_fields(own->fields, &ours) < 0 ||
	    catalog_parse_fields(fields, &theirs) < 0 || theirs.count > ours.count)
		return false;
	for (unsigned i = 0; i < theirs.count; i++)
		if (strcmp(ours.field[i].name, theirs.field[i].name) != 0 ||
		    !type_fits(&ours.field[i], &theirs.field[i]))
			return false;
	return true;
}
