/*
 * tap.h - a test's results as TAP: what the tests of the probe share.
 */
#ifndef LOOPSCOPE_TESTS_PROBE_TAP_H
#define LOOPSCOPE_TESTS_PROBE_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_count, tap_failed;

/* One result; returns whether it was good. */
__attribute__((format(printf, 2, 3))) static inline bool ok(bool good, const char *format, ...)
{
	va_list arguments;

	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	fflush(stdout);
	tap_failed += !good;
	return good;
}

/* The plan; the value is the test's exit status. */
static inline int tap_end(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

static inline int tap_skip_all(const char *reason)
{
	printf("ok 1 # SKIP %s\n1..1\n", reason);
	return 0;
}

#endif
