/*
 * parse.c - the language of rules.
 */
#include "trace/check/internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/walk/walk.h"

/* What stands between two events.  Longer ones first: "before" is no part of any. */
static const struct {
	const char *words;
	enum check_relation relation;
} relations[] = {
	{ " in a later turn than ", CHECK_LATER_TURN },
	{ " in an earlier turn than ", CHECK_EARLIER_TURN },
	{ " in the same turn as ", CHECK_SAME_TURN },
	{ " caused by ", CHECK_CAUSED },
	{ " inside ", CHECK_INSIDE },
	{ " before ", CHECK_BEFORE },
	{ " after ", CHECK_AFTER },
};

static const struct {
	const char *sign;
	enum check_compare compare;
} comparisons[] = {
	{ "!=", CHECK_UNEQUAL }, { "<=", CHECK_MOST }, { ">=", CHECK_LEAST },
	{ "=", CHECK_EQUAL },    { "<", CHECK_LESS },  { ">", CHECK_MORE },
};

struct text {
	const char *p, *end;
};

static void trim(struct text *text)
{
	while (text->p < text->end && isspace((unsigned char)*text->p))
		text->p++;
	while (text->end > text->p && isspace((unsigned char)text->end[-1]))
		text->end--;
}

static bool take_prefix(struct text *text, const char *prefix)
{
	size_t length = strlen(prefix);

	if ((size_t)(text->end - text->p) < length || memcmp(text->p, prefix, length) != 0)
		return false;
	text->p += length;
	return true;
}

/* The first place of words outside parentheses, or NULL. */
static const char *find_outside(struct text text, const char *words)
{
	size_t length = strlen(words);
	int depth = 0;

	for (; (size_t)(text.end - text.p) >= length; text.p++) {
		depth += *text.p == '(';
		depth -= *text.p == ')';
		if (depth == 0 && memcmp(text.p, words, length) == 0)
			return text.p;
	}
	return NULL;
}

static int copy(char *out, struct text text, char **error)
{
	size_t length = (size_t)(text.end - text.p);

	if (length == 0)
		return failure(error, "an event has no name");
	if (length >= CHECK_NAME_BYTES)
		return failure(error, "'%.20s...' is too long", text.p);
	memcpy(out, text.p, length);
	out[length] = '\0';
	return 0;
}

static int parse_number(struct text text, int64_t *number, char **error)
{
	char digits[24], *end;
	size_t length = (size_t)(text.end - text.p);

	if (length > 0 && length < sizeof(digits) && isdigit((unsigned char)*text.p)) {
		memcpy(digits, text.p, length);
		digits[length] = '\0';
		errno = 0;
		*number = strtoll(digits, &end, 10);
		if (!*end && !errno)
			return 0;
	}
	return failure(error, "'%.*s' is no number", (int)length, text.p);
}

/* "(WRITE, fd=waker)": text up to the closing one, with commas between. */
static int parse_arguments(struct check_event *event, struct text text, char **error)
{
	while (text.p < text.end) {
		const char *comma = find_outside(text, ",");
		struct text one = { text.p, comma ? comma : text.end };

		if (event->arguments == CHECK_ARGUMENTS_MAX)
			return failure(error, "an event takes at most %d arguments",
				       CHECK_ARGUMENTS_MAX);
		trim(&one);
		if (copy(event->argument[event->arguments++], one, error) < 0)
			return -1;
		text.p = comma ? comma + 1 : text.end;
	}
	return 0;
}

/* "#2" or "#last" at the end. */
static int parse_occurrence(struct check_event *event, struct text *text, char **error)
{
	const char *mark = memrchr(text->p, '#', (size_t)(text->end - text->p));
	struct text number = *text;

	event->occurrence = CHECK_FIRST;
	if (!mark || memchr(mark, ')', (size_t)(text->end - mark)))
		return 0;
	number.p = mark + 1;
	text->end = mark;
	if (number.end - number.p == 4 && memcmp(number.p, "last", 4) == 0) {
		event->occurrence = CHECK_LAST;
		return 0;
	}
	if (parse_number(number, &event->occurrence, error) < 0)
		return -1;
	return event->occurrence > 0 ? 0 : failure(error, "occurrences are counted from 1");
}

/* Words that begin rules are no events: "never" alone is one half of a rule. */
static bool is_reserved(struct text text)
{
	static const char *const words[] = { "never", "count", "some" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if ((size_t)(text.end - text.p) == strlen(words[i]) &&
		    memcmp(text.p, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

/* step:28, kind:add_handler(WRITE)#2, user.exception */
static int parse_event(struct check_event *event, struct text text, char **error)
{
	const char *open;

	trim(&text);
	if (text.p == text.end || is_reserved(text))
		return failure(error, "an event has no name");
	if (parse_occurrence(event, &text, error) < 0)
		return -1;
	event->is_step = take_prefix(&text, "step:");
	if (!event->is_step)
		take_prefix(&text, "kind:");
	if (text.p == text.end)
		return failure(error, "an event has no name");
	open = memchr(text.p, '(', (size_t)(text.end - text.p));
	if (open) {
		struct text inside = { open + 1, text.end - 1 };

		if (text.end[-1] != ')' || event->is_step)
			return failure(error, "'%.*s' is no event", (int)(text.end - text.p),
				       text.p);
		text.end = open;
		if (parse_arguments(event, inside, error) < 0)
			return -1;
	}
	event->is_call = !event->is_step && text.end - text.p > 7 && !memcmp(text.p, "kernel.", 7);
	if (memchr(text.p, ' ', (size_t)(text.end - text.p)))
		return failure(error, "'%.*s' is no event: names have no spaces",
			       (int)(text.end - text.p), text.p);
	if (copy(event->name, text, error) < 0)
		return -1;
	return event->is_step && !walk_station_exists(event->name)
		       ? failure(error, "the walk has no step %s", event->name)
		       : 0;
}

/* The comparison: the last sign, since names have some too (initialize.<lambda>). */
static const char *find_comparison(struct text text, struct text *number,
				   enum check_compare *compare)
{
	const char *sign = text.end;

	while (sign > text.p && !strchr("=<>", sign[-1]))
		sign--;
	if (sign == text.p)
		return NULL;
	number->p = sign;
	number->end = text.end;
	for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
		size_t length = strlen(comparisons[i].sign);

		if ((size_t)(sign - text.p) < length ||
		    memcmp(sign - length, comparisons[i].sign, length) != 0)
			continue;
		*compare = comparisons[i].compare;
		return sign - length;
	}
	return NULL;
}

/* count EVENT = 2 */
static int parse_count(struct check_rule *rule, struct text text, char **error)
{
	struct text number;
	const char *sign = find_comparison(text, &number, &rule->compare);

	rule->relation = CHECK_COUNT;
	if (!sign)
		return failure(error, "count needs = != < <= > or >=, and a number");
	trim(&number);
	text.end = sign;
	if (parse_number(number, &rule->number, error) < 0 ||
	    parse_event(&rule->first, text, error) < 0)
		return -1;
	return rule->first.occurrence == CHECK_FIRST
		       ? 0
		       : failure(error, "count is about all occurrences, not about one");
}

int check_rule_parse(struct check_rule *rule, const char *line, char **error)
{
	struct text text = { line, line + strlen(line) };

	trim(&text);
	if (take_prefix(&text, "count "))
		return parse_count(rule, text, error);
	if (take_prefix(&text, "never ")) {
		rule->relation = CHECK_NEVER;
		return parse_event(&rule->first, text, error);
	}
	for (size_t i = 0; i < sizeof(relations) / sizeof(relations[0]); i++) {
		const char *words = find_outside(text, relations[i].words);
		struct text second = text;

		if (!words)
			continue;
		second.p = words + strlen(relations[i].words);
		rule->relation = relations[i].relation;
		text.end = words;
		if (parse_event(&rule->first, text, error) < 0)
			return -1;
		return parse_event(&rule->second, second, error);
	}
	take_prefix(&text, "some ");
	rule->relation = CHECK_SOME;
	return parse_event(&rule->first, text, error);
}
