/*
 * resume.c - continuing a trace whose recorder died: the writer's memory is
 * rebuilt from the rows that were committed.  The trace may be a stranger's, so
 * nothing read here is used as an index before it was checked.
 */
#include "trace/write/internal.h"

#include "trace/base/failure.h"

/*
 * Calls visit for each row.  visit returns 0 to go on; -1 means that the rows
 * do not fit together.
 */
static int each_row(struct writer *writer, const char *sql, const uint32_t *threads,
		    int (*visit)(struct writer *, sqlite3_stmt *, const uint32_t *), char **error)
{
	sqlite3_stmt *s = store_prepare(writer->store, sql, error);
	int status, result = -1;

	if (!s)
		return -1;
	while ((status = sqlite3_step(s)) == SQLITE_ROW) {
		if (visit(writer, s, threads) < 0) {
			failure(error, "%s is damaged: its rows do not fit together",
				store_path(writer->store));
			goto out;
		}
	}
	if (status == SQLITE_DONE)
		result = 0;
	else
		store_failure(writer->store, error);
out:
	store_release(writer->store, s);
	return result;
}

/* The state of the ring that this kernel thread wrote to, or NULL. */
static struct writer_thread *thread_of(struct writer *writer, const uint32_t *threads,
				       int64_t thread)
{
	for (unsigned i = 0; i < RING_THREADS; i++)
		if (threads[i] && threads[i] == thread)
			return &writer->thread[i];
	return NULL;
}

static int visit_totals(struct writer *writer, sqlite3_stmt *s, const uint32_t *threads)
{
	int64_t seq = sqlite3_column_int64(s, 0), gap = sqlite3_column_int64(s, 1);
	int64_t turn = sqlite3_column_int64(s, 2), events = sqlite3_column_int64(s, 3);

	(void)threads;
	if (seq < 0 || gap < 0 || turn < 0)
		return -1;
	writer->seq = (uint64_t)(seq > gap ? seq : gap);
	writer->turn = (uint64_t)turn;
	writer->events = (uint64_t)events;
	writer->committed_seq = writer->seq;
	writer->committed_events = writer->events;
	return 0;
}

static int visit_object(struct writer *writer, sqlite3_stmt *s, const uint32_t *threads)
{
	const char *class = (const char *)sqlite3_column_text(s, 1);
	int64_t row = sqlite3_column_int64(s, 0), number = sqlite3_column_int64(s, 2);
	struct object object = { .runtime = (uint64_t)sqlite3_column_int64(s, 3),
				 .number = (uint32_t)number };

	(void)threads;
	object.class = class ? object_class_find(class) : OBJECT_CLASSES;
	if (object.class == OBJECT_CLASSES || row < 1 || row > UINT32_MAX || number < 0 ||
	    number > row || objects_restore(writer->objects, (uint32_t)row, &object) < 0)
		return -1;
	writer->objects_written = (uint32_t)row;
	if (object.class == OBJECT_FD && object.number > writer->unknown_below)
		writer->unknown_below = object.number;
	return 0;
}

static int visit_id(struct writer *writer, sqlite3_stmt *s, const uint32_t *threads)
{
	(void)threads;
	return ids_add(writer->ids, (uint64_t)sqlite3_column_int64(s, 0),
		       (uint64_t)sqlite3_column_int64(s, 1));
}

static int visit_last(struct writer *writer, sqlite3_stmt *s, const uint32_t *threads)
{
	struct writer_thread *thread = thread_of(writer, threads, sqlite3_column_int64(s, 0));

	if (thread)
		thread->last_seq = (uint64_t)sqlite3_column_int64(s, 1);
	return 0;
}

/*
 * A begin without an end is open only if its parent is: the end of an outer
 * span also closes inner ones whose own ends were lost.
 */
static int visit_open(struct writer *writer, sqlite3_stmt *s, const uint32_t *threads)
{
	struct writer_thread *thread = thread_of(writer, threads, sqlite3_column_int64(s, 0));
	uint64_t seq = (uint64_t)sqlite3_column_int64(s, 1);
	int64_t depth = sqlite3_column_int64(s, 3), parent = sqlite3_column_int64(s, 4);

	if (!thread || depth < 0 || depth > thread->depth)
		return 0;
	if (depth > 0 && thread->open[depth - 1].seq != (uint64_t)parent)
		return 0;
	thread->depth = (uint32_t)depth;
	writer__push(thread, seq, (uint32_t)sqlite3_column_int64(s, 2));
	return 0;
}

static int visit_name(struct writer *writer, sqlite3_stmt *s, const uint32_t *threads)
{
	const char *entry = (const char *)sqlite3_column_text(s, 0);

	(void)threads;
	return entry ? render_add_name(writer->render, entry, (size_t)sqlite3_column_bytes(s, 0))
		     : -1;
}

int writer_resume(struct writer *writer, const uint32_t *threads, char **error)
{
	static const struct {
		const char *sql;
		int (*visit)(struct writer *, sqlite3_stmt *, const uint32_t *);
	} parts[] = {
		{ "SELECT coalesce((SELECT max(seq) FROM events), 0),"
		  " coalesce((SELECT max(gap) FROM gaps), 0),"
		  " coalesce((SELECT turn FROM events ORDER BY seq DESC LIMIT 1), 0),"
		  " (SELECT count(*) FROM events)",
		  visit_totals },
		{ "SELECT name || ' ' || fields FROM kinds WHERE kind >= 4096 ORDER BY kind",
		  visit_name },
		{ "SELECT object, class, number, runtime FROM objects ORDER BY object",
		  visit_object },
		{ "SELECT id, seq FROM events WHERE id IS NOT NULL ORDER BY seq", visit_id },
		{ "SELECT thread, max(seq) FROM events GROUP BY thread", visit_last },
		{ "SELECT e.thread, e.seq, e.kind, e.depth, e.parent FROM events e WHERE"
		  " e.phase = 1 AND NOT EXISTS (SELECT 1 FROM ends n WHERE n.seq = e.seq)"
		  " ORDER BY e.seq",
		  visit_open },
	};

	_Static_assert(RING_NAME_FIRST == 4096, "the SQL says the same");
	writer->held = (uint64_t)store_fact_number(writer->store, "held", 0);
	writer->held_since = (uint64_t)store_fact_number(writer->store, "held_since", 0);
	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (each_row(writer, parts[i].sql, threads, parts[i].visit, error) < 0)
			return -1;
	return 0;
}
