/*
 * rules.c - rules applied: one pass over the trace collects what each asks
 * about, then each is judged.
 */
#include "trace/check/rules.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/base/grow.h"
#include "trace/check/internal.h"
#include "trace/read/rows.h"
#include "trace/read/why.h"
#include "trace/store/store.h"

#define LINE_MAX_BYTES 1000
#define CLIMB_MAX 100000 /* rows that one question may lead through */

/* ---- reading */

static int rule_add(struct check_rules *rules, const char *text, unsigned line, const char *name,
		    char **error)
{
	struct check_rule *rule;
	char *why = NULL;

	if (rules->count == CHECK_RULES_MAX)
		return failure(error, "%s has more than %d rules", name, CHECK_RULES_MAX);
	if (!array_grow_zeroed(&rules->rule, &rules->room, rules->count + 1, sizeof(*rule)))
		return failure(error, "out of memory");
	rule = &rules->rule[rules->count];
	rule->text = strdup(text);
	if (!rule->text)
		return failure(error, "out of memory");
	rules->count++;
	rule->verdict.line = line;
	if (check_rule_parse(rule, text, &why) == 0)
		return 0;
	failure(error, "%s:%u: %s", name, line, why ? why : "out of memory");
	free(why);
	return -1;
}

/* What of a line is a rule: a comment is not, and neither is blank space. */
static char *rule_of(char *line)
{
	char *comment = line[strspn(line, " \t")] == '#' ? line : strstr(line, " #");
	size_t length;

	if (comment)
		*comment = '\0';
	line += strspn(line, " \t\r\n");
	length = strlen(line);
	while (length && strchr(" \t\r\n", line[length - 1]))
		line[--length] = '\0';
	return line;
}

static int line_read(struct check_rules *rules, char *line, size_t length, unsigned n,
		     const char *name, char **error)
{
	static const char mark[] = "\xef\xbb\xbf"; /* editors put it before UTF-8 */
	char *text;

	if (strlen(line) != length)
		return failure(error, "%s:%u: the line has a NUL byte", name, n);
	if (length > LINE_MAX_BYTES)
		return failure(error, "%s:%u: the line is too long", name, n);
	if (n == 1 && strncmp(line, mark, 3) == 0)
		line += 3;
	text = rule_of(line);
	return *text ? rule_add(rules, text, n, name, error) : 0;
}

int check_rules_read(struct check_rules **out, FILE *file, const char *name, char **error)
{
	struct check_rules *rules = calloc(1, sizeof(*rules));
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	int status = rules ? 0 : failure(error, "out of memory");

	*out = NULL;
	for (unsigned n = 1; status == 0 && (length = getline(&line, &room, file)) >= 0; n++)
		status = line_read(rules, line, (size_t)length, n, name, error);
	free(line);
	if (status == 0 && ferror(file))
		status = failure(error, "cannot read %s: %s", name, strerror(errno));
	if (status == 0 && rules->count == 0)
		status = failure(error, "%s has no rules", name);
	if (status < 0) {
		check_rules_free(rules);
		return -1;
	}
	/* only now do the rules stay where they are */
	for (unsigned i = 0; i < rules->count; i++)
		rules->rule[i].verdict.text = rules->rule[i].text;
	*out = rules;
	return 0;
}

void check_rules_free(struct check_rules *rules)
{
	if (!rules)
		return;
	for (unsigned i = 0; i < rules->count; i++)
		free(rules->rule[i].text);
	free(rules->rule);
	free(rules);
}

/* ---- finding the events */

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_';
}

/* Does the text stand in the details, not as a part of a longer word? */
static bool detail_has(const char *detail, const char *text)
{
	size_t length = strlen(text);

	for (const char *p = strstr(detail, text); p; p = strstr(p + 1, text)) {
		bool begins = p == detail || !is_word(p[-1]) || !is_word(text[0]);
		bool ends = !is_word(p[length]) || !is_word(text[length - 1]);

		if (begins && ends)
			return true;
	}
	return false;
}

/* How often this row is the event: a row takes a step at most once. */
static bool row_matches(const struct check_event *event, const struct steps_row *row)
{
	if (event->is_step) {
		for (unsigned i = 0; i < row->taken_count; i++)
			if (strcmp(row->taken[i].step, event->name) == 0)
				return true;
		return false;
	}
	/* "connect" alone means none of the kernel's calls: who watched it must not matter */
	if (event->is_call != (row->is == STEPS_CALL) ||
	    !check_name_matches(event->is_call ? event->name : row->event,
				event->is_call ? row->event : event->name))
		return false;
	for (unsigned i = 0; i < event->arguments; i++)
		if (!detail_has(row->detail, event->argument[i]))
			return false;
	return true;
}

static void event_look(struct check_event *event, const struct steps_row *row)
{
	if (!*event->name || !row_matches(event, row))
		return;
	event->count++;
	if (event->occurrence != CHECK_LAST && event->count != event->occurrence)
		return;
	event->seq = row->seq;
	event->turn = row->turn;
}

static void event_forget(struct check_event *event)
{
	event->count = event->seq = event->turn = 0;
}

/* ---- deciding */

static void note(struct check_rule *rule, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void note(struct check_rule *rule, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(rule->verdict.note, sizeof(rule->verdict.note), format, arguments);
	va_end(arguments);
}

static bool compare(int64_t count, enum check_compare how, int64_t number)
{
	switch (how) {
	case CHECK_EQUAL:
		return count == number;
	case CHECK_UNEQUAL:
		return count != number;
	case CHECK_LESS:
		return count < number;
	case CHECK_MOST:
		return count <= number;
	case CHECK_MORE:
		return count > number;
	case CHECK_LEAST:
		break;
	}
	return count >= number;
}

/* Does row `seq` lie in span `outer`?  1, 0 or -1. */
static int is_inside(struct steps *steps, int64_t seq, int64_t outer, char **error)
{
	struct steps_row row;

	for (int i = 0; i < CLIMB_MAX && seq > outer; i++) {
		int status = steps_at(steps, seq, &row, error);

		if (status <= 0)
			return status;
		if (row.parent == outer)
			return 1;
		if (row.parent >= seq)
			return 0; /* a span begins before what it holds */
		seq = row.parent;
	}
	return 0;
}

/* Does the way back from row `seq` lead to `cause`?  1, 0 or -1. */
static int is_caused(struct why *why, int64_t seq, int64_t cause, enum why_links links,
		     char **error)
{
	struct why_hop hop;
	int status = why_begin(why, seq, links, error);

	for (int i = 0; status == 0 && i < CLIMB_MAX; i++) {
		int more = why_next(why, &hop, error);

		if (more <= 0)
			return more;
		if ((hop.seq == cause && hop.by != WHY_BY_START) || hop.asked == cause ||
		    hop.trigger == cause || hop.poll == cause || hop.timeout == cause)
			return 1;
		if (hop.seq < cause)
			return 0; /* the way only leads back */
	}
	return status;
}

static int decide_caused(struct why *why, const struct check_rule *rule, char **error)
{
	int status = is_caused(why, rule->first.seq, rule->second.seq, WHY_ASKED, error);

	if (status == 0)
		status = is_caused(why, rule->first.seq, rule->second.seq, WHY_TRIGGERED, error);
	return status;
}

/* 1: it holds, 0: it does not, -1: trouble. */
static int decide_pair(struct check_rule *rule, struct steps *steps, struct why *why, char **error)
{
	const struct check_event *a = &rule->first, *b = &rule->second;
	const struct check_event *missing = !a->seq ? a : !b->seq ? b : NULL;

	if (missing) {
		note(rule, "there is no %s%s%s", missing->is_step ? "step " : "", missing->name,
		     missing->occurrence > 1 ? " as often as that" : "");
		return 0;
	}
	note(rule, "%s is row %" PRId64 " in turn %" PRId64 ", %s row %" PRId64 " in turn %" PRId64,
	     a->name, a->seq, a->turn, b->name, b->seq, b->turn);
	switch (rule->relation) {
	case CHECK_BEFORE:
		return a->seq < b->seq;
	case CHECK_AFTER:
		return a->seq > b->seq;
	case CHECK_LATER_TURN:
		return a->turn > b->turn;
	case CHECK_EARLIER_TURN:
		return a->turn < b->turn;
	case CHECK_SAME_TURN:
		return a->turn == b->turn;
	case CHECK_INSIDE:
		return is_inside(steps, a->seq, b->seq, error);
	case CHECK_CAUSED:
		return decide_caused(why, rule, error);
	default:
		return 0;
	}
}

static int decide(struct check_rule *rule, struct steps *steps, struct why *why, char **error)
{
	const struct check_event *a = &rule->first;

	switch (rule->relation) {
	case CHECK_SOME:
		if (!a->seq)
			note(rule,
			     a->count == 0   ? "it did not happen"
			     : a->count == 1 ? "it happened %" PRId64 " time"
					     : "it happened %" PRId64 " times",
			     a->count);
		return a->seq != 0;
	case CHECK_NEVER:
		if (a->seq && a->occurrence > CHECK_FIRST)
			note(rule,
			     "it happened %" PRId64 " time%s, number %" PRId64 " in row %" PRId64,
			     a->count, a->count == 1 ? "" : "s", a->occurrence, a->seq);
		else if (a->seq)
			note(rule, "it happened %" PRId64 " time%s, %s in row %" PRId64, a->count,
			     a->count == 1 ? "" : "s",
			     a->occurrence == CHECK_LAST ? "last" : "first", a->seq);
		return a->seq == 0;
	case CHECK_COUNT:
		note(rule, "it happened %" PRId64 " time%s", a->count, a->count == 1 ? "" : "s");
		return compare(a->count, rule->compare, rule->number);
	default:
		return decide_pair(rule, steps, why, error);
	}
}

/* What a trace can tell nothing of. */
struct blind {
	int64_t program, kernel; /* rows are missing after this one; -1: none are */
	bool no_kernel;          /* nobody watched the kernel */
};

static void gap_look(struct blind *blind, const struct steps_row *row)
{
	bool is_kernel = strcmp(row->layer, "kernel") == 0;
	int64_t *gap = is_kernel ? &blind->kernel : &blind->program;

	if (*gap < 0)
		*gap = row->seq;
}

static int events_find(struct check_rules *rules, struct steps *steps, struct blind *blind,
		       char **error)
{
	struct steps_row row;
	int status;

	for (unsigned i = 0; i < rules->count; i++) {
		event_forget(&rules->rule[i].first);
		event_forget(&rules->rule[i].second);
	}
	while ((status = steps_next(steps, &row, error)) > 0) {
		if (row.is == STEPS_GAP) {
			gap_look(blind, &row);
			continue;
		}
		for (unsigned i = 0; i < rules->count; i++) {
			event_look(&rules->rule[i].first, &row);
			event_look(&rules->rule[i].second, &row);
		}
	}
	return status;
}

/*
 * Where events are missing, what was seen was seen and nothing else can be
 * told: only that something happened, or which of two came first.
 */
static bool survives_gap(const struct check_rule *rule, int holds)
{
	switch (rule->relation) {
	case CHECK_SOME:
		return holds;
	case CHECK_NEVER:
		return !holds;
	case CHECK_COUNT:
		return false;
	default:
		return rule->first.seq && rule->second.seq;
	}
}

/* Leaves a rule open if it asks for what the trace cannot tell. */
static void verdict_set(struct check_rule *rule, int holds, const struct blind *blind)
{
	bool calls = rule->first.is_call || rule->second.is_call;
	bool others = !rule->first.is_call || (*rule->second.name && !rule->second.is_call);
	int64_t gap = others && blind->program >= 0 ? blind->program : calls ? blind->kernel : -1;

	rule->verdict.holds = holds ? CHECK_HOLDS : CHECK_FAILS;
	if (calls && blind->no_kernel) {
		rule->verdict.holds = CHECK_OPEN;
		note(rule, "nobody watched the kernel, so it cannot be told");
	} else if (gap >= 0 && !survives_gap(rule, holds)) {
		rule->verdict.holds = CHECK_OPEN;
		note(rule, "events are missing after row %" PRId64 ", so it cannot be told", gap);
	}
}

static void kernel_look(struct store *store, struct blind *blind)
{
	char *rows = store_fact(store, "kernel_rows");

	blind->no_kernel = !rows || strcmp(rows, "on") != 0;
	free(rows);
}

int check_rules_run(struct check_rules *rules, struct store *store, char **error)
{
	struct blind blind = { .program = -1, .kernel = -1 };
	struct steps *steps = NULL;
	struct why *why = NULL;
	int status;

	kernel_look(store, &blind);
	status = check_names(rules, !blind.no_kernel, store, error);
	if (status == 0)
		status = steps_open(&steps, store, error);
	if (status == 0)
		status = why_open(&why, store, error);
	if (status == 0)
		status = events_find(rules, steps, &blind, error);
	for (unsigned i = 0; i < rules->count && status == 0; i++) {
		struct check_rule *rule = &rules->rule[i];
		int holds;

		rule->verdict.note[0] = '\0';
		holds = decide(rule, steps, why, error);
		if (holds < 0)
			status = -1;
		else
			verdict_set(rule, holds, &blind);
	}
	why_free(why);
	steps_free(steps);
	return status;
}

unsigned check_rules_count(const struct check_rules *rules)
{
	return rules->count;
}

const struct check_verdict *check_rules_verdict(const struct check_rules *rules, unsigned n)
{
	return &rules->rule[n].verdict;
}
