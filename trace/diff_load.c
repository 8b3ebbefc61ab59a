/* A trace becomes a sequence of keys that is a tree, too. */
#include "trace/diff_internal.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "trace/failure.h"
#include "trace/store.h"

/* A span that is open while its rows are read. */
struct frame {
	int64_t seq;
	uint64_t tree; /* of what was read of it so far */
	uint32_t row;  /* DIFF_NONE: it is not compared, its rows are its parent's */
	enum diff_role role;
	enum diff_receive received;      /* of a receive: what it brought */
	enum diff_receive last_received; /* of the child before, if that was a receive */
};

/* One thread's rows, while they are read. */
struct lane {
	int64_t thread;
	struct diff_node *node;
	uint32_t *object;
	uint32_t count, room, object_count, object_room;
	unsigned depth;
	struct frame frame[DIFF_DEPTH_MAX + 1]; /* the first is the thread itself */
};

struct loader {
	struct diff_kinds *kinds;
	unsigned strict;
	bool kernel;
	sqlite3_stmt *events, *ends;
	bool end_waits; /* ends stands on a row */
	int64_t end_seq;
	struct lane *lane[DIFF_LANES_MAX];
	unsigned lanes;
	struct lane *last; /* the one used last */
	int64_t first_time;
	uint32_t *descriptor; /* by number of fd objects, for those who want to compare them */
	size_t descriptors;
};

enum {
	EVENT_SEQ,
	EVENT_KIND,
	EVENT_PHASE,
	EVENT_PARENT,
	EVENT_THREAD,
	EVENT_DETAIL,
	EVENT_TURN,
	EVENT_TIME
};

static const char events_sql[] = "SELECT seq, kind, phase, parent, thread, detail "
				 "FROM events ORDER BY seq";
static const char events_sql_strict[] =
	"SELECT seq, kind, phase, parent, thread, detail, turn, time FROM events ORDER BY seq";

static struct lane *lane_of(struct loader *loader, int64_t thread)
{
	struct lane *lane = loader->last;

	if (lane && lane->thread == thread)
		return lane;
	for (unsigned i = 0; i < loader->lanes; i++)
		if (loader->lane[i]->thread == thread)
			return loader->last = loader->lane[i];
	if (loader->lanes == DIFF_LANES_MAX)
		return loader->last = loader->lane[DIFF_LANES_MAX - 1];
	lane = calloc(1, sizeof(*lane));
	if (!lane)
		return NULL;
	lane->thread = thread;
	lane->frame[0] = (struct frame){ .row = DIFF_NONE };
	loader->lane[loader->lanes++] = lane;
	return loader->last = lane;
}

static bool lane_reserve(struct lane *lane, unsigned objects)
{
	if (lane->count + 1 >= lane->room) {
		uint32_t room = lane->room ? lane->room + lane->room / 2 : 512;
		struct diff_node *grown = realloc(lane->node, room * sizeof(*grown));

		if (!grown || room > DIFF_ROWS_MAX)
			return false;
		lane->node = grown;
		lane->room = room;
	}
	if (lane->object_count + objects > lane->object_room) {
		uint32_t room = objects + (lane->object_room ? lane->object_room * 3 / 2 : 512);
		uint32_t *grown = realloc(lane->object, room * sizeof(*grown));

		if (!grown)
			return false;
		lane->object = grown;
		lane->object_room = room;
	}
	return true;
}

/* Takes back all rows from this one on. */
static void lane_cut(struct lane *lane, uint32_t row)
{
	lane->object_count = lane->node[row].object;
	lane->count = row;
}

static struct frame *lane_top(struct lane *lane)
{
	return &lane->frame[lane->depth];
}

/*
 * Bytes that came in one receive or in three, with an attempt behind them that
 * found nothing or without: of receives in a row the first stands for all.
 */
static bool receive_repeats(const struct loader *loader, enum diff_receive before,
			    enum diff_receive now)
{
	if (before != DIFF_RECEIVE_BYTES && before != DIFF_RECEIVE_AGAIN)
		return false;
	if (now == DIFF_RECEIVE_AGAIN)
		return !(loader->strict >> DIFF_EAGAIN & 1);
	return now == DIFF_RECEIVE_BYTES && before == DIFF_RECEIVE_BYTES;
}

/* Ends the innermost open span. */
static void lane_close(const struct loader *loader, struct lane *lane)
{
	struct frame *frame = lane_top(lane), *outer = frame - 1;

	lane->depth--;
	if (frame->row == DIFF_NONE) {
		/* its rows are its parent's, and so is what is known of them */
		outer->tree = diff_mix(outer->tree, frame->tree);
		return;
	}
	if (frame->role == DIFF_ROLE_RECEIVE) {
		if (receive_repeats(loader, outer->last_received, frame->received)) {
			lane_cut(lane, frame->row);
			return;
		}
		outer->last_received = frame->received;
	} else {
		outer->last_received = DIFF_RECEIVE_NONE;
	}
	lane->node[frame->row].tree = frame->tree;
	lane->node[frame->row].end = lane->count;
	outer->tree = diff_mix(outer->tree, frame->tree);
}

/* Makes the span in which the next row lies the innermost; an unknown one changes nothing. */
static void lane_enter(const struct loader *loader, struct lane *lane, int64_t parent)
{
	unsigned depth = lane->depth;

	while (depth > 0 && lane->frame[depth].seq != parent)
		depth--;
	if (depth == 0 && parent != 0)
		return;
	while (lane->depth > depth)
		lane_close(loader, lane);
}

/* What a receive brought is told by a row somewhere inside it. */
static void note_received(struct lane *lane, enum diff_receive received)
{
	for (unsigned depth = lane->depth; depth > 0; depth--) {
		if (lane->frame[depth].role != DIFF_ROLE_RECEIVE)
			continue;
		lane->frame[depth].received = received;
		return;
	}
}

static void lane_open(struct lane *lane, int64_t seq, const struct diff_kind *kind, uint64_t own,
		      uint32_t row)
{
	if (lane->depth == DIFF_DEPTH_MAX)
		return;
	lane->depth++;
	*lane_top(lane) = (struct frame){ .seq = seq, .tree = own, .row = row, .role = kind->role };
}

static bool lane_add(struct lane *lane, int64_t seq, const struct diff_kind *kind, unsigned phase,
		     const struct diff_key *key)
{
	struct diff_node *node;
	struct frame *top = lane_top(lane);

	if (!lane_reserve(lane, key->object_count))
		return false;
	node = &lane->node[lane->count++];
	*node = (struct diff_node){ .own = key->own,
				    .tree = diff_mix(key->own, 19),
				    .seq = seq,
				    .end = lane->count,
				    .shape = (uint32_t)(key->shape ^ key->shape >> 32),
				    .object = lane->object_count,
				    .kind = (uint32_t)kind->number << 1 | (phase == 2) };
	for (unsigned i = 0; i < key->object_count; i++)
		lane->object[lane->object_count + i] = key->object[i];
	lane->object_count += key->object_count;
	if (key->received != DIFF_RECEIVE_NONE)
		note_received(lane, key->received);
	if (phase == 1) {
		lane_open(lane, seq, kind, node->tree, lane->count - 1);
		return true;
	}
	top->tree = diff_mix(top->tree, node->tree);
	top->last_received = DIFF_RECEIVE_NONE;
	return true;
}

/* Moves on among the ends to that of this begin.  1 if there is one of interest, 0, -1. */
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

static struct diff_text text_of(sqlite3_stmt *s, int n)
{
	struct diff_text text = { NULL, 0 };

	/* as a blob: a text would be copied, to end with a NUL */
	if (sqlite3_column_type(s, n) == SQLITE_NULL)
		return text;
	text.bytes = sqlite3_column_blob(s, n);
	text.length = (size_t)sqlite3_column_bytes(s, n);
	if (!text.bytes)
		text.bytes = "";
	return text;
}

/* What is noise for nearly everybody, for those who ask for it. */
static void key_add_strict(const struct loader *loader, const struct lane *lane,
			   struct diff_key *key)
{
	sqlite3_stmt *s = loader->events;
	int64_t time = sqlite3_column_int64(s, EVENT_TIME);

	if (loader->strict >> DIFF_TURNS & 1)
		key->own = diff_mix(key->own, (uint64_t)sqlite3_column_int64(s, EVENT_TURN));
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

/* 0, or -1: what failed is SQLite's to say, or memory. */
static int row_add(struct loader *loader, bool *no_memory)
{
	static const unsigned with_more =
		1u << DIFF_TURNS | 1u << DIFF_THREADS | 1u << DIFF_TIMES | 1u << DIFF_DESCRIPTORS;
	sqlite3_stmt *s = loader->events;
	int64_t seq = sqlite3_column_int64(s, EVENT_SEQ);
	const struct diff_kind *kind =
		diff_kinds_find(loader->kinds, sqlite3_column_int64(s, EVENT_KIND));
	unsigned phase = (unsigned)sqlite3_column_int(s, EVENT_PHASE);
	struct lane *lane;
	struct diff_text ret = { NULL, 0 };
	struct diff_key key;
	bool raised = false;

	if (kind->role == DIFF_ROLE_KERNEL && !loader->kernel)
		return 0;
	lane = lane_of(loader, sqlite3_column_int64(s, EVENT_THREAD));
	if (!lane) {
		*no_memory = true;
		return -1;
	}
	lane_enter(loader, lane, sqlite3_column_int64(s, EVENT_PARENT));
	if (kind->role == DIFF_ROLE_HIDDEN) {
		if (phase == 1)
			lane_open(lane, seq, kind, 0, DIFF_NONE);
		return 0;
	}
	if (phase == 1) {
		int found = end_find(loader, seq);

		if (found < 0)
			return -1;
		if (found) {
			ret = text_of(loader->ends, 1);
			raised = sqlite3_column_int(loader->ends, 2) != 0;
		}
	}
	diff_key_make(kind, loader->strict, phase, text_of(s, EVENT_DETAIL), ret, raised, &key);
	if (loader->strict & with_more)
		key_add_strict(loader, lane, &key);
	if (!lane_add(lane, seq, kind, phase, &key)) {
		*no_memory = true;
		return -1;
	}
	return 0;
}

static int rows_read(struct loader *loader, struct store *store, char **error)
{
	bool no_memory = false, first = true;
	int rc;

	while ((rc = sqlite3_step(loader->events)) == SQLITE_ROW) {
		if (first && sqlite3_column_count(loader->events) > EVENT_TIME)
			loader->first_time = sqlite3_column_int64(loader->events, EVENT_TIME);
		first = false;
		if (row_add(loader, &no_memory) < 0)
			return no_memory ? failure(error, "out of memory")
					 : store_failure(store, error);
	}
	if (rc != SQLITE_DONE)
		return store_failure(store, error);
	for (unsigned i = 0; i < loader->lanes; i++)
		while (loader->lane[i]->depth > 0)
			lane_close(loader, loader->lane[i]);
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
		uint32_t *grown;

		if (number > 0x1000000)
			continue;
		if (number >= loader->descriptors) {
			grown = realloc(loader->descriptor, (number + 1) * sizeof(*grown));
			if (!grown)
				return failure(error, "out of memory");
			memset(grown + loader->descriptors, 0,
			       (number + 1 - loader->descriptors) * sizeof(*grown));
			loader->descriptor = grown;
			loader->descriptors = number + 1;
		}
		loader->descriptor[number] = (uint32_t)sqlite3_column_int64(s, 1);
	}
	if (s)
		store_release(store, s);
	return !s ? -1 : rc == SQLITE_DONE ? 0 : store_failure(store, error);
}

/* Joins the lanes: their rows move into one array, thread by thread. */
static int lanes_join(struct loader *loader, struct diff_side *side, char **error)
{
	uint64_t rows = 0, objects = 0;

	for (unsigned i = 0; i < loader->lanes; i++) {
		rows += loader->lane[i]->count;
		objects += loader->lane[i]->object_count;
	}
	if (rows > DIFF_ROWS_MAX || objects > DIFF_ROWS_MAX)
		return failure(error, "a trace of %llu rows is too long to be compared",
			       (unsigned long long)rows);
	for (unsigned i = 0; i < loader->lanes; i++) {
		struct lane *lane = loader->lane[i];
		bool is_first = i == 0;
		struct diff_node *node =
			realloc(is_first ? lane->node : side->node, (rows + 1) * sizeof(*node));
		uint32_t *object;

		if (!node)
			return failure(error, "out of memory");
		side->node = node;
		if (is_first)
			lane->node = NULL;
		object = realloc(is_first ? lane->object : side->object,
				 (objects + 1) * sizeof(*object));
		if (!object)
			return failure(error, "out of memory");
		side->object = object;
		if (is_first)
			lane->object = NULL;
		side->lane[i] = side->count;
		for (uint32_t k = 0; k < lane->count && !is_first; k++) {
			struct diff_node *to = &node[side->count + k];

			*to = lane->node[k];
			to->end += side->count;
			to->object += side->object_count;
		}
		for (uint32_t k = 0; k < lane->object_count && !is_first; k++)
			object[side->object_count + k] = lane->object[k];
		side->count += lane->count;
		side->object_count += lane->object_count;
		side->lanes = i + 1;
		side->lane[i + 1] = side->count;
	}
	if (side->node)
		side->node[side->count].object = side->object_count;
	return 0;
}

static void loader_release(struct loader *loader, struct store *store)
{
	for (unsigned i = 0; i < loader->lanes; i++) {
		free(loader->lane[i]->node);
		free(loader->lane[i]->object);
		free(loader->lane[i]);
	}
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
	struct loader loader = {
		.strict = options->strict, .kernel = kernel, .end_waits = true, .end_seq = INT64_MIN
	};
	bool more = options->strict & (with_columns | 1u << DIFF_THREADS | 1u << DIFF_DESCRIPTORS);
	int status = -1;

	side->store = store;
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
		status = lanes_join(&loader, side, error);
	loader_release(&loader, store);
	return status;
}

void diff_side_release(struct diff_side *side)
{
	diff_kinds_free(side->kinds);
	free(side->node);
	free(side->object);
}

int diff_has_program_rows(struct store *store, char **error)
{
	sqlite3_stmt *s = store_prepare(store,
					"SELECT 1 FROM events e JOIN kinds k USING (kind) "
					"WHERE k.layer <> 'kernel' AND k.layer <> 'run' LIMIT 1",
					error);
	int rc;

	if (!s)
		return -1;
	rc = sqlite3_step(s);
	store_release(store, s);
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : store_failure(store, error);
}
