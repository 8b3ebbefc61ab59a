/*
 * query.c - one question in SQL within limits: an authorizer, a clock, a bound
 * on memory.
 */
#include "trace/store/query.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gen/schema.h"
#include "trace/base/failure.h"
#include "trace/base/grow.h"
#include "trace/base/safe.h"
#include "trace/emit/clock.h"
#include "trace/store/internal.h"

#define STEPS_BETWEEN_LOOKS 10000 /* of SQLite's machine, before the clock is asked */
#define MEMORY_MAX (512 << 20)
#define STRANGERS_MAX 10000

struct query {
	struct store *store;
	sqlite3_stmt *statement;
	bool (*stop)(void *context);
	void *context;
	unsigned seconds;
	uint64_t began;
	bool late;
	char **strangers; /* tables of the file that no trace has, sorted */
	size_t stranger_count, stranger_room;
};

static int compare_names(const void *a, const void *b)
{
	return sqlite3_stricmp(*(char *const *)a, *(char *const *)b);
}

static bool is_stranger(const struct query *query, const char *table)
{
	return query->stranger_count && bsearch(&table, query->strangers, query->stranger_count,
						sizeof(*query->strangers), compare_names);
}

static bool one_of(const char *const *names, const char *name)
{
	for (; name && *names; names++)
		if (sqlite3_stricmp(*names, name) == 0)
			return true;
	return false;
}

/* Reading, and nothing else. */
static int authorize(void *context, int action, const char *first, const char *second,
		     const char *database, const char *accessor)
{
	static const char *const pragmas[] = { "table_info", "table_xinfo", "table_list", NULL };
	static const char *const functions[] = { "load_extension", "fts3_tokenizer", "writefile",
						 "edit", NULL };

	(void)accessor;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		return one_of(functions, second) ? SQLITE_DENY : SQLITE_OK;
	case SQLITE_PRAGMA:
		return one_of(pragmas, first) ? SQLITE_OK : SQLITE_DENY;
	case SQLITE_READ:
		if (database && strcmp(database, "main") == 0 && is_stranger(context, first))
			return SQLITE_DENY;
		return SQLITE_OK;
	}
	return SQLITE_DENY;
}

/* Called now and then while a statement runs; true stops it. */
static int look_at_clock(void *context)
{
	struct query *query = context;

	if (query->stop && query->stop(query->context))
		return 1;
	query->late = clock_now() - query->began >= (uint64_t)query->seconds * CLOCK_SECOND;
	return query->late;
}

/* SQLite's words about the user's SQL, which may quote the file. */
static int complain(struct query *query, char **error)
{
	sqlite3 *db = query->store->db;
	const char *message = sqlite3_errmsg(db);
	char words[400];

	safe_text(words, sizeof(words), message, strlen(message));
	switch (sqlite3_errcode(db) & 0xff) {
	case SQLITE_INTERRUPT:
		if (query->late)
			return failure(error, "the answer takes longer than %u s", query->seconds);
		return failure(error, "interrupted");
	case SQLITE_AUTH:
		if (strstr(words, "prohibited"))
			return failure(error, "not of a trace's format: %s", words);
		return failure(error, "a trace is only read: ask with SELECT");
	case SQLITE_NOMEM:
		return failure(error, "the answer takes more than %d MB of memory",
			       MEMORY_MAX >> 20);
	case SQLITE_ERROR:
	case SQLITE_TOOBIG:
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
	case SQLITE_MISMATCH:
		return failure(error, "the query is wrong: %s", words);
	}
	return store_failure(query->store, error);
}

/* ---- the tables and views of a trace, from the schema that a new one gets */

static int make_views(struct query *query, sqlite3 *model, char **error)
{
	static const char views_sql[] =
		"SELECT 'CREATE TEMP VIEW ' || substr(sql, length('CREATE VIEW ') + 1) "
		"FROM sqlite_schema WHERE type = 'view'";
	sqlite3_stmt *views = NULL;
	int status = 0;

	if (sqlite3_prepare_v2(model, views_sql, -1, &views, NULL) != SQLITE_OK)
		return failure(error, "cannot read the schema: %s", sqlite3_errmsg(model));
	while (status == 0 && sqlite3_step(views) == SQLITE_ROW)
		status =
			store_run(query->store, (const char *)sqlite3_column_text(views, 0), error);
	sqlite3_finalize(views);
	return status;
}

static bool model_has(sqlite3_stmt *question, const char *table)
{
	bool has;

	sqlite3_bind_text(question, 1, table, -1, SQLITE_STATIC);
	has = sqlite3_step(question) == SQLITE_ROW;
	sqlite3_reset(question);
	return has;
}

static int add_stranger(struct query *query, const char *name, char **error)
{
	char **added;

	if (query->stranger_count == STRANGERS_MAX)
		return failure(error, "%s is damaged: it has too many tables",
			       store_path(query->store));
	if (!array_grow(&query->strangers, &query->stranger_room, query->stranger_count + 1,
			sizeof(*query->strangers)))
		return failure(error, "out of memory");
	added = &query->strangers[query->stranger_count++];
	*added = strdup(name);
	return *added ? 0 : failure(error, "out of memory");
}

/* Notes the tables that a trace does not have: they may be virtual, and run code. */
static int note_strangers(struct query *query, sqlite3 *model, char **error)
{
	sqlite3_stmt *tables = store_prepare(
		query->store, "SELECT name FROM main.sqlite_schema WHERE type = 'table'", error);
	sqlite3_stmt *question = NULL;
	int status = tables ? 0 : -1, rc = SQLITE_DONE;

	if (sqlite3_prepare_v2(model, "SELECT 1 FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE",
			       -1, &question, NULL) != SQLITE_OK)
		status = failure(error, "cannot read the schema: %s", sqlite3_errmsg(model));
	while (status == 0 && (rc = sqlite3_step(tables)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(tables, 0);

		if (name && !model_has(question, name))
			status = add_stranger(query, name, error);
	}
	if (status == 0 && rc != SQLITE_DONE)
		status = store_failure(query->store, error);
	if (query->stranger_count)
		qsort(query->strangers, query->stranger_count, sizeof(*query->strangers),
		      compare_names);
	sqlite3_finalize(question);
	store_release(query->store, tables);
	return status;
}

static int prepare_schema(struct query *query, char **error)
{
	sqlite3 *model = NULL;
	int status = -1;

	if (sqlite3_open(":memory:", &model) != SQLITE_OK ||
	    sqlite3_exec(model, schema_sql, NULL, NULL, NULL) != SQLITE_OK)
		failure(error, "cannot read the schema: %s", sqlite3_errmsg(model));
	else if (make_views(query, model, error) == 0)
		status = note_strangers(query, model, error);
	sqlite3_close(model);
	return status;
}

/* ---- the question */

static int compile(struct query *query, const char *sql, char **error)
{
	sqlite3 *db = query->store->db;
	const char *rest = sql;

	while (!query->statement && *rest)
		if (sqlite3_prepare_v2(db, rest, -1, &query->statement, &rest) != SQLITE_OK)
			return complain(query, error);
	if (!query->statement)
		return failure(error, "the query is empty");
	if (rest[strspn(rest, " \t\r\n;")])
		return failure(error, "ask one statement at a time");
	if (!sqlite3_stmt_readonly(query->statement) || !sqlite3_column_count(query->statement))
		return failure(error, "a trace is only read: ask with SELECT");
	return 0;
}

int query_open(struct query **out, struct store *store, const char *sql, unsigned seconds,
	       bool (*stop)(void *context), void *context, char **error)
{
	struct query *query = calloc(1, sizeof(*query));

	*out = NULL;
	if (!query)
		return failure(error, "out of memory");
	query->store = store;
	query->stop = stop;
	query->context = context;
	query->seconds = seconds;
	query->began = clock_now();
	sqlite3_hard_heap_limit64(MEMORY_MAX);
	sqlite3_progress_handler(store->db, STEPS_BETWEEN_LOOKS, look_at_clock, query);
	if (prepare_schema(query, error) < 0)
		goto failed;
	sqlite3_set_authorizer(store->db, authorize, query);
	if (compile(query, sql, error) < 0)
		goto failed;
	*out = query;
	return 0;
failed:
	query_free(query);
	return -1;
}

void query_free(struct query *query)
{
	if (!query)
		return;
	sqlite3_finalize(query->statement);
	sqlite3_progress_handler(query->store->db, 0, NULL, NULL);
	sqlite3_set_authorizer(query->store->db, NULL, NULL);
	for (size_t i = 0; i < query->stranger_count; i++)
		free(query->strangers[i]);
	free(query->strangers);
	free(query);
}

int query_next(struct query *query, char **error)
{
	switch (sqlite3_step(query->statement)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	}
	return complain(query, error);
}

struct sqlite3_stmt *query_statement(struct query *query)
{
	return query->statement;
}
