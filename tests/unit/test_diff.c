/*
 * test_diff.c - the parts of diff: what counts in a key, what an alignment may
 * be, and that it ends in bounded time whatever it is given.
 */
#include "trace/diff/diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/unit/kit/diff_kit.h"
#include "tests/unit/kit/golden_loader.h"
#include "trace/diff/explain.h"
#include "trace/diff/internal.h"

#define GOLDEN(name) "tests/golden/v3.1.1/" name ".tsv"

/* ---- keys: two copies of a trace, something changed in the second */

struct pair {
	struct store *a, *b;
};

static struct pair two_of(const char *golden)
{
	return (struct pair){ kit_store(golden), kit_store(golden) };
}

static void pair_free(struct pair pair)
{
	kit_store_free(pair.a);
	kit_store_free(pair.b);
}

static size_t differing(struct pair pair, const char *strict, const char *ignore)
{
	struct diff *diff = kit_diff(pair.a, pair.b, strict, ignore);
	const struct diff_summary *summary = diff_summary(diff);
	size_t count = diff_count(diff) - summary->lines[DIFF_SAME];

	assert_int_equal(summary->same, count == 0);
	diff_free(diff);
	return count;
}

static void a_trace_is_the_same_as_itself(void **state)
{
	size_t count;
	char **goldens = golden_list("tests/golden/v3.1.1", &count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		struct pair pair = two_of(goldens[i]);

		assert_int_equal(differing(pair, "all", NULL), 0);
		pair_free(pair);
	}
	golden_list_free(goldens);
}

/* Noise: nothing by default, a difference when asked for. */
static void noise_counts_only_when_asked_for(void **state)
{
	static const struct {
		const char *strict, *sql;
	} noises[] = {
		{ "times", "UPDATE events SET time = time + seq * 77" },
		{ "turns", "UPDATE events SET turn = turn + 3 WHERE turn > 0" },
		{ "threads", "UPDATE events SET thread = thread + 1" },
		{ "ports", "UPDATE events SET detail = replace(detail, '" GOLDEN_PORT "', '80')" },
		{ "addresses", "UPDATE events SET detail = replace(detail, 'addr=127.0.0.1', "
			       "'addr=127.9.9.9')" },
		{ "descriptors", "UPDATE objects SET runtime = runtime + 3 WHERE class = 'fd'" },
		{ "receives", "UPDATE events SET detail = replace(detail, 'result=69', "
			      "'result=9')" },
		{ "receives", "UPDATE ends SET ret = '9' WHERE ret = '69'" },
		{ "sends", "UPDATE events SET detail = replace(detail, 'result=83', 'result=80')" },
		{ "times", "UPDATE events SET detail = replace(detail, '20s', '19.98s')" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(noises) / sizeof(noises[0]); i++) {
		struct pair pair = two_of(GOLDEN("cl-one-segment"));

		kit_run(pair.b, "%s", noises[i].sql);
		if (differing(pair, NULL, NULL) != 0)
			fail_msg("%s counts by default", noises[i].strict);
		if (differing(pair, noises[i].strict, NULL) == 0)
			fail_msg("%s does not count when asked for: %s", noises[i].strict,
				 noises[i].sql);
		pair_free(pair);
	}
}

static void set_payload(struct store *store, const char *text)
{
	kit_run(store,
		"INSERT OR REPLACE INTO payloads SELECT seq, 'data', length(%Q), %Q FROM "
		"events JOIN kinds USING (kind) WHERE symbol = 'sock_send'",
		text, text);
}

/* Contents count, but for ports and times; where a trace does not keep them nothing is known. */
static void what_was_sent_counts(void **state)
{
	static const struct {
		const char *a, *b;
		size_t differing;
	} sent[] = {
		{ "GET / HTTP/1.1\r\nX: 1\r\n\r\n", "GET / HTTP/1.1\r\nX: 2\r\n\r\n", 1 },
		{ "GET / HTTP/1.1\r\n\r\nbody", "GET / HTTP/1.1\r\n\r\nbodz", 1 },
		{ "Host: a.b:80\r\n", "Host: a.b:81\r\n", 0 },
		{ "Host: a.b:80\r\n", "Host: a.c:80\r\n", 1 },
		{ "Referer: http://u:p@x-y:1/a\r\n", "Referer: http://u:p@x-y:2/a\r\n", 0 },
		{ "Host: [::1]:80\r\n", "Host: [::1]:81\r\n", 0 },
		{ "X: 10.0.0.1:80, a:100\r\n", "X: 10.0.0.1:81, a:100\r\n", 0 },
		{ "X: 10.0.0.1:80, a:100\r\n", "X: 10.0.0.1:80, a:200\r\n", 1 },
		{ "X: 1.0.0.0.1:80\r\n", "X: 1.0.0.0.1:81\r\n", 1 },
		{ "a\r\nDate: now\r\n\r\n", "a\r\nDate: later\r\n\r\n", 0 },
		{ "a\r\nData: now\r\n\r\n", "a\r\nData: new\r\n\r\n", 1 },
		{ "12:34:56", "12:34:57", 1 },
	};
	struct pair pair = two_of(GOLDEN("cl-one-segment"));

	(void)state;
	for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
		set_payload(pair.a, sent[i].a);
		set_payload(pair.b, sent[i].b);
		if (differing(pair, NULL, NULL) != sent[i].differing)
			fail_msg("%s and %s", sent[i].a, sent[i].b);
		assert_int_equal(differing(pair, NULL, "arg:data"), 0);
		if (strcmp(sent[i].a, sent[i].b) != 0)
			assert_int_equal(differing(pair, "ports,times", NULL) != 0, true);
	}
	/* of what was cut at different places nothing is known */
	kit_run(pair.a, "UPDATE payloads SET bytes = substr(bytes, 1, 4)");
	assert_int_equal(differing(pair, NULL, NULL), 0);
	kit_run(pair.a, "DELETE FROM payloads");
	assert_int_equal(differing(pair, NULL, NULL), 0);
	pair_free(pair);
}

/* Where the kernel divides what is sent is noise. */
static void sends_that_go_on_are_not_compared(void **state)
{
	struct pair pair = two_of(GOLDEN("post-64k"));

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct store *store = i ? pair.b : pair.a;

		set_payload(store, "the same");
		/* a second send of the same write */
		kit_run(store,
			"UPDATE events SET a1 = 64000, a2 = %d WHERE kind = (SELECT kind FROM "
			"kinds WHERE symbol = 'sock_send')",
			1000 + (int)i);
		kit_run(store,
			"INSERT INTO events (seq, time, thread, turn, depth, parent, kind, phase, "
			"a0, a1, a2, detail) SELECT seq + 1, time, thread, turn, depth, parent, "
			"kind, 3, a0, a1 - a2, a1 - a2, detail FROM events WHERE kind = (SELECT kind "
			"FROM kinds WHERE symbol = 'sock_send') ORDER BY seq LIMIT 1");
		kit_run(store,
			"INSERT OR IGNORE INTO payloads SELECT seq, 'data', 4, 'x%d' FROM events "
			"JOIN kinds USING (kind) WHERE symbol = 'sock_send'",
			(int)i);
	}
	assert_int_equal(differing(pair, NULL, NULL), 0);
	pair_free(pair);
}

static void an_order_of_ready_descriptors_is_noise(void **state)
{
	struct pair pair = two_of(GOLDEN("two-concurrent"));

	(void)state;
	kit_run(pair.b, "UPDATE events SET detail = replace(detail, 'waker:READ,fd#1:WRITE,"
			"fd#2:WRITE', 'fd#2:WRITE,waker:READ,fd#1:WRITE')");
	assert_int_equal(differing(pair, NULL, NULL), 0);
	/* but which they are is not */
	kit_run(pair.b, "UPDATE events SET detail = replace(detail, 'fd#2:WRITE,waker:READ,"
			"fd#1:WRITE', 'fd#7:WRITE,waker:READ,fd#1:WRITE')");
	assert_int_equal(differing(pair, NULL, NULL), 1);
	kit_run(pair.b, "UPDATE events SET detail = replace(detail, 'fd#7:WRITE,waker:READ,"
			"fd#1:WRITE', 'fd#2:READ,waker:READ,fd#1:WRITE')");
	kit_run(pair.a, "UPDATE events SET detail = replace(detail, 'waker:READ,fd#1:WRITE,"
			"fd#2:WRITE', 'waker:READ,fd#1:READ,fd#2:WRITE')");
	assert_int_equal(differing(pair, NULL, NULL), 1);
	pair_free(pair);
}

#define TIMEOUTS "kind = (SELECT kind FROM kinds WHERE symbol = 'PollIOLoop_add_timeout')"

/* What is left of a timeout depends on what has passed; how long it is does not. */
static void timeouts_differ_by_their_length_alone(void **state)
{
	struct pair pair = two_of(GOLDEN("cl-one-segment"));
	struct diff *diff;

	(void)state;
	/* the resolver takes a second and a half */
	kit_run(pair.b,
		"UPDATE events SET time = time + 1500000000 WHERE seq > (SELECT seq FROM "
		"events JOIN kinds USING (kind) WHERE symbol = '_HTTPConnection___init__')");
	kit_run(pair.b, "UPDATE events SET a1 = a1 - 1500000000, "
			"detail = replace(detail, '20s', '18.5s') WHERE " TIMEOUTS);
	assert_int_equal(differing(pair, NULL, NULL), 0);
	/* 20 s less what has passed is more than 17.9 s */
	kit_run(pair.b, "UPDATE events SET a1 = a1 - 600000000, "
			"detail = replace(detail, '18.5s', '17.9s') WHERE " TIMEOUTS);
	assert_int_equal(differing(pair, NULL, NULL), 2);
	assert_int_equal(differing(pair, NULL, "arg:after"), 0);
	diff = kit_diff(pair.a, pair.b, NULL, NULL);
	assert_int_equal(diff_summary(diff)->next[DIFF_B],
			 kit_ask(pair.b, "SELECT min(seq) FROM events WHERE " TIMEOUTS));
	diff_free(diff);
	/* nor is a timeout that anybody else asks for compared: who knows since when */
	kit_run(pair.b, "UPDATE events SET detail = replace(detail, '_HTTPConnection', 'x')");
	kit_run(pair.a, "UPDATE events SET detail = replace(detail, '_HTTPConnection', 'x')");
	assert_int_equal(differing(pair, NULL, NULL), 0);
	pair_free(pair);
}

static void what_is_ignored_does_not_count(void **state)
{
	struct pair pair = two_of(GOLDEN("cl-one-segment"));

	(void)state;
	kit_run(pair.b, "UPDATE events SET detail = replace(detail, 'code=200', 'code=201') "
			"WHERE kind = (SELECT kind FROM kinds WHERE name = 'user.response')");
	assert_int_equal(differing(pair, NULL, NULL), 1);
	assert_int_equal(differing(pair, NULL, "user.response"), 0);
	assert_int_equal(differing(pair, NULL, "gen.*,user.*"), 0);
	assert_int_equal(differing(pair, NULL, "arg:code"), 0);
	assert_int_equal(differing(pair, NULL, "program"), 0);
	assert_int_equal(differing(pair, NULL, "arg:bytes,user.other"), 1);
	pair_free(pair);
}

/* The same objects in another order of numbers are the same run. */
static void objects_are_known_by_their_role(void **state)
{
	struct pair pair = two_of(GOLDEN("two-concurrent"));
	struct diff *diff;

	(void)state;
	kit_run(pair.b, "UPDATE events SET detail = replace(replace(replace(detail, "
			"'timeout#1', 'timeout#x'), 'timeout#2', 'timeout#1'), "
			"'timeout#x', 'timeout#2')");
	assert_int_equal(differing(pair, NULL, NULL), 0);
	/* but one row that speaks of the other one is not */
	kit_run(pair.b, "UPDATE events SET detail = replace(detail, 'timeout#1', 'timeout#2') "
			"WHERE kind = (SELECT kind FROM kinds WHERE symbol = "
			"'PollIOLoop_remove_timeout') AND detail LIKE '%%timeout#1%%'");
	diff = kit_diff(pair.a, pair.b, NULL, NULL);
	assert_false(diff_summary(diff)->same);
	assert_int_equal(kit_ask(pair.a, "SELECT kind FROM events WHERE seq = %lld",
				 diff_summary(diff)->next[DIFF_A]),
			 kit_ask(pair.a, "SELECT kind FROM kinds WHERE symbol = "
					 "'PollIOLoop_remove_timeout'"));
	diff_free(diff);
	pair_free(pair);
}

static void a_gap_leaves_the_answer_open(void **state)
{
	struct pair pair = two_of(GOLDEN("cl-one-segment"));
	struct diff *diff;

	(void)state;
	kit_run(pair.b, "INSERT INTO gaps (after, source, lost, reason) "
			"VALUES (40, 'program', 7, 'full'), (90, 'kernel', 1, 'drop')");
	diff = kit_diff(pair.a, pair.b, NULL, NULL);
	assert_true(diff_summary(diff)->same);
	assert_int_equal(diff_summary(diff)->gaps[DIFF_A], 0);
	assert_int_equal(diff_summary(diff)->gaps[DIFF_B], 1);
	assert_int_equal(diff_summary(diff)->gap[DIFF_B].lost, 7);
	diff_free(diff);
	/* behind the first difference it changes nothing */
	kit_run(pair.b, "DELETE FROM events WHERE seq = 20");
	diff = kit_diff(pair.a, pair.b, NULL, NULL);
	assert_false(diff_summary(diff)->same);
	assert_int_equal(diff_summary(diff)->gaps[DIFF_B], 0);
	diff_free(diff);
	pair_free(pair);
}

static void a_word_that_means_nothing_is_refused(void **state)
{
	unsigned strict = 0;
	char *error = NULL;

	(void)state;
	assert_int_equal(diff_strict_parse("turns,pids", &strict, &error), 0);
	assert_int_equal(strict, 1u << DIFF_TURNS | 1u << DIFF_THREADS);
	assert_int_equal(diff_strict_parse("turn", &strict, &error), -1);
	assert_non_null(strstr(error, "'turn'"));
	free(error);
}

/* ---- the alignment: every row in it once, in order, and what is matched is alike */

static void alignment_check(const struct diff *diff)
{
	size_t seen[2] = { 0 }, lines[DIFF_IS_COUNT] = { 0 }, places = 0;

	for (size_t i = 0; i < diff_count(diff); i++) {
		struct diff_line line = diff_at(diff, i);

		assert_int_equal(line.seq[DIFF_A] == 0, line.is == DIFF_ONLY_B);
		assert_int_equal(line.seq[DIFF_B] == 0, line.is == DIFF_ONLY_A);
		for (unsigned side = 0; side < 2; side++)
			if (line.seq[side])
				assert_int_equal(line.seq[side],
						 diff_row(diff, side, seen[side]++));
		lines[line.is]++;
	}
	for (unsigned side = 0; side < 2; side++)
		assert_int_equal(seen[side], diff_summary(diff)->rows[side]);
	assert_memory_equal(lines, diff_summary(diff)->lines, sizeof(lines));
	for (size_t i = diff_count(diff); (i = diff_previous_place(diff, i)) < diff_count(diff);)
		places++;
	assert_int_equal(places, diff_summary(diff)->places);
}

static void every_row_is_aligned_once(void **state)
{
	size_t count;
	char **goldens = golden_list("tests/golden/v3.1.1", &count);

	(void)state;
	for (size_t i = 0; i + 1 < count; i++) {
		struct store *a = kit_store(goldens[i]), *b = kit_store(goldens[i + 1]);
		struct diff *there = kit_diff(a, b, NULL, NULL), *back = kit_diff(b, a, NULL, NULL);

		alignment_check(there);
		alignment_check(back);
		assert_int_equal(diff_summary(there)->next[DIFF_A],
				 diff_summary(back)->next[DIFF_B]);
		assert_int_equal(diff_summary(there)->lines[DIFF_SAME],
				 diff_summary(back)->lines[DIFF_SAME]);
		assert_int_equal(diff_summary(there)->lines[DIFF_CHANGED],
				 diff_summary(back)->lines[DIFF_CHANGED]);
		diff_free(there);
		diff_free(back);
		kit_store_free(a);
		kit_store_free(b);
	}
	golden_list_free(goldens);
}

/* A span that one side lacks does not hide that its contents are there. */
static void contents_of_a_missing_span_are_found(void **state)
{
	struct pair pair = two_of(GOLDEN("cl-one-segment"));
	int64_t row = kit_ask(pair.b, "SELECT seq FROM events WHERE kind = (SELECT kind FROM kinds "
				      "WHERE symbol = '_HTTPConnection__on_body')");
	struct diff *diff;

	(void)state;
	kit_run(pair.b,
		"UPDATE events SET parent = (SELECT parent FROM events WHERE seq = %lld) "
		"WHERE parent = %lld",
		row, row);
	kit_run(pair.b, "DELETE FROM events WHERE seq = %lld", row);
	diff = kit_diff(pair.a, pair.b, NULL, NULL);
	assert_int_equal(diff_summary(diff)->lines[DIFF_ONLY_A], 1);
	assert_int_equal(diff_summary(diff)->lines[DIFF_ONLY_B], 0);
	assert_int_equal(diff_summary(diff)->lines[DIFF_CHANGED], 0);
	diff_free(diff);
	pair_free(pair);
}

static void a_reason_is_given(void **state)
{
	struct store *a = kit_store(GOLDEN("chunked-1-one-segment"));
	struct store *b = kit_store(GOLDEN("chunked-1-separate"));
	struct diff *diff = kit_diff(a, b, NULL, NULL);
	struct diff_story *story;
	char *error = NULL;

	(void)state;
	if (diff_explain(&story, diff, &error) < 0)
		fail_msg("%s", error);
	assert_string_equal(story->rule, "inline");
	assert_non_null(strstr(story->reason, "one segment in A"));
	assert_non_null(strstr(story->next[DIFF_A].detail, "ret=True"));
	assert_non_null(strstr(story->next[DIFF_B].detail, "ret=False"));
	diff_story_free(story);
	diff_free(diff);
	kit_store_free(a);
	kit_store_free(b);
}

/* ---- sequences alone */

/* Checks that a match is a common subsequence; returns its length. */
static uint32_t match_check(const uint64_t *a, uint32_t n, const uint64_t *b, uint32_t m,
			    const uint32_t *match)
{
	uint32_t length = 0, last = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (match[i] == DIFF_NONE)
			continue;
		assert_true(match[i] < m);
		assert_true(length == 0 || match[i] > last);
		assert_true(a[i] == b[match[i]]);
		last = match[i];
		length++;
	}
	return length;
}

static uint32_t *sequence_match(const uint64_t *a, uint32_t n, const uint64_t *b, uint32_t m)
{
	uint32_t *match = malloc((n + 1) * sizeof(*match));

	assert_non_null(match);
	memset(match, 0xff, (n + 1) * sizeof(*match));
	assert_int_equal(diff_sequence(a, n, b, m, match), 0);
	return match;
}

/* The length of the longest common subsequence, by the table that everybody knows. */
static uint32_t longest(const uint64_t *a, uint32_t n, const uint64_t *b, uint32_t m)
{
	uint32_t row[65] = { 0 };

	for (uint32_t i = 0; i < n; i++) {
		uint32_t diagonal = 0;

		for (uint32_t j = 1; j <= m; j++) {
			uint32_t above = row[j];

			if (a[i] == b[j - 1])
				row[j] = diagonal + 1;
			else if (row[j - 1] > row[j])
				row[j] = row[j - 1];
			diagonal = above;
		}
	}
	return row[m];
}

static void short_sequences_are_matched_at_best(void **state)
{
	uint64_t random = 7;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint64_t a[64], b[64];
		uint32_t n = kit_random(&random, 64), m = kit_random(&random, 64);
		uint32_t letters = 1 + kit_random(&random, 8), *match;

		for (uint32_t k = 0; k < n; k++)
			a[k] = kit_random(&random, letters);
		for (uint32_t k = 0; k < m; k++)
			b[k] = kit_random(&random, letters);
		match = sequence_match(a, n, b, m);
		assert_int_equal(match_check(a, n, b, m, match), longest(a, n, b, m));
		free(match);
	}
}

static double processor_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

#define LONG 400000u

/* Sequences in which a search by the number of differences would take hours. */
static void long_sequences_end(void **state)
{
	static const uint32_t letters[] = { 1, 2, 30, 5000, UINT32_MAX };
	uint64_t *a = malloc(LONG * sizeof(*a)), *b = malloc(LONG * sizeof(*b)), random = 5;

	(void)state;
	assert_true(a && b);
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		double began = processor_seconds(), took;
		uint32_t *match;

		for (uint32_t k = 0; k < LONG; k++) {
			a[k] = kit_random(&random, letters[i]);
			b[k] = kit_random(&random, letters[i]);
		}
		match = sequence_match(a, LONG, b, LONG);
		match_check(a, LONG, b, LONG, match);
		took = processor_seconds() - began;
		/* a fraction of a second; sanitizers and valgrind make it many */
		if (took > 60)
			fail_msg("%u letters: %.1f s", letters[i], took);
		free(match);
	}
	free(a);
	free(b);
}

/* One in a hundred differs: nearly all others are matched. */
static void few_differences_are_found(void **state)
{
	uint64_t *a = malloc(LONG * sizeof(*a)), *b = malloc(2 * LONG * sizeof(*b)), random = 3;
	uint32_t m = 0, kept = 0, length, *match;

	(void)state;
	assert_true(a && b);
	for (uint32_t k = 0; k < LONG; k++) {
		a[k] = k % 37;
		if (kit_random(&random, 300) == 0)
			continue;
		if (kit_random(&random, 300) == 0)
			b[m++] = 1000 + k;
		b[m++] = a[k];
		kept++;
	}
	match = sequence_match(a, LONG, b, m);
	length = match_check(a, LONG, b, m, match);
	assert_in_range(length, kept - kept / 100, LONG);
	free(match);
	free(a);
	free(b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trace_is_the_same_as_itself),
		cmocka_unit_test(noise_counts_only_when_asked_for),
		cmocka_unit_test(what_was_sent_counts),
		cmocka_unit_test(sends_that_go_on_are_not_compared),
		cmocka_unit_test(an_order_of_ready_descriptors_is_noise),
		cmocka_unit_test(timeouts_differ_by_their_length_alone),
		cmocka_unit_test(what_is_ignored_does_not_count),
		cmocka_unit_test(objects_are_known_by_their_role),
		cmocka_unit_test(a_gap_leaves_the_answer_open),
		cmocka_unit_test(a_word_that_means_nothing_is_refused),
		cmocka_unit_test(every_row_is_aligned_once),
		cmocka_unit_test(contents_of_a_missing_span_are_found),
		cmocka_unit_test(a_reason_is_given),
		cmocka_unit_test(short_sequences_are_matched_at_best),
		cmocka_unit_test(long_sequences_end),
		cmocka_unit_test(few_differences_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
