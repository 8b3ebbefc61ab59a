/*
 * internal.h - between the rules (rules.c), the open spans to which
 * they are applied (spans.c) and the trace that these are read from and
 * written to (apply.c).
 */
#ifndef LOOPSCOPE_TRACE_WALK_INTERNAL_H
#define LOOPSCOPE_TRACE_WALK_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/emit/catalog.h"

struct sqlite3;
struct sqlite3_stmt;

#define ARTICLE_STEPS_OF_ROW 2
#define ARTICLE_KINDS 65536u /* kind numbers are 16 bits */

/* What a rule asks for beyond kinds and callback. */
enum article_when {
	ARTICLE_ALWAYS,
	ARTICLE_DONE,          /* its field done= is True */
	ARTICLE_WRITABLE,      /* its field events= has WRITE */
	ARTICLE_RETURNS_TRUE,  /* it will return True */
	ARTICLE_WANTS_HEADERS, /* its connection waits for the header block */
	ARTICLE_HEADERS_FOUND, /* both of these */
	/* these two can only be told from the rows below */
	ARTICLE_FIRST_LENGTH,     /* no length line of its connection was handled before */
	ARTICLE_SCHEDULES_LENGTH, /* it takes _on_chunk_length off the stream */
	ARTICLE_WHENS,
};

struct article_rule {
	uint16_t kind;
	bool at_return;    /* for its NAME:return row */
	uint16_t parent;   /* the span it lies directly in; 0 any */
	uint16_t inside;   /* a span it lies in at any depth; 0 any */
	uint64_t callback; /* its callback, wrappers and all; 0 any */
	enum article_when when;
	const char *steps[ARTICLE_STEPS_OF_ROW];
};

/* All that a rule may ask about a row. */
struct article_row {
	int64_t seq;
	bool at_return;
	uint16_t parent;
	uint32_t inside; /* set of article_span_bit() */
	uint64_t callback;
	bool done, writable, returned_true, wants_headers, first_length;
	uint64_t scheduled; /* the callback that _run_callback below it got */
};

/* Rules of one kind stand together; the first that holds decides. */
extern const struct article_rule article_rules[];
extern const unsigned article_rules_count;

/* The bit of a span that some rule asks for as an ancestor, 0 for others. */
uint32_t article_span_bit(unsigned kind);

/*
 * The rules of a kind, which stand together, and how many; *needs is the set of
 * 1 << article_when that they ask for.  NULL if it has none.
 */
const struct article_rule *article_rules_of(unsigned kind, unsigned *count, unsigned *needs);

/*
 * The condition that must be answered from rows below before these rules can
 * decide about the row, or ARTICLE_ALWAYS if they can at once.
 */
enum article_when article_looks_ahead(const struct article_rule *first, unsigned count,
				      const struct article_row *row);

/* The first of these rules that holds for the row, or NULL. */
const struct article_rule *article_match(const struct article_rule *first, unsigned count,
					 const struct article_row *row);

/* What a connection waits for, as far as rules tell it apart. */
enum article_wait {
	ARTICLE_WAIT_NONE,
	ARTICLE_WAIT_CONNECT,
	ARTICLE_WAIT_HEADERS,
	ARTICLE_WAIT_BODY
};

/*
 * How rows change that.  _on_headers bears no descriptor: the first row below
 * it that has one names the connection.
 */
struct article_turn {
	uint16_t kind;
	bool below;
	enum article_wait wait;
};

/* The change that rows of this kind make, or NULL. */
const struct article_turn *article_turn(unsigned kind);

/* The step of a descriptor that a poll reported ready, or NULL. */
const char *article_poll_step(enum article_wait wait, bool readable, bool writable);

/* ---- one pass over a trace */

/* What a kind of this trace means to the rules. */
struct article_kind {
	uint16_t own; /* the same kind in our catalogue; 0 if it has none */
	uint8_t rule_count, needs;
	int8_t fd, callback, done, events; /* which numeric field they are, or -1 */
	bool skip;                         /* not of the program */
	const struct article_rule *rules;
	const struct article_turn *turn;
};

struct article_span {
	int64_t depth;
	struct article_row row;
	const struct article_kind *info;
	uint32_t inside; /* what rows below it lie in */
	bool awaits_fd, awaits_scheduled, turns_below;
};

struct article_thread {
	int64_t thread;
	struct article_span *spans;
	size_t count, room;
	size_t waiting; /* spans that wait for a row below */
};

struct article_connection {
	int64_t object, number; /* objects.object, and the n of fd#n */
	enum article_wait wait;
	bool length_seen;
};

struct article_pass {
	struct sqlite3 *db;
	char **error;
	struct sqlite3_stmt *returned, *insert;
	struct article_kind *kinds; /* ARTICLE_KINDS of them */
	struct article_thread *threads;
	size_t thread_count, thread_last;
	struct article_connection *connections; /* by object */
	size_t connection_count;
	bool length_seen_nowhere; /* a length line whose connection never showed */
	struct {
		char step[16];
		int64_t times;
	} steps[128];
	unsigned step_count;
};

/* A row as the query gives it. */
struct article_event {
	int64_t seq, thread, depth;
	unsigned kind, phase;
	int64_t field[CATALOG_NUMERIC_MAX];
	const char *ready; /* detail of a loop.poll:return, else NULL */
};

/* Takes the rows of the trace in order of seq.  0, or -1 with *pass->error set. */
int article__take(struct article_pass *pass, const struct article_event *event);

/* After the last row: spans still open get their answer. */
int article__close_all(struct article_pass *pass);

/* Frees what taking rows has built. */
void article__release(struct article_pass *pass);

/* The database's part of it; the same returns. */
int article__give(struct article_pass *pass, int64_t seq, int position, const char *step);
int article__load_returned(struct article_pass *pass, struct article_row *row);
int article__out_of_memory(struct article_pass *pass);

#endif
