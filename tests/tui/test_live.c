/*
 * A run watched while it happens: held, stepped by events, callbacks and turns,
 * let go; and what becomes of it when the viewer leaves.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "tests/probe/tap.h"
#include "tests/tui/driver.h"

#define PATIENCE 30 /* seconds */

static char trace[4096], program[4096], sample[4096];

static struct driver *start_with(char *kernel)
{
	static char view[] = "view", live[] = "--live", o[] = "-o", end[] = "--";
	const struct driver_terminal terminal = { .rows = 24, .columns = 100 };
	char *argv[] = { program, view, live, kernel, o, trace, end, sample, NULL };

	unlink(trace);
	return driver_start(&terminal, argv);
}

static struct driver *start(void)
{
	static char off[] = "--kernel=off";

	return start_with(off);
}

/* The number that follows a word in the top line, -1 if it is not there. */
static long number_after(struct driver *driver, const char *word)
{
	const char *at = strstr(driver_line(driver, 0), word);

	return at ? atol(at + strlen(word)) : -1;
}

static bool is_held(struct driver *driver)
{
	return strstr(driver_line(driver, 0), "LIVE, held") != NULL;
}

/* The one number that a question gives; -1 while the trace is not finished. */
static int64_t ask(const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *s = NULL;
	int64_t number = -1;

	if (sqlite3_open_v2(trace, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
		number = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return number;
}

static const char finished_sql[] = "SELECT value FROM run WHERE key = 'finished'";
static const char ticks_sql[] =
	"SELECT count(*) FROM events e JOIN kinds k USING (kind) WHERE k.name = 'user.tick' "
	"AND e.phase = 3";
static const char first_tick_sql[] =
	"SELECT min(turn) FROM events e JOIN kinds k USING (kind) WHERE k.name = 'user.tick' "
	"AND e.phase = 3";
static const char duration_sql[] = "SELECT (max(time) - min(time)) / 1000000 FROM events";
static const char locks_sql[] = "SELECT count(*) FROM syscalls WHERE args LIKE '%GETLK%'";

/* Whether the trace is finished, by a recorder that works on without us, in time. */
static bool comes_to_its_end(void)
{
	time_t until = time(NULL) + PATIENCE;

	while (ask(finished_sql) != 1 && time(NULL) < until) {
		struct timespec moment = { .tv_nsec = 20000000 };

		nanosleep(&moment, NULL);
	}
	return ask(finished_sql) == 1;
}

static void by_steps(void)
{
	struct driver *driver = start();
	long before;

	if (!ok(driver && is_held(driver), "a program stands at its first event")) {
		if (driver)
			printf("# %s\n", driver_line(driver, 0));
		return;
	}
	driver_keys(driver, "3");
	before = number_after(driver, "row ");
	ok(driver_keys(driver, "e") && number_after(driver, "row ") == before + 1,
	   "e lets one event happen");
	ok(driver_keys(driver, "e e e") && number_after(driver, "row ") == before + 4,
	   "and another one each time");
	ok(driver_keys(driver, "S S") && number_after(driver, "row ") == before + 2 &&
		   is_held(driver),
	   "what has happened can be walked meanwhile");
	ok(driver_keys(driver, "s s s") && number_after(driver, "row ") == before + 5,
	   "s at the edge lets more happen");
	driver_keys(driver, "t t");
	before = number_after(driver, "turn ");
	ok(driver_keys(driver, "t") && number_after(driver, "turn ") == before + 1,
	   "t lets one turn happen");
	ok(driver_keys(driver, "r") && is_held(driver) &&
		   strstr(driver_screen(driver), "_run_callback"),
	   "r stops before a callback");
	ok(driver_keys(driver, "p") && !strstr(driver_line(driver, 0), "LIVE"),
	   "p lets it run to its end");
	ok(driver_keys(driver, "e") && strstr(driver_screen(driver), "over"),
	   "then there is nothing to hold");
	driver_until(driver, "Q", "200 ms");
	ok(WIFEXITED(driver_wait(driver)) && strstr(driver_screen(driver), "200 ms"),
	   "after the viewer comes what the program wrote");
	driver_free(driver);
	ok(ask(finished_sql) == 1 && ask(ticks_sql) == 2, "the trace is whole");
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/*
 * Time stands still, for the loop and in the trace: held for longer than all
 * its timeouts, of which the shortest is 100 ms, the first turn finds none of
 * them due and polls as it would have.
 */
static void time_stands_still(void)
{
	static char seen[] = "--kernel=auto";
	struct driver *driver = start_with(seen);
	double until;

	if (!ok(driver && driver_keys(driver, "t"), "held before the first turn"))
		return;
	/* long enough for the program to look whether anybody lives to let it go */
	for (until = seconds() + 1.5; seconds() < until;)
		driver_keys(driver, "S s");
	driver_keys(driver, "p");
	driver_until(driver, "Q", "200 ms");
	driver_wait(driver);
	driver_free(driver);
	ok(ask(ticks_sql) == 2, "the timeouts fire when it goes on");
	ok(ask(first_tick_sql) == 2, "and not in the turn before which it was held");
	ok(ask(duration_sql) < 1200, "the trace leaves out the time that it was held");
	ok(ask(locks_sql) == 0, "what held it looked for is no call of the program");
}

static void left_alone(int number, const char *how)
{
	struct driver *driver = start();

	if (!ok(driver && driver_keys(driver, "e e"), "held"))
		return;
	driver_signal(driver, number);
	driver_wait(driver);
	driver_free(driver);
	ok(comes_to_its_end() && ask(ticks_sql) == 2,
	   "when the viewer leaves by %s the program is let go and recorded to its end", how);
}

static void a_program_that_is_not_there(void)
{
	struct driver *driver;

	snprintf(sample, sizeof(sample), "/nonexistent/program");
	driver = start();
	if (!driver)
		return;
	ok(WEXITSTATUS(driver_wait(driver)) == 2 &&
		   strstr(driver_screen(driver), "/nonexistent/program"),
	   "a program that is not there is named");
	driver_free(driver);
}

int main(void)
{
	const char *build = getenv("LOOPSCOPE_BUILD"), *folder = getenv("TMPDIR");

	snprintf(program, sizeof(program), "%s/loopscope", build ? build : "build");
	snprintf(sample, sizeof(sample), "%s/samples/02_timeout", build ? build : "build");
	snprintf(trace, sizeof(trace), "%s/live.db", folder ? folder : "/tmp");
	by_steps();
	time_stands_still();
	left_alone(SIGTERM, "SIGTERM");
	left_alone(SIGKILL, "SIGKILL");
	a_program_that_is_not_there();
	return tap_end();
}
