/*
 * internal.h - shared by the files of the writer alone.
 */
#ifndef LOOPSCOPE_TRACE_WRITE_INTERNAL_H
#define LOOPSCOPE_TRACE_WRITE_INTERNAL_H

#include <sqlite3.h>

#include "trace/store/store.h"
#include "trace/words/ids.h"
#include "trace/words/mask.h"
#include "trace/words/objects.h"
#include "trace/words/render.h"
#include "trace/write/writer.h"

/* A span that has begun and not ended. */
struct writer_span {
	uint64_t seq;
	uint32_t kind;
};
#define WRITER_DEPTH_MAX 65536u /* deeper spans are rows without children */

/*
 * One ring: its open spans, the outermost first, from which depth and parent of
 * the next row come, and the row that was written last.
 */
struct writer_thread {
	struct writer_span *open;
	uint32_t depth;
	size_t capacity;
	uint64_t last_seq;
};

/* Phases of a row; events.phase. */
enum writer_phase { WRITER_BEGIN = 1, WRITER_RETURN = 2, WRITER_INSTANT = 3 };

/* One row of events but for what the record's rendering brings. */
struct writer_row {
	uint64_t seq, time, parent, asked_by, triggered_by, id;
	uint32_t thread, depth;
	uint32_t kind;
	enum writer_phase phase;
	int32_t site; /* -1: none */
};

/* Columns of events by parameter number. */
enum writer_column {
	COLUMN_SEQ = 1,
	COLUMN_TIME,
	COLUMN_THREAD,
	COLUMN_TURN,
	COLUMN_DEPTH,
	COLUMN_PARENT,
	COLUMN_KIND,
	COLUMN_PHASE,
	COLUMN_SITE,
	COLUMN_ASKED_BY,
	COLUMN_TRIGGERED_BY,
	COLUMN_ID,
	COLUMN_A0,
	COLUMN_DETAIL = COLUMN_A0 + 4,
	COLUMNS,
};

/* What a parameter of the events statement holds: binding it again costs. */
struct writer_bound {
	int64_t value;
	bool is_null;
};

/*
 * What the writer knows between two records.  Of all this a resumed recording
 * finds again what the rows tell (resume.c); the rest begins anew.  The members
 * committed_* are those of the last commit, to which a rollback returns.
 */
struct writer {
	struct store *store;
	sqlite3 *db;
	struct render *render;
	struct objects *objects;
	struct ids *ids;
	struct mask *masks; /* two a descriptor object: recv, send */
	size_t mask_count;
	uint32_t unknown_below; /* fds up to this number began before a resume */

	struct writer_thread thread[RING_THREADS];
	uint64_t seq, turn, events, pending;
	uint64_t committed_seq, committed_events;
	uint64_t unmatched_ends;
	uint64_t held, held_since; /* what the ring said last of how the program is held */
	bool in_transaction;

	sqlite3_stmt *put_event, *put_end, *put_payload, *put_object, *put_kind, *put_site,
		*put_gap;
	struct writer_bound bound[COLUMNS];
	uint32_t objects_written;
	uint8_t site_written[RING_SITES / 8];
	char *bytes; /* what result.text points to */
	struct render_result result;
};

int writer__prepare(struct writer *writer, char **error);

/* Runs an insert whose parameters are bound. */
int writer__step(struct writer *writer, sqlite3_stmt *statement, char **error);

/* Writes the row with writer->result as its text, and the payloads of it. */
int writer__event(struct writer *writer, const struct writer_row *row, char **error);

int writer__end(struct writer *writer, uint64_t seq, uint64_t time, uint64_t after, bool has_ret,
		bool raised, char **error);
int writer__payloads(struct writer *writer, const struct writer_row *row, char **error);
int writer__kind(struct writer *writer, const struct catalog_kind *kind, char **error);
int writer__site(struct writer *writer, unsigned index, const struct ring_site *site, char **error);

/*
 * A row's time, for a clock's: those during which the program was held are left
 * out, as they are of loop time.
 */
uint64_t writer__time(const struct writer *writer, uint64_t time);

/* Opens a span.  Deeper than WRITER_DEPTH_MAX, or without memory, it is not kept. */
void writer__push(struct writer_thread *thread, uint64_t seq, uint32_t kind);

#endif
