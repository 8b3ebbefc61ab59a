/*
 * writer.c - records become rows: their number, place, parent and causes, in
 * the order of the merge.
 */
#include "trace/write/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/base/grow.h"
#include "trace/write/internal.h"

/* How far up an end looks for its begin when some ends were lost. */
#define UNWIND_MAX 1024u

/* The trace explains its own kinds, so that a build with other ones can read it. */
static int write_catalogue(struct writer *writer, char **error)
{
	size_t count;
	const struct catalog_kind *kinds = catalog_all(&count);

	for (size_t i = 0; i < count; i++)
		if (writer__kind(writer, &kinds[i], error) < 0)
			return -1;
	return writer_commit(writer, error);
}

int writer_new(struct writer **out, struct store *store, char **error)
{
	struct writer *writer = calloc(1, sizeof(*writer));

	*out = NULL;
	if (!writer)
		return failure(error, "out of memory");
	writer->store = store;
	writer->db = store_handle(store);
	writer->bytes = malloc(RENDER_BYTES);
	writer->result.text = writer->bytes;
	if (!writer->bytes || render_new(&writer->render) < 0 ||
	    objects_new(&writer->objects) < 0 || ids_new(&writer->ids) < 0) {
		failure(error, "out of memory");
		goto fail;
	}
	if (writer__prepare(writer, error) < 0 || write_catalogue(writer, error) < 0)
		goto fail;
	*out = writer;
	return 0;
fail:
	writer_rollback(writer);
	writer_free(writer);
	return -1;
}

void writer_free(struct writer *writer)
{
	sqlite3_stmt *statements[7];

	if (!writer)
		return;
	memcpy(statements,
	       (sqlite3_stmt *[]){ writer->put_event, writer->put_end, writer->put_payload,
				   writer->put_object, writer->put_kind, writer->put_site,
				   writer->put_gap },
	       sizeof(statements));
	for (unsigned i = 0; i < 7; i++)
		store_release(writer->store, statements[i]);
	for (unsigned i = 0; i < RING_THREADS; i++)
		free(writer->thread[i].open);
	free(writer->masks);
	ids_free(writer->ids);
	objects_free(writer->objects);
	render_free(writer->render);
	free(writer->bytes);
	free(writer);
}

int writer_begin(struct writer *writer, char **error)
{
	if (writer->in_transaction)
		return 0;
	if (store_run(writer->store, "BEGIN", error) < 0)
		return -1;
	writer->in_transaction = true;
	return 0;
}

int writer_commit(struct writer *writer, char **error)
{
	if (!writer->in_transaction)
		return 0;
	if (store_run(writer->store, "COMMIT", error) < 0)
		return -1;
	writer->in_transaction = false;
	writer->pending = 0;
	writer->committed_seq = writer->seq;
	writer->committed_events = writer->events;
	return 0;
}

/* On a full disk SQLite has rolled back by itself: then there is nothing to undo but numbers. */
void writer_rollback(struct writer *writer)
{
	if (!sqlite3_get_autocommit(writer->db))
		store_run(writer->store, "ROLLBACK", NULL);
	writer->in_transaction = false;
	writer->pending = 0;
	writer->seq = writer->committed_seq;
	writer->events = writer->committed_events;
}

int writer_add_name(struct writer *writer, const char *entry, char **error)
{
	const struct render_kind *kind;
	struct catalog_kind row = {
		.number = (uint16_t)(RING_NAME_FIRST + render_names(writer->render)),
		.shape = KIND_SHAPE_SPAN,
		.layer = KIND_LAYER_PROGRAM,
		.role = KIND_ROLE_INFO,
		.returns = "",
		.english = "",
		.chinese = "",
	};
	char symbol[16];

	if (render_add_name(writer->render, entry, RING_NAME_BYTES) < 0)
		return failure(error, "out of memory");
	kind = render_find(writer->render, row.number);
	snprintf(symbol, sizeof(symbol), "named_%u", row.number - RING_NAME_FIRST);
	row.symbol = symbol;
	row.name = render_kind_name(kind);
	row.fields = render_kind_fields(kind);
	return writer__kind(writer, &row, error);
}

unsigned writer_names(const struct writer *writer)
{
	return render_names(writer->render);
}

uint64_t writer_events(const struct writer *writer)
{
	return writer->events;
}

uint64_t writer_pending(const struct writer *writer)
{
	return writer->pending;
}

uint64_t writer_unmatched(const struct writer *writer)
{
	return writer->unmatched_ends;
}

uint64_t writer_seq(const struct writer *writer)
{
	return writer->seq;
}

void writer__push(struct writer_thread *thread, uint64_t seq, uint32_t kind)
{
	if (thread->depth >= WRITER_DEPTH_MAX ||
	    !array_grow(&thread->open, &thread->capacity, thread->depth + 1, sizeof(*thread->open)))
		return;
	thread->open[thread->depth++] = (struct writer_span){ .seq = seq, .kind = kind };
}

static uint64_t parent_at(const struct writer_thread *thread, uint32_t depth)
{
	return depth ? thread->open[depth - 1].seq : 0;
}

/*
 * The depth of the span that an end of this kind ends, or -1.  It is the
 * innermost one unless ends were lost on the way.
 */
static int64_t matching_depth(const struct writer_thread *thread, uint32_t kind)
{
	uint32_t lowest = thread->depth > UNWIND_MAX ? thread->depth - UNWIND_MAX : 0;

	for (uint32_t i = thread->depth; i-- > lowest;)
		if (thread->open[i].kind == kind)
			return i;
	return -1;
}

/* What begins, happens or returns: the row's own numbers and its text. */
static int put_row(struct writer *writer, const struct writer_place *place,
		   const struct ring_slot *slot, struct writer_row *row, char **error)
{
	row->seq = ++writer->seq;
	row->time = slot->time;
	row->thread = place->thread;
	row->kind = slot->kind;
	row->asked_by = slot->asked_by ? ids_find(writer->ids, slot->asked_by) : 0;
	row->triggered_by = slot->triggered_by ? ids_find(writer->ids, slot->triggered_by) : 0;
	if (slot->flags & RING_FLAG_CAUSE) {
		row->id = (uint64_t)place->ring << 48 | (place->cursor + 1);
		ids_add(writer->ids, row->id, row->seq);
	}
	writer->thread[place->ring].last_seq = row->seq;
	if (writer__event(writer, row, error) < 0)
		return -1;
	return writer->result.data_count ? writer__payloads(writer, row, error) : 0;
}

/*
 * Depth and parent are taken before the span is opened: a row lies in what was
 * open when it came, never in itself.
 */
static int put_begin(struct writer *writer, const struct writer_place *place,
		     const struct ring_slot *slot, const struct render_kind *kind,
		     const struct render_record *record, int32_t site, char **error)
{
	struct writer_thread *thread = &writer->thread[place->ring];
	struct writer_row row = { .depth = thread->depth,
				  .parent = parent_at(thread, thread->depth),
				  .site = site,
				  .phase = WRITER_INSTANT };

	if (slot->phase == RING_BEGIN)
		row.phase = WRITER_BEGIN;
	if (slot->kind == KIND_loop_iteration)
		writer->turn++;
	render_event(writer->render, kind, writer->objects, record, &writer->result);
	if (put_row(writer, place, slot, &row, error) < 0)
		return -1;
	if (slot->phase == RING_BEGIN)
		writer__push(thread, row.seq, row.kind);
	return 0;
}

/*
 * NAME:return stands inside its span, one deeper; that of the poll alone is
 * level with it, for to the walk the poll and what it returned are two steps
 * of one loop.
 */
static int put_return(struct writer *writer, const struct writer_place *place,
		      const struct ring_slot *slot, const struct render_kind *kind,
		      const struct render_record *record, uint32_t depth, int32_t site,
		      char **error)
{
	struct writer_thread *thread = &writer->thread[place->ring];
	struct writer_row row = { .phase = WRITER_RETURN, .site = site };

	row.depth = slot->kind == KIND_loop_poll ? depth : depth + 1;
	row.parent = parent_at(thread, row.depth);
	render_return(writer->render, kind, writer->objects, record, &writer->result);
	return put_row(writer, place, slot, &row, error);
}

/*
 * An end has no row of its own; `after`, the last row that its thread had by
 * then, tells readers where the span closed.  A return row lies in its span and
 * is that last row; only the poll's return lies beside its span.  If ends of
 * inner spans were lost, this one closes them too: depth goes back to its own.
 */
static int put_end(struct writer *writer, const struct writer_place *place,
		   const struct ring_slot *slot, const struct render_kind *kind,
		   const struct render_record *record, int32_t site, char **error)
{
	struct writer_thread *thread = &writer->thread[place->ring];
	int64_t depth = matching_depth(thread, slot->kind);
	bool raised = (slot->flags & RING_FLAG_RAISED) != 0;
	bool has_row = render_kind_has_return_row(kind) && !raised;
	bool has_ret = !has_row && (slot->flags & RING_FLAG_RETURN) != 0;
	uint64_t begin, after;

	if (depth < 0) {
		writer->unmatched_ends++;
		return 0;
	}
	begin = thread->open[depth].seq;
	after = thread->last_seq;
	if (has_row &&
	    put_return(writer, place, slot, kind, record, (uint32_t)depth, site, error) < 0)
		return -1;
	if (has_row && slot->kind != KIND_loop_poll)
		after = thread->last_seq;
	thread->depth = (uint32_t)depth;
	if (has_ret)
		render_ret(writer->render, kind, writer->objects, slot->arg[0], &writer->result);
	return writer__end(writer, begin, slot->time, after, has_ret, raised, error);
}

/* The program says how many events it dropped at this place; who counts below zero lies. */
static int put_told_gap(struct writer *writer, const struct writer_place *place,
			const struct ring_slot *slot, char **error)
{
	if (slot->arg[0] > INT64_MAX)
		return WRITER_DAMAGED;
	return writer_gap(writer, place->thread, "program", (int64_t)slot->arg[0],
			  "the ring was full", error);
}

uint64_t writer__time(const struct writer *writer, uint64_t time)
{
	if (writer->held_since && time > writer->held_since)
		time = writer->held_since;
	return time > writer->held ? time - writer->held : 0;
}

/* From here on the program is held, or it goes on. */
static int put_held(struct writer *writer, const struct ring_slot *slot, char **error)
{
	if (slot->phase == 0 || slot->arg[0] > slot->time)
		return WRITER_DAMAGED;
	writer->held = slot->arg[0];
	writer->held_since = slot->phase == RING_BEGIN ? slot->time : 0;
	if (writer_begin(writer, error) < 0 ||
	    store_put_fact_number(writer->store, "held", (int64_t)writer->held, error) < 0 ||
	    store_put_fact_number(writer->store, "held_since", (int64_t)writer->held_since, error) <
		    0)
		return -1;
	return 0;
}

int writer_record(struct writer *writer, const struct writer_place *place,
		  const struct ring_slot *slot, char *payload, const struct ring_site *site,
		  char **error)
{
	const struct render_kind *kind = render_find(writer->render, slot->kind);
	struct render_record record = { .arg = slot->arg,
					.present = slot->present,
					.payload = payload,
					.payload_bytes = (size_t)slot->payload_slots *
							 sizeof(struct ring_slot) };
	int32_t number = site ? slot->site : -1;
	struct ring_slot moved;

	if (slot->time > INT64_MAX || place->ring >= RING_THREADS)
		return WRITER_DAMAGED;
	if (slot->kind == KIND_NONE && slot->phase == RING_INSTANT)
		return put_told_gap(writer, place, slot, error);
	if (slot->kind == KIND_NONE)
		return put_held(writer, slot, error);
	if (!kind || slot->phase == 0)
		return WRITER_DAMAGED;
	if (site && writer__site(writer, slot->site, site, error) < 0)
		return -1;
	if (writer->held || writer->held_since) {
		moved = *slot;
		moved.time = writer__time(writer, slot->time);
		slot = &moved;
	}
	if (slot->phase == RING_END)
		return put_end(writer, place, slot, kind, &record, number, error);
	return put_begin(writer, place, slot, kind, &record, number, error);
}

/*
 * A gap takes the next number as a row does, so that it has a place among them.
 * Without a thread it concerns all; without a count (lost < 0) it is not known
 * how many are missing.
 */
int writer_gap(struct writer *writer, uint32_t thread, const char *source, int64_t lost,
	       const char *reason, char **error)
{
	sqlite3_stmt *s = writer->put_gap;

	sqlite3_bind_int64(s, 2, (int64_t)writer->seq);
	sqlite3_bind_int64(s, 1, (int64_t)++writer->seq);
	if (thread)
		sqlite3_bind_int64(s, 3, thread);
	else
		sqlite3_bind_null(s, 3);
	sqlite3_bind_text(s, 4, source, -1, SQLITE_STATIC);
	if (lost >= 0)
		sqlite3_bind_int64(s, 5, lost);
	else
		sqlite3_bind_null(s, 5);
	sqlite3_bind_text(s, 6, reason, -1, SQLITE_STATIC);
	return writer__step(writer, s, error);
}

int writer_end(struct writer *writer, uint64_t time, uint32_t thread, const char *how, char **error)
{
	struct writer_row row = { .seq = ++writer->seq,
				  .time = writer__time(writer, time),
				  .thread = thread,
				  .kind = KIND_run_end,
				  .phase = WRITER_INSTANT,
				  .site = -1 };
	int length = snprintf(writer->result.text, 256, "how=%s", how);

	writer->result.length = length < 256 ? (size_t)length : 255;
	writer->result.numbers = 0;
	writer->result.data_count = 0;
	return writer__event(writer, &row, error);
}
