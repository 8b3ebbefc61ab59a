/*
 * pass.h - one pass over a trace: between the open spans to which rules are applied
 * (spans.c) and the database that rows are read from and stations written to (apply.c).
 */
#ifndef LOOPSCOPE_TRACE_WALK_PASS_H
#define LOOPSCOPE_TRACE_WALK_PASS_H

#include "trace/walk/rules.h"

struct sqlite3;
struct sqlite3_stmt;

#define PASS_KINDS 65536u /* kind numbers are 16 bits */

/* What a kind of this trace means to the walk. */
struct pass_kind {
	uint8_t name; /* rules_name() */
	bool skip;    /* not of the program */
};

struct pass_span {
	int64_t depth;
	struct walk_row row; /* its detail is owned while it waits, else gone */
	uint8_t name;
	uint64_t inside; /* what rows below it lie in */
	bool awaits_rule, awaits_phase;
};

struct pass_thread {
	int64_t thread;
	struct pass_span *spans;
	size_t count, room;
	size_t waiting; /* spans that wait for a row below */
};

struct pass {
	struct sqlite3 *db;
	char **error;
	struct sqlite3_stmt *returned, *insert;
	struct rules *rules;
	struct pass_kind *kinds; /* PASS_KINDS of them */
	struct pass_thread *threads;
	size_t thread_count, thread_room, thread_last;
	struct connection *connections; /* by number */
	size_t connection_count;
	uint32_t seen;       /* ASKS_FIRST, of rows whose connection never showed */
	struct taken *taken; /* by station */
	unsigned *fitted;    /* by rule: rows that it held for */
};

/* A row as the query gives it; the text is borrowed until the next one. */
struct pass_event {
	int64_t seq, thread, depth;
	unsigned kind, phase;
	const char *detail;
};

/* Takes the rows of the trace in order of seq.  0, or -1 with *pass->error set. */
int pass_take(struct pass *pass, const struct pass_event *event);

/* After the last row: spans that are still open get their answer. */
int pass_close(struct pass *pass);

/* Frees what taking rows has built. */
void pass_release(struct pass *pass);

/* The database's part of it; the same returns. */
int pass_give(struct pass *pass, int64_t seq, int position, int station);
int pass_load_returned(struct pass *pass, struct walk_row *row);
int pass_out_of_memory(struct pass *pass);

#endif
