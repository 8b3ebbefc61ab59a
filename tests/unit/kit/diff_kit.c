/*
 * diff_kit.c - recorded sequences as traces in memory, and the changes that
 * tests make to them.
 */
#include "tests/unit/kit/diff_kit.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/kit/golden_loader.h"
#include "trace/diff/diff.h"
#include "trace/store/internal.h"
#include "trace/store/store.h"

struct store *kit_store(const char *golden)
{
	struct store *store = calloc(1, sizeof(*store));

	assert_non_null(store);
	assert_int_equal(sqlite3_open(":memory:", &store->db), SQLITE_OK);
	golden_load(store->db, golden);
	kit_run(store, "UPDATE events SET seq = -2 * seq, parent = 2 * parent");
	kit_run(store, "UPDATE events SET seq = -seq");
	kit_run(store, "UPDATE ends SET seq = -2 * seq, after = 2 * after");
	kit_run(store, "UPDATE ends SET seq = -seq");
	return store;
}

void kit_store_free(struct store *store)
{
	store_free(store);
}

void kit_run(struct store *store, const char *format, ...)
{
	char *message = NULL, *sql;
	va_list arguments;

	va_start(arguments, format);
	sql = sqlite3_vmprintf(format, arguments);
	va_end(arguments);
	if (sqlite3_exec(store->db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", sql, message);
	sqlite3_free(sql);
}

int64_t kit_ask(struct store *store, const char *format, ...)
{
	sqlite3_stmt *s;
	int64_t answer = 0;
	va_list arguments;
	char *sql;

	va_start(arguments, format);
	sql = sqlite3_vmprintf(format, arguments);
	va_end(arguments);
	if (sqlite3_prepare_v2(store->db, sql, -1, &s, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(store->db));
	if (sqlite3_step(s) == SQLITE_ROW)
		answer = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_free(sql);
	return answer;
}

struct diff *kit_diff(struct store *a, struct store *b, const char *strict, const char *ignore)
{
	struct diff_options options = { .ignore = ignore };
	struct diff *diff = NULL;
	char *error = NULL;

	if (diff_strict_parse(strict ? strict : "", &options.strict, &error) < 0 ||
	    diff_new(&diff, a, b, &options, &error) < 0)
		fail_msg("%s", error);
	return diff;
}

uint32_t kit_random(uint64_t *state, uint32_t n)
{
	/* splitmix64 */
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ z >> 31) % n);
}
