/*
 * test_phrases.c - each phrase in both languages: there, once, and of one shape.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/model/phrases.h"

#define ARGUMENTS_MAX 16

static const struct {
	const char *id, *english, *chinese;
} phrases[] = {
#define PHRASE(id, english, chinese) { #id, english, chinese },
#include "trace/export/phrases.def"
#include "tui/model/phrases.def"
#undef PHRASE
};
#define COUNT (sizeof(phrases) / sizeof(phrases[0]))

static void each_has_both_languages(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		if (!*phrases[i].english || !*phrases[i].chinese)
			fail_msg("%s lacks a language", phrases[i].id);
}

static void a_pair_stands_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		for (size_t j = i + 1; j < COUNT; j++)
			if (strcmp(phrases[i].english, phrases[j].english) == 0 &&
			    strcmp(phrases[i].chinese, phrases[j].chinese) == 0)
				fail_msg("%s and %s are the same", phrases[i].id, phrases[j].id);
}

/* One argument: the letters that tell its type, "ld" or "zu"; "*" for a width. */
struct argument {
	char type[4];
};

/* Notes an argument at its number; two uses of one number are of one type. */
static void take(struct argument *arguments, int number, const char *type, size_t length)
{
	assert_in_range(number, 0, ARGUMENTS_MAX - 1);
	assert_true(length < sizeof(arguments->type));
	if (*arguments[number].type)
		assert_int_equal(strlen(arguments[number].type), length);
	memcpy(arguments[number].type, type, length);
}

/* The types of the arguments that a pattern takes, in the order of a call. */
static void arguments_of(const char *pattern, struct argument arguments[ARGUMENTS_MAX])
{
	int next = 0;

	memset(arguments, 0, ARGUMENTS_MAX * sizeof(*arguments));
	while ((pattern = strchr(pattern, '%')) != NULL) {
		char *end;
		long number;
		size_t length;

		pattern++;
		if (*pattern == '%') {
			pattern++;
			continue;
		}
		number = strtol(pattern, &end, 10);
		if (*end == '$')
			pattern = end + 1;
		pattern += strspn(pattern, "-+ #0123456789.");
		if (*pattern == '*') {
			take(arguments, next++, "*", 1);
			pattern += 1 + strspn(pattern + 1, "0123456789.");
		}
		length = strspn(pattern, "hljzt") + 1;
		take(arguments, *end == '$' ? (int)number - 1 : next++, pattern, length);
		pattern += length;
	}
}

static void both_patterns_take_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		struct argument english[ARGUMENTS_MAX], chinese[ARGUMENTS_MAX];

		arguments_of(phrases[i].english, english);
		arguments_of(phrases[i].chinese, chinese);
		for (int n = 0; n < ARGUMENTS_MAX; n++)
			if (strcmp(english[n].type, chinese[n].type) != 0)
				fail_msg("%s: argument %d is '%s' in English, '%s' in Chinese",
					 phrases[i].id, n + 1, english[n].type, chinese[n].type);
	}
}

static void arguments_may_be_numbered(void **state)
{
	struct argument a[ARGUMENTS_MAX], b[ARGUMENTS_MAX];

	(void)state;
	arguments_of("%s: %5.1f of %-*zu, 100 %%", a);
	assert_string_equal(a[0].type, "s");
	assert_string_equal(a[1].type, "f");
	assert_string_equal(a[2].type, "*");
	assert_string_equal(a[3].type, "zu");
	assert_string_equal(a[4].type, "");
	arguments_of("%zu of %s", a);
	arguments_of("%2$s: %1$zu", b);
	assert_memory_equal(a, b, sizeof(a));
}

static void a_model_says_its_language(void **state)
{
	struct model model = { .chinese = false };

	(void)state;
	assert_string_equal(phrase(&model, STOPPED), "Stopped.");
	assert_string_equal(phrase_at(&model, PHRASE_STOPPED), "Stopped.");
	model.chinese = true;
	assert_string_equal(phrase(&model, STOPPED), phrase_at(&model, PHRASE_STOPPED));
	assert_string_not_equal(phrase_at(&model, PHRASE_STOPPED), "Stopped.");
	assert_string_equal(phrase_at(&model, PHRASE_NONE), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_both_languages),
		cmocka_unit_test(a_pair_stands_once),
		cmocka_unit_test(both_patterns_take_the_same),
		cmocka_unit_test(a_model_says_its_language),
		cmocka_unit_test(arguments_may_be_numbered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
