/*
 * visible_internal.h - between look-ups (rows.c), levels and folds (visible_levels.c)
 * and the level of the walk (visible_walk.c).
 */
#ifndef LOOPSCOPE_TUI_MODEL_VISIBLE_INTERNAL_H
#define LOOPSCOPE_TUI_MODEL_VISIBLE_INTERNAL_H

#include <stddef.h>

#include <sqlite3.h>

#include "tui/model/visible.h"

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
	ROWS_MEANING_AFTER,
	ROWS_MEANING_BEFORE,
	ROWS_LAST,
	ROWS_CANDIDATE,
	ROWS_PLACE,
	ROWS_QUERIES,
};

#define ROWS_NEIGHBOURS 500 /* rows looked at one by one before the index is asked */
#define ROWS_DECISIVE 64    /* kinds at most, of all generations */

struct rows_kind {
	int64_t kind;
	enum meaning means;
	bool core, call;
};

struct rows {
	struct store *store;
	sqlite3_stmt *queries[ROWS_QUERIES];
	struct rows_kind *kinds; /* by number */
	size_t kind_count;
	int64_t *folded; /* by number */
	size_t folded_count, folded_room;
	int64_t end;                                     /* the row that ends the run, or 0 */
	const struct rows_kind *decisive[ROWS_DECISIVE]; /* see visible_walk.c */
	unsigned decisive_count;
	char *trouble;
};

int64_t rows__trouble(struct rows *rows);
sqlite3_stmt *rows__query(struct rows *rows, enum rows_query query, int64_t number);
bool rows__step(struct rows *rows, sqlite3_stmt *s);
int64_t rows__number(struct rows *rows, sqlite3_stmt *s);
const struct rows_kind *rows__kind(const struct rows *rows, int64_t kind);

/* In visible_walk.c: prepares for, and goes along, the level of the walk. */
void rows__find_decisive(struct rows *rows);
int64_t rows__walk(struct rows *rows, int64_t seq, int direction);

#endif
