/*
 * load.c - a trace becomes a sequence of keys that is a tree, too.
 */
#include "trace/diff/internal.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "trace/base/failure.h"
#include "trace/base/grow.h"
#include "trace/diff/lanes.h"
#include "trace/store/store.h"

enum outcome { FINE, FAILED, NO_MEMORY };

struct loader {
	struct diff_kinds *kinds;
	unsigned strict;
	bool kernel;
	sqlite3_stmt *events, *ends;
	bool end_waits; /* ends stands on a row */
	int64_t end_seq;
	struct diff_lanes lanes;
	int64_t first_time;
	bool begun;           /* the first row that is compared was seen */
	enum outcome outcome; /* of the last row */
	uint32_t *descriptor; /* of fd#n its number in the kernel, when --strict compares them */
	size_t descriptors;
};

/*
 * SQLite calls a function of ours with each row, while it scans the table: half
 * the time of a statement that gives rows, each of them asked for its columns.
 * No row is ever given, since the function returns 0.
 */
#define VISIT "loopscope_diff_visit"

enum {
	EVENT_SEQ,
	EVENT_KIND,
	EVENT_PHASE,
	EVENT_PARENT,
	EVENT_THREAD,
	EVENT_DETAIL,
	EVENT_COLUMNS, /* of those who ask for no more */
	EVENT_TURN = EVENT_COLUMNS,
	EVENT_TIME,
};

static const char events_sql[] = "SELECT 1 FROM events WHERE " VISIT
				 "(seq, kind, phase, parent, thread, detail) ORDER BY seq";
static const char events_sql_strict[] =
	"SELECT 1 FROM events WHERE " VISIT
	"(seq, kind, phase, parent, thread, detail, turn, time) ORDER BY seq";

/* Moves on among the ends to that of this begin: 1, 0 if that has none of interest, -1. */
static int end_find(struct loader *loader, int64_t seq)
{
	while (loader->end_waits && loader->end_seq < seq) {
		int rc = sqlite3_step(loader->ends);

		if (rc != SQLITE_ROW && rc != SQLITE_DONE)
			return -1;
		loader->end_waits = rc == SQLITE_ROW;
		if (loader->end_waits)
			loader->end_seq = sqlite3_column_int64(loader->ends, 0);
	}
	return loader->end_waits && loader->end_seq == seq;
}

static struct diff_text text_of(sqlite3_value *value)
{
	struct diff_text text = { NULL, 0 };

	/* as a blob: a text would be copied, to end with a NUL */
	if (sqlite3_value_type(value) == SQLITE_NULL)
		return text;
	text.bytes = sqlite3_value_blob(value);
	text.length = (size_t)sqlite3_value_bytes(value);
	if (!text.bytes)
		text.bytes = "";
	return text;
}

/* What is noise for nearly everybody, for those who ask for it. */
static void key_add_strict(const struct loader *loader, const struct diff_lane *lane,
			   sqlite3_value **row, struct diff_key *key)
{
	int64_t time = sqlite3_value_int64(row[EVENT_TIME]);

	if (loader->strict >> DIFF_TURNS & 1)
		key->own = diff_mix(key->own, (uint64_t)sqlite3_value_int64(row[EVENT_TURN]));
	if (loader->strict >> DIFF_THREADS & 1)
		key->own = diff_mix(key->own, (uint64_t)lane->thread);
	if (loader->strict >> DIFF_TIMES & 1)
		key->own = diff_mix(key->own, (uint64_t)time - (uint64_t)loader->first_time);
	for (unsigned i = 0; i < key->object_count && loader->descriptors; i++) {
		uint32_t number = key->object[i] & 0x1fffffff;

		if (key->object[i] >> 29 == 1 && number < loader->descriptors)
			key->own = diff_mix(key->own, loader->descriptor[number]);
	}
}

/* What an event's end tells of it.  0 or -1. */
static int end_read(struct loader *loader, int64_t seq, struct diff_text *ret, bool *raised)
{
	int found = end_find(loader, seq);

	if (found <= 0)
		return found;
	*ret = text_of(sqlite3_column_value(loader->ends, 1));
	*raised = sqlite3_column_int(loader->ends, 2) != 0;
	return 0;
}

static enum outcome row_add(struct loader *loader, int columns, sqlite3_value **row)
{
	int64_t seq = sqlite3_value_int64(row[EVENT_SEQ]);
	const struct diff_kind *kind =
		diff_kinds_find(loader->kinds, sqlite3_value_int64(row[EVENT_KIND]));
	unsigned phase = (unsigned)sqlite3_value_int(row[EVENT_PHASE]);
	struct diff_text ret = { NULL, 0 };
	struct diff_key key;
	struct diff_lane *lane;
	bool raised = false;

	if (kind->role == DIFF_ROLE_KERNEL && !loader->kernel)
		return FINE;
	lane = diff_lanes_find(&loader->lanes, sqlite3_value_int64(row[EVENT_THREAD]));
	if (!lane)
		return NO_MEMORY;
	diff_lane_enter(&loader->lanes, lane, sqlite3_value_int64(row[EVENT_PARENT]));
	if (kind->role == DIFF_ROLE_HIDDEN) {
		if (phase == 1)
			diff_lane_hide(lane, seq, kind);
		return FINE;
	}
	if (phase == 1 && end_read(loader, seq, &ret, &raised) < 0)
		return FAILED;
	diff_key_make(kind, loader->strict, phase, text_of(row[EVENT_DETAIL]), ret, raised, &key);
	if (columns > EVENT_COLUMNS && !loader->begun)
		loader->first_time = sqlite3_value_int64(row[EVENT_TIME]);
	loader->begun = true;
	if (columns > EVENT_COLUMNS)
		key_add_strict(loader, lane, row, &key);
	return diff_lane_add(lane, seq, kind, phase, &key) ? FINE : NO_MEMORY;
}

/* The function that SQLite calls. */
static void visit(sqlite3_context *context, int columns, sqlite3_value **row)
{
	struct loader *loader = sqlite3_user_data(context);

	loader->outcome = row_add(loader, columns, row);
	if (loader->outcome == FINE)
		sqlite3_result_int(context, 0);
	else
		sqlite3_result_error(context, "the rows cannot be read", -1);
}

static int rows_read(struct loader *loader, struct store *store, char **error)
{
	int rc = sqlite3_step(loader->events);

	if (loader->outcome == NO_MEMORY)
		return failure(error, "out of memory");
	if (rc != SQLITE_DONE)
		return store_failure(store, error);
	return 0;
}

/* The kernel's number of each fd object. */
static int descriptors_read(struct loader *loader, struct store *store, char **error)
{
	sqlite3_stmt *s = store_prepare(
		store, "SELECT number, runtime FROM objects WHERE class = 'fd' AND number > 0",
		error);
	int rc = SQLITE_ERROR;

	while (s && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		uint64_t number = (uint64_t)sqlite3_column_int64(s, 0);

		if (number > 0x1000000)
			continue;
		if (!array_grow_zeroed(&loader->descriptor, &loader->descriptors, number + 1,
				       sizeof(*loader->descriptor)))
			return failure(error, "out of memory");
		loader->descriptor[number] = (uint32_t)sqlite3_column_int64(s, 1);
	}
	if (s)
		store_release(store, s);
	return !s ? -1 : rc == SQLITE_DONE ? 0 : store_failure(store, error);
}

static void loader_release(struct loader *loader, struct store *store)
{
	diff_lanes_release(&loader->lanes);
	if (loader->events)
		store_release(store, loader->events);
	if (loader->ends)
		store_release(store, loader->ends);
	free(loader->descriptor);
}

int diff_load(struct diff_side *side, struct store *store, const struct diff_options *options,
	      bool kernel, char **error)
{
	static const unsigned with_columns = 1u << DIFF_TURNS | 1u << DIFF_TIMES;
	struct loader loader = { .strict = options->strict,
				 .lanes.strict = options->strict,
				 .kernel = kernel,
				 .end_waits = true,
				 .end_seq = INT64_MIN };
	bool more = options->strict & (with_columns | 1u << DIFF_THREADS | 1u << DIFF_DESCRIPTORS);
	int status = -1;

	side->store = store;
	if (sqlite3_create_function(store_handle(store), VISIT, -1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
				    &loader, visit, NULL, NULL) != SQLITE_OK)
		return store_failure(store, error);
	loader.events = store_prepare(store, more ? events_sql_strict : events_sql, error);
	if (loader.events)
		loader.ends = store_prepare(store,
					    "SELECT seq, ret, raised FROM ends WHERE "
					    "ret IS NOT NULL OR raised <> 0 ORDER BY seq",
					    error);
	if (loader.ends && diff_kinds_new(&side->kinds, store, options, error) == 0 &&
	    (loader.kinds = side->kinds) &&
	    (!(options->strict >> DIFF_DESCRIPTORS & 1) ||
	     descriptors_read(&loader, store, error) == 0) &&
	    rows_read(&loader, store, error) == 0)
		status = diff_lanes_join(&loader.lanes, side, error);
	loader_release(&loader, store);
	sqlite3_create_function(store_handle(store), VISIT, -1, SQLITE_UTF8, NULL, NULL, NULL,
				NULL);
	return status;
}

void diff_side_release(struct diff_side *side)
{
	diff_kinds_free(side->kinds);
	free(side->node);
	free(side->object);
}

int diff_holds(struct store *store, char **error)
{
	sqlite3_stmt *s = store_prepare(
		store,
		"SELECT CASE WHEN EXISTS (SELECT 1 FROM events e JOIN kinds k USING (kind)"
		"  WHERE k.layer <> 'kernel' AND k.layer <> 'run') THEN ?2"
		" WHEN EXISTS (SELECT 1 FROM kinds k JOIN events e USING (kind)"
		"  WHERE k.layer = 'kernel') THEN ?1 ELSE 0 END",
		error);
	int holds = 0, rc;

	if (!s)
		return -1;
	sqlite3_bind_int(s, 1, DIFF_HOLDS_KERNEL);
	sqlite3_bind_int(s, 2, DIFF_HOLDS_PROGRAM);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		holds = sqlite3_column_int(s, 0);
	store_release(store, s);
	return rc == SQLITE_ROW ? holds : store_failure(store, error);
}
