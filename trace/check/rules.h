/*
 * rules.h - assertions about a run, for grading: which events happened,
 * in which order, in which turns, and what caused them.
 *
 * A file of rules has one a line; docs/grading.md describes the language.
 *
 *     step:28 in a later turn than step:23
 *     add_handler(WRITE) before step:26
 *     count step:38 = 2
 *     never user.exception
 *
 * One thread.
 */
#ifndef LOOPSCOPE_TRACE_CHECK_RULES_H
#define LOOPSCOPE_TRACE_CHECK_RULES_H

#include <stdio.h>

struct store;
struct check_rules;

#define CHECK_RULES_MAX 1000
#define CHECK_NOTE_BYTES 320

enum check_holds {
	CHECK_HOLDS,
	CHECK_FAILS,
	CHECK_OPEN, /* cannot be told: events are missing */
};

struct check_verdict {
	const char *text; /* the rule as written; borrowed */
	unsigned line;    /* of the file, from 1 */
	enum check_holds holds;
	char note[CHECK_NOTE_BYTES]; /* what was found, "" for nothing to say */
};

/*
 * Reads rules from a file; name is for sentences.  0, or -1 with a sentence
 * that names the line: a rule that cannot be understood, no rules at all.
 */
int check_rules_read(struct check_rules **out, FILE *file, const char *name, char **error);
void check_rules_free(struct check_rules *rules);

/* Holds a trace to the rules.  0 or -1; a rule that fails is not an error. */
int check_rules_run(struct check_rules *rules, struct store *store, char **error);

unsigned check_rules_count(const struct check_rules *rules);

/* After check_rules_run(); borrowed until check_rules_free(). */
const struct check_verdict *check_rules_verdict(const struct check_rules *rules, unsigned n);

#endif
