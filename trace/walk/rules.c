/*
 * rules.c - reads the rules of a walk out of their texts.
 */
#include "trace/walk/rules.h"

#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"

#define RETURN ":return"

/* Takes what stands before the separator off the text, or all of it. */
static struct row_text text_cut(struct row_text *text, const char *separator)
{
	size_t width = strlen(separator);
	const char *end = memmem(text->text, text->length, separator, width);
	struct row_text head = { text->text, end ? (size_t)(end - text->text) : text->length };

	text->text += head.length + (end ? width : 0);
	text->length -= head.length + (end ? width : 0);
	return head;
}

static struct row_text text_of(const char *text)
{
	return (struct row_text){ text, strlen(text) };
}

/* The number of an event, given now if it is new; 0 when there are too many. */
static uint8_t name_number(struct rules *rules, struct row_text text)
{
	unsigned i = 1;

	while (i < rules->name_count &&
	       !(rules->name[i].event.length == text.length &&
		 memcmp(rules->name[i].event.text, text.text, text.length) == 0))
		i++;
	if (i == RULES_NAMES_MAX)
		return 0;
	if (i == rules->name_count)
		rules->name[rules->name_count++] =
			(struct rules_name){ .event = text, .first = -1, .last = -1 };
	return (uint8_t)i;
}

uint8_t rules_name(const struct rules *rules, const char *event)
{
	for (unsigned i = 1; i < rules->name_count; i++)
		if (row_is(rules->name[i].event, event))
			return (uint8_t)i;
	return 0;
}

static int station_number(const struct walk *walk, struct row_text number)
{
	for (unsigned i = 0; i < walk->station_count; i++)
		if (row_is(number, walk->stations[i].number))
			return (int)i;
	return -1;
}

/* "until:@A11.timeout": cuts the value into what is before, the reference, what is behind. */
static bool reference_read(struct rules *rules, struct condition *condition)
{
	struct row_text rest = condition->value, station;
	size_t length = 0;

	condition->station = -1;
	if (!memchr(rest.text, '@', rest.length))
		return true;
	condition->value = text_cut(&rest, "@");
	station = text_cut(&rest, ".");
	condition->station = station_number(rules->walk, station);
	while (length < rest.length && rest.text[length] >= 'a' && rest.text[length] <= 'z')
		length++;
	row_copy((struct row_text){ rest.text, length }, condition->field,
		 sizeof(condition->field));
	condition->rest = (struct row_text){ rest.text + length, rest.length - length };
	return condition->station >= 0;
}

/* "NAME(key=value)", which is what calls= has. */
static bool call_read(struct rules *rules, struct condition *condition)
{
	struct row_text inside = condition->value;

	condition->name = name_number(rules, text_cut(&inside, "("));
	if (inside.length == 0 || inside.text[inside.length - 1] != ')')
		return false;
	inside.length--;
	row_copy(text_cut(&inside, "="), condition->key, sizeof(condition->key));
	condition->value = inside;
	condition->station = -1;
	return condition->name != 0;
}

/* The spans that a row lies in are a set: those that rules ask for have a bit in it. */
static bool inside_read(struct rules *rules, struct condition *condition)
{
	struct rules_name *name = &rules->name[name_number(rules, condition->value)];

	if (name == rules->name || (!name->inside && rules->inside_count == 64))
		return false;
	if (!name->inside)
		name->inside = 1ull << rules->inside_count++;
	condition->inside = name->inside;
	return true;
}

static bool nth_read(struct rule *rule, struct row_text value)
{
	rule->nth = 0;
	for (size_t i = 0; i < value.length && value.text[i] >= '0' && value.text[i] <= '9'; i++)
		rule->nth = rule->nth * 10 + (unsigned)(value.text[i] - '0');
	return rule->nth > 0;
}

/* Keys that do not mean a field of the row's detail. */
static const struct {
	const char *key;
	enum asks asks;
} questions[] = {
	{ "parent", ASKS_PARENT }, { "inside", ASKS_INSIDE }, { "phase", ASKS_PHASE },
	{ "after", ASKS_AFTER },   { "ready", ASKS_READY },   { "first", ASKS_FIRST },
	{ "calls", ASKS_CALLS },
};

static enum asks asks_of(const char *key)
{
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		if (strcmp(key, questions[i].key) == 0)
			return questions[i].asks;
	return ASKS_FIELD;
}

/* Turns the value of a condition into what its question needs. */
static bool value_read(struct rules *rules, struct condition *condition)
{
	switch (condition->asks) {
	case ASKS_INSIDE:
		return inside_read(rules, condition);
	case ASKS_PARENT:
		condition->name = name_number(rules, condition->value);
		return condition->name != 0;
	case ASKS_AFTER:
		condition->station = station_number(rules->walk, condition->value);
		return condition->station >= 0;
	case ASKS_CALLS:
		return call_read(rules, condition);
	case ASKS_FIRST:
		return row_is(condition->value, "fd");
	case ASKS_FIELD:
	case ASKS_PHASE:
	case ASKS_READY:
		break;
	}
	return reference_read(rules, condition);
}

/* "key=value" or "key~value". */
static bool condition_read(struct rules *rules, struct rule *rule, struct row_text text)
{
	struct condition *condition = &rule->condition[rule->condition_count];
	size_t key = 0;

	while (key < text.length && text.text[key] != '=' && text.text[key] != '~')
		key++;
	if (key == text.length || rule->condition_count == RULE_CONDITIONS_MAX)
		return false;
	*condition = (struct condition){
		.contains = text.text[key] == '~',
		.value = { text.text + key + 1, text.length - key - 1 },
	};
	row_copy((struct row_text){ text.text, key }, condition->key, sizeof(condition->key));
	if (strcmp(condition->key, "nth") == 0)
		return nth_read(rule, condition->value);
	condition->asks = asks_of(condition->key);
	rule->condition_count++;
	return value_read(rules, condition);
}

static bool conditions_read(struct rules *rules, struct rule *rule, struct row_text text)
{
	while (text.length)
		if (!condition_read(rules, rule, text_cut(&text, "; ")))
			return false;
	return true;
}

static bool stations_read(const struct walk *walk, struct rule *rule, struct row_text text)
{
	while (text.length) {
		int station = station_number(walk, text_cut(&text, " "));

		if (station < 0 || rule->station_count == RULE_STATIONS_MAX)
			return false;
		rule->station[rule->station_count++] = station;
	}
	return rule->station_count > 0;
}

/* Appends the rule to those for its event. */
static bool rule_link(struct rules *rules, int index, const char *event)
{
	struct rule *rule = &rules->rule[index];
	struct row_text text = text_of(event);
	size_t length = strlen(RETURN);
	struct rules_name *name;
	uint8_t number;

	if (text.length > length && strcmp(event + text.length - length, RETURN) == 0)
		text.length -= length;
	rule->at_return = event[text.length] != '\0';
	number = name_number(rules, text);
	name = &rules->name[number];
	rule->next = -1;
	if (name->first < 0)
		name->first = index;
	else
		rules->rule[name->last].next = index;
	name->last = index;
	for (unsigned i = 0; i < rule->condition_count; i++) {
		name->asks_ready |= rule->condition[i].asks == ASKS_READY;
		name->asks_ret |= strcmp(rule->condition[i].key, "ret") == 0;
	}
	return number != 0;
}

static bool rule_read(struct rules *rules, int index, uint32_t *first)
{
	const struct walk_rule *text = &rules->walk->rules[index];
	struct rule *rule = &rules->rule[index];

	rule->nth = rules->walk->once;
	if (!stations_read(rules->walk, rule, text_of(text->stations)) ||
	    !conditions_read(rules, rule, text_of(text->conditions)))
		return false;
	for (unsigned i = 0; i < rule->condition_count; i++)
		if (rule->condition[i].asks == ASKS_FIRST) {
			rule->first = *first;
			*first <<= 1;
		}
	return rule_link(rules, index, text->event);
}

static int texts_read(struct rules *rules, char **error)
{
	const struct walk *walk = rules->walk;
	uint32_t first = 1;

	for (unsigned i = 0; i < walk->rule_count; i++)
		if (!rule_read(rules, (int)i, &first))
			return failure(error, "rule %u of the walk %s cannot be read: %s, \"%s\"",
				       i + 1, walk->name, walk->rules[i].event,
				       walk->rules[i].conditions);
	for (unsigned i = 0; i < walk->phase_count; i++) {
		uint8_t name = name_number(rules, text_of(walk->phases[i].event));

		rules->name[name].phase = name ? walk->phases[i].phase : NULL;
	}
	return 0;
}

int rules_new(struct rules **out, const struct walk *walk, char **error)
{
	struct rules *rules = calloc(1, sizeof(*rules));
	int status;

	*out = NULL;
	if (rules)
		rules->rule = calloc(walk->rule_count, sizeof(*rules->rule));
	if (!rules || !rules->rule) {
		rules_free(rules);
		return failure(error, "out of memory");
	}
	rules->walk = walk;
	rules->name[0] = (struct rules_name){ .first = -1, .last = -1 };
	rules->name_count = 1;
	status = texts_read(rules, error);
	if (status < 0)
		rules_free(rules);
	else
		*out = rules;
	return status;
}

void rules_free(struct rules *rules)
{
	if (!rules)
		return;
	free(rules->rule);
	free(rules);
}
