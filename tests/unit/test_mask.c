/*
 * test_mask.c - the same result however a stream is cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trace/words/mask.h"

static const char request[] =
	"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic dXNlcjpwYXNz\r\n"
	"COOKIE:a=1; b=2\r\n folded\r\nX-Cookie: seen\r\nCookies: seen\r\nset-cookie \t: x\n"
	"Last: one\r\n\r\nCooki";
static const char masked[] =
	"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: ******************\r\n"
	"COOKIE:********\r\n ******\r\nX-Cookie: seen\r\nCookies: seen\r\nset-cookie \t: *\n"
	"Last: one\r\n\r\nCooki";

static void feed(struct mask *mask, char *bytes, size_t length)
{
	mask_bytes(mask, bytes, length, length, length);
}

static void test_split_at_every_byte(void **state)
{
	size_t length = sizeof(request) - 1;

	(void)state;
	/* "Basic dXNlcjpwYXNz" holds a blank, which is masked like the rest */
	for (size_t cut = 0; cut <= length; cut++) {
		char copy[sizeof(request)];
		struct mask mask = { 0 };

		memcpy(copy, request, sizeof(copy));
		feed(&mask, copy, cut);
		feed(&mask, copy + cut, length - cut);
		assert_string_equal(copy, masked);
	}
}

static void test_byte_by_byte(void **state)
{
	char copy[sizeof(request)];
	struct mask mask = { 0 };

	(void)state;
	memcpy(copy, request, sizeof(copy));
	for (size_t i = 0; i + 1 < sizeof(copy); i++)
		feed(&mask, copy + i, 1);
	assert_string_equal(copy, masked);
}

/* Bytes that were not kept hide what follows up to the end of the line. */
static void test_cut_in_the_head(void **state)
{
	char first[] = "GET / HTTP/1.1\r\nHos", second[] = "ret\r\n more\r\nA: b\r\n";
	struct mask mask = { 0 };

	(void)state;
	mask_bytes(&mask, first, strlen(first), 200, 200);
	mask_bytes(&mask, second, strlen(second), strlen(second), strlen(second));
	assert_string_equal(first, "GET / HTTP/1.1\r\nHos");
	assert_string_equal(second, "***\r\n ****\r\nA: b\r\n");
}

static void test_cut_in_the_body(void **state)
{
	char first[] = "A: b\r\n\r\nbody", second[] = "more\nCookie: x\n";
	struct mask mask = { 0 };

	(void)state;
	mask_bytes(&mask, first, strlen(first), 5000, 5000);
	mask_bytes(&mask, second, strlen(second), strlen(second), strlen(second));
	assert_string_equal(second, "more\nCookie: *\n");
}

/* A send that took three bytes will be tried again with the rest. */
static void test_partial_send(void **state)
{
	char first[] = "Cookie: abc\r\n", rest[] = "kie: abc\r\n";
	struct mask mask = { 0 };

	(void)state;
	mask_bytes(&mask, first, strlen(first), strlen(first), 3);
	mask_bytes(&mask, rest, strlen(rest), strlen(rest), strlen(rest));
	assert_string_equal(first, "Cookie: ***\r\n");
	assert_string_equal(rest, "kie: ***\r\n");
}

static void test_nothing_kept(void **state)
{
	char second[] = "secret\r\nA: b";
	struct mask mask = { 0 };

	(void)state;
	mask_bytes(&mask, NULL, 0, 30, 30);
	mask_bytes(&mask, second, strlen(second), strlen(second), strlen(second));
	assert_string_equal(second, "******\r\nA: b");
}

static void test_unknown(void **state)
{
	char text[] = "tail of a secret\r\nA: b";
	struct mask mask;

	(void)state;
	mask_init_unknown(&mask);
	feed(&mask, text, strlen(text));
	assert_string_equal(text, "****************\r\nA: b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split_at_every_byte),
		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_cut_in_the_head),
		cmocka_unit_test(test_cut_in_the_body),
		cmocka_unit_test(test_partial_send),
		cmocka_unit_test(test_nothing_kept),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
