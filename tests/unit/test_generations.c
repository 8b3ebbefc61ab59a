/*
 * test_generations.c - the exchanges of two generations aligned: what the
 * original recorded of the same scenario in 3.1.1 and in 4.3.0.
 */
#include "trace/diff/generations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/kit/diff_kit.h"
#include "tests/unit/kit/golden_loader.h"
#include "trace/diff/diff.h"

static struct generations *align(const char *a, const char *b)
{
	struct store *in_a = kit_store(a), *in_b = kit_store(b);
	struct generations *generations;
	char *error = NULL;

	if (generations_new(&generations, in_a, in_b, false, &error) < 0)
		fail_msg("%s", error);
	kit_store_free(in_a);
	kit_store_free(in_b);
	return generations;
}

static struct generations *scenario(const char *name)
{
	char a[200], b[200];

	snprintf(a, sizeof(a), "tests/golden/v3.1.1/%s.tsv", name);
	snprintf(b, sizeof(b), "tests/golden/v4.3.0/%s.tsv", name);
	return align(a, b);
}

/* What holds of any alignment: steps rise on both sides, and each doing belongs to one of them. */
static void check(const struct generations *generations)
{
	for (unsigned side = 0; side < 2; side++) {
		const struct exchange *exchange = &generations->exchange[side];
		size_t count[EXCHANGE_ACT_COUNT] = { 0 }, from = 0;
		int64_t last = 0;

		for (size_t i = 0; i < generations->steps; i++) {
			const struct generations_step *step = &generations->step[i];

			assert_int_equal(step->doing[side], from);
			from = generations_doing_end(generations, i, side);
			for (unsigned act = 0; act < EXCHANGE_ACT_COUNT; act++)
				count[act] += step->count[side][act];
			if (!step->moment[side]) {
				assert_int_equal(i, generations->steps - 1);
				continue;
			}
			assert_true(step->moment[side]->first > last);
			last = step->moment[side]->last;
			assert_int_equal(step->moment[0]->what, step->moment[1]->what);
			assert_int_equal(step->moment[0]->bytes, step->moment[1]->bytes);
		}
		assert_int_equal(from, exchange->doings);
		assert_memory_equal(count, generations->total[side], sizeof(count));
	}
}

static void what_both_recorded_is_aligned(void **state)
{
	size_t count, aligned = 0;
	char **goldens = golden_list("tests/golden/v3.1.1", &count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		char other[200];
		struct generations *generations;

		snprintf(other, sizeof(other), "tests/golden/v4.3.0/%s",
			 strrchr(goldens[i], '/') + 1);
		if (access(other, R_OK) != 0)
			continue;
		generations = align(goldens[i], other);
		check(generations);
		aligned++;
		generations_free(generations);
	}
	assert_in_range(aligned, 60, count);
	golden_list_free(goldens);
}

static void assert_steps(const char *name, const char *const *expected)
{
	struct generations *generations = scenario(name);
	size_t i = 0;

	assert_true(generations->same);
	for (; expected[i]; i++) {
		char *text;

		assert_true(i < generations->steps);
		text = generations_step_text(generations, i, false);
		assert_string_equal(text, expected[i]);
		free(text);
	}
	assert_int_equal(i, generations->steps);
	generations_free(generations);
}

static void steps_are_those_of_the_wire(void **state)
{
	(void)state;
	assert_steps("cl-headers-then-body",
		     (const char *const[]){
			     "a socket is made", "it begins to connect",
			     "epoll_ctl ADD WRITE|ERROR", "the connection stands",
			     "epoll_ctl MOD READ|ERROR", "the request is out, 83 bytes",
			     "the head of the response, 38 bytes", "5 bytes of the body",
			     "epoll_ctl DEL", "the socket is closed", "the end of the run", NULL });
	/* the peer sent all at once: there is no step between head and body */
	assert_steps("cl-one-segment",
		     (const char *const[]){
			     "a socket is made", "it begins to connect",
			     "epoll_ctl ADD WRITE|ERROR", "the connection stands",
			     "epoll_ctl MOD READ|ERROR", "the request is out, 83 bytes",
			     "the head of the response, 64 bytes, 5 bytes of the body",
			     "epoll_ctl DEL", "the socket is closed", "the end of the run", NULL });
}

/* 3.1 knows one callback a step; 4.3 resumes coroutines, and waits a turn for each of their futures. */
static void each_generation_is_counted(void **state)
{
	struct generations *generations = scenario("cl-headers-then-body");
	char *sentence = generations_sentence(generations, false);

	(void)state;
	assert_string_equal(generations->name[0], "3.1");
	assert_string_equal(generations->name[1], "4.3");
	assert_int_equal(generations->total[0][EXCHANGE_TURN], 6);
	assert_int_equal(generations->total[1][EXCHANGE_TURN], 8);
	assert_int_equal(generations->total[0][EXCHANGE_RESUMED], 1);
	assert_int_equal(generations->total[1][EXCHANGE_RESUMED], 7);
	assert_int_equal(generations->sent[1], 83);
	assert_int_equal(generations->received[1], 43);
	assert_non_null(strstr(sentence, "The exchange is the same, 83 bytes out and 43 in: "));
	free(sentence);
	generations_free(generations);
}

/* How many receives brought a body is noise: 3.1 asks for 4096 bytes at a time, 4.3 for 65536. */
static void sizes_of_receives_are_noise(void **state)
{
	struct generations *generations = scenario("large-body-300k");

	(void)state;
	assert_true(generations->same);
	assert_int_equal(generations->received[0], 300043);
	assert_true(generations->total[0][EXCHANGE_CALL] >
		    2 * generations->total[1][EXCHANGE_CALL]);
	generations_free(generations);
}

/* 3.1 tries one address alone; 4.3 goes on to the one that answers. */
static void another_exchange_is_told(void **state)
{
	struct generations *generations = scenario("two-addresses-first-refused");
	char *sentence = generations_sentence(generations, false);

	(void)state;
	assert_false(generations->same);
	assert_non_null(strstr(sentence, "are not the same"));
	assert_true(generations->exchange[1].connections > generations->exchange[0].connections);
	free(sentence);
	generations_free(generations);
}

static void a_run_without_a_connection_ends(void **state)
{
	(void)state;
	assert_steps("resolve-fails", (const char *const[]){ "the end of the run", NULL });
}

static void words_are_chinese_too(void **state)
{
	struct generations *generations = scenario("cl-headers-then-body");
	char *text = generations_step_text(generations, 6, true);
	char *counts = generations_counts_text(generations, 0, 0, true);

	(void)state;
	assert_string_equal(text, "响应的头部，38 字节");
	assert_string_equal(counts, "1 轮、1 次回调、2 次系统调用");
	free(text);
	free(counts);
	generations_free(generations);
}

/* Rows aligned between the steps: each row once, in order, and steps are lines of both sides. */
static void rows_are_aligned_by_steps(void **state)
{
	struct store *a = kit_store("tests/golden/v3.1.1/redirect-301.tsv");
	struct store *b = kit_store("tests/golden/v4.3.0/redirect-301.tsv");
	const struct diff_options options = { .generations = true };
	const struct generations *generations;
	size_t rows[2] = { 0 }, step = 0;
	int64_t last[2] = { 0 };
	struct diff *diff;
	char *error = NULL;

	(void)state;
	if (diff_new(&diff, a, b, &options, &error) < 0)
		fail_msg("%s", error);
	generations = diff_generations(diff);
	for (size_t i = 0; i < diff_count(diff); i++) {
		struct diff_line line = diff_at(diff, i);

		for (unsigned side = 0; side < 2; side++) {
			if (!line.seq[side])
				continue;
			assert_true(line.seq[side] > last[side]);
			last[side] = line.seq[side];
			rows[side]++;
		}
		if (generations->step[step].moment[0] &&
		    line.seq[0] == generations->step[step].moment[0]->first)
			assert_int_equal(line.seq[1], generations->step[step++].moment[1]->first);
	}
	assert_int_equal(step, generations->steps - 1);
	assert_int_equal(rows[0], diff_summary(diff)->rows[0]);
	assert_int_equal(rows[1], diff_summary(diff)->rows[1]);
	diff_free(diff);
	kit_store_free(a);
	kit_store_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_both_recorded_is_aligned),
		cmocka_unit_test(steps_are_those_of_the_wire),
		cmocka_unit_test(each_generation_is_counted),
		cmocka_unit_test(sizes_of_receives_are_noise),
		cmocka_unit_test(another_exchange_is_told),
		cmocka_unit_test(a_run_without_a_connection_ends),
		cmocka_unit_test(words_are_chinese_too),
		cmocka_unit_test(rows_are_aligned_by_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
