/*
 * test_kinds.c - symbols to meanings, and the fields of a row by name.
 */
#include "trace/kinds/meaning.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "trace/kinds/row.h"

static void a_symbol_has_its_meaning(void **state)
{
	size_t count;
	const struct catalog_kind *kinds = catalog_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		assert_int_equal(meaning_of_symbol(kinds[i].symbol), kinds[i].means);
	assert_int_equal(meaning_of_symbol("kernel_epoll_ctl"), MEANS_CALL_CHANGES_SET);
	assert_int_equal(meaning_of_symbol("epoll_ctl"), MEANS_INTEREST_CHANGED);
	assert_int_equal(meaning_of_symbol(""), MEANS_NOTHING);
	assert_int_equal(meaning_of_symbol("kernel_"), MEANS_NOTHING);
	assert_int_equal(meaning_of_symbol("kernel_no_such_call"), MEANS_NOTHING);
	assert_string_equal(meaning_name(MEANS_FUTURE_DONE), "FUTURE_DONE");
	assert_string_equal(meaning_name((enum meaning)9999), "NOTHING");
}

static void fields_fit_from_the_front(void **state)
{
	const struct catalog_kind *kind = catalog_find(KIND_sock_recv);
	char cut[64];

	(void)state;
	assert_true(meaning_fields_fit(kind, kind->fields));
	assert_true(meaning_fields_fit(kind, ""));
	snprintf(cut, sizeof(cut), "%.*s", (int)strcspn(kind->fields, " "), kind->fields);
	assert_true(meaning_fields_fit(kind, cut));
	cut[strlen(cut) - 1] = '\0';
	assert_false(meaning_fields_fit(kind, cut));
	assert_false(meaning_fields_fit(kind, "result:count fd:fd"));
	/* traces from before a generator could yield other things than futures */
	kind = catalog_find(KIND_gen_yield);
	assert_true(meaning_fields_fit(kind, "gen:fn future:future"));
	assert_false(meaning_fields_fit(kind, "gen:fn future:fd"));
}

static void assert_pairs(const char *detail, const char *expected)
{
	const char *at = detail;
	struct row_pair pair;
	char seen[256] = "";

	while (row_next(&at, detail + strlen(detail), &pair))
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "[%.*s|%.*s]",
			 (int)pair.key.length, pair.key.text, (int)pair.value.length,
			 pair.value.text);
	assert_string_equal(seen, expected);
}

static void a_detail_is_cut_into_pairs(void **state)
{
	(void)state;
	assert_pairs("", "");
	assert_pairs("fd=fd#1", "[fd|fd#1]");
	assert_pairs("fd=fd#1; bytes=83; ret=True", "[fd|fd#1][bytes|83][ret|True]");
	assert_pairs("line=a=b; exc=", "[line|a=b][exc|]");
	assert_pairs("no pair; n=1", "[|no pair][n|1]");
	/* of a stranger */
	assert_pairs(";", "[|]");
	assert_pairs("a=1;b=2;", "[a|1;b=2]");
	assert_pairs("; ; =;  x=1", "[|][|][|][x|1]");
}

static void a_value_is_found_by_its_key(void **state)
{
	const char *detail = "fd=fd#1; num_bytes=-12x; key=; url=http://a/?url=b";
	char out[8];

	(void)state;
	assert_true(row_is(row_text(detail, "fd"), "fd#1"));
	assert_int_equal(row_decimal(row_text(detail, "num_bytes")), -12);
	assert_true(row_begins(row_text(detail, "url"), "http:"));
	assert_true(row_has(detail, "key"));
	assert_false(row_has(detail, "bytes"));
	assert_int_equal(row_text(detail, "bytes").length, 0);
	assert_int_equal(row_text(NULL, "fd").length, 0);
	assert_string_equal(row_copy(row_text(detail, "url"), out, sizeof(out)), "http://");
	assert_string_equal(row_copy(row_text(detail, "none"), out, 1), "");
	assert_int_equal(row_decimal(row_text(detail, "url")), 0);
}

static void numbers_stand_at_their_places(void **state)
{
	struct catalog_fields fields;
	struct row row = { .fields = &fields, .a = { 7, 8, 9 }, .has = 5, .detail = "n=eight" };
	struct row_value value;

	(void)state;
	assert_int_equal(catalog_parse_fields("fd:fd text:str n:int callback:fn", &fields), 0);
	value = row_field(&row, "callback");
	assert_true(value.has_number);
	assert_int_equal(value.number, 9);
	assert_int_equal(value.type, FIELD_FN);
	value = row_field(&row, "n");
	assert_false(value.has_number);
	assert_int_equal(value.number, 0);
	assert_true(row_is(value.text, "eight"));
	assert_false(row_field(&row, "text").has_number);
	assert_false(row_field(&row, "other").has_number);
	row.fields = NULL;
	assert_false(row_field(&row, "fd").has_number);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_symbol_has_its_meaning),
		cmocka_unit_test(fields_fit_from_the_front),
		cmocka_unit_test(a_detail_is_cut_into_pairs),
		cmocka_unit_test(a_value_is_found_by_its_key),
		cmocka_unit_test(numbers_stand_at_their_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
