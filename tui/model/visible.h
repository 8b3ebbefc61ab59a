/*
 * visible.h - the rows of a trace as a sequence to walk along, at a level of
 * detail, with spans that may be folded.
 *
 * Nothing is read ahead: each question is a few look-ups by number, however
 * long the trace is.  Rows are known by their seq; 0 means none.  When the
 * trace cannot be read the answer is 0 too, and rows_trouble() tells.
 */
#ifndef LOOPSCOPE_TUI_MODEL_VISIBLE_H
#define LOOPSCOPE_TUI_MODEL_VISIBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/emit/catalog.h"

struct store;
struct rows;

enum level {
	LEVEL_WALK, /* steps of the walk, and what is decisive where a run leaves it */
	LEVEL_CORE, /* what the original's functions do */
	LEVEL_EVERYTHING,
	LEVEL_KERNEL, /* system calls */
	LEVEL_COUNT,
};

struct rows_place {
	int64_t seq, time, parent, depth, turn, kind;
	int64_t after; /* the last row inside its span, or itself */
	unsigned phase;
	bool call; /* a system call */
};

int rows_open(struct rows **out, struct store *store, char **error);
void rows_free(struct rows *rows);

/* The sentence of the last trouble, to be freed by the caller, or NULL. */
char *rows_trouble(struct rows *rows);

/* Whether the trace has rows of that level. */
bool rows_has_level(struct rows *rows, enum level level);

/* The nearest row of the level after, or before, a number.  run.end is of every level. */
int64_t rows_next(struct rows *rows, enum level level, int64_t seq);
int64_t rows_previous(struct rows *rows, enum level level, int64_t seq);

/* The last row of the trace. */
int64_t rows_last(struct rows *rows);

/* The row that says how the program ended, behind all others; 0 if nobody recorded it. */
int64_t rows_end(struct rows *rows);

/* The nearest row that is a step of the walk. */
int64_t rows_step(struct rows *rows, int64_t seq, int direction);

/* What is known of a row; false if the trace lacks it. */
bool rows_place(struct rows *rows, int64_t seq, struct rows_place *place);

/* The first row of the turn after, or of the turn before, the one of that row. */
int64_t rows_turn(struct rows *rows, int64_t seq, int direction);

/* The nearest row of a kind after (direction 1) or before (-1) a number. */
int64_t rows_of_kind(struct rows *rows, int64_t kind, int64_t seq, int direction);

/* The same for a meaning, whichever kinds of the trace have it. */
int64_t rows_of_meaning(struct rows *rows, enum meaning means, int64_t seq, int direction);

/* Whether a row is a step of that number; the nearest one that is. */
int64_t rows_of_step(struct rows *rows, const char *step, int64_t seq, int direction);

/* Folding.  Unfolding everything around a row brings it into view. */
void rows_fold(struct rows *rows, int64_t seq, bool folded);
bool rows_is_folded(const struct rows *rows, int64_t seq);
void rows_reveal(struct rows *rows, int64_t seq);

/* Takes over what is folded. */
void rows_adopt(struct rows *rows, struct rows *earlier);

/*
 * The rows that are seen: those of the level, with `calls` also the system
 * calls made inside spans, without what lies inside folded spans.
 */
struct rows_seen {
	enum level level;
	bool calls;
};
int64_t rows_seen_next(struct rows *rows, struct rows_seen seen, int64_t seq);
int64_t rows_seen_previous(struct rows *rows, struct rows_seen seen, int64_t seq);

#endif
