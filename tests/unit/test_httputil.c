/*
 * test_httputil.c - HTTPHeaders, URLs, and the built-ins of Python that they
 * rest on.
 */
#include "core/httputil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/python/exc.h"
#include "core/python/python.h"
#include "core/python/url.h"
#include "core/v31/generation.h"

/* All pairs as "Name=value;...". */
static void show(const struct http_headers *headers, char *out, size_t size)
{
	struct http_headers_cursor cursor = { 0 };
	const char *name, *value;
	size_t n = 0;

	out[0] = '\0';
	while (n < size && http_headers_next(headers, &cursor, &name, &value))
		n += (size_t)snprintf(out + n, size - n, "%s=%s;", name, value);
}

/* Takes the current exception and compares it. */
static void assert_raised(const char *described)
{
	struct exc *exc = exc_take();

	assert_non_null(exc);
	assert_string_equal(exc_describe(exc), described);
	exc_unref(exc);
}

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		const char *shown; /* or what is raised */
	} cases[] = {
		{ "", "" },
		{ "\r\n\r\n", "" },
		{ "a: b\r\n", "A=b;" },
		{ "a: b\rc: d\ne: f\r\n", "A=b;C=d;E=f;" },
		{ "content-TYPE:  text/html \t\r\n", "Content-Type=text/html;" },
		{ "x-forwarded-for: 1\r\n", "X-Forwarded-For=1;" },
		{ "A: b:c\r\n", "A=b:c;" },
		{ ": x\r\n", "=x;" },
		{ "Set-Cookie: a=1\r\nset-cookie: b=2\r\n", "Set-Cookie=a=1;Set-Cookie=b=2;" },
		{ "A: one\r\n two\r\n\tthree\r\n", "A=one two three;" },
		{ "A: 1\r\nA: 2\r\n more\r\n", "A=1;A=2 more;" },
		/* a vertical tab ends no line of bytes, but is a space */
		{ "A: 1\x0bB: 2\r\n", "A=1\x0bB: 2;" },
		{ "no colon\r\n", "ValueError(need more than 1 value to unpack)" },
		{ " folded first\r\n", "KeyError(None)" },
	};
	char shown[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_headers *headers;

		if (http_headers_parse(&headers, cases[i].text, strlen(cases[i].text)) < 0) {
			assert_raised(cases[i].shown);
			continue;
		}
		show(headers, shown, sizeof(shown));
		assert_string_equal(shown, cases[i].shown);
		http_headers_free(headers);
	}
}

static void test_parse_nul(void **state)
{
	struct http_headers *headers;

	(void)state;
	assert_int_equal(http_headers_parse(&headers, "A: b\0c\r\n", 8), -1);
	assert_raised("ValueError(null byte in header)");
}

static void test_get_joins(void **state)
{
	struct http_headers *headers = http_headers_new();

	(void)state;
	assert_null(http_headers_get(headers, "a"));
	http_headers_add(headers, "A-b", "1");
	http_headers_add(headers, "a-B", "2");
	assert_string_equal(http_headers_get(headers, "a-b"), "1,2");
	assert_int_equal(http_headers_count(headers), 2);
	http_headers_set(headers, "A-B", "3");
	assert_string_equal(http_headers_get(headers, "a-b"), "3");
	assert_int_equal(http_headers_delete(headers, "a-b"), 0);
	assert_false(http_headers_contains(headers, "A-B"));
	assert_int_equal(http_headers_delete(headers, "a-b"), -1);
	assert_raised("KeyError('A-B')");
	/* the line goes on with a header that is gone */
	http_headers_add(headers, "a-b", "4");
	assert_int_equal(http_headers_delete(headers, "A-B"), 0);
	assert_int_equal(http_headers_parse_line(headers, " x", 2), -1);
	assert_raised("KeyError('A-B')");
	http_headers_free(headers);
}

/* What a request of the original looks like on the wire. */
static void test_order_is_that_of_a_dict(void **state)
{
	static const char *const names[] = { "Connection", "Host", "Authorization", "User-Agent",
					     "Accept-Encoding" };
	struct http_headers *headers = http_headers_new();
	struct http_headers *copy;
	char shown[256];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		http_headers_set(headers, names[i], "");
	show(headers, shown, sizeof(shown));
	assert_string_equal(shown,
			    "Accept-Encoding=;Connection=;Host=;Authorization=;User-Agent=;");
	copy = http_headers_copy(headers);
	assert_int_equal(http_headers_count(copy), 5);
	http_headers_free(copy);
	http_headers_free(headers);
}

/* Growth and deletion: every name stays findable, none is doubled. */
static void test_many_names(void **state)
{
	struct http_headers *headers = http_headers_new();
	char name[16];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "N%d", i);
		http_headers_add(headers, name, name);
		if (i % 3 == 0)
			assert_int_equal(http_headers_delete(headers, name), 0);
	}
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "N%d", i);
		assert_int_equal(http_headers_contains(headers, name), i % 3 != 0);
	}
	assert_int_equal(http_headers_count(headers), 1333);
	http_headers_free(headers);
}

static void test_url_split(void **state)
{
	struct url_parts parts;

	(void)state;
	assert_int_equal(url_split(&parts, "HTTP://me:se:cret@[::1]:80/a;p?q=1?2#f#g"), 0);
	assert_string_equal(parts.scheme, "http");
	assert_string_equal(parts.netloc, "me:se:cret@[::1]:80");
	assert_string_equal(parts.path, "/a;p");
	assert_string_equal(parts.query, "q=1?2");
	assert_string_equal(parts.fragment, "f#g");
	assert_string_equal(parts.username, "me");
	assert_string_equal(parts.password, "se:cret");
	url_parts_release(&parts);
	assert_int_equal(url_split(&parts, "localhost:80"), 0);
	assert_string_equal(parts.scheme, "");
	assert_string_equal(parts.path, "localhost:80");
	assert_null(parts.username);
	url_parts_release(&parts);
	assert_int_equal(url_split(&parts, "http://[::1/"), -1);
	assert_raised("ValueError(Invalid IPv6 URL)");
}

/* The results of Python 2.7, which are RFC 1808's rather than RFC 3986's. */
static void test_url_join(void **state)
{
	static const char base[] = "http://h:1/b/c/d;p?q#x";
	static const struct {
		const char *url;
		const char *joined;
	} cases[] = {
		{ "", "http://h:1/b/c/d;p?q#x" },    { "/new", "http://h:1/new" },
		{ "g", "http://h:1/b/c/g" },         { "./g", "http://h:1/b/c/g" },
		{ "g/", "http://h:1/b/c/g/" },       { "//other/g", "http://other/g" },
		{ "?y", "http://h:1/b/c/d;p?y" },    { "g?y#s", "http://h:1/b/c/g?y#s" },
		{ "#s", "http://h:1/b/c/d;p?q#s" },  { ";x", "http://h:1/b/c/;x" },
		{ ".", "http://h:1/b/c/" },          { "..", "http://h:1/b/" },
		{ "../g", "http://h:1/b/g" },        { "../../g", "http://h:1/g" },
		{ "../../../g", "http://h:1/../g" }, { "g/./h/../i", "http://h:1/b/c/g/i" },
		{ "http:g", "http://h:1/b/c/g" },    { "https://x/y", "https://x/y" },
		{ "mailto:a@b", "mailto:a@b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *joined = url_join(base, cases[i].url);

		assert_string_equal(joined, cases[i].joined);
		free(joined);
	}
	assert_null(url_join(base, "http://]/"));
	assert_raised("ValueError(Invalid IPv6 URL)");
}

static void test_int(void **state)
{
	static const struct {
		const char *text;
		unsigned base;
		int64_t value;
	} good[] = {
		{ "5", 10, 5 },
		{ " +12\r\n", 10, 12 },
		{ "- 5", 10, -5 },
		{ "0x1f", 16, 31 },
		{ "-0XA", 16, -10 },
		{ "1F", 16, 31 },
		{ "000", 16, 0 },
		{ "ffffffffffffffffff", 16, PYTHON_INT_MAX },
		{ "-99999999999999999999999", 10, -PYTHON_INT_MAX },
	};
	static const struct {
		const char *text;
		unsigned base;
		const char *raised;
	} bad[] = {
		{ "zz", 16, "ValueError(invalid literal for int() with base 16: 'zz')" },
		{ "ten", 10, "ValueError(invalid literal for int() with base 10: 'ten')" },
		{ "", 16, "ValueError(invalid literal for int() with base 16: '')" },
		{ "0x", 16, "ValueError(invalid literal for int() with base 16: '0x')" },
		{ "1_0", 10, "ValueError(invalid literal for int() with base 10: '1_0')" },
		{ "5;a=\"'\x80\n!", 16,
		  "ValueError(invalid literal for int() with base 16: '5;a=\"\\'\\x80\\n!')" },
	};
	int64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(
			python_int(good[i].text, strlen(good[i].text), good[i].base, &value), 0);
		assert_int_equal(value, good[i].value);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(python_int(bad[i].text, strlen(bad[i].text), bad[i].base, &value),
				 -1);
		assert_raised(bad[i].raised);
	}
}

/* The places and reasons are CPython 2.7.18's. */
static void test_utf8(void **state)
{
	static const char *const good[] = { "",
					    "a",
					    "\xc2\x80",
					    "\xe2\x82\xac!",
					    "\xed\xa0\x80",
					    "\xf0\x90\x80\x80",
					    "\xf4\x8f\xbf\xbf" };
	static const struct {
		const char *text;
		const char *where;
	} bad[] = {
		{ "\xff", "byte 0xff in position 0: invalid start byte" },
		{ "a\x80", "byte 0x80 in position 1: invalid start byte" },
		{ "\xc1\x80", "byte 0xc1 in position 0: invalid start byte" },
		{ "\xf5\x80\x80\x80", "byte 0xf5 in position 0: invalid start byte" },
		{ "a\xc3", "byte 0xc3 in position 1: unexpected end of data" },
		{ "\xf0x", "byte 0xf0 in position 0: unexpected end of data" },
		{ "\xe2\x82", "bytes in position 0-1: unexpected end of data" },
		{ "\xf0\x9f\x98", "bytes in position 0-2: unexpected end of data" },
		{ "\xf0\x9f(", "bytes in position 0-1: unexpected end of data" },
		{ "a\xc3(", "byte 0xc3 in position 1: invalid continuation byte" },
		{ "\xe2\x82(", "bytes in position 0-1: invalid continuation byte" },
		{ "\xe0\x80\x80", "bytes in position 0-1: invalid continuation byte" },
		{ "\xf0\x80\x80\x80", "bytes in position 0-2: invalid continuation byte" },
		{ "\xf4\x90\x80\x80", "bytes in position 0-2: invalid continuation byte" },
		{ "\xf0\x9f\x98(", "bytes in position 0-2: invalid continuation byte" },
		{ "\xf0(xx", "byte 0xf0 in position 0: invalid continuation byte" },
	};
	char raised[160];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(python_check_utf8(good[i]), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(python_check_utf8(bad[i].text), -1);
		snprintf(raised, sizeof(raised), "UnicodeDecodeError('utf8' codec can't decode %s)",
			 bad[i].where);
		assert_raised(raised);
	}
}

static void test_texts(void **state)
{
	size_t length;
	char *text;

	(void)state;
	text = http_base64("user:secret", 11);
	assert_string_equal(text, "dXNlcjpzZWNyZXQ=");
	free(text);
	text = http_base64("", 0);
	assert_string_equal(text, "");
	free(text);
	text = http_latin1_to_utf8("caf\xe9", 4, &length);
	assert_int_equal(length, 5);
	assert_string_equal(text, "caf\xc3\xa9");
	free(text);
	assert_string_equal(http_reason(404), "Not Found");
	assert_string_equal(http_reason(599), "Unknown");
}

int main(void)
{
	generation_use(&generation_31);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),      cmocka_unit_test(test_parse_nul),
		cmocka_unit_test(test_get_joins),  cmocka_unit_test(test_order_is_that_of_a_dict),
		cmocka_unit_test(test_many_names), cmocka_unit_test(test_url_split),
		cmocka_unit_test(test_url_join),   cmocka_unit_test(test_int),
		cmocka_unit_test(test_utf8),       cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
