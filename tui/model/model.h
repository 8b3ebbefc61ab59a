/*
 * model.h - what the viewer shows: a trace, and where in it the reader stands.
 *
 * Nothing of a trace is kept but what the screen needs: rows are looked up by
 * number.  Functions that move return true if they did.  Trouble with the file
 * becomes the message of model_message().  One thread.
 */
#ifndef LOOPSCOPE_TUI_MODEL_MODEL_H
#define LOOPSCOPE_TUI_MODEL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/read/rows.h"
#include "tui/model/scan.h"
#include "tui/model/visible.h"

struct replay;
struct sqlite3_stmt;
struct store;
struct why;

#define MODEL_HISTORY 200
#define MODEL_MARKS 52 /* a to z, A to Z */
#define MODEL_BREAKS 32
#define MODEL_MESSAGE 256
#define MODEL_QUERIES 16

/* What a search is for: it decides what is said of it. */
enum sought { SOUGHT_MATCH, SOUGHT_OBJECT, SOUGHT_BREAK, SOUGHT_COUNT };

struct model {
	struct store *store; /* owned */
	struct rows *rows;
	struct steps *here;   /* reads the row at the cursor */
	struct steps *around; /* reads all others */
	struct why *why;
	struct replay *replay; /* the state that views show */

	int64_t seq;          /* the cursor; 0 in a trace without rows */
	int64_t last;         /* the last row of the trace */
	struct steps_row row; /* the row at the cursor, borrowed from here */
	struct rows_place place;
	struct rows_seen seen; /* the level, and whether calls are shown in it */
	bool chinese;
	bool kernel_off;              /* the recorder says that it did not watch the kernel */
	bool has_program;             /* rows of the program's own, not of the kernel alone */
	int64_t level_from, level_to; /* rows that the last change of level left and went to */
	bool level_chosen;            /* by the reader; else it is the best that the trace has */

	int64_t history[MODEL_HISTORY]; /* places left by jumps; the cursor's is at `past` */
	unsigned past, known;
	int64_t marks[MODEL_MARKS];
	struct pattern breaks[MODEL_BREAKS];
	unsigned break_count;
	struct pattern wanted; /* what was searched last */
	struct scan scan;      /* a search that is going on */
	enum sought sought;
	const struct pattern *sought_patterns; /* of this model */
	unsigned sought_count;
	struct pattern about; /* of a search for an object */
	bool elsewhere;       /* nothing lies ahead: it looks whether anything lies behind */

	struct {
		const char *sql;
		struct sqlite3_stmt *statement;
	} queries[MODEL_QUERIES];

	char command[128], generation[16], ended[64]; /* facts of the run */

	char message[MODEL_MESSAGE]; /* for the reader; "" for none */
};

/* Opens for viewing.  Takes the store, also when it fails. */
int model_new(struct model **out, struct store *store, char **error);
void model_free(struct model *model);

/* Takes over from a model of the same run, made earlier: the place, marks, folds and all. */
void model_adopt(struct model *model, struct model *earlier);

/* The last row of the level, or 0. */
int64_t model_edge(struct model *model);

/* One of two texts that a table or a trace has, by language; ours are in phrases.h. */
const char *model_say(const struct model *model, const char *english, const char *chinese)
	__attribute__((format_arg(2), format_arg(3)));

void model_message(struct model *model, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The message is what went wrong, in the reader's language if we know it; frees the sentence. */
void model_complain(struct model *model, char *error);

/*
 * A statement of SQL of our own, compiled when it is first asked for and reset
 * each time; NULL with a message if that fails.  `sql` is known by its address.
 */
struct sqlite3_stmt *model_query(struct model *model, const char *sql);

/* Takes over what rows and scans have to complain about. */
void model_hear(struct model *model);

/* To a row; jumps are remembered for undo, steps are not. */
bool model_step_to(struct model *model, int64_t seq);
bool model_jump_to(struct model *model, int64_t seq);
bool model_undo(struct model *model);
bool model_redo(struct model *model);

/* To a place as trace/read/at.h names it. */
bool model_goto(struct model *model, const char *where);

/* Brings the state to a row.  False with a message when that cannot be. */
bool model_replay(struct model *model, int64_t seq);

/* Changes the level and brings the cursor to a row of it. */
void model_set_level(struct model *model, enum level level);

/* The row of the level before the cursor, against which changes are marked; 0 for none. */
int64_t model_before(struct model *model);

/* Steps of the walk at the cursor or before it: "23", or "". */
void model_step_name(struct model *model, char out[16]);

/* Whether the kernel was watched, or what it did is in the trace anyway. */
bool model_has_kernel(const struct model *model);

/* The first fetch that ended in an error behind a row and up to the cursor: its row and message. */
bool model_failed(struct model *model, int64_t after, int64_t *seq, char out[MODEL_MESSAGE]);

/* The descriptor that the row is about, as a row of `objects`; 0 if it is about none. */
int64_t model_stream(struct model *model);

/* The object that the row is about ("fd#1"), or "". */
void model_object(const struct model *model, char out[PATTERN_TEXT]);

/* The rows to which the moves below would go from a row; 0 if the trace (so far) ends before. */
int64_t model_row_over(struct model *model, int64_t from);
int64_t model_row_out(struct model *model, int64_t from);
int64_t model_row_turn(struct model *model, int64_t from);
int64_t model_row_break(struct model *model, int64_t from);

/* Moves; each jumps or steps to where its name says. */
bool model_over(struct model *model);
bool model_over_back(struct model *model);
bool model_out(struct model *model);
bool model_scheduled(struct model *model);
bool model_turn(struct model *model, int direction);

/* Begin a search; model_search_on() goes on with it for so long and says if it is over. */
bool model_search(struct model *model, int direction);
bool model_search_object(struct model *model, int direction);
bool model_continue(struct model *model, int direction);
bool model_searching(const struct model *model);
void model_search_on(struct model *model, int64_t nanoseconds);
void model_search_stop(struct model *model);

/* Sets a breakpoint; false with a message if the text names no place. */
bool model_break(struct model *model, const char *text);
void model_break_delete(struct model *model, unsigned index);

#endif
