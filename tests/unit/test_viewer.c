/* The viewer without a terminal: every request, and keys at random on screens of any size. */
#include "tui/viewer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/tui/fixture.h"
#include "trace/store.h"
#include "tui/model.h"
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
		cmocka_unit_test(a_trace_without_rows_is_shown),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
