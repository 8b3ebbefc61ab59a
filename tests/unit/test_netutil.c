/*
 * test_netutil.c - resolving: numeric hosts, answers given beforehand, errors.
 */
#include "core/netutil.h"

#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/ioloop.h"
#include "core/v31/generation.h"

/* Resolves; returns the addresses in text with spaces between, or what was raised. */
static const char *resolved(const char *host, const char *port, int family)
{
	static char out[512];
	struct resolver resolver;
	struct future *future;
	struct value *result;

	resolver_init(&resolver, NULL);
	future = resolver_resolve(&resolver, host, port, family, NULL);
	out[0] = '\0';
	assert_true(future_done(future));
	if (future_result(future, &result) < 0) {
		strncat(out, exc_describe(exc_current()), sizeof(out) - 1);
		exc_clear();
	} else {
		assert_int_equal(result->type, VALUE_ADDRINFO);
		for (size_t i = 0; i < addrinfo_list_count(result->addrinfo); i++) {
			char text[ADDRESS_TEXT_MAX];

			resolved_address_text(&result->addrinfo->entries[i], text);
			strncat(out, i ? " " : "", 2);
			strncat(out, text, sizeof(out) / 4);
		}
	}
	future_unref(future);
	return out;
}

static void assert_value_error(int status)
{
	assert_int_equal(status, -1);
	assert_int_equal(exc_current()->class, EXC_VALUE_ERROR);
	exc_clear();
}

static void test_numeric(void **state)
{
	(void)state;
	assert_string_equal(resolved("127.0.0.1", "80", AF_INET), "127.0.0.1:80");
	assert_string_equal(resolved("::1", "8080", AF_UNSPEC), "[::1]:8080");
}

static void test_bad_names(void **state)
{
	char label[80];

	(void)state;
	assert_string_equal(resolved("", "80", AF_INET),
			    "gaierror([Errno -2] Name or service not known)");
	assert_string_equal(resolved("a..b", "80", AF_INET),
			    "UnicodeError(label empty or too long)");
	memset(label, 'a', 64);
	label[64] = '\0';
	assert_string_equal(resolved(label, "80", AF_INET),
			    "UnicodeError(label empty or too long)");
	assert_string_equal(resolved("caf\xc3\xa9", "80", AF_INET),
			    "UnicodeError(not an ASCII host name)");
}

static void test_mapping(void **state)
{
	(void)state;
	assert_int_equal(netutil_resolve_host("example.test:80:127.0.0.1,[::1],127.0.0.2"), 0);
	assert_int_equal(netutil_resolve_host("[::1]:81:127.0.0.3"), 0);
	assert_string_equal(resolved("Example.Test", "80", AF_UNSPEC),
			    "127.0.0.1:80 [::1]:80 127.0.0.2:80");
	assert_string_equal(resolved("example.test", "80", AF_INET6), "[::1]:80");
	assert_string_equal(resolved("::1", "81", AF_INET), "127.0.0.3:81");
	assert_string_equal(resolved("::1", "81", AF_INET6),
			    "gaierror([Errno -2] Name or service not known)");
	/* another port of the same host is looked up as ever */
	assert_string_equal(resolved("::1", "82", AF_INET6), "[::1]:82");
	netutil_resolve_reset();
	assert_string_equal(resolved("::1", "81", AF_INET6), "[::1]:81");
}

static void test_bad_mappings(void **state)
{
	static const char *const bad[] = { "",
					   "a",
					   "a:80",
					   "a:80:",
					   "a:x:1.2.3.4",
					   "a:80:b.c",
					   "[::1:80:1.2.3.4",
					   ":80:1.2.3.4",
					   "a:80:1.2.3.4,,",
					   "a:80:[::1" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_value_error(netutil_resolve_host(bad[i]));
	netutil_resolve_reset();
}

static void test_answer_to_all(void **state)
{
	(void)state;
	assert_int_equal(netutil_resolve_all("127.0.0.1:81 [::1]:82"), 0);
	assert_string_equal(resolved("any.name", "80", AF_UNSPEC), "127.0.0.1:81 [::1]:82");
	assert_string_equal(resolved("127.0.0.9", "80", AF_INET), "127.0.0.1:81");
	assert_int_equal(netutil_resolve_all("error"), 0);
	assert_string_equal(resolved("127.0.0.1", "80", AF_INET),
			    "gaierror([Errno -2] Name or service not known)");
	netutil_resolve_reset();
	assert_value_error(netutil_resolve_all(""));
	assert_value_error(netutil_resolve_all("127.0.0.1"));
	assert_value_error(netutil_resolve_all("name:80"));
	assert_string_equal(resolved("127.0.0.1", "80", AF_INET), "127.0.0.1:80");
}

static int note(void *self, struct value *argument)
{
	struct ioloop *loop = self;

	assert_int_equal(argument->type, VALUE_ADDRINFO);
	assert_int_equal(addrinfo_list_count(argument->addrinfo), 1);
	ioloop_stop(loop);
	return 0;
}

/* The look-up blocks, but its callback comes with the next turn. */
static void test_callback(void **state)
{
	struct resolver resolver;
	struct ioloop *loop;
	struct future *future;

	(void)state;
	assert_int_equal(ioloop_new(&loop, NULL), 0);
	resolver_init(&resolver, loop);
	future = resolver_resolve(&resolver, "127.0.0.1", "80", AF_INET,
				  callback_new(note, loop, NULL, 1));
	assert_true(future_done(future));
	assert_int_equal(ioloop_start(loop), 0);
	future_unref(future);
	ioloop_free(loop);
}

int main(void)
{
	generation_use(&generation_31);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numeric),       cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_mapping),       cmocka_unit_test(test_bad_mappings),
		cmocka_unit_test(test_answer_to_all), cmocka_unit_test(test_callback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
