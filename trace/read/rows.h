/*
 * rows.h - reads a trace as what people see: rows in order, with all that
 * belongs to each.
 *
 * Events, kernel calls and gaps come as one sequence, or one row is read by its
 * number.  Texts are as they stand in the trace, not yet safe for a terminal.  One thread; the database is
 * borrowed and only read.
 */
#ifndef LOOPSCOPE_TRACE_READ_ROWS_H
#define LOOPSCOPE_TRACE_READ_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/kinds/row.h"

struct sqlite3;
struct store;
struct steps;
struct walk;

enum steps_is {
	STEPS_EVENT, /* the traced program said it */
	STEPS_CALL,  /* the kernel saw it */
	STEPS_GAP,   /* events are missing here */
};

#define STEPS_TAKEN_MAX 8

struct steps_taken {
	char step[16];
	int64_t occurrence; /* 1 for the first time */
};

/*
 * One row.  Texts are never NULL ("" for none) and borrowed until the next
 * steps_next() or steps_at().  Numbers that are not there are 0.
 */
struct steps_row {
	enum steps_is is;
	int64_t seq;   /* of a gap: the row after which it lies */
	int64_t time;  /* nanoseconds of CLOCK_MONOTONIC */
	int64_t since; /* nanoseconds since the first row of the trace */
	int64_t thread, turn, depth, parent, asked_by, triggered_by;
	unsigned phase; /* enum ring_phase */

	const char *layer;  /* program, http, ... kernel */
	enum meaning means; /* what the event is, for programs */
	const char *symbol; /* its name in the catalogue */
	const char *event;  /* what it is, for people: NAME or NAME:return; of a gap: "gap" */
	const char *detail; /* key=value; key=value, with ret= and exit= */
	struct row row;     /* its fields by name; of a call and a gap none */
	const char *english, *chinese; /* the sentence of the kind */

	const char *file, *function; /* the place in the source */
	int64_t line;

	struct steps_taken taken[STEPS_TAKEN_MAX];
	unsigned taken_count;
	char steps[8 * STEPS_TAKEN_MAX * 2]; /* "29,29.1" */

	int64_t duration; /* of a call or a span that ended; -1 if unknown */
	int64_t lost;     /* of a gap: how many events, -1 if unknown */
};

int steps_open(struct steps **out, struct store *store, char **error);
int steps_open_db(struct steps **out, struct sqlite3 *db, char **error);
void steps_free(struct steps *steps);

/* What a row is that has not been read. */
extern const struct steps_row steps_row_empty;

/* Begins again at the first row. */
int steps_rewind(struct steps *steps, char **error);

/* The next row: 1, 0 after the last, -1 with *error set. */
int steps_next(struct steps *steps, struct steps_row *row, char **error);

/*
 * The row of that number, wherever steps_next() stands: 1, 0 if no row has it,
 * -1 with *error set.
 */
int steps_at(struct steps *steps, int64_t seq, struct steps_row *row, char **error);

/* What a function does: the one that a function id names, inside all its wrappers. */
enum meaning steps_function_means(const struct steps *steps, int64_t function);

/* Whether the row is about the recording and not a doing of the program. */
bool steps_row_is_of_run(const struct steps_row *row);

/*
 * The text with ports as recorded sequences show them: each ":41234" that
 * stands for itself becomes ":$PORT" if the trace names that port so (run
 * facts alias:PORT, alias:REFUSED).  Borrowed until the next call; NUL-ended
 * beyond *length.  NULL when there is no memory.
 */
const char *steps_with_aliases(struct steps *steps, const char *text, size_t *length);

/* The walk that the run follows, or NULL: its stations are what rows take. */
const struct walk *steps_walk(const struct steps *steps);

/* The database given to steps_open_db(), or that of the store. */
struct sqlite3 *steps_db(struct steps *steps);

#endif
