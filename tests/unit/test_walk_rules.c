/*
 * test_walk_rules.c - steps of the walk: every recorded fetch of the original must
 * get exactly the steps that were given to it when it was recorded.  Argument:
 * the folder of the goldens (default tests/golden/v3.1.1).
 */
#include "trace/walk/apply.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/kit/golden_loader.h"
#include "trace/walk/rules.h"

static const char *folder = "tests/golden/v3.1.1";

static sqlite3 *database_open(void)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	return db;
}

static void apply(sqlite3 *db)
{
	char *error = NULL;

	if (walk_apply_db(db, &error) < 0)
		fail_msg("%s", error);
}

static int64_t ask(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s;
	int64_t answer;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	answer = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return answer;
}

/* Holds the steps of the trace to the last column of the golden; returns rows compared. */
static unsigned compare(sqlite3 *db, const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	unsigned rows = 0;
	sqlite3_stmt *s;

	assert_non_null(file);
	assert_int_equal(sqlite3_prepare_v2(db,
					    "SELECT group_concat(step, ',') FROM (SELECT step "
					    "FROM article WHERE seq = ?1 ORDER BY position)",
					    -1, &s, NULL),
			 SQLITE_OK);
	while (getline(&line, &room, file) > 0) {
		const char *given, *wanted = strrchr(line, '\t');

		if (*line == '#')
			continue;
		line[strcspn(line, "\n")] = '\0';
		sqlite3_bind_int64(s, 1, atoll(line) + GOLDEN_SEQ_SHIFT);
		assert_int_equal(sqlite3_step(s), SQLITE_ROW);
		given = (const char *)sqlite3_column_text(s, 0);
		if (strcmp(given ? given : "", wanted + 1) != 0)
			fail_msg("%s: got step '%s' for %s", path, given ? given : "", line);
		sqlite3_reset(s);
		rows++;
	}
	sqlite3_finalize(s);
	fclose(file);
	free(line);
	return rows;
}

static void every_golden_gets_its_steps(void **state)
{
	size_t count;
	char **paths = golden_list(folder, &count);

	(void)state;
	assert_true(count >= 65);
	for (size_t i = 0; i < count; i++) {
		sqlite3 *db = database_open();

		golden_load(db, paths[i]);
		apply(db);
		assert_true(compare(db, paths[i]) > 10);
		sqlite3_close(db);
	}
	print_message("%zu goldens\n", count);
	golden_list_free(paths);
}

static void load_one(sqlite3 *db, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s.tsv", folder, name);
	golden_load(db, path);
}

static void occurrences_count_up(void **state)
{
	sqlite3 *db = database_open();

	(void)state;
	load_one(db, "chunked-5-one-segment");
	apply(db);
	assert_int_equal(ask(db, "SELECT count(*) FROM article WHERE step = '39'"), 5);
	assert_int_equal(ask(db, "SELECT count(*) FROM (SELECT seq, occurrence o, row_number() "
				 "OVER (PARTITION BY step ORDER BY seq, position) n FROM article) "
				 "WHERE o <> n"),
			 0);
	sqlite3_close(db);
}

static void applying_again_changes_nothing(void **state)
{
	sqlite3 *db = database_open();
	int64_t before;

	(void)state;
	load_one(db, "two-concurrent");
	apply(db);
	before = ask(db, "SELECT count(*) FROM article");
	apply(db);
	assert_int_equal(ask(db, "SELECT count(*) FROM article"), before);
	assert_int_equal(sqlite3_get_autocommit(db), 1);
	sqlite3_close(db);
}

static void kinds_are_known_by_symbol(void **state)
{
	char path[4096];
	sqlite3 *db = database_open();
	static const char renumber[] =
		"UPDATE events SET kind = kind + 1000 WHERE kind < 1000;"
		"UPDATE kinds SET kind = kind + 1000 WHERE kind < 1000;"
		/* packed functions: each of up to two levels moves as well */
		"UPDATE events SET a0 = a0 + 1000 + CASE WHEN a0 > 65535 THEN 65536000 ELSE 0 END "
		"WHERE kind IN (SELECT kind FROM kinds WHERE fields LIKE 'callback:fn%') "
		"AND a0 <> 0 AND a0 & 65535 < 1000 AND a0 >> 16 < 1000;"
		"UPDATE events SET a1 = a1 + 1000 WHERE kind IN "
		"(SELECT kind FROM kinds WHERE name = 'iostream.BaseIOStream._run_callback') "
		"AND a1 < 1000";

	(void)state;
	load_one(db, "chunked-2-article");
	assert_int_equal(sqlite3_exec(db, renumber, NULL, NULL, NULL), SQLITE_OK);
	apply(db);
	snprintf(path, sizeof(path), "%s/chunked-2-article.tsv", folder);
	compare(db, path);
	sqlite3_close(db);
}

static void other_traces_get_no_steps(void **state)
{
	sqlite3 *db = database_open();

	(void)state;
	load_one(db, "chunked-2-article");
	sqlite3_exec(db, "UPDATE run SET value = '5.0' WHERE key = 'generation'", NULL, NULL, NULL);
	apply(db);
	assert_int_equal(ask(db, "SELECT count(*) FROM article"), 0);
	sqlite3_close(db);

	db = database_open();
	load_one(db, "../loop-v3.1.1/loop-callback-order");
	apply(db);
	assert_int_equal(ask(db, "SELECT count(*) FROM article"), 0);
	sqlite3_close(db);
}

/* Whatever stands in the columns, the pass ends and gives no more than two steps a row. */
static void nonsense_is_survived(void **state)
{
	static const char *const damages[] = {
		"UPDATE events SET depth = (seq * 7919) % 11 - 3",
		"UPDATE events SET depth = 9223372036854775807 - seq",
		"UPDATE events SET kind = (seq * 31) % 130",
		"UPDATE events SET kind = -kind, phase = 77",
		"UPDATE events SET a0 = -1, a1 = 'text', a2 = x'00ff', a3 = 9e300",
		"UPDATE events SET detail = 'events=,,,fd#:,fd#99999999999999999999:READ,;'",
		"UPDATE events SET thread = seq",
		"DELETE FROM objects",
		"DELETE FROM kinds",
		"DELETE FROM ends",
		"UPDATE kinds SET fields = 'no such:thing :::'",
		"UPDATE kinds SET symbol = 'PollIOLoop_start'",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		sqlite3 *db = database_open();

		load_one(db, "redirect-301");
		assert_int_equal(sqlite3_exec(db, damages[i], NULL, NULL, NULL), SQLITE_OK);
		apply(db);
		assert_int_equal(ask(db, "SELECT count(*) FROM article WHERE position > 2"), 0);
		sqlite3_close(db);
	}
}

static bool is_one_of(const char *number, const char *const *list)
{
	while (*list && strcmp(*list, number) != 0)
		list++;
	return *list;
}

/*
 * Whether the trace takes each station of the walk but `unseen` once, in the
 * walk's order.  *missed is the first station where it does not.
 */
static bool walk_is_whole(sqlite3 *db, const struct walk *walk, const char *const *unseen,
			  const char **missed)
{
	bool whole = true;
	sqlite3_stmt *s;

	assert_int_equal(sqlite3_prepare_v2(db, "SELECT step FROM article ORDER BY seq, position",
					    -1, &s, NULL),
			 SQLITE_OK);
	for (unsigned i = 0; i < walk->station_count && whole; i++) {
		*missed = walk->stations[i].number;
		whole = is_one_of(*missed, unseen) ||
			(sqlite3_step(s) == SQLITE_ROW &&
			 strcmp((const char *)sqlite3_column_text(s, 0), *missed) == 0);
	}
	whole = whole && sqlite3_step(s) == SQLITE_DONE;
	sqlite3_finalize(s);
	return whole;
}

/* Failures, redirects and parallel fetches leave the walk; 39 sequences are the walk itself. */
static void the_walk_of_43_is_taken_in_order(void **state)
{
	static const char *const named[] = { "/cl-headers-then-body.", "/chunked-1-separate." };
	/* the recorded sequences do not have the events of these */
	static const char *const unseen[] = { "A3", "A6", "A49", NULL };
	const struct walk *walk = walk_find("client-4x");
	unsigned whole = 0;
	size_t count;
	char path[4096];
	char **paths;

	(void)state;
	snprintf(path, sizeof(path), "%s/../v4.3.0", folder);
	paths = golden_list(path, &count);
	for (size_t i = 0; i < count; i++) {
		sqlite3 *db = database_open();
		const char *missed;
		bool is_whole;

		golden_load(db, paths[i]);
		apply(db);
		is_whole = walk_is_whole(db, walk, unseen, &missed);
		for (size_t k = 0; k < sizeof(named) / sizeof(named[0]) && !is_whole; k++)
			if (strstr(paths[i], named[k]))
				fail_msg("%s: not in order at %s", paths[i], missed);
		whole += is_whole;
		sqlite3_close(db);
	}
	golden_list_free(paths);
	print_message("%u of %zu goldens of 4.3 are the whole walk\n", whole, count);
	assert_true(whole >= 39);
}

/* Every text of every walk is read, and names stations that its walk has. */
static void rules_give_steps_of_the_walk(void **state)
{
	(void)state;
	for (unsigned i = 0; walks[i]; i++) {
		struct rules *rules;
		char *error = NULL;

		if (rules_new(&rules, walks[i], &error) < 0)
			fail_msg("%s", error);
		rules_free(rules);
	}
}

static void bad_rules_are_refused(void **state)
{
	static const struct walk_station stations[] = { { "1", "m", "f", "e", "c" } };
	static const struct walk_rule bad[] = {
		{ "2", "loop.poll", "" },
		{ "", "loop.poll", "" },
		{ "1 1 1", "loop.poll", "" },
		{ "1", "loop.poll", "n" },
		{ "1", "loop.poll", "nth=0" },
		{ "1", "loop.poll", "nth=x" },
		{ "1", "loop.poll", "after=2" },
		{ "1", "loop.poll", "fd=@2.fd" },
		{ "1", "loop.poll", "first=future" },
		{ "1", "loop.poll", "calls=sock.recv" },
		{ "1", "loop.poll", "a=1; b=1; c=1; d=1; e=1; f=1; g=1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct walk walk = { .name = "bad",
					   .stations = stations,
					   .station_count = 1,
					   .rules = &bad[i],
					   .rule_count = 1 };
		struct rules *rules;
		char *error = NULL;

		assert_int_equal(rules_new(&rules, &walk, &error), -1);
		assert_non_null(strstr(error, "rule 1 of the walk bad"));
		free(error);
	}
}

static void a_run_has_the_walk_of_its_generation_and_role(void **state)
{
	(void)state;
	assert_string_equal(walk_of(NULL, NULL)->name, "client-3x");
	assert_string_equal(walk_of("3.1", "client")->name, "client-3x");
	assert_null(walk_of("3.1", "loop"));
	assert_null(walk_of("0.9", NULL));
	assert_ptr_equal(walk_find("article"), walk_find("client-3x"));
	assert_null(walk_find("poem"));
	assert_non_null(walk_station_find(walk_find("client-3x"), "17.2.3"));
	assert_null(walk_station_find(walk_find("client-3x"), "17.2.4"));
	assert_null(walk_station_find(NULL, "1"));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_golden_gets_its_steps),
		cmocka_unit_test(occurrences_count_up),
		cmocka_unit_test(applying_again_changes_nothing),
		cmocka_unit_test(kinds_are_known_by_symbol),
		cmocka_unit_test(other_traces_get_no_steps),
		cmocka_unit_test(nonsense_is_survived),
		cmocka_unit_test(the_walk_of_43_is_taken_in_order),
		cmocka_unit_test(rules_give_steps_of_the_walk),
		cmocka_unit_test(bad_rules_are_refused),
		cmocka_unit_test(a_run_has_the_walk_of_its_generation_and_role),
	};

	if (argc > 1)
		folder = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
