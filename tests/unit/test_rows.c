/*
 * test_rows.c - walking along a trace: levels, folds, turns, searches, over and
 * out.
 */
#include "tui/model/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/tui/fixture.h"
#include "trace/store/store.h"

static char path[] = "/tmp/loopscope-rows-XXXXXX";

static struct model *open_model(void)
{
	struct store *store;
	struct model *model = NULL;
	char *error = NULL;

	if (store_open(&store, path, &error) < 0 || model_new(&model, store, &error) < 0)
		fail_msg("%s", error);
	return model;
}

static int setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	return fixture_make(path, NULL);
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

/* Both ways along the same rows, in order, none twice. */
static void there_and_back(struct rows_seen seen, struct model *model)
{
	int64_t forth[1000], seq = 0;
	int count = 0;

	while ((seq = rows_seen_next(model->rows, seen, seq)) != 0 && count < 1000) {
		assert_true(count == 0 || seq > forth[count - 1]);
		forth[count++] = seq;
	}
	assert_true(count > 10 && count < 1000);
	seq = INT64_MAX;
	while ((seq = rows_seen_previous(model->rows, seen, seq)) != 0)
		assert_int_equal(seq, forth[--count]);
	assert_int_equal(count, 0);
}

static void each_level_is_the_same_both_ways(void **state)
{
	struct model *model = open_model();

	(void)state;
	for (enum level level = LEVEL_WALK; level < LEVEL_COUNT; level++) {
		there_and_back((struct rows_seen){ level, false }, model);
		there_and_back((struct rows_seen){ level, true }, model);
	}
	/* and with folds, some of them inside others */
	for (int64_t seq = 20; seq < 300; seq += 7)
		rows_fold(model->rows, seq, true);
	for (enum level level = LEVEL_WALK; level < LEVEL_COUNT; level++)
		there_and_back((struct rows_seen){ level, true }, model);
	model_free(model);
}

static void a_folded_span_hides_what_is_inside(void **state)
{
	struct model *model = open_model();
	struct rows_seen seen = { LEVEL_WALK, true };
	struct rows_place place;

	(void)state;
	assert_true(model_goto(model, "step:19"));
	place = model->place;
	assert_true(place.after > place.seq);
	rows_fold(model->rows, place.seq, true);
	assert_true(rows_seen_next(model->rows, seen, place.seq) > place.after);
	assert_int_equal(rows_seen_previous(model->rows, seen, place.after + 1), place.seq);
	/* going to a hidden row brings it to light */
	assert_true(model_goto(model, "step:23"));
	assert_false(rows_is_folded(model->rows, place.seq));
	model_free(model);
}

static void step_is(struct model *model, const char *step)
{
	assert_true(model->row.taken_count > 0);
	assert_string_equal(model->row.taken[0].step, step);
}

static void over_and_out_follow_the_calls(void **state)
{
	struct model *model = open_model();

	(void)state;
	model_goto(model, "step:19");
	assert_true(model_over(model));
	step_is(model, "24");
	assert_true(model_over_back(model));
	step_is(model, "19");
	model_goto(model, "step:23");
	assert_true(model_out(model));
	step_is(model, "24");
	model_goto(model, "end");
	model_step_to(model, rows_previous(model->rows, LEVEL_WALK, INT64_MAX));
	assert_false(model_over(model));
	model_free(model);
}

static void scheduled_leads_to_who_asked(void **state)
{
	struct model *model = open_model();

	(void)state;
	model_goto(model, "step:28");
	/* connect() asked for _on_connect */
	assert_true(model_scheduled(model));
	step_is(model, "20");
	assert_true(model_undo(model));
	step_is(model, "28");
	assert_true(model_redo(model));
	step_is(model, "20");
	model_goto(model, "step:0");
	assert_false(model_scheduled(model));
	assert_true(*model->message);
	model_free(model);
}

static void turns_go_both_ways(void **state)
{
	struct model *model = open_model();

	(void)state;
	for (int64_t turn = 1; turn <= 4; turn++) {
		assert_true(model_turn(model, 1));
		assert_int_equal(model->place.turn, turn);
	}
	for (int64_t turn = 3; turn >= 1; turn--) {
		assert_true(model_turn(model, -1));
		assert_int_equal(model->place.turn, turn);
	}
	model_free(model);
}

static bool search(struct model *model, const char *text, int direction)
{
	char *error = NULL;
	int64_t from = model->seq;

	if (pattern_parse(&model->wanted, model->store, text, &error) < 0) {
		free(error);
		return false;
	}
	model_search(model, direction);
	while (model_searching(model))
		model_search_on(model, 1);
	return model->seq != from;
}

static void searches_find_the_nearest(void **state)
{
	struct model *model = open_model();

	(void)state;
	assert_true(search(model, "kind:add_timeout", 1));
	assert_string_equal(model->row.symbol, "PollIOLoop_add_timeout");
	assert_true(search(model, "step:38", 1));
	step_is(model, "38");
	assert_true(search(model, "timeout#1", -1));
	assert_non_null(strstr(model->row.detail, "timeout#1"));
	assert_true(search(model, "RECVFROM", 1));
	assert_string_equal(model->row.event, "recvfrom");
	assert_false(search(model, "kind:no_such", 1));
	assert_false(search(model, "no such text", 1));
	assert_false(search(model, "no such text", -1));
	assert_false(search(model, "", 1));
	model_free(model);
}

static void names_of_objects_end_where_they_end(void **state)
{
	(void)state;
	assert_true(pattern_has_object("fd=fd#1; x=2", "fd#1"));
	assert_true(pattern_has_object("events=waker:READ,fd#1:WRITE", "fd#1"));
	assert_false(pattern_has_object("fd=fd#12", "fd#1"));
	assert_false(pattern_has_object("fd=xfd#1", "fd#1"));
	assert_false(pattern_has_object("", "fd#1"));
}

static void breakpoints_stop_at_the_first_of_them(void **state)
{
	struct model *model = open_model();

	(void)state;
	assert_false(model_continue(model, 1));
	assert_true(model_break(model, "step:42"));
	assert_true(model_break(model, "kind:add_timeout"));
	assert_false(model_break(model, "kind:no_such"));
	assert_true(model_continue(model, 1));
	assert_string_equal(model->row.symbol, "PollIOLoop_add_timeout");
	model_break_delete(model, 1);
	assert_true(model_continue(model, 1));
	step_is(model, "42");
	model_free(model);
}

/* Rows of the level of the walk that are no steps; as many as there is room for. */
static int unnumbered(struct model *model, int64_t *rows, int room)
{
	int64_t seq = 0;
	int count = 0;

	while ((seq = rows_next(model->rows, LEVEL_WALK, seq)) != 0 && count < room)
		if (rows_step(model->rows, seq - 1, 1) != seq)
			rows[count++] = seq;
	return count;
}

static void the_plain_walk_is_its_steps_and_the_end(void **state)
{
	struct model *model = open_model();
	int64_t rows[4];

	(void)state;
	assert_int_equal(unnumbered(model, rows, 4), 1);
	assert_int_equal(rows[0], rows_end(model->rows));
	for (enum level level = LEVEL_WALK; level < LEVEL_COUNT; level++)
		assert_int_equal(rows_previous(model->rows, level, INT64_MAX),
				 rows_end(model->rows));
	model_free(model);
}

/* Where steps are missing what the loop runs is shown all the same. */
static void a_run_that_leaves_the_walk_shows_what_is_decisive(void **state)
{
	/* callbacks, reads, the poll that timed out but not those that did not wait */
	static const int64_t expected[] = { 100, 115, 146, 149, 162, 180, 183, 195, 198, 262, 265 };
	struct model *model;
	int64_t rows[20];
	int count;

	(void)state;
	assert_int_equal(
		fixture_make(path,
			     "DELETE FROM article WHERE seq BETWEEN 100 AND 198;"
			     "UPDATE events SET detail = 'n=0; events=-', a0 = 0 WHERE seq = 162;"
			     "UPDATE events SET kind = (SELECT kind FROM kinds WHERE symbol = "
			     "'_HTTPConnection__handle_exception') WHERE seq = 265;"),
		0);
	model = open_model();
	count = unnumbered(model, rows, 20);
	assert_int_equal(rows[count - 1], rows_end(model->rows));
	assert_int_equal(count - 1, sizeof(expected) / sizeof(expected[0]));
	for (int i = 0; i + 1 < count; i++)
		assert_int_equal(rows[i], expected[i]);
	there_and_back((struct rows_seen){ LEVEL_WALK, false }, model);
	model_free(model);
	assert_int_equal(fixture_make(path, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_level_is_the_same_both_ways),
		cmocka_unit_test(a_folded_span_hides_what_is_inside),
		cmocka_unit_test(over_and_out_follow_the_calls),
		cmocka_unit_test(scheduled_leads_to_who_asked),
		cmocka_unit_test(turns_go_both_ways),
		cmocka_unit_test(searches_find_the_nearest),
		cmocka_unit_test(names_of_objects_end_where_they_end),
		cmocka_unit_test(breakpoints_stop_at_the_first_of_them),
		cmocka_unit_test(the_plain_walk_is_its_steps_and_the_end),
		cmocka_unit_test(a_run_that_leaves_the_walk_shows_what_is_decisive),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
