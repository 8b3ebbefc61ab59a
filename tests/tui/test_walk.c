/*
 * test_walk.c - the whole walk in a pseudo-terminal: s from step 0 to 51, S all
 * the way back. Each place shows the same on both ways, and the trace is not
 * touched.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "tests/probe/tap.h"
#include "tests/tui/driver.h"
#include "tests/tui/fixture.h"

#define STEPS_MAX 200
#define BELOW 13 /* from here on a screen of 80x24 is about the row alone */

static char trace[4096], program[4096], view[] = "view";

static char *read_trace(size_t *length)
{
	FILE *file = fopen(trace, "re");
	char *bytes = calloc(1, 4 << 20);

	*length = file && bytes ? fread(bytes, 1, 4 << 20, file) : 0;
	if (file)
		fclose(file);
	return bytes;
}

/* The steps that rows take, in the order of the rows; the first of each row. */
static int expected(char steps[STEPS_MAX][16])
{
	sqlite3 *db;
	sqlite3_stmt *s;
	int count = 0;

	if (sqlite3_open_v2(trace, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, "SELECT step FROM article WHERE position = 0 ORDER BY seq", -1,
			       &s, NULL) != SQLITE_OK)
		return 0;
	while (count < STEPS_MAX && sqlite3_step(s) == SQLITE_ROW)
		snprintf(steps[count++], 16, "%s", (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	sqlite3_close(db);
	return count;
}

/* What the screen says of the row: all of it but the tree, whose window depends on the way. */
static char *about_row(struct driver *driver)
{
	const char *screen = driver_screen(driver), *line = screen;
	char *header = strndup(screen, strcspn(screen, "\n") + 1), *about = NULL;

	for (int i = 0; i < BELOW; i++)
		line += strcspn(line, "\n") + 1;
	if (asprintf(&about, "%s%s", header, line) < 0)
		about = NULL;
	free(header);
	return about;
}

static bool shows_step(struct driver *driver, const char *step)
{
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "step %.15s of 51", step);
	return strstr(driver_line(driver, 0), wanted) != NULL;
}

static void walk(struct driver *driver, char steps[STEPS_MAX][16], int count)
{
	char *forth[STEPS_MAX] = { NULL };
	int right = 0, same = 0;

	for (int i = 0; i < count; i++) {
		right += shows_step(driver, steps[i]);
		forth[i] = about_row(driver);
		if (i + 1 < count && !driver_keys(driver, "s"))
			break;
	}
	ok(right == count, "s takes %d of %d rows of the walk, 0 to 51", right, count);
	driver_keys(driver, "s");
	ok(strstr(driver_screen(driver), "The run is over: exited with 0.") != NULL,
	   "behind the walk the run's end is shown");
	driver_keys(driver, "s");
	ok(strstr(driver_screen(driver), "last one") != NULL, "s at the end says so");
	driver_keys(driver, "S");
	for (int i = count - 1; i >= 0; i--) {
		char *back = about_row(driver);

		same += back && forth[i] && strcmp(back, forth[i]) == 0;
		free(back);
		if (i && !driver_keys(driver, "S"))
			break;
	}
	ok(same == count, "S shows %d of %d rows as s did", same, count);
	ok(shows_step(driver, "0"), "and ends at step 0");
	for (int i = 0; i < count; i++)
		free(forth[i]);
}

static bool is_there(const char *suffix)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s%s", trace, suffix);
	return access(path, F_OK) == 0;
}

int main(void)
{
	const char *build = getenv("LOOPSCOPE_BUILD"), *folder = getenv("TMPDIR");
	const struct driver_terminal terminal = { .rows = 24, .columns = 80 };
	char *argv[] = { program, view, trace, NULL };
	char steps[STEPS_MAX][16], *before, *after;
	size_t length, length_after;
	struct driver *driver;
	int count, status;

	snprintf(program, sizeof(program), "%s/loopscope", build ? build : "build");
	snprintf(trace, sizeof(trace), "%s/walk.db", folder ? folder : "/tmp");
	if (!ok(fixture_make(trace, NULL) == 0, "the trace is made"))
		return tap_end();
	count = expected(steps);
	ok(count > 60 && strcmp(steps[count - 1], "51") == 0, "it has %d rows with steps", count);
	before = read_trace(&length);
	driver = driver_start(&terminal, argv);
	if (ok(driver != NULL, "the viewer starts")) {
		walk(driver, steps, count);
		driver_until(driver, "Q", "Q never shown");
		status = driver_wait(driver);
		ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "Q ends it with status 0");
		ok(driver_is_restored(driver), "the terminal is as it was");
	}
	driver_free(driver);
	after = read_trace(&length_after);
	ok(length && length == length_after && memcmp(before, after, length) == 0,
	   "the trace's %zu bytes are as they were", length);
	ok(!is_there("-wal") && !is_there("-shm") && !is_there("-journal"),
	   "nothing lies beside the trace");
	free(before);
	free(after);
	return tap_end();
}
