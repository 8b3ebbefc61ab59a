/*
 * test_json.c - the JSON writer: structure, and strings of any bytes.
 */
#include "trace/base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct sheet {
	struct json json;
	char *text;
	size_t length;
};

static void sheet_init(struct sheet *sheet)
{
	json_init(&sheet->json, open_memstream(&sheet->text, &sheet->length));
}

static void sheet_expect(struct sheet *sheet, const char *expected)
{
	assert_int_equal(fclose(sheet->json.file), 0);
	assert_string_equal(sheet->text, expected);
	free(sheet->text);
}

static void structure_gets_its_commas(void **state)
{
	struct sheet sheet;
	struct json *json = &sheet.json;

	(void)state;
	sheet_init(&sheet);
	json_begin_array(json);
	json_begin_object(json);
	json_key(json, "a");
	json_int(json, -9223372036854775807LL - 1);
	json_key(json, "b");
	json_begin_array(json);
	json_end_array(json);
	json_key(json, "c");
	json_begin_array(json);
	json_bool(json, true);
	json_bool(json, false);
	json_null(json);
	json_string(json, NULL);
	json_end_array(json);
	json_end_object(json);
	json_begin_object(json);
	json_end_object(json);
	json_end_array(json);
	json_newline(json);
	sheet_expect(&sheet, "[{\"a\":-9223372036854775808,\"b\":[],"
			     "\"c\":[true,false,null,null]},{}]\n");
}

static void expect_written(const char *bytes, size_t length, const char *expected)
{
	struct sheet sheet;

	sheet_init(&sheet);
	json_bytes(&sheet.json, bytes, length);
	sheet_expect(&sheet, expected);
}
#define EXPECT(bytes, expected) expect_written(bytes, sizeof(bytes) - 1, expected)
#define BAD "\xef\xbf\xbd"

static void members_have_their_keys(void **state)
{
	struct sheet sheet;
	struct json *json = &sheet.json;

	(void)state;
	sheet_init(&sheet);
	json_begin_object(json);
	json_member_int(json, "n", 0);
	json_member_string(json, "s", "x");
	json_member_string(json, "no", NULL);
	json_member_bool(json, "b", true);
	json_member_int_or_null(json, "known", true, 0);
	json_member_int_or_null(json, "unknown", false, 7);
	json_end_object(json);
	sheet_expect(&sheet, "{\"n\":0,\"s\":\"x\",\"no\":null,\"b\":true,"
			     "\"known\":0,\"unknown\":null}");
}

static void controls_are_escaped(void **state)
{
	(void)state;
	EXPECT("", "\"\"");
	EXPECT("a\"b\\c/", "\"a\\\"b\\\\c/\"");
	EXPECT("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"");
	EXPECT("\0\x1b\x7f", "\"\\u0000\\u001b\\u007f\"");
}

static void what_terminals_obey_is_escaped(void **state)
{
	(void)state;
	EXPECT("\xc2\x9b", "\"\\u009b\""); /* a C1 control */
	EXPECT("a\xe2\x80\xae"
	       "b",
	       "\"a\\u202eb\"");                          /* right-to-left override */
	EXPECT("\xf3\xa0\x80\xa0", "\"\\udb40\\udc20\""); /* an invisible tag */
}

static void utf8_passes_and_the_rest_is_replaced(void **state)
{
	(void)state;
	EXPECT("\xc3\xa9 \xe8\xa7\xa3 \xf0\x9f\x98\x80",
	       "\"\xc3\xa9 \xe8\xa7\xa3 \xf0\x9f\x98\x80\"");
	EXPECT("\xff\xfe", "\"" BAD BAD "\"");
	EXPECT("\x80z", "\"" BAD "z\"");                       /* a stray continuation */
	EXPECT("\xc0\xaf", "\"" BAD BAD "\"");                 /* too long a form */
	EXPECT("\xed\xa0\x80", "\"" BAD BAD BAD "\"");         /* a surrogate */
	EXPECT("\xf4\x90\x80\x80", "\"" BAD BAD BAD BAD "\""); /* beyond U+10FFFF */
	EXPECT("\xe8\xa7", "\"" BAD BAD "\"");                 /* cut off */
	EXPECT("\xe8\xa7\"", "\"" BAD BAD "\\\"\"");           /* never swallows the quote */
	EXPECT("\xf0\x9f\x98", "\"" BAD BAD BAD "\"");
}

static void every_byte_pair_gives_one_string(void **state)
{
	(void)state;
	for (unsigned pair = 0; pair < 0x10000; pair++) {
		char bytes[2] = { (char)(pair >> 8), (char)pair };
		struct sheet sheet;

		sheet_init(&sheet);
		json_bytes(&sheet.json, bytes, 2);
		fclose(sheet.json.file);
		assert_int_equal(sheet.text[0], '"');
		assert_int_equal(sheet.text[sheet.length - 1], '"');
		for (size_t i = 0; i < sheet.length; i++)
			assert_true((unsigned char)sheet.text[i] >= 0x20);
		free(sheet.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(structure_gets_its_commas),
		cmocka_unit_test(members_have_their_keys),
		cmocka_unit_test(controls_are_escaped),
		cmocka_unit_test(what_terminals_obey_is_escaped),
		cmocka_unit_test(utf8_passes_and_the_rest_is_replaced),
		cmocka_unit_test(every_byte_pair_gives_one_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
