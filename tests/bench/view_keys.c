/*
 * view_keys.c - how long the viewer takes for its first screen and for each of
 * 200 seeded keys, anywhere in a trace.
 *
 *     view_keys TRACE
 *
 * A key's time is from the key to the finished grid; bringing the grid to a
 * terminal is not in it.  Before every key the cursor is put to a seeded place,
 * so that no key finds its rows at hand.  The floor is one keyed row read by
 * a statement that is prepared, at as many seeded places.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <sqlite3.h>

#include "trace/emit/clock.h"
#include "trace/store/store.h"
#include "tui/model/model.h"
#include "tui/viewer.h"

#define KEYS 200
#define ROWS 50
#define COLUMNS 200

static const char *const keys[] = { "s", "S", "o",     "O",        "f",      "F", "]",
				    "[", "j", "k",     "PageDown", "PageUp", "w", "1",
				    "2", "3", "Enter", "L",        "Tab",    "u" };

static double milliseconds(void)
{
	return (double)clock_now() / CLOCK_MILLISECOND;
}

/* The same places each time, on every machine. */
static uint64_t next_random(void)
{
	static uint64_t state = 20130701;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return state >> 33;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void print(const char *name, double *times, int count)
{
	qsort(times, (size_t)count, sizeof(*times), by_size);
	printf("%-28s median %6.2f ms, worst %6.2f ms\n", name, times[count / 2], times[count - 1]);
}

static void keyed_rows(struct store *store, int64_t last)
{
	struct sqlite3_stmt *s = store_prepare(store, "SELECT * FROM events WHERE seq = ?1", NULL);
	double times[KEYS];

	for (int i = 0; i < KEYS && s; i++) {
		double began = milliseconds();

		sqlite3_reset(s);
		sqlite3_bind_int64(s, 1, 1 + (int64_t)(next_random() % (uint64_t)last));
		sqlite3_step(s);
		times[i] = milliseconds() - began;
	}
	store_release(store, s);
	print("one keyed row", times, KEYS);
}

static void press(struct viewer *viewer, struct cells *cells, double *times, int64_t last)
{
	for (int i = 0; i < KEYS; i++) {
		const char *key = keys[next_random() % (sizeof(keys) / sizeof(keys[0]))];
		char place[32];
		double began;

		snprintf(place, sizeof(place), "%lld",
			 (long long)(1 + next_random() % (uint64_t)last));
		model_goto(viewer_model(viewer), place);
		began = milliseconds();
		viewer_key(viewer, key_parse(key));
		viewer_draw(viewer, cells);
		times[i] = milliseconds() - began;
	}
}

int main(int argc, char **argv)
{
	double began = milliseconds(), times[KEYS];
	struct store *store = NULL;
	struct model *model = NULL;
	struct viewer *viewer = NULL;
	struct cells *cells = NULL;
	struct rusage usage;
	char *error = NULL;
	int64_t last;

	if (argc != 2 || store_open(&store, argv[1], &error) < 0 ||
	    model_new(&model, store, &error) < 0 || viewer_new(&viewer, model, &error) < 0 ||
	    cells_new(&cells, ROWS, COLUMNS, false, true) < 0) {
		fprintf(stderr, "view_keys: %s\n", error ? error : "usage: view_keys TRACE");
		return 2;
	}
	viewer_draw(viewer, cells);
	printf("%-28s %6.2f ms (%dx%d)\n", "viewer, first screen", milliseconds() - began, COLUMNS,
	       ROWS);
	last = rows_last(model->rows);
	press(viewer, cells, times, last);
	print("viewer, key to screen", times, KEYS);
	keyed_rows(store, last);
	getrusage(RUSAGE_SELF, &usage);
	printf("%-28s %6.1f MB at most\n", "viewer, memory", (double)usage.ru_maxrss / 1024);
	cells_free(cells);
	viewer_free(viewer);
	return 0;
}
