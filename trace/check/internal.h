/*
 * internal.h - between what rules say (parse.c) and
 * whether a trace does (rules.c).
 */
#ifndef LOOPSCOPE_TRACE_CHECK_INTERNAL_H
#define LOOPSCOPE_TRACE_CHECK_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/check/rules.h"

#define CHECK_NAME_BYTES 128
#define CHECK_ARGUMENTS_MAX 4

#define CHECK_FIRST 1
#define CHECK_LAST (-1)

/* Which event is meant, and where it was found. */
struct check_event {
	bool is_step;
	bool is_call;                /* kernel.NAME: a row of the kernel's */
	char name[CHECK_NAME_BYTES]; /* of the step, or the end of the event's name */
	char argument[CHECK_ARGUMENTS_MAX][CHECK_NAME_BYTES];
	unsigned arguments;
	int64_t occurrence; /* CHECK_FIRST ..., CHECK_LAST */

	int64_t count;     /* how often it happened */
	int64_t seq, turn; /* of the occurrence that is meant; 0: none */
};

enum check_relation {
	CHECK_SOME, /* first happened */
	CHECK_NEVER,
	CHECK_COUNT,
	CHECK_BEFORE,
	CHECK_AFTER,
	CHECK_LATER_TURN,
	CHECK_EARLIER_TURN,
	CHECK_SAME_TURN,
	CHECK_INSIDE,
	CHECK_CAUSED,
};

enum check_compare { CHECK_EQUAL, CHECK_UNEQUAL, CHECK_LESS, CHECK_MOST, CHECK_MORE, CHECK_LEAST };

struct check_rule {
	char *text;
	enum check_relation relation;
	enum check_compare compare; /* CHECK_COUNT */
	int64_t number;
	struct check_event first, second;
	struct check_verdict verdict;
};

struct check_rules {
	struct check_rule *rule;
	unsigned count;
	size_t room;
};

/* Reads one rule, a line without its end.  0, or -1 with what is wrong with it. */
int check_rule_parse(struct check_rule *rule, const char *text, char **error);

/* A name is meant by its last parts: add_handler, PollIOLoop.add_handler. */
bool check_name_matches(const char *event, const char *name);

/*
 * Refuses names that no event of the trace has.  kernel: it was watched, so
 * that its calls are known, too.  0, or -1 with *error set.
 */
int check_names(const struct check_rules *rules, bool kernel, struct store *store, char **error);

#endif
