#include "tui/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include "gen/schema.h"
#include "trace/failure.h"
#include "trace/store.h"
#include "tui/cells.h"

#define SECONDS_MAX 10
#define INSTRUCTIONS 100000      /* of SQLite's between two looks at the clock */

/* The views of our own schema, in the database of the connection. */
static int make_views(struct store *store, char **error)
{
	const char *at = schema_sql;
	int result = store_run(store, "PRAGMA temp_store = MEMORY", error);

	while (result == 0 && (at = strstr(at, "\nCREATE VIEW ")) != NULL) {
		const char *body = at + strlen("\nCREATE VIEW "), *end = strstr(at, ";\n");
		char *sql = NULL;

		if (!end)
			end = at + strlen(at);
		if (asprintf(&sql, "CREATE TEMP VIEW IF NOT EXISTS %.*s", (int)(end - body),
			     body) < 0)
			return failure(error, "out of memory");
		result = store_run(store, sql, error);
		free(sql);
		at = end;
	}
	return result;
}

static int is_over(void *until)
{
	return time(NULL) > *(const time_t *)until;
}

static bool keep_cell(struct sql_answer *answer, struct sql_row *row, sqlite3_stmt *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s, column);
	char cell[SQL_CELL];
	int width;

	snprintf(cell, sizeof(cell), "%s", text ? text : "");
	/* what is cut in the middle of a character is shown as such */
	if (text && strlen(text) >= sizeof(cell))
		memcpy(cell + sizeof(cell) - 4, "...", 4);
	width = cells_text_width(cell, strlen(cell));
	if (width > answer->widths[column])
		answer->widths[column] = width;
	row->cells[column] = strdup(cell);
	return row->cells[column] != NULL;
}

static int keep_row(struct sql_answer *answer, sqlite3_stmt *s)
{
	struct sql_row *row = &answer->rows[answer->count];

	*row = (struct sql_row){ 0 };
	answer->count++;
	for (int column = 0; column < answer->columns; column++) {
		if (!keep_cell(answer, row, s, column))
			return -1;
		if (!row->seq && strcmp(answer->names[column], "seq") == 0)
			row->seq = sqlite3_column_int64(s, column);
	}
	return 0;
}

static int read_answer(struct sql_answer *answer, sqlite3_stmt *s, char **error)
{
	int rc = SQLITE_DONE;

	answer->columns = sqlite3_column_count(s);
	if (answer->columns > SQL_COLUMNS) {
		answer->columns = SQL_COLUMNS;
		answer->cut = true;
	}
	for (int i = 0; i < answer->columns; i++) {
		const char *name = sqlite3_column_name(s, i);

		answer->names[i] = strdup(name ? name : "");
		if (!answer->names[i])
			return failure(error, "out of memory");
		answer->widths[i] = cells_text_width(answer->names[i], strlen(answer->names[i]));
	}
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		if (answer->count == SQL_ROWS) {
			answer->cut = true;
			return 0;
		}
		if (keep_row(answer, s) < 0)
			return failure(error, "out of memory");
	}
	if (rc == SQLITE_INTERRUPT)
		return failure(error, "that takes longer than %d s", SECONDS_MAX);
	return rc == SQLITE_DONE ? 0
				 : failure(error, "%s", sqlite3_errmsg(sqlite3_db_handle(s)));
}

int sql_ask(struct sql_answer **out, struct store *store, const char *question, char **error)
{
	sqlite3 *db = store_handle(store);
	struct sql_answer *answer = calloc(1, sizeof(*answer));
	time_t until = time(NULL) + SECONDS_MAX;
	sqlite3_stmt *s = NULL;
	int result = -1;

	*out = NULL;
	if (!answer || !(answer->rows = calloc(SQL_ROWS, sizeof(*answer->rows)))) {
		free(answer);
		return failure(error, "out of memory");
	}
	if (make_views(store, error) < 0)
		goto out;
	if (sqlite3_prepare_v2(db, question, -1, &s, NULL) != SQLITE_OK) {
		failure(error, "%s", sqlite3_errmsg(db));
		goto out;
	}
	if (!s || !sqlite3_stmt_readonly(s) || sqlite3_column_count(s) == 0) {
		failure(error, "that is no question: begin with SELECT");
		goto out;
	}
	sqlite3_progress_handler(db, INSTRUCTIONS, is_over, &until);
	result = read_answer(answer, s, error);
	sqlite3_progress_handler(db, 0, NULL, NULL);
out:
	sqlite3_finalize(s);
	if (result < 0)
		sql_answer_free(answer);
	else
		*out = answer;
	return result;
}

void sql_answer_free(struct sql_answer *answer)
{
	if (!answer)
		return;
	for (size_t i = 0; i < answer->count; i++)
		for (int column = 0; column < answer->columns; column++)
			free(answer->rows[i].cells[column]);
	for (int i = 0; i < SQL_COLUMNS; i++)
		free(answer->names[i]);
	free(answer->rows);
	free(answer);
}
