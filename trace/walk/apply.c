/*
 * apply.c - the pass over a trace: what the rules need is read from the
 * database in order of seq, what they give is written to it.
 */
#include "trace/walk/apply.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/emit/ring.h"
#include "trace/store/store.h"
#include "trace/walk/internal.h"

static int trouble_of_db(struct article_pass *pass)
{
	return failure(pass->error, "cannot give steps to the trace: %s", sqlite3_errmsg(pass->db));
}

int article__out_of_memory(struct article_pass *pass)
{
	return failure(pass->error, "out of memory while giving steps to the trace");
}

static void fields_find(struct article_kind *info, const char *text)
{
	struct catalog_fields fields;
	int8_t numeric = 0;

	info->fd = info->callback = info->done = info->events = -1;
	if (!text || catalog_parse_fields(text, &fields) < 0)
		return;
	for (unsigned i = 0; i < fields.count && numeric < CATALOG_NUMERIC_MAX; i++) {
		const struct catalog_field *field = &fields.field[i];

		if (FIELD_TYPE_IN_PAYLOAD(field->type))
			continue;
		if (field->type == FIELD_FD && strcmp(field->name, "fd") == 0)
			info->fd = numeric;
		else if (field->type == FIELD_FN && strcmp(field->name, "callback") == 0)
			info->callback = numeric;
		else if (strcmp(field->name, "done") == 0)
			info->done = numeric;
		else if (field->type == FIELD_MASK && strcmp(field->name, "events") == 0)
			info->events = numeric;
		numeric++;
	}
}

/* Trace files number kinds as the program that made them did; symbols are for ever. */
static unsigned own_kind(const char *symbol)
{
	size_t count;
	const struct catalog_kind *all = catalog_all(&count);

	for (size_t i = 0; symbol && i < count; i++)
		if (strcmp(all[i].symbol, symbol) == 0)
			return all[i].number;
	return KIND_NONE;
}

static int kinds_load(struct article_pass *pass)
{
	sqlite3_stmt *s;
	int rc;

	if (sqlite3_prepare_v2(pass->db, "SELECT kind, symbol, layer, fields FROM kinds", -1, &s,
			       NULL) != SQLITE_OK)
		return trouble_of_db(pass);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		int64_t number = sqlite3_column_int64(s, 0);
		const char *layer = (const char *)sqlite3_column_text(s, 2);
		struct article_kind *info;
		unsigned count, needs;

		if (number <= 0 || number >= ARTICLE_KINDS)
			continue;
		info = &pass->kinds[number];
		info->own = (uint16_t)own_kind((const char *)sqlite3_column_text(s, 1));
		info->rules = article_rules_of(info->own, &count, &needs);
		info->rule_count = (uint8_t)count;
		info->needs = (uint8_t)needs;
		info->turn = article_turn(info->own);
		info->skip = layer && strcmp(layer, "kernel") == 0;
		fields_find(info, (const char *)sqlite3_column_text(s, 3));
	}
	sqlite3_finalize(s);
	return rc == SQLITE_DONE ? 0 : trouble_of_db(pass);
}

static int connections_load(struct article_pass *pass)
{
	size_t room = 0;
	sqlite3_stmt *s;
	int rc;

	if (sqlite3_prepare_v2(pass->db,
			       "SELECT object, number FROM objects "
			       "WHERE class = 'fd' AND name GLOB 'fd#*' ORDER BY object",
			       -1, &s, NULL) != SQLITE_OK)
		return trouble_of_db(pass);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		if (pass->connection_count == room) {
			struct article_connection *more;

			room = room ? room * 2 : 64;
			more = realloc(pass->connections, room * sizeof(*more));
			if (!more) {
				sqlite3_finalize(s);
				return article__out_of_memory(pass);
			}
			pass->connections = more;
		}
		pass->connections[pass->connection_count++] = (struct article_connection){
			.object = sqlite3_column_int64(s, 0),
			.number = sqlite3_column_int64(s, 1),
		};
	}
	sqlite3_finalize(s);
	return rc == SQLITE_DONE ? 0 : trouble_of_db(pass);
}

static int64_t count_step(struct article_pass *pass, const char *step)
{
	unsigned i = 0;

	while (i < pass->step_count && strcmp(pass->steps[i].step, step) != 0)
		i++;
	if (i == sizeof(pass->steps) / sizeof(pass->steps[0]))
		return 0; /* more steps than the walk has: cannot be */
	if (i == pass->step_count) {
		snprintf(pass->steps[i].step, sizeof(pass->steps[i].step), "%s", step);
		pass->step_count++;
	}
	return ++pass->steps[i].times;
}

int article__give(struct article_pass *pass, int64_t seq, int position, const char *step)
{
	sqlite3_bind_int64(pass->insert, 1, seq);
	sqlite3_bind_int(pass->insert, 2, position);
	sqlite3_bind_text(pass->insert, 3, step, -1, SQLITE_STATIC);
	sqlite3_bind_int64(pass->insert, 4, count_step(pass, step));
	if (sqlite3_step(pass->insert) != SQLITE_DONE)
		return trouble_of_db(pass);
	sqlite3_reset(pass->insert);
	return 0;
}

/* Whether the span that this row begins ended with ret=True. */
int article__load_returned(struct article_pass *pass, struct article_row *row)
{
	const char *ret;
	int rc;

	sqlite3_bind_int64(pass->returned, 1, row->seq);
	rc = sqlite3_step(pass->returned);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return trouble_of_db(pass);
	ret = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(pass->returned, 0) : NULL;
	row->returned_true = ret && strcmp(ret, "True") == 0;
	sqlite3_reset(pass->returned);
	return 0;
}

static void event_read(sqlite3_stmt *s, struct article_event *event)
{
	event->seq = sqlite3_column_int64(s, 0);
	event->thread = sqlite3_column_int64(s, 1);
	event->depth = sqlite3_column_int64(s, 2);
	event->kind = sqlite3_column_int64(s, 3) & (ARTICLE_KINDS - 1);
	event->phase = (unsigned)sqlite3_column_int64(s, 4);
	for (int i = 0; i < CATALOG_NUMERIC_MAX; i++)
		event->field[i] = sqlite3_column_int64(s, 5 + i);
	event->ready = (const char *)sqlite3_column_text(s, 9);
}

static unsigned trace_kind(const struct article_pass *pass, unsigned own)
{
	for (unsigned i = 1; i < ARTICLE_KINDS; i++)
		if (pass->kinds[i].own == own)
			return i;
	return 0;
}

static int events_read(struct article_pass *pass)
{
	sqlite3_stmt *s;
	int rc, result = 0;

	if (sqlite3_prepare_v2(pass->db,
			       "SELECT seq, thread, depth, kind, phase, a0, a1, a2, a3, "
			       "CASE WHEN kind = ?1 AND phase = ?2 THEN detail END "
			       "FROM events ORDER BY seq",
			       -1, &s, NULL) != SQLITE_OK)
		return trouble_of_db(pass);
	sqlite3_bind_int(s, 1, (int)trace_kind(pass, KIND_loop_poll));
	sqlite3_bind_int(s, 2, RING_END);
	while (result == 0 && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		struct article_event event;

		event_read(s, &event);
		if (!pass->kinds[event.kind].skip)
			result = article__take(pass, &event);
	}
	if (result == 0 && rc != SQLITE_DONE)
		result = trouble_of_db(pass);
	sqlite3_finalize(s);
	return result == 0 ? article__close_all(pass) : result;
}

/* Whether the walk is about this trace at all. */
static int is_fetch_of_31(struct article_pass *pass)
{
	sqlite3_stmt *s;
	int rc, yes;

	if (sqlite3_prepare_v2(pass->db,
			       "SELECT NOT EXISTS (SELECT 1 FROM run WHERE key = 'generation' "
			       "AND CAST(value AS TEXT) <> '3.1') AND EXISTS "
			       "(SELECT 1 FROM events WHERE kind = ?1)",
			       -1, &s, NULL) != SQLITE_OK)
		return trouble_of_db(pass);
	sqlite3_bind_int(s, 1, (int)trace_kind(pass, KIND_AsyncHTTPClient_fetch));
	rc = sqlite3_step(s);
	yes = rc == SQLITE_ROW ? sqlite3_column_int(s, 0) : trouble_of_db(pass);
	sqlite3_finalize(s);
	return yes;
}

static int apply(struct article_pass *pass)
{
	int yes;

	if (sqlite3_exec(pass->db, "DELETE FROM article", NULL, NULL, NULL) != SQLITE_OK)
		return trouble_of_db(pass);
	if (kinds_load(pass) < 0)
		return -1;
	yes = is_fetch_of_31(pass);
	if (yes <= 0)
		return yes;
	if (connections_load(pass) < 0)
		return -1;
	if (sqlite3_prepare_v2(pass->db, "SELECT ret FROM ends WHERE seq = ?1", -1, &pass->returned,
			       NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(pass->db, "INSERT INTO article VALUES (?1, ?2, ?3, ?4)", -1,
			       &pass->insert, NULL) != SQLITE_OK)
		return trouble_of_db(pass);
	return events_read(pass);
}

static void pass_release(struct article_pass *pass)
{
	sqlite3_finalize(pass->returned);
	sqlite3_finalize(pass->insert);
	article__release(pass);
	free(pass->connections);
	free(pass->kinds);
}

int article_apply_db(sqlite3 *db, char **error)
{
	struct article_pass pass = { .db = db, .error = error };
	int result;

	pass.kinds = calloc(ARTICLE_KINDS, sizeof(*pass.kinds));
	if (!pass.kinds)
		return article__out_of_memory(&pass);
	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK)
		result = apply(&pass);
	else
		result = trouble_of_db(&pass);
	pass_release(&pass);
	if (result == 0 && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		result = trouble_of_db(&pass);
	if (result < 0)
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return result;
}

int article_apply(struct store *store, char **error)
{
	return article_apply_db(store_handle(store), error);
}
