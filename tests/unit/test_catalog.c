/*
 * test_catalog.c - the two tables, and the functions that read them.
 *
 * Whoever adds a kind learns here what a row must have.
 */
#include "trace/emit/catalog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "trace/walk/walk.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static bool has_non_ascii(const char *text)
{
	while (*text && (unsigned char)*text < 0x80)
		text++;
	return *text != '\0';
}

/* A sentence begins with no blank, ends with its full stop, and is one line. */
static void assert_sentence(const char *whose, const char *text, const char *stop)
{
	size_t length = strlen(text);

	if (length <= strlen(stop) || text[0] == ' ' || strpbrk(text, "\n\t") ||
	    strstr(text, "  ") || strcmp(text + length - strlen(stop), stop) != 0)
		fail_msg("%s: not a sentence: \"%s\"", whose, text);
}

static void every_kind_has_its_sentences(void **state)
{
	size_t count;
	const struct catalog_kind *kinds = catalog_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_sentence(kinds[i].name, kinds[i].english, ".");
		assert_sentence(kinds[i].name, kinds[i].chinese, "。");
		assert_false(has_non_ascii(kinds[i].english));
		/* Two texts given in the wrong order, or twice, show here. */
		assert_true(has_non_ascii(kinds[i].chinese));
	}
}

static void no_sentence_serves_two_kinds(void **state)
{
	size_t count;
	const struct catalog_kind *kinds = catalog_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		for (size_t j = i + 1; j < count; j++) {
			assert_string_not_equal(kinds[i].english, kinds[j].english);
			assert_string_not_equal(kinds[i].chinese, kinds[j].chinese);
		}
}

static void kinds_are_unique_and_in_order(void **state)
{
	size_t count;
	const struct catalog_kind *kinds = catalog_all(&count);

	(void)state;
	assert_true(count > 0);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			assert_true(kinds[i - 1].number < kinds[i].number);
		assert_string_not_equal(kinds[i].name, "");
		assert_null(strstr(kinds[i].name, ":return"));
		for (size_t j = i + 1; j < count; j++) {
			assert_string_not_equal(kinds[i].name, kinds[j].name);
			assert_string_not_equal(kinds[i].symbol, kinds[j].symbol);
		}
	}
}

static void finding_by_number_and_by_name_agree(void **state)
{
	size_t count;
	const struct catalog_kind *kinds = catalog_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_ptr_equal(catalog_find(kinds[i].number), &kinds[i]);
		assert_ptr_equal(catalog_find_name(kinds[i].name), &kinds[i]);
	}
	assert_string_equal(catalog_find(KIND_sock_recv)->name, "sock.recv");
	assert_int_equal(catalog_find_name("loop.poll")->number, KIND_loop_poll);
}

static void unknown_kinds_are_null(void **state)
{
	static const char *const names[] = { "", "sock", "sock.recv ", "loop.poll:return",
					     "loop_poll" };
	size_t count;

	(void)state;
	catalog_all(&count);
	assert_null(catalog_find(KIND_NONE));
	assert_null(catalog_find((unsigned)count + 1));
	assert_null(catalog_find(0xffff));
	assert_null(catalog_find(~0u));
	for (size_t i = 0; i < LENGTH(names); i++)
		assert_null(catalog_find_name(names[i]));
}

static void every_kind_parses(void **state)
{
	size_t count;
	const struct catalog_kind *kinds = catalog_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		struct catalog_fields fields;
		unsigned numeric = 0;
		int returns;

		if (catalog_parse_fields(kinds[i].fields, &fields) != 0)
			fail_msg("%s: fields \"%s\"", kinds[i].name, kinds[i].fields);
		assert_in_range(fields.count, 0, CATALOG_FIELDS_MAX);
		for (unsigned f = 0; f < fields.count; f++)
			numeric += !FIELD_TYPE_IN_PAYLOAD(fields.field[f].type);
		assert_in_range(numeric, 0, CATALOG_NUMERIC_MAX);

		returns = catalog_parse_returns(kinds[i].returns, &fields);
		if (returns < 0)
			fail_msg("%s: returns \"%s\"", kinds[i].name, kinds[i].returns);
		/* Only what has an end can return. */
		if (kinds[i].shape == KIND_SHAPE_INSTANT)
			assert_int_equal(returns, CATALOG_RETURNS_NOTHING);
	}
}

/* Types of the numeric fields, one a character. */
static void shape_of(const struct catalog_kind *kind, char out[CATALOG_NUMERIC_MAX + 1])
{
	struct catalog_fields fields;
	unsigned n = 0;

	assert_int_equal(catalog_parse_fields(kind->fields, &fields), 0);
	for (unsigned i = 0; i < fields.count; i++)
		if (!FIELD_TYPE_IN_PAYLOAD(fields.field[i].type))
			out[n++] = (char)('A' + fields.field[i].type);
	out[n] = '\0';
}

/* Readers take a0..a3 of a meaning by place, whichever kind it was. */
static void kinds_of_one_meaning_have_the_same_numbers(void **state)
{
	size_t count;
	const struct catalog_kind *kinds = catalog_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i && kinds[i].means != MEANS_NOTHING; j++) {
			char a[CATALOG_NUMERIC_MAX + 1], b[CATALOG_NUMERIC_MAX + 1];

			if (kinds[j].means != kinds[i].means)
				continue;
			shape_of(&kinds[i], a);
			shape_of(&kinds[j], b);
			if (strncmp(a, b, strlen(a) < strlen(b) ? strlen(a) : strlen(b)) != 0)
				fail_msg("%s and %s", kinds[i].name, kinds[j].name);
		}
}

static void every_meaning_says_what_it_is(void **state)
{
	static const char *const sentences[] = {
#define MEANING(symbol, sentence) sentence,
#include "trace/emit/meanings.def"
#undef MEANING
	};

	(void)state;
	assert_int_equal(LENGTH(sentences), MEANINGS);
	for (size_t i = 0; i < LENGTH(sentences); i++) {
		assert_true(strlen(sentences[i]) > 10);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(sentences[i], sentences[j]);
	}
}

static void a_number_has_its_meaning(void **state)
{
	(void)state;
	assert_int_equal(catalog_means(KIND_sock_recv), MEANS_BYTES_CAME);
	assert_int_equal(catalog_means(KIND_BaseIOStream_read_until), MEANS_READ_DELIMITER_ASKED);
	assert_int_equal(catalog_means(KIND_NONE), MEANS_NOTHING);
	assert_int_equal(catalog_means(0xffff), MEANS_NOTHING);
	assert_true(meaning_is_read(MEANS_READ_CLOSE_ASKED));
	assert_false(meaning_is_read(MEANS_READ_TRIED));
	assert_ptr_equal(catalog_find_symbol("sock_recv"), catalog_find(KIND_sock_recv));
	assert_null(catalog_find_symbol("sock.recv"));
}

static void fields_are_read_in_order(void **state)
{
	struct catalog_fields fields;

	(void)state;
	assert_int_equal(catalog_parse_fields("", &fields), 0);
	assert_int_equal(fields.count, 0);

	assert_int_equal(
		catalog_parse_fields("fd:fd opt:SO_ERROR how:send/throw data:data", &fields), 0);
	assert_int_equal(fields.count, 4);
	assert_string_equal(fields.field[0].name, "fd");
	assert_int_equal(fields.field[0].type, FIELD_FD);
	assert_string_equal(fields.field[0].words, "");
	assert_int_equal(fields.field[1].type, FIELD_WORD);
	assert_string_equal(fields.field[1].words, "SO_ERROR");
	assert_string_equal(fields.field[2].name, "how");
	assert_string_equal(fields.field[2].words, "send/throw");
	assert_int_equal(fields.field[3].type, FIELD_DATA);
}

static void every_type_has_its_name(void **state)
{
	static const struct {
		const char *text;
		enum field_type type;
	} types[] = {
		{ "x:int", FIELD_INT },
		{ "x:bool", FIELD_BOOL },
		{ "x:fd", FIELD_FD },
		{ "x:mask", FIELD_MASK },
		{ "x:fn", FIELD_FN },
		{ "x:future", FIELD_FUTURE },
		{ "x:timeout", FIELD_TIMEOUT },
		{ "x:runner", FIELD_RUNNER },
		{ "x:key", FIELD_KEY },
		{ "x:count", FIELD_COUNT },
		{ "x:status", FIELD_STATUS },
		{ "x:errno", FIELD_ERRNO },
		{ "x:seconds", FIELD_SECONDS },
		{ "x:millis", FIELD_MILLIS },
		{ "x:family", FIELD_FAMILY },
		{ "x:until", FIELD_UNTIL },
		{ "x:value", FIELD_VALUE },
		{ "x:yielded", FIELD_YIELDED },
		{ "x:response", FIELD_RESPONSE },
		{ "x:own/other", FIELD_WORD },
		{ "x:clock", FIELD_CLOCK },
		{ "x:str", FIELD_STR },
		{ "x:exc", FIELD_EXC },
		{ "x:line", FIELD_LINE },
		{ "x:data", FIELD_DATA },
		{ "x:ready", FIELD_READY },
	};

	(void)state;
	assert_int_equal(LENGTH(types), FIELD_READY + 1);
	for (size_t i = 0; i < LENGTH(types); i++) {
		struct catalog_fields fields;

		assert_int_equal(catalog_parse_fields(types[i].text, &fields), 0);
		assert_int_equal(fields.count, 1);
		assert_int_equal(fields.field[0].type, types[i].type);
	}
}

static void limits_are_reached_but_not_passed(void **state)
{
	struct catalog_fields fields;

	(void)state;
	assert_int_equal(
		catalog_parse_fields("a:str b:str c:str d:str e:int f:int g:int h:int", &fields),
		0);
	assert_int_equal(fields.count, CATALOG_FIELDS_MAX);
	/* The longest name and the longest list of words that have room. */
	assert_int_equal(catalog_parse_fields("abcdefghijklmnopqrstuvw:int", &fields), 0);
	assert_int_equal(strlen(fields.field[0].name), sizeof(fields.field[0].name) - 1);
	assert_int_equal(catalog_parse_fields("x:0123456789012345678901234567890/"
					      "0123456789012345678901234567890",
					      &fields),
			 0);
	assert_int_equal(strlen(fields.field[0].words), sizeof(fields.field[0].words) - 1);
}

static void malformed_fields_are_refused(void **state)
{
	static const char *const bad[] = {
		" ",
		"fd",
		"fd:",
		":fd",
		":",
		"fd:fd ",
		" fd:fd",
		"fd:fd  n:int",
		"fd:fd\tn:int",
		"fd :fd",
		"fd: fd",
		"fd:fd:fd",
		"fd:fd,n:int",
		"fd=fd",
		"Fd:fd",
		"1fd:fd",
		"f-d:fd",
		"x:no_such_type",
		"x:Int eger",
		"x:in",
		"x:int8",
		"x:word",
		"x:/",
		"x:a/",
		"x:/b",
		"x:a//b",
		"x:A/",
		"x:a/b c",
		"x:A B",
		"x:a/b\n",
		"x:a/b%s",
		"x:\xe4\xbd\xa0/b",
		"n:int n:int",
		"n:int m:fd n:str",
		/* a fifth number, a ninth field */
		"a:int b:fd c:mask d:fn e:A/B",
		"a:str b:str c:str d:str e:str f:str g:str h:str i:str",
		/* one character too many for the name and for the words */
		"abcdefghijklmnopqrstuvwx:int",
		"x:0123456789012345678901234567890/01234567890123456789012345678901",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		struct catalog_fields fields;

		if (catalog_parse_fields(bad[i], &fields) != -1)
			fail_msg("taken for good: \"%s\"", bad[i]);
		assert_in_range(fields.count, 0, CATALOG_FIELDS_MAX);
	}
}

static void what_stood_before_the_fault_is_kept(void **state)
{
	struct catalog_fields fields;

	(void)state;
	assert_int_equal(catalog_parse_fields("fd:fd n:int oops", &fields), -1);
	assert_int_equal(fields.count, 2);
	assert_string_equal(fields.field[1].name, "n");
}

static void returns_are_told_apart(void **state)
{
	static const char *const bad[] = { "ret",       "ret=",   "ret=str",  "ret=nothing",
					   "ret=n:int", "return", "return=n", "return=n:int ",
					   "int",       "n:int" };
	struct catalog_fields fields;

	(void)state;
	assert_int_equal(catalog_parse_returns("", &fields), CATALOG_RETURNS_NOTHING);
	assert_int_equal(fields.count, 0);
	assert_int_equal(catalog_parse_returns("ret=bool", &fields), CATALOG_RETURNS_VALUE);
	assert_int_equal(fields.count, 1);
	assert_string_equal(fields.field[0].name, "ret");
	assert_int_equal(fields.field[0].type, FIELD_BOOL);
	assert_int_equal(catalog_parse_returns("return=", &fields), CATALOG_RETURNS_ROW);
	assert_int_equal(fields.count, 0);
	assert_int_equal(catalog_parse_returns("return=n:int events:ready", &fields),
			 CATALOG_RETURNS_ROW);
	assert_int_equal(fields.count, 2);
	assert_int_equal(fields.field[1].type, FIELD_READY);
	for (size_t i = 0; i < LENGTH(bad); i++)
		if (catalog_parse_returns(bad[i], &fields) != -1)
			fail_msg("taken for good: \"%s\"", bad[i]);
}

static void assert_word(const struct catalog_field *field, uint64_t n, const char *expected)
{
	char out[64];

	catalog_word(field, n, out, sizeof(out));
	assert_string_equal(out, expected);
}

static void words_are_counted_from_zero(void **state)
{
	struct catalog_fields fields;
	char small[4];

	(void)state;
	assert_int_equal(catalog_parse_fields("op:ADD/MOD/DELETE one:SO_ERROR n:int", &fields), 0);
	assert_word(&fields.field[0], 0, "ADD");
	assert_word(&fields.field[0], 1, "MOD");
	assert_word(&fields.field[0], 2, "DELETE");
	assert_word(&fields.field[0], 3, "3");
	assert_word(&fields.field[0], UINT64_MAX, "18446744073709551615");
	assert_word(&fields.field[1], 0, "SO_ERROR");
	assert_word(&fields.field[1], 1, "1");
	assert_word(&fields.field[2], 0, "0");

	catalog_word(&fields.field[0], 2, small, sizeof(small));
	assert_string_equal(small, "DEL");
	catalog_word(&fields.field[0], 2, small, 0);
	assert_string_equal(small, "DEL");
}

static void layers_have_names(void **state)
{
	size_t count;
	const struct catalog_kind *kinds = catalog_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		assert_string_not_equal(catalog_layer_name(kinds[i].layer), "unknown");
	assert_string_equal(catalog_layer_name(KIND_LAYER_STREAM), "stream");
	assert_string_equal(catalog_layer_name((enum kind_layer)99), "unknown");
}

/* FNV-1a once more, the texts with their terminators, written as plainly as can be. */
static uint64_t fnv(uint64_t hash, const char *text)
{
	do {
		hash ^= (unsigned char)*text;
		hash *= 1099511628211u;
	} while (*text++);
	return hash;
}

static void the_hash_covers_what_decides_reading(void **state)
{
	size_t count;
	const struct catalog_kind *kinds = catalog_all(&count);
	uint64_t hash = 14695981039346656037u;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		hash = (hash ^ (kinds[i].number & 255u)) * 1099511628211u;
		hash = (hash ^ (kinds[i].number / 256u)) * 1099511628211u;
		hash = fnv(fnv(fnv(hash, kinds[i].name), kinds[i].fields), kinds[i].returns);
	}
	assert_true(hash == catalog_hash());
	assert_true(catalog_hash() == catalog_hash());
}

static void assert_complete(const struct walk_station *station)
{
	const char *number = station->number + (*station->number >= 'A');

	assert_string_not_equal(number, "");
	assert_int_equal(strspn(number, "0123456789."), strlen(number));
	assert_string_not_equal(station->module, "");
	assert_string_not_equal(station->function, "");
	assert_sentence(station->number, station->english, ".");
	assert_sentence(station->number, station->chinese, "。");
	assert_true(has_non_ascii(station->chinese));
}

static void every_step_is_complete(void **state)
{
	(void)state;
	for (size_t n = 0; walks[n]; n++)
		for (size_t i = 0; i < walks[n]->station_count; i++) {
			const struct walk_station *station = &walks[n]->stations[i];

			assert_complete(station);
			assert_ptr_equal(walk_station_find(walks[n], station->number), station);
		}
}

/* Steps 0 to 51, each once and in this order; the substeps lie between. */
static void all_steps_are_there_in_order(void **state)
{
	const struct walk *walk = walk_find("client-3x");
	unsigned next = 0;

	(void)state;
	for (size_t i = 0; i < walk->station_count; i++) {
		char expected[16];

		if (strchr(walk->stations[i].number, '.'))
			continue;
		snprintf(expected, sizeof(expected), "%u", next++);
		assert_string_equal(walk->stations[i].number, expected);
	}
	assert_int_equal(next, 52);
	assert_int_equal(walk->station_count, 78);
	assert_string_equal(walk->stations[walk->station_count - 1].number, "51");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_has_its_sentences),
		cmocka_unit_test(no_sentence_serves_two_kinds),
		cmocka_unit_test(kinds_are_unique_and_in_order),
		cmocka_unit_test(finding_by_number_and_by_name_agree),
		cmocka_unit_test(unknown_kinds_are_null),
		cmocka_unit_test(every_kind_parses),
		cmocka_unit_test(kinds_of_one_meaning_have_the_same_numbers),
		cmocka_unit_test(every_meaning_says_what_it_is),
		cmocka_unit_test(a_number_has_its_meaning),
		cmocka_unit_test(fields_are_read_in_order),
		cmocka_unit_test(every_type_has_its_name),
		cmocka_unit_test(limits_are_reached_but_not_passed),
		cmocka_unit_test(malformed_fields_are_refused),
		cmocka_unit_test(what_stood_before_the_fault_is_kept),
		cmocka_unit_test(returns_are_told_apart),
		cmocka_unit_test(words_are_counted_from_zero),
		cmocka_unit_test(layers_have_names),
		cmocka_unit_test(the_hash_covers_what_decides_reading),
		cmocka_unit_test(every_step_is_complete),
		cmocka_unit_test(all_steps_are_there_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
