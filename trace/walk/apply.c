/*
 * apply.c - the pass over a trace: what a walk's rules need is read from the database
 * in order of seq, the stations that they give are written to it.
 */
#include "trace/walk/apply.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/base/grow.h"
#include "trace/store/store.h"
#include "trace/walk/pass.h"

static int trouble_of_db(struct pass *pass)
{
	return failure(pass->error, "cannot give steps to the trace: %s", sqlite3_errmsg(pass->db));
}

int pass_out_of_memory(struct pass *pass)
{
	return failure(pass->error, "out of memory while giving steps to the trace");
}

/* "" for what is no text. */
static const char *text_of(sqlite3_stmt *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	return text ? text : "";
}

/* Trace files number kinds as the program that made them did; names are for ever. */
static int kinds_load(struct pass *pass)
{
	sqlite3_stmt *s;
	int rc;

	if (sqlite3_prepare_v2(pass->db, "SELECT kind, name, layer FROM kinds", -1, &s, NULL) !=
	    SQLITE_OK)
		return trouble_of_db(pass);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		int64_t number = sqlite3_column_int64(s, 0);

		if (number <= 0 || number >= PASS_KINDS)
			continue;
		pass->kinds[number] = (struct pass_kind){
			.name = rules_name(pass->rules, text_of(s, 1)),
			.skip = strcmp(text_of(s, 2), "kernel") == 0,
		};
	}
	sqlite3_finalize(s);
	return rc == SQLITE_DONE ? 0 : trouble_of_db(pass);
}

static int connections_load(struct pass *pass)
{
	size_t room = 0;
	sqlite3_stmt *s;
	int rc;

	if (sqlite3_prepare_v2(pass->db,
			       "SELECT DISTINCT number FROM objects "
			       "WHERE class = 'fd' AND name GLOB 'fd#*' ORDER BY number",
			       -1, &s, NULL) != SQLITE_OK)
		return trouble_of_db(pass);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		if (!array_grow(&pass->connections, &room, pass->connection_count + 1,
				sizeof(*pass->connections))) {
			sqlite3_finalize(s);
			return pass_out_of_memory(pass);
		}
		pass->connections[pass->connection_count++] =
			(struct connection){ .number = sqlite3_column_int64(s, 0) };
	}
	sqlite3_finalize(s);
	return rc == SQLITE_DONE ? 0 : trouble_of_db(pass);
}

int pass_give(struct pass *pass, int64_t seq, int position, int station)
{
	sqlite3_bind_int64(pass->insert, 1, seq);
	sqlite3_bind_int(pass->insert, 2, position);
	sqlite3_bind_text(pass->insert, 3, pass->rules->walk->stations[station].number, -1,
			  SQLITE_STATIC);
	sqlite3_bind_int64(pass->insert, 4, pass->taken[station].times);
	if (sqlite3_step(pass->insert) != SQLITE_DONE)
		return trouble_of_db(pass);
	sqlite3_reset(pass->insert);
	return 0;
}

/* What the span that this row begins returned. */
int pass_load_returned(struct pass *pass, struct walk_row *row)
{
	int rc;

	sqlite3_bind_int64(pass->returned, 1, row->seq);
	rc = sqlite3_step(pass->returned);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return trouble_of_db(pass);
	if (rc == SQLITE_ROW)
		snprintf(row->ret, sizeof(row->ret), "%s", text_of(pass->returned, 0));
	sqlite3_reset(pass->returned);
	return 0;
}

static int events_read(struct pass *pass)
{
	sqlite3_stmt *s;
	int rc, result = 0;

	if (sqlite3_prepare_v2(
		    pass->db,
		    "SELECT seq, thread, depth, kind, phase, detail FROM events ORDER BY seq", -1,
		    &s, NULL) != SQLITE_OK)
		return trouble_of_db(pass);
	while (result == 0 && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		struct pass_event event = {
			.seq = sqlite3_column_int64(s, 0),
			.thread = sqlite3_column_int64(s, 1),
			.depth = sqlite3_column_int64(s, 2),
			.kind = sqlite3_column_int64(s, 3) & (PASS_KINDS - 1),
			.phase = (unsigned)sqlite3_column_int64(s, 4),
		};

		if (pass->kinds[event.kind].skip)
			continue;
		event.detail = text_of(s, 5);
		result = pass_take(pass, &event);
	}
	if (result == 0 && rc != SQLITE_DONE)
		result = trouble_of_db(pass);
	sqlite3_finalize(s);
	return result == 0 ? pass_close(pass) : result;
}

/* Whether the trace has what the walk is about. */
static int has_subject(struct pass *pass)
{
	sqlite3_stmt *s;
	int rc, yes;

	if (sqlite3_prepare_v2(pass->db,
			       "SELECT EXISTS (SELECT 1 FROM events WHERE kind IN "
			       "(SELECT kind FROM kinds WHERE name = ?1))",
			       -1, &s, NULL) != SQLITE_OK)
		return trouble_of_db(pass);
	sqlite3_bind_text(s, 1, pass->rules->walk->subject, -1, SQLITE_STATIC);
	rc = sqlite3_step(s);
	yes = rc == SQLITE_ROW ? sqlite3_column_int(s, 0) : trouble_of_db(pass);
	sqlite3_finalize(s);
	return yes;
}

/* What the walk needs room for. */
static int pass_prepare(struct pass *pass, const struct walk *walk)
{
	if (rules_new(&pass->rules, walk, pass->error) < 0)
		return -1;
	pass->kinds = calloc(PASS_KINDS, sizeof(*pass->kinds));
	pass->taken = calloc(walk->station_count, sizeof(*pass->taken));
	pass->fitted = calloc(walk->rule_count, sizeof(*pass->fitted));
	if (!pass->kinds || !pass->taken || !pass->fitted)
		return pass_out_of_memory(pass);
	if (sqlite3_prepare_v2(pass->db, "SELECT ret FROM ends WHERE seq = ?1", -1, &pass->returned,
			       NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(pass->db, "INSERT INTO article VALUES (?1, ?2, ?3, ?4)", -1,
			       &pass->insert, NULL) != SQLITE_OK)
		return trouble_of_db(pass);
	return 0;
}

static int apply(struct pass *pass)
{
	const struct walk *walk = walk_of_trace(pass->db);
	int yes;

	/* files of this format call the table of stations `article` */
	if (sqlite3_exec(pass->db, "DELETE FROM article", NULL, NULL, NULL) != SQLITE_OK)
		return trouble_of_db(pass);
	if (!walk)
		return 0;
	if (pass_prepare(pass, walk) < 0)
		return -1;
	yes = has_subject(pass);
	if (yes <= 0)
		return yes;
	if (kinds_load(pass) < 0 || connections_load(pass) < 0)
		return -1;
	return events_read(pass);
}

static void release(struct pass *pass)
{
	sqlite3_finalize(pass->returned);
	sqlite3_finalize(pass->insert);
	pass_release(pass);
	for (unsigned i = 0; pass->taken && i < pass->rules->walk->station_count; i++)
		free(pass->taken[i].detail);
	free(pass->taken);
	free(pass->fitted);
	free(pass->connections);
	free(pass->kinds);
	rules_free(pass->rules);
}

int walk_apply_db(sqlite3 *db, char **error)
{
	struct pass pass = { .db = db, .error = error };
	int result;

	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK)
		result = apply(&pass);
	else
		result = trouble_of_db(&pass);
	release(&pass);
	if (result == 0 && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		result = trouble_of_db(&pass);
	if (result < 0)
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return result;
}

int walk_apply(struct store *store, char **error)
{
	return walk_apply_db(store_handle(store), error);
}
