/*
 * test_diff_mutations.c - one event injected, removed, swapped or changed at a
 * random place of a trace: diff names that place, each time.  Arguments: how
 * often (1000), the first number of the random sequence, a folder of goldens
 * instead of those of both generations.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/kit/diff_kit.h"
#include "tests/unit/kit/golden_loader.h"
#include "trace/diff/diff.h"

static unsigned times = 1000;
static uint64_t seed = 20240229;
static char *folders[] = { "tests/golden/v3.1.1", "tests/golden/v4.3.0" };

/* Rows that are not compared. */
#define COUNTS "k.symbol <> 'run_note'"

/* A row that counts, by the number of its place. */
static int64_t any_row(struct store *store, uint64_t *random, const char *condition)
{
	int64_t count = kit_ask(store,
				"SELECT count(*) FROM events e JOIN kinds k USING (kind) "
				"WHERE " COUNTS " AND (%s)",
				condition);

	if (count == 0)
		return 0;
	return kit_ask(store,
		       "SELECT seq FROM events e JOIN kinds k USING (kind) "
		       "WHERE " COUNTS " AND (%s) ORDER BY seq LIMIT 1 OFFSET %d",
		       condition, (int)kit_random(random, (uint32_t)count));
}

/* Each changes the trace and returns the row at which it did, or 0 if it could not. */

static int64_t removal(struct store *store, uint64_t *random)
{
	int64_t row = any_row(store, random, "1");

	/* what lay inside lies in the span around it then */
	kit_run(store,
		"UPDATE events SET parent = (SELECT parent FROM events WHERE seq = %lld) "
		"WHERE parent = %lld",
		row, row);
	kit_run(store, "DELETE FROM events WHERE seq = %lld", row);
	kit_run(store, "DELETE FROM ends WHERE seq = %lld", row);
	return row;
}

static int64_t injection(struct store *store, uint64_t *random)
{
	int64_t row = any_row(store, random, "1"), from = any_row(store, random, "1");

	/* one that is equal to what follows would be found behind that */
	if (kit_ask(store,
		    "SELECT x.kind = y.kind FROM events x, events y "
		    "WHERE x.seq = %lld AND y.seq = %lld",
		    row, from))
		return 0;
	kit_run(store,
		"INSERT INTO events (seq, time, thread, turn, depth, parent, kind, phase, "
		"detail) SELECT p.seq - 1, p.time, p.thread, p.turn, p.depth, p.parent, "
		"f.kind, 3, f.detail FROM events p, events f "
		"WHERE p.seq = %lld AND f.seq = %lld",
		row, from);
	return row;
}

/* Two rows next to each other in the same span, with nothing inside. */
static int64_t swapping(struct store *store, uint64_t *random)
{
	int64_t row = any_row(store, random,
			      "NOT EXISTS (SELECT 1 FROM events c WHERE c.parent = e.seq) AND "
			      "EXISTS (SELECT 1 FROM events n JOIN kinds nk USING (kind) WHERE "
			      "n.seq = e.seq + 2 AND n.parent IS e.parent AND n.kind <> e.kind AND "
			      "NOT EXISTS "
			      "(SELECT 1 FROM events c WHERE c.parent = n.seq))");

	if (!row)
		return 0;
	kit_run(store, "UPDATE events SET seq = -seq WHERE seq IN (%lld, %lld)", row, row + 2);
	kit_run(store,
		"UPDATE events SET seq = CASE seq WHEN %lld THEN %lld ELSE %lld END "
		"WHERE seq < 0",
		-row, row + 2, row);
	kit_run(store, "UPDATE ends SET seq = -seq WHERE seq IN (%lld, %lld)", row, row + 2);
	kit_run(store,
		"UPDATE ends SET seq = CASE seq WHEN %lld THEN %lld ELSE %lld END "
		"WHERE seq < 0",
		-row, row + 2, row);
	return row;
}

static const struct {
	const char *condition, *set;
} changes[] = {
	{ "e.detail LIKE '%events=READ%'", "detail = replace(detail, 'READ', 'WRITE')" },
	{ "e.detail LIKE '%events=WRITE%'", "detail = replace(detail, 'WRITE', 'READ')" },
	{ "e.detail LIKE '%callback=%'", "detail = replace(detail, 'callback=', 'callback=x')" },
	{ "e.detail LIKE '%bytes=%' AND k.layer <> 'socket'",
	  "detail = replace(detail, 'bytes=', 'bytes=7')" },
	{ "e.detail LIKE '%code=%'", "detail = replace(detail, 'code=', 'code=9')" },
	{ "e.detail LIKE '%gen=%'", "detail = replace(detail, 'gen=', 'gen=x')" },
	{ "k.symbol = 'sock_recv' AND e.detail LIKE '%result=EAGAIN%'",
	  "detail = replace(detail, 'EAGAIN', 'ECONNRESET')" },
	{ "k.symbol = 'sock_recv' AND e.detail LIKE '%fd=fd#1;%'",
	  "detail = replace(detail, 'fd=fd#1;', 'fd=fd#7;')" },
	{ "1", "kind = CASE kind WHEN 46 THEN 47 ELSE 46 END" },
	/* another object than the one that the rows before spoke of */
	{ "e.detail LIKE '%fd=fd#1%' AND k.symbol <> 'sock_socket' AND EXISTS (SELECT 1 FROM "
	  "events b WHERE b.seq < e.seq AND b.detail LIKE '%fd=fd#1%')",
	  "detail = replace(detail, 'fd=fd#1', 'fd=fd#7')" },
	{ "e.detail || ';' LIKE '%future=future#1;%' AND EXISTS (SELECT 1 FROM events b "
	  "WHERE b.seq < e.seq AND b.detail || ';' LIKE '%future#1;%')",
	  "detail = rtrim(replace(detail || ';', 'future#1;', 'future#77;'), ';')" },
};

static int64_t changing(struct store *store, uint64_t *random)
{
	unsigned n = kit_random(random, sizeof(changes) / sizeof(changes[0]));
	int64_t row = any_row(store, random, changes[n].condition);

	if (row)
		kit_run(store, "UPDATE events SET %s WHERE seq = %lld", changes[n].set, row);
	return row;
}

/* What a span returned. */
static int64_t turning(struct store *store, uint64_t *random)
{
	int64_t row = any_row(store, random,
			      "EXISTS (SELECT 1 FROM ends n WHERE n.seq = e.seq AND "
			      "n.ret IN ('True', 'False'))");

	if (row)
		kit_run(store,
			"UPDATE ends SET ret = CASE ret WHEN 'True' THEN 'False' ELSE "
			"'True' END WHERE seq = %lld",
			row);
	return row;
}

/* An exception that leaves a span. */
static int64_t raising(struct store *store, uint64_t *random)
{
	int64_t row = any_row(store, random,
			      "EXISTS (SELECT 1 FROM ends n WHERE n.seq = e.seq AND n.raised = 0)");

	if (row)
		kit_run(store, "UPDATE ends SET raised = 1 WHERE seq = %lld", row);
	return row;
}

static const struct {
	const char *name;
	int64_t (*apply)(struct store *store, uint64_t *random);
} mutations[] = {
	{ "removed", removal },  { "injected", injection }, { "swapped", swapping },
	{ "changed", changing }, { "returned", turning },   { "raised", raising },
};

/* The place named lies at most one event from the one that was touched. */
static bool is_near(const struct diff *diff, int64_t row)
{
	const struct diff_summary *summary = diff_summary(diff);
	size_t meant = diff_index(diff, DIFF_A, row);
	size_t named = summary->next[DIFF_A] ? diff_index(diff, DIFF_A, summary->next[DIFF_A])
					     : summary->rows[DIFF_A];

	return !summary->same && named + 1 >= meant && named <= meant + 1;
}

static void mutate(struct store *a, struct store *b, const char *path, unsigned n, uint64_t *random,
		   unsigned *done, unsigned *exact)
{
	unsigned which = kit_random(random, sizeof(mutations) / sizeof(mutations[0]));
	struct diff *diff;
	int64_t row;

	kit_run(b, "SAVEPOINT before");
	row = mutations[which].apply(b, random);
	if (row) {
		diff = kit_diff(a, b, NULL, NULL);
		if (!is_near(diff, row))
			fail_msg("%s, number %u: one was %s at row %lld, named was %lld", path, n,
				 mutations[which].name, (long long)row,
				 (long long)diff_summary(diff)->next[DIFF_A]);
		*exact += diff_summary(diff)->next[DIFF_A] == row;
		++*done;
		diff_free(diff);
	}
	kit_run(b, "ROLLBACK TO before; RELEASE before");
}

static void each_place_is_named(void **state)
{
	size_t count;
	char **goldens = golden_list(*state, &count);
	unsigned done = 0, exact = 0, tried = 0;
	uint64_t random = seed;

	assert_true(count > 50);
	for (size_t i = 0; i < count; i++) {
		struct store *a = kit_store(goldens[i]), *b = kit_store(goldens[i]);
		unsigned share = (unsigned)(((i + 1) * times + count - 1) / count);

		while (done < share && tried < 20 * times + 1000)
			mutate(a, b, goldens[i], tried++, &random, &done, &exact);
		kit_store_free(a);
		kit_store_free(b);
	}
	golden_list_free(goldens);
	printf("#: %u changes to %zu traces, the place was named within one event each time, "
	       "exactly %u times\n",
	       done, count, exact);
	assert_true(done >= times);
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(each_place_is_named, folders[0]),
		cmocka_unit_test_prestate(each_place_is_named, folders[1]),
	};

	if (argc > 1)
		times = (unsigned)strtoul(argv[1], NULL, 10);
	if (argc > 2)
		seed = strtoull(argv[2], NULL, 10);
	if (argc <= 3)
		return cmocka_run_group_tests(tests, NULL, NULL);
	tests[0].initial_state = argv[3];
	return _cmocka_run_group_tests("a folder", tests, 1, NULL, NULL);
}
