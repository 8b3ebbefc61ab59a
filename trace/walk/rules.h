/*
 * rules.h - the rules of a walk, read out of their texts (rules.c), and whether one
 * holds for a row (match.c).  The language itself is told in walk.h.
 */
#ifndef LOOPSCOPE_TRACE_WALK_RULES_H
#define LOOPSCOPE_TRACE_WALK_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/kinds/row.h"
#include "trace/walk/walk.h"

#define RULES_NAMES_MAX 256 /* events of one walk: their numbers are bytes */
#define RULE_CONDITIONS_MAX 6
#define RULE_KEY_BYTES 16
#define RULE_STATIONS_MAX 2

enum asks {
	ASKS_FIELD,
	ASKS_PARENT,
	ASKS_INSIDE,
	ASKS_PHASE,
	ASKS_AFTER,
	ASKS_READY,
	/* these two can only be told from the rows below */
	ASKS_FIRST,
	ASKS_CALLS,
};

struct condition {
	enum asks asks;
	bool contains;              /* key~value */
	char key[RULE_KEY_BYTES];   /* of a field */
	struct row_text value;      /* what stands before the reference, if it has one */
	uint8_t name;               /* ASKS_PARENT, ASKS_CALLS: of the event */
	uint64_t inside;            /* ASKS_INSIDE: rules_name.inside */
	int station;                /* ASKS_AFTER, or what the reference names; -1: nothing */
	char field[RULE_KEY_BYTES]; /* of that station's row */
	struct row_text rest;       /* what stands behind the reference */
};

struct rule {
	bool at_return;
	unsigned nth;   /* 0: every row that fits */
	uint32_t first; /* ASKS_FIRST: its bit in connection.seen */
	int station[RULE_STATIONS_MAX];
	unsigned station_count;
	struct condition condition[RULE_CONDITIONS_MAX];
	unsigned condition_count;
	int next; /* the next rule for the same event, -1 after the last */
};

/*
 * Events that rules speak of are numbered from 1 in order of mention; kinds of
 * a trace are known by that number, and 0 is every event that no rule names.
 */
struct rules_name {
	struct row_text event;
	int first, last;   /* its rules; -1: no rule is about it */
	uint64_t inside;   /* its bit in the set of spans around a row; 0: no rule asks */
	const char *phase; /* that its rows bring their connection into, or NULL */
	bool asks_ready;   /* its rules look at each ready socket */
	bool asks_ret;     /* they look at what the span returned */
};

struct rules {
	const struct walk *walk;
	struct rules_name name[RULES_NAMES_MAX];
	unsigned name_count, inside_count;
	struct rule *rule;
};

/* 0, or -1 with a sentence: out of memory, or what of a rule cannot be read. */
int rules_new(struct rules **out, const struct walk *walk, char **error);
void rules_free(struct rules *rules);

/* The number of an event, 0 if no rule speaks of it. */
uint8_t rules_name(const struct rules *rules, const char *event);

/* ---- one row */

struct connection {
	int64_t number;    /* the n of fd#n */
	const char *phase; /* NULL before the first */
	uint32_t seen;     /* ASKS_FIRST: rules that a row of it met */
};

/* How often a station was taken, and the row that did last. */
struct taken {
	int64_t times;
	char *detail; /* of that row, owned; NULL unless rules may refer to it */
};

/* All that a rule may ask about a row. */
struct walk_row {
	int64_t seq;
	bool at_return, is_final; /* final: no row below it is still to come */
	uint8_t parent;
	uint64_t inside; /* set of rules_name.inside */
	const char *detail;
	char ret[32]; /* "" if the span returned nothing that is shown */
	const char *phase;
	struct row_text ready; /* "READ|ERROR" of the ready socket that is looked at */

	/* what rows below it told */
	bool has_first;                /* one of them bore a descriptor: */
	struct connection *connection; /* NULL if it was none of fd#n */
	bool has_call;                 /* one of them was the event that a rule asks for: */
	char *called;                  /* its detail; owned by the span */
	uint8_t awaits_call;           /* the event that is waited for */
};

enum fit { FITS_NOT, FITS, FITS_LATER };

/*
 * Whether the rule holds, its nth left aside; FITS_LATER if that takes a row
 * below.  taken: by station.  seen: of rows whose connection never showed.
 */
enum fit rule_fit(const struct rule *rule, struct walk_row *row, const struct taken *taken,
		  uint32_t seen);

#endif
