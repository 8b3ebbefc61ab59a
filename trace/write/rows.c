/*
 * rows.c - the writer's statements: one function a table.
 */
#include "trace/write/internal.h"

#include <stdlib.h>
#include <string.h>

#include "trace/base/grow.h"

static sqlite3_stmt *prepare(struct writer *writer, const char *sql, char **error)
{
	return store_prepare(writer->store, sql, error);
}

int writer__prepare(struct writer *writer, char **error)
{
	writer->put_event = prepare(
		writer,
		"INSERT INTO events (seq, time, thread, turn, depth, parent, kind, phase, site,"
		" asked_by, triggered_by, id, a0, a1, a2, a3, detail)"
		" VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17)",
		error);
	writer->put_end = prepare(
		writer, "INSERT INTO ends (seq, time, after, ret, raised) VALUES (?1,?2,?3,?4,?5)",
		error);
	writer->put_payload = prepare(
		writer, "INSERT INTO payloads (seq, field, total, bytes) VALUES (?1,?2,?3,?4)",
		error);
	writer->put_object =
		prepare(writer,
			"INSERT INTO objects (object, class, number, name, runtime, seq)"
			" VALUES (?1,?2,?3,?4,?5,?6)",
			error);
	writer->put_kind = prepare(
		writer,
		"INSERT OR IGNORE INTO kinds (kind, symbol, name, shape, layer, role, fields,"
		" returns, english, chinese) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
		error);
	writer->put_site = prepare(
		writer,
		"INSERT OR IGNORE INTO sites (site, file, line, function) VALUES (?1,?2,?3,?4)",
		error);
	writer->put_gap = prepare(writer,
				  "INSERT INTO gaps (gap, after, thread, source, lost, reason)"
				  " VALUES (?1,?2,?3,?4,?5,?6)",
				  error);
	for (unsigned i = 0; i < COLUMNS; i++)
		writer->bound[i].is_null = true;
	return writer->put_event && writer->put_end && writer->put_payload && writer->put_object &&
			       writer->put_kind && writer->put_site && writer->put_gap
		       ? 0
		       : -1;
}

int writer__step(struct writer *writer, sqlite3_stmt *statement, char **error)
{
	int status;

	if (writer_begin(writer, error) < 0)
		return -1;
	status = sqlite3_step(statement);
	if (status != SQLITE_DONE) {
		store_failure(writer->store, error);
		sqlite3_reset(statement);
		return -1;
	}
	sqlite3_reset(statement);
	writer->pending++;
	return 0;
}

/* Parameters keep their values from row to row: bind only what changed. */
static inline void bind_number(struct writer *writer, unsigned column, int64_t value)
{
	struct writer_bound *bound = &writer->bound[column];

	if (!bound->is_null && bound->value == value)
		return;
	sqlite3_bind_int64(writer->put_event, (int)column, value);
	*bound = (struct writer_bound){ .value = value };
}

static inline void bind_null(struct writer *writer, unsigned column)
{
	if (writer->bound[column].is_null)
		return;
	sqlite3_bind_null(writer->put_event, (int)column);
	writer->bound[column].is_null = true;
}

/* Zero is no seq and no id. */
static inline void bind_link(struct writer *writer, unsigned column, uint64_t value)
{
	if (value)
		bind_number(writer, column, (int64_t)value);
	else
		bind_null(writer, column);
}

static int put_object(struct writer *writer, uint32_t row, uint64_t seq, char **error)
{
	const struct object *object = objects_at(writer->objects, row);
	sqlite3_stmt *s = writer->put_object;
	char name[OBJECT_NAME_BYTES];

	sqlite3_bind_int64(s, 1, row);
	sqlite3_bind_text(s, 2, object_class_name(object->class), -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 3, object->number);
	sqlite3_bind_text(s, 4, name, (int)object_name(object, name), SQLITE_STATIC);
	sqlite3_bind_int64(s, 5, (int64_t)object->runtime);
	sqlite3_bind_int64(s, 6, (int64_t)seq);
	return writer__step(writer, s, error);
}

/*
 * Objects that this row is the first to name get their rows before it, so that
 * no committed row names an object that the trace does not have.
 */
int writer__event(struct writer *writer, const struct writer_row *row, char **error)
{
	const struct render_result *result = &writer->result;

	while (writer->objects_written < objects_count(writer->objects)) {
		if (put_object(writer, writer->objects_written + 1, row->seq, error) < 0)
			return -1;
		writer->objects_written++;
	}
	bind_number(writer, COLUMN_SEQ, (int64_t)row->seq);
	bind_number(writer, COLUMN_TIME, (int64_t)row->time);
	bind_number(writer, COLUMN_THREAD, row->thread);
	bind_number(writer, COLUMN_TURN, (int64_t)writer->turn);
	bind_number(writer, COLUMN_DEPTH, row->depth);
	bind_link(writer, COLUMN_PARENT, row->parent);
	bind_number(writer, COLUMN_KIND, row->kind);
	bind_number(writer, COLUMN_PHASE, row->phase);
	if (row->site >= 0)
		bind_number(writer, COLUMN_SITE, row->site);
	else
		bind_null(writer, COLUMN_SITE);
	bind_link(writer, COLUMN_ASKED_BY, row->asked_by);
	bind_link(writer, COLUMN_TRIGGERED_BY, row->triggered_by);
	bind_link(writer, COLUMN_ID, row->id);
	for (unsigned n = 0; n < CATALOG_NUMERIC_MAX; n++) {
		if (result->numbers >> n & 1)
			bind_number(writer, COLUMN_A0 + n, result->number[n]);
		else
			bind_null(writer, COLUMN_A0 + n);
	}
	sqlite3_bind_text(writer->put_event, COLUMN_DETAIL, result->text, (int)result->length,
			  SQLITE_STATIC);
	writer->events++;
	return writer__step(writer, writer->put_event, error);
}

int writer__end(struct writer *writer, uint64_t seq, uint64_t time, uint64_t after, bool has_ret,
		bool raised, char **error)
{
	sqlite3_stmt *s = writer->put_end;

	sqlite3_bind_int64(s, 1, (int64_t)seq);
	sqlite3_bind_int64(s, 2, (int64_t)time);
	sqlite3_bind_int64(s, 3, (int64_t)after);
	if (has_ret)
		sqlite3_bind_text(s, 4, writer->result.text, (int)writer->result.length,
				  SQLITE_STATIC);
	else
		sqlite3_bind_null(s, 4);
	sqlite3_bind_int(s, 5, raised);
	return writer__step(writer, s, error);
}

/* The mask that follows this direction of the descriptor, or NULL without memory. */
static struct mask *mask_of(struct writer *writer, const struct object *fd, bool sending)
{
	size_t before = writer->mask_count;

	if (!array_grow_zeroed(&writer->masks, &writer->mask_count, ((size_t)fd->number + 1) * 2,
			       sizeof(*writer->masks)))
		return NULL;
	for (size_t i = before; i < writer->mask_count; i++)
		if (i / 2 <= writer->unknown_below && writer->unknown_below > 0)
			mask_init_unknown(&writer->masks[i]);
	return &writer->masks[fd->number * 2 + sending];
}

/* How far the stream went on: what the call returned, if it says so. */
static uint64_t bytes_taken(const struct writer *writer, const struct writer_row *row,
			    uint64_t total)
{
	enum { RESULT = 2 }; /* fd, bytes or max, result */
	int64_t result = writer->result.number[RESULT];

	if ((row->kind != KIND_sock_send && row->kind != KIND_sock_recv) ||
	    !(writer->result.numbers >> RESULT & 1))
		return total;
	return result <= 0 ? 0 : (uint64_t)result < total ? (uint64_t)result : total;
}

/*
 * Bytes pass the mask of their descriptor and direction, whose state goes on
 * from row to row: a secret may be cut anywhere.  Where the stream cannot be
 * told, the mask takes the worst for granted.
 */
int writer__payloads(struct writer *writer, const struct writer_row *row, char **error)
{
	const struct object *fd =
		writer->result.numbers & 1
			? objects_at(writer->objects, (uint32_t)writer->result.number[0])
			: NULL;
	sqlite3_stmt *s = writer->put_payload;

	for (unsigned i = 0; i < writer->result.data_count; i++) {
		struct render_data *data = &writer->result.data[i];
		struct mask fresh = { 0 }, *mask = NULL;

		if (fd && fd->class == OBJECT_FD)
			mask = mask_of(writer, fd, row->kind == KIND_sock_send);
		if (fd && !mask)
			mask_init_unknown(&fresh);
		mask_bytes(mask ? mask : &fresh, data->bytes, data->stored, data->total,
			   bytes_taken(writer, row, data->total));
		sqlite3_bind_int64(s, 1, (int64_t)row->seq);
		sqlite3_bind_text(s, 2, data->field, -1, SQLITE_STATIC);
		sqlite3_bind_int64(s, 3, data->total);
		sqlite3_bind_blob(s, 4, data->stored ? data->bytes : "", (int)data->stored,
				  SQLITE_STATIC);
		if (writer__step(writer, s, error) < 0)
			return -1;
	}
	return 0;
}

static void bind_words(sqlite3_stmt *s, int first, const char *const *words, int count)
{
	for (int i = 0; i < count; i++)
		sqlite3_bind_text(s, first + i, words[i], -1, SQLITE_STATIC);
}

int writer__kind(struct writer *writer, const struct catalog_kind *kind, char **error)
{
	const char *const words[] = {
		kind->symbol,
		kind->name,
		kind->shape == KIND_SHAPE_SPAN ? "span" : "instant",
		catalog_layer_name(kind->layer),
		kind->role == KIND_ROLE_CORE ? "core" : "info",
		kind->fields,
		kind->returns,
		kind->english,
		kind->chinese,
	};

	sqlite3_bind_int(writer->put_kind, 1, kind->number);
	bind_words(writer->put_kind, 2, words, (int)(sizeof(words) / sizeof(words[0])));
	return writer__step(writer, writer->put_kind, error);
}

/* Once a site: the ring bears its number, the trace its file, line and function. */
int writer__site(struct writer *writer, unsigned index, const struct ring_site *site, char **error)
{
	char file[4 * RING_SITE_FILE_BYTES], function[4 * RING_SITE_FUNCTION_BYTES];
	sqlite3_stmt *s = writer->put_site;

	if (writer->site_written[index / 8] >> index % 8 & 1)
		return 0;
	sqlite3_bind_int64(s, 1, index);
	sqlite3_bind_text(
		s, 2, file,
		(int)render_escape(file, site->file, strnlen(site->file, sizeof(site->file)), true),
		SQLITE_STATIC);
	sqlite3_bind_int64(s, 3, site->line);
	sqlite3_bind_text(s, 4, function,
			  (int)render_escape(function, site->function,
					     strnlen(site->function, sizeof(site->function)), true),
			  SQLITE_STATIC);
	writer->site_written[index / 8] |= (uint8_t)(1u << index % 8);
	return writer__step(writer, s, error);
}
