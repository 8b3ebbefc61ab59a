/*
 * sql.h - the answer to a question in SQL (trace/store/query.h), as a table of text.
 */
#ifndef LOOPSCOPE_TUI_MODEL_SQL_H
#define LOOPSCOPE_TUI_MODEL_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SQL_COLUMNS 12
#define SQL_ROWS 1000
#define SQL_CELL 120

struct sql_row {
	int64_t seq; /* of the column `seq`, or 0 */
	char *cells[SQL_COLUMNS];
};

struct sql_answer {
	int columns;
	char *names[SQL_COLUMNS];
	int widths[SQL_COLUMNS]; /* columns on the screen that the widest cell takes */
	struct sql_row *rows;
	size_t count;
	bool cut; /* there were more rows or columns */
};

/*
 * Asks the trace of that path.  -1 with what the database says against it.
 * stop() is called now and then meanwhile, and ends it by saying true; or NULL.
 */
int sql_ask(struct sql_answer **out, const char *path, const char *question,
	    bool (*stop)(void *context), void *context, char **error);
void sql_answer_free(struct sql_answer *answer);

#endif
