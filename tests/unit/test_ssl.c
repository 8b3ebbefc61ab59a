/*
 * test_ssl.c - which hosts a certificate's names stand for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/python/ssl.h"

static struct ssl_name name_of(const char *text)
{
	return (struct ssl_name){ text, strlen(text) };
}

static bool matches(const char *name, const char *host)
{
	const struct ssl_name dns = name_of(name);
	int status = ssl_match_hostname(&dns, 1, NULL, 0, host);

	exc_clear();
	return status == 0;
}

static void test_names(void **state)
{
	(void)state;
	assert_true(matches("example.com", "example.com"));
	assert_true(matches("Example.COM", "eXample.com"));
	assert_false(matches("example.com", "www.example.com"));
	assert_false(matches("", ""));
	assert_true(matches("127.0.0.1", "127.0.0.1"));
	assert_false(matches("127.0.0.1", "127.0.0.2"));
}

static void test_wildcards(void **state)
{
	(void)state;
	assert_true(matches("*.example.com", "www.example.com"));
	assert_false(matches("*.example.com", "example.com"));
	assert_false(matches("*.example.com", ".example.com"));
	assert_false(matches("*.example.com", "a.b.example.com"));
	assert_true(matches("w*w.example.com", "ww.example.com"));
	assert_true(matches("f*.example.com", "foo.example.com"));
	assert_false(matches("f*o.example.com", "f.example.com"));
	assert_false(matches("www.*.com", "www.example.com"));
	assert_false(matches("xn--*.example.com", "xn--abc.example.com"));
	assert_true(matches("xn--abc.example.com", "xn--abc.example.com"));
	assert_true(matches("*.example.com", "xn--abc.example.com"));
	assert_false(matches("*c.example.com", "xn--abc.example.com"));
	assert_false(matches("**.example.com", "www.example.com"));
}

static void test_nul(void **state)
{
	const struct ssl_name name = { "example.com\0.evil.org", 21 };
	const struct ssl_name star = { "*.b\0d", 5 };

	(void)state;
	assert_int_equal(ssl_match_hostname(&name, 1, NULL, 0, "example.com"), -1);
	assert_int_equal(ssl_match_hostname(&star, 1, NULL, 0, "a.b"), -1);
	exc_clear();
}

/* The subject counts only if there are no alternative names. */
static void test_subject(void **state)
{
	const struct ssl_name dns[] = { name_of("a.example"), name_of("b.example") };
	const struct ssl_name common = name_of("c.example");

	(void)state;
	assert_int_equal(ssl_match_hostname(NULL, 0, &common, 1, "c.example"), 0);
	assert_int_equal(ssl_match_hostname(dns, 2, &common, 1, "b.example"), 0);
	assert_int_equal(ssl_match_hostname(dns, 2, &common, 1, "c.example"), -1);
	assert_string_equal(exc_describe(exc_current()),
			    "CertificateError(hostname u'c.example' doesn't match either of "
			    "'a.example', 'b.example')");
	assert_int_equal(ssl_match_hostname(NULL, 0, &common, 1, "d'\x1b"), -1);
	assert_string_equal(exc_current()->text,
			    "hostname u'd\\'\\x1b' doesn't match u'c.example'");
	assert_int_equal(ssl_match_hostname(NULL, 0, NULL, 0, "x"), -1);
	assert_string_equal(exc_current()->text,
			    "no appropriate commonName or subjectAltName fields were found");
	exc_clear();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_wildcards),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_subject),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
