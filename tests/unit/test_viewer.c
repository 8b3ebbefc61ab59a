/*
 * test_viewer.c - the viewer without a terminal: every request, and keys at
 * random on screens of any size.
 */
#include "tui/viewer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/tui/fixture.h"
#include "trace/store/store.h"
#include "tui/model/model.h"
#include "tui/viewer_internal.h"

#define KEYS 4000

static char path[] = "/tmp/loopscope-viewer-XXXXXX";

static struct viewer *open_viewer(void)
{
	struct store *store;
	struct model *model = NULL;
	struct viewer *viewer = NULL;
	char *error = NULL;

	if (store_open(&store, path, &error) < 0 || model_new(&model, store, &error) < 0 ||
	    viewer_new(&viewer, model, &error) < 0)
		fail_msg("%s", error);
	return viewer;
}

static void draw(struct viewer *viewer, int rows, int columns)
{
	struct cells *cells;

	assert_int_equal(cells_new(&cells, rows, columns, false, true), 0);
	viewer_draw(viewer, cells);
	cells_free(cells);
}

static void each_request_is_done_by_somebody(void **state)
{
	(void)state;
	for (enum request r = REQUEST_NONE; r < REQUEST_COUNT; r++) {
		struct viewer *viewer = open_viewer();

		draw(viewer, 24, 80);
		viewer__request(viewer, r);
		draw(viewer, 24, 80);
		viewer_free(viewer);
	}
}

static uint32_t next_random(void)
{
	static uint64_t state = 20130701;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33);
}

/* Mostly keys that do something, sometimes any character. */
static uint32_t any_key(const struct keymap *keymap)
{
	uint32_t key;

	if (next_random() % 8 == 0)
		return next_random() % 0x3000;
	key = keymap->keys[next_random() % keymap->count].key;
	return key;
}

static void any_keys_are_taken(void **state)
{
	static const int sizes[][2] = { { 24, 80 }, { 50, 200 }, { 15, 60 }, { 40, 120 },
					{ 1, 1 },   { 3, 300 },  { 200, 61 } };
	struct viewer *viewer = open_viewer();

	(void)state;
	for (int i = 0; i < KEYS; i++) {
		const int *size = sizes[next_random() % (sizeof(sizes) / sizeof(sizes[0]))];

		if (!viewer_is_open(viewer)) {
			viewer_free(viewer);
			viewer = open_viewer();
		}
		draw(viewer, size[0], size[1]);
		if (next_random() % 16 == 0) {
			struct mouse mouse = { (int)(next_random() % 60),
					       (int)(next_random() % 220), next_random() % 4 };

			viewer_mouse(viewer, &mouse);
		} else {
			viewer_key(viewer, any_key(viewer_keymap(viewer)));
		}
		if (viewer_is_busy(viewer))
			viewer_key(viewer, KEY_NOTHING);
	}
	viewer_free(viewer);
}

static void type(struct viewer *viewer, const char *text)
{
	for (; *text; text++)
		viewer_key(viewer, (uint32_t)*text);
	while (model_searching(viewer->scene.model))
		viewer_key(viewer, KEY_NOTHING);
}

static void a_search_says_what_there_is(void **state)
{
	static const struct {
		const char *keys, *says; /* NULL: it went there */
	} searches[] = {
		{ "/nowhere\r", "No row matches nowhere." },
		{ "/fd#9\r", "No row matches fd#9." },
		{ "/step:51\r", NULL },
		{ "n", "No other row matches step:51." },
		{ "N", "No other row matches step:51." },
		{ "/step:3\r", "No row after here matches step:3; N goes back to one." },
		{ "N", NULL },
		{ ":step:0\r", NULL },
		{ "/step:3\r", NULL },
		{ ":step:0\r", NULL },
		{ "N", "No row before here matches step:3; n goes on to one." },
		{ "bstep:3\r", "Breakpoint 1: step:3. c continues to it." },
		{ "c", NULL },
		{ "c", "No other row has a breakpoint." },
		{ ":step:40\r", NULL },
		{ "c", "No row after here has a breakpoint; C goes back to one." },
		{ "Lc", "此后没有行符合断点；按 C 回到前一处。" },
	};
	struct viewer *viewer = open_viewer();

	(void)state;
	for (size_t i = 0; i < sizeof(searches) / sizeof(searches[0]); i++) {
		int64_t from = viewer->scene.model->seq;

		type(viewer, searches[i].keys);
		assert_string_equal(viewer->scene.model->message,
				    searches[i].says ? searches[i].says : "");
		assert_true((viewer->scene.model->seq == from) == (searches[i].says != NULL));
	}
	viewer_free(viewer);
}

/* As in a trace so long that it goes on after the first look. */
static void begin_search(struct viewer *viewer)
{
	struct model *model = viewer->scene.model;

	model->wanted = (struct pattern){ .is = PATTERN_IN_TEXT, .text = "nowhere" };
	scan_begin(&model->scan, model->rows, &model->wanted, 1, model->seq, 1);
	assert_true(model_searching(model));
}

static void a_search_is_stopped_and_nothing_else(void **state)
{
	static const uint32_t stops[] = { 27, KEY_INTERRUPT, 'q' },
			      others[] = { 's', 'G', '4', ';' };
	struct viewer *viewer = open_viewer();
	int64_t seq = viewer->scene.model->seq;
	const struct mouse wheel = { 5, 5, MOUSE_WHEEL_DOWN };

	(void)state;
	draw(viewer, 24, 80);
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		begin_search(viewer);
		for (size_t k = 0; k < sizeof(others) / sizeof(others[0]); k++)
			viewer_key(viewer, others[k]);
		viewer_mouse(viewer, &wheel);
		assert_true(model_searching(viewer->scene.model));
		viewer_key(viewer, stops[i]);
		assert_false(model_searching(viewer->scene.model));
		assert_true(viewer_is_open(viewer));
		assert_int_equal(viewer->scene.model->seq, seq);
		assert_int_equal(viewer->asking, REQUEST_NONE);
	}
	viewer_key(viewer, KEY_INTERRUPT);
	assert_false(viewer_is_open(viewer));
	viewer_free(viewer);
}

/* Cells of the pane of steps that look so, or show that. */
static int count_cells(struct viewer *viewer, unsigned style, uint32_t point)
{
	struct cells *cells;
	struct area area;
	int count = 0;

	assert_int_equal(cells_new(&cells, 24, 80, false, true), 0);
	viewer_draw(viewer, cells);
	area = viewer->panes[VIEW_STEPS].where;
	for (int row = 0; row < area.rows; row++)
		for (int column = 0; column < area.columns; column++) {
			const struct cell *cell =
				cells_at(cells, area.top + row, area.left + column);

			count += cell->point == point || (cell->style & ~STYLE_SELECTED) == style;
		}
	cells_free(cells);
	return count;
}

static void what_was_found_stands_out(void **state)
{
	struct viewer *viewer = open_viewer();

	(void)state;
	assert_int_equal(count_cells(viewer, STYLE_FOUND, 0), 0);
	type(viewer, "/epoll_create\r");
	assert_int_equal(count_cells(viewer, STYLE_FOUND, 0), strlen("epoll_create"));
	type(viewer, ":step:23\r/fd#1\r");
	assert_true(count_cells(viewer, STYLE_FOUND, 0) >= (int)strlen("fd#1"));
	viewer_free(viewer);
}

static void breakpoints_are_marked(void **state)
{
	static const struct {
		const char *keys;
		int marks;
	} breaks[] = {
		{ "bstep:1\r", 1 },
		{ "bkind:is_ready\r", 2 },
		{ "bkind:epoll_create1\r", 3 },
		{ "bepoll_create1\r", 3 },
		{ "bwaker\r", 5 },
		{ "B", 5 },
		{ "ddddd", 0 },
	};
	struct viewer *viewer = open_viewer();

	(void)state;
	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
		type(viewer, breaks[i].keys);
		assert_int_equal(count_cells(viewer, STYLE_COUNT, 0x25cf), breaks[i].marks);
	}
	viewer_free(viewer);
}

static void levels_lead_back(void **state)
{
	struct viewer *viewer = open_viewer();
	int64_t place, call;

	(void)state;
	type(viewer, ":step:23\r");
	place = viewer->scene.model->seq;
	type(viewer, "4");
	call = viewer->scene.model->seq;
	assert_true(call != place);
	type(viewer, "1");
	assert_int_equal(viewer->scene.model->seq, place);
	type(viewer, "4321");
	assert_int_equal(viewer->scene.model->seq, place);
	type(viewer, "4u");
	assert_int_equal(viewer->scene.model->seq, place);
	/* who moved meanwhile is not taken back */
	type(viewer, "4");
	assert_int_equal(viewer->scene.model->seq, call);
	type(viewer, "ss1");
	assert_true(viewer->scene.model->seq >= call);
	viewer_free(viewer);
}

static void a_suggestion_gives_way_to_what_is_typed(void **state)
{
	struct viewer *viewer = open_viewer();

	(void)state;
	type(viewer, "b\r");
	assert_int_equal(viewer->scene.model->breaks[0].is, PATTERN_KIND);
	type(viewer, "b");
	type(viewer, "step:38\r");
	assert_int_equal(viewer->scene.model->breaks[1].is, PATTERN_STEP);
	type(viewer, "b");
	viewer_key(viewer, 127);
	assert_string_equal(viewer->prompt.text, "");
	type(viewer, "fd#1\r");
	assert_int_equal(viewer->scene.model->breaks[2].is, PATTERN_OBJECT);
	type(viewer, "b");
	viewer_key(viewer, KEYS_END);
	type(viewer, "x");
	assert_memory_equal(viewer->prompt.text, "kind:", 5);
	viewer_free(viewer);
}

static void slips_are_told_in_chinese(void **state)
{
	static const char *const slips[][2] = {
		{ "/kind:nowhere\r", "此记录没有名为 nowhere 的事件" },
		{ "b \r", "没有要找的内容" },
		{ ":99999\r", "此记录没有行 99999；行号为 1 到 301" },
		{ ":turn:99\r", "此次运行没有第 99 轮；循环共 8 轮" },
		{ ":turn:x\r", "'x' 不是轮次的编号" },
		{ ":step:99\r", "走读没有步骤 '99'" },
		{ ":step:23#9\r", "步骤 23 在此次运行中只走了 1 次" },
		{ ";selec\r", "查询有误：near \"selec\": syntax error" },
		{ ";delete from events\r", "记录只能读取：请用 SELECT" },
	};
	struct viewer *viewer = open_viewer();

	(void)state;
	assert_true(viewer_set_language(viewer, true));
	for (size_t i = 0; i < sizeof(slips) / sizeof(slips[0]); i++) {
		type(viewer, slips[i][0]);
		if (slips[i][1])
			assert_string_equal(viewer->scene.model->message, slips[i][1]);
	}
	type(viewer, ":nowhere\r");
	assert_memory_equal(viewer->scene.model->message, "'nowhere' 不是记录中的位置；可用 SEQ",
			    40);
	viewer_free(viewer);
}

static void a_trace_without_rows_is_shown(void **state)
{
	struct viewer *viewer;

	(void)state;
	assert_int_equal(fixture_make(path, "DELETE FROM events; DELETE FROM ends; "
					    "DELETE FROM article; DELETE FROM syscalls;"),
			 0);
	viewer = open_viewer();
	for (enum request r = REQUEST_NONE; r < REQUEST_QUIT; r++) {
		viewer__request(viewer, r);
		draw(viewer, 50, 200);
	}
	viewer_free(viewer);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_request_is_done_by_somebody),
		cmocka_unit_test(any_keys_are_taken),
		cmocka_unit_test(a_search_says_what_there_is),
		cmocka_unit_test(a_search_is_stopped_and_nothing_else),
		cmocka_unit_test(what_was_found_stands_out),
		cmocka_unit_test(breakpoints_are_marked),
		cmocka_unit_test(levels_lead_back),
		cmocka_unit_test(a_suggestion_gives_way_to_what_is_typed),
		cmocka_unit_test(slips_are_told_in_chinese),
		cmocka_unit_test(a_trace_without_rows_is_shown),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
