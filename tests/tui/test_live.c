/*
 * test_live.c - a run watched while it happens: held, stepped by events,
 * callbacks and turns, let go; and what becomes of it when the viewer leaves.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "tests/probe/tap.h"
#include "tests/tui/driver.h"
#include "trace/emit/clock.h"

#define PATIENCE 30 /* seconds */

static char trace[4096], program[4096], sample[4096];

static char live[] = "--live", off[] = "--kernel=off", o[] = "-o";
static const struct driver_terminal terminal = { .rows = 24, .columns = 100 };

static struct driver *start_with(char *kernel)
{
	static char view[] = "view", end[] = "--";
	char *argv[] = { program, view, live, kernel, o, trace, end, sample, NULL };

	unlink(trace);
	return driver_start(&terminal, argv);
}

static struct driver *start(void)
{
	return start_with(off);
}

/* A fetch that goes on until it is killed: whoever listens there never answers. */
static struct driver *start_fetch(void)
{
	static char fetch[] = "fetch";
	static int silent = -1;
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	char url[64];
	char *argv[] = { program, fetch, live, off, o, trace, url, NULL };

	if (silent < 0) {
		silent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		bind(silent, (struct sockaddr *)&address, length);
		listen(silent, 8);
	}
	getsockname(silent, (struct sockaddr *)&address, &length);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", ntohs(address.sin_port));
	unlink(trace);
	return driver_start(&terminal, argv);
}

/* Behind the process that was started stands the viewer; it started the recorder. */
static pid_t recorder_of(struct driver *driver)
{
	return driver_child_of(driver_child_of(driver_process(driver)));
}

static void wait_a_moment(void)
{
	const struct timespec moment = { .tv_nsec = 20000000 };

	nanosleep(&moment, NULL);
}

/* What the recorder runs; on a busy machine it is shown before it is started.  0: it never is. */
static pid_t program_of(struct driver *driver)
{
	time_t until = time(NULL) + PATIENCE;
	pid_t process;

	while ((process = driver_child_of(recorder_of(driver))) == 0 && time(NULL) < until)
		wait_a_moment();
	return process;
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

	while (ask(finished_sql) != 1 && time(NULL) < until)
		wait_a_moment();
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
	ok(driver_keys(driver, "e") && strstr(driver_screen(driver), "The program exited with 0."),
	   "then there is nothing to hold");
	driver_until(driver, "Q", "200 ms");
	ok(WIFEXITED(driver_wait(driver)) && strstr(driver_screen(driver), "200 ms"),
	   "after the viewer comes what the program wrote");
	driver_free(driver);
	ok(ask(finished_sql) == 1 && ask(ticks_sql) == 2, "the trace is whole");
}

static bool is_at(struct driver *driver, const char *place)
{
	if (is_held(driver) && strstr(driver_line(driver, 0), place))
		return true;
	printf("# %s\n", driver_line(driver, 0));
	return false;
}

/* What the future has to bring is waited for as if it had been recorded. */
static void ahead(void)
{
	struct driver *driver = start();

	if (!ok(driver && driver_keys(driver, "3") && is_at(driver, "row 1/1"), "held"))
		return;
	driver_type(driver, "bkind:poll\r");
	ok(driver_keys(driver, "c") && is_at(driver, "row 9/9 "), "c runs on to a breakpoint");
	ok(driver_keys(driver, "u") && strstr(driver_line(driver, 0), "row 1/9 "),
	   "u goes back to where it began");
	ok(driver_keys(driver, "c o") && is_at(driver, "row 10/11 "), "o over what has not ended");
	ok(driver_keys(driver, "c") && is_at(driver, "row 14/14 "), "c on to the next one");
	ok(driver_keys(driver, "]") && is_at(driver, "row 16/16 "), "] to a turn that is to come");
	ok(driver_type(driver, ":18\r") && is_at(driver, "row 18/18 "), "so do places");
	ok(driver_keys(driver, "f") && strstr(driver_line(driver, 0), "row 21/22 ") &&
		   strstr(driver_screen(driver), "The program exited with 0."),
	   "f out of the last callback, after which the program ends");
	ok(driver_keys(driver, "c") && strstr(driver_screen(driver), "No row after here"),
	   "then there is only what was recorded");
	driver_free(driver);
}

static void what_never_comes(void)
{
	struct driver *driver = start();

	if (!ok(driver && is_held(driver), "held"))
		return;
	driver_type(driver, "bnever\r");
	ok(driver_keys(driver, "c") &&
		   strstr(driver_screen(driver), "The program exited with 0 before that."),
	   "what never comes is waited for up to the program's end");
	driver_free(driver);
}

static void a_step_ahead(void)
{
	struct driver *driver = start_fetch();
	pid_t fetch;
	char words[64];

	if (!ok(driver && is_held(driver), "a fetch is held"))
		return;
	fetch = program_of(driver);
	driver_type(driver, "bstep:23\r");
	ok(driver_keys(driver, "c") && is_at(driver, "step 23 of 51"), "c runs on to step 23");
	ok(driver_type(driver, ":step:28\r") && is_at(driver, "step 28 of 51"), "and : to step 28");
	ok(driver_type(driver, ":step:99\r") && strstr(driver_screen(driver), "no step"),
	   "a step that the walk has not is not waited for");
	driver_type(driver, ":step:40");
	ok(driver_until(driver, "Enter", "until step:40 ... any key stops"),
	   "what is waited for is said");
	ok(driver_until(driver, "x", "Stopped."), "any key stops it");
	snprintf(words, sizeof(words), "kill %d", (int)fetch);
	driver_until(driver, "Q", words);
	ok(strstr(driver_screen(driver), "goes on") && WIFEXITED(driver_wait(driver)),
	   "who quits is told what goes on, and how it is ended");
	driver_free(driver);
	ok(driver_kill(fetch, SIGKILL), "the fetch that goes on is killed");
	ok(comes_to_its_end(), "the recorder stays to the end");
}

static void a_program_that_is_killed(void)
{
	struct driver *driver = start();

	if (!ok(driver && driver_keys(driver, "e e"), "held"))
		return;
	ok(driver_kill(program_of(driver), SIGKILL), "the program is killed");
	ok(driver_until(driver, "", "The program was killed by SIGKILL."),
	   "how a program ended is said without a key");
	ok(driver_keys(driver, "L") && driver_until(driver, "p", "被 SIGKILL 终止"),
	   "and again to who would let it run, in Chinese as well");
	driver_free(driver);
}

static void a_recorder_that_is_killed(void)
{
	struct driver *driver = start_fetch();
	pid_t fetch;
	char words[64];

	if (!ok(driver && driver_keys(driver, "e e"), "a fetch is held"))
		return;
	fetch = program_of(driver);
	ok(driver_kill(recorder_of(driver), SIGKILL), "its recorder is killed");
	snprintf(words, sizeof(words), "process %d goes on unrecorded", (int)fetch);
	ok(driver_until(driver, "", words), "that nobody records any more is said without a key");
	ok(driver_keys(driver, "S S s") && driver_until(driver, "e", words),
	   "what was recorded can be walked");
	snprintf(words, sizeof(words), "kill %d", (int)fetch);
	ok(driver_until(driver, "Q", words) && strstr(driver_screen(driver), "recover"),
	   "who quits is told what is to be done");
	driver_wait(driver);
	driver_free(driver);
	ok(driver_kill(fetch, SIGKILL), "the program goes on indeed");
}

static void a_program_that_cannot_be_held(void)
{
	static char view[] = "view", end[] = "--", sleeper[] = "/bin/sleep", long_time[] = "60";
	const struct driver_terminal impatient = { .rows = 24, .columns = 100, .busy = true };
	char *argv[] = { program, view, live, off, o, trace, end, sleeper, long_time, NULL };
	struct driver *driver;
	pid_t process;

	unlink(trace);
	driver = driver_start(&impatient, argv);
	if (!ok(driver && driver_until(driver, "", "LIVE"), "any program is shown"))
		return;
	process = program_of(driver);
	ok(driver_until(driver, "p", "no trace points"), "p says why it cannot be held");
	driver_free(driver);
	ok(driver_kill(process, SIGKILL), "the program is killed");
	ok(comes_to_its_end(), "and it is recorded to its end");
}

static double seconds(void)
{
	return (double)clock_now() / CLOCK_SECOND;
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
	int status;

	snprintf(sample, sizeof(sample), "/nonexistent/program");
	driver = start();
	if (!driver)
		return;
	status = driver_wait(driver);
	if (!ok(WIFEXITED(status) && WEXITSTATUS(status) == 2 &&
			strstr(driver_screen(driver), "/nonexistent/program"),
		"a program that is not there is named"))
		printf("# status %d, %s\n", status, driver_line(driver, 0));
	driver_free(driver);
}

int main(void)
{
	const char *build = getenv("LOOPSCOPE_BUILD"), *folder = getenv("TMPDIR");

	snprintf(program, sizeof(program), "%s/loopscope", build ? build : "build");
	snprintf(sample, sizeof(sample), "%s/samples/02_timeout", build ? build : "build");
	snprintf(trace, sizeof(trace), "%s/live.db", folder ? folder : "/tmp");
	by_steps();
	ahead();
	what_never_comes();
	a_step_ahead();
	a_program_that_is_killed();
	a_recorder_that_is_killed();
	time_stands_still();
	left_alone(SIGTERM, "SIGTERM");
	left_alone(SIGKILL, "SIGKILL");
	a_program_that_cannot_be_held();
	a_program_that_is_not_there();
	return tap_end();
}
