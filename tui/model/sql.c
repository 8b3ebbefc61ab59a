/*
 * sql.c - a reader's question put to the trace, and its answer kept as text.
 */
#include "tui/model/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "trace/base/failure.h"
#include "trace/finish/finish.h"
#include "trace/store/query.h"
#include "trace/store/store.h"
#include "tui/screen/cells.h"

#define SECONDS_MAX 10

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

static int keep_row(struct sql_answer *answer, sqlite3_stmt *s, char **error)
{
	struct sql_row *row = &answer->rows[answer->count];

	*row = (struct sql_row){ 0 };
	answer->count++;
	for (int column = 0; column < answer->columns; column++) {
		if (!keep_cell(answer, row, s, column))
			return failure(error, "out of memory");
		if (!row->seq && strcmp(answer->names[column], "seq") == 0)
			row->seq = sqlite3_column_int64(s, column);
	}
	return 0;
}

static int keep_names(struct sql_answer *answer, sqlite3_stmt *s, char **error)
{
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
	return 0;
}

static int read_answer(struct sql_answer *answer, struct query *query, char **error)
{
	sqlite3_stmt *s = query_statement(query);
	int more = keep_names(answer, s, error);

	while (more >= 0 && (more = query_next(query, error)) > 0) {
		if (answer->count == SQL_ROWS) {
			answer->cut = true;
			return 0;
		}
		more = keep_row(answer, s, error);
	}
	return more;
}

/* A query needs a store for itself; a run that is live has only snapshots to give. */
static int open_again(struct store **out, const char *path, char **error)
{
	return store_look_unfinished(path) ? store_open_snapshot(out, path, NULL, error)
					   : store_open(out, path, error);
}

int sql_ask(struct sql_answer **out, const char *path, const char *question,
	    bool (*stop)(void *context), void *context, char **error)
{
	struct sql_answer *answer = calloc(1, sizeof(*answer));
	struct store *store = NULL;
	struct query *query = NULL;
	int result = -1;

	*out = NULL;
	if (!answer || !(answer->rows = calloc(SQL_ROWS, sizeof(*answer->rows)))) {
		free(answer);
		return failure(error, "out of memory");
	}
	if (open_again(&store, path, error) == 0 &&
	    query_open(&query, store, question, SECONDS_MAX, stop, context, error) == 0)
		result = read_answer(answer, query, error);
	query_free(query);
	store_free(store);
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
