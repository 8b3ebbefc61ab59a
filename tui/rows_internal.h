/*
 * rows_internal.h - between look-ups (rows.c) and levels and folds
 * (rows_levels.c).
 */
#ifndef LOOPSCOPE_TUI_ROWS_INTERNAL_H
#define LOOPSCOPE_TUI_ROWS_INTERNAL_H

#include <stddef.h>

#include <sqlite3.h>

#include "tui/rows.h"

enum rows_query {
	ROWS_AFTER,
	ROWS_BEFORE,
	ROWS_STEP_AFTER,
	ROWS_STEP_BEFORE,
	ROWS_CALL_AFTER,
	ROWS_CALL_BEFORE,
	ROWS_KIND_AFTER,
	ROWS_KIND_BEFORE,
	ROWS_TURN,
	ROWS_LAST,
	ROWS_PLACE,
	ROWS_QUERIES,
};

struct rows_kind {
	int64_t kind;
	bool core, call;
};

struct rows {
	struct store *store;
	sqlite3_stmt *queries[ROWS_QUERIES];
	struct rows_kind *kinds; /* by number */
	size_t kind_count;
	int64_t *folded; /* by number */
	size_t folded_count;
	char *trouble;
};

int64_t rows__trouble(struct rows *rows);
sqlite3_stmt *rows__query(struct rows *rows, enum rows_query query, int64_t number);
bool rows__step(struct rows *rows, sqlite3_stmt *s);
int64_t rows__number(struct rows *rows, sqlite3_stmt *s);
const struct rows_kind *rows__kind(const struct rows *rows, int64_t kind);

#endif
