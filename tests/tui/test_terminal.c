/*
 * test_terminal.c - the viewer and its terminal: hostile traces, signals,
 * terminals that go away or cannot do what is needed.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/probe/tap.h"
#include "tests/tui/driver.h"
#include "tests/tui/fixture.h"
#include "trace/emit/clock.h"

static const char *config; /* of viewers started from here on */
static char trace[4096], hostile[4096], program[4096], view[] = "view";

/*
 * Everything in the trace that is text gets what a terminal would obey: bells,
 * escape sequences, C1 controls alone and in UTF-8, overrides of direction, and
 * bytes that are no UTF-8.
 */
#define EVIL                                                                                       \
	"x'1b5d303b50574e45440707' || x'1b5b33316d' || x'9b33316d' || x'c29b33316d' || "           \
	"x'e280ae6576696c' || x'e281a6' || x'0d0a0809' || x'7f' || x'fffe80' || x'1b6323'"
static const char evil_sql[] =
	"CREATE TEMP TABLE evil AS SELECT CAST(" EVIL " AS TEXT) AS t;"
	"UPDATE events SET detail = 'fd=fd#1' || (SELECT t FROM evil) || '; url=' || "
	"(SELECT t FROM evil) || detail;"
	"UPDATE kinds SET name = name || (SELECT t FROM evil), "
	"english = (SELECT t FROM evil) || english, chinese = (SELECT t FROM evil) || chinese;"
	"UPDATE sources SET text = (SELECT t FROM evil) || text;"
	"UPDATE sites SET function = (SELECT t FROM evil) || function;"
	"UPDATE objects SET name = name || (SELECT t FROM evil);"
	"UPDATE syscalls SET args = args || (SELECT t FROM evil), shown = (SELECT t FROM evil), "
	"name = name || (SELECT t FROM evil);"
	"UPDATE ends SET ret = (SELECT t FROM evil);"
	"UPDATE payloads SET bytes = CAST('GET ' || (SELECT t FROM evil) AS BLOB) || bytes;"
	"UPDATE run SET value = value || (SELECT t FROM evil) WHERE key IN "
	"('command', 'generation');"
	"UPDATE article SET step = step || (SELECT t FROM evil) WHERE seq % 3 = 0;"
	"INSERT INTO gaps (after, source, lost, reason) VALUES (80, 'program', 3, "
	"(SELECT t FROM evil));";

static const char everywhere[] =
	"s s s w j Enter q W q Tab Tab z Tab Tab Tab Tab Tab Tab z 2 s s 3 s s s 4 s s 1 } { ] ] "
	"b Enter B q M q L s s w q L G S S";

/* The length of a well-formed UTF-8 character that shows something; 0 if it is none. */
static size_t shown_character(const unsigned char *p, size_t left)
{
	static const struct {
		unsigned first, last;
	} invisible[] = { { 0x80, 0x9f },
			  { 0x200b, 0x200f },
			  { 0x2028, 0x202e },
			  { 0x2060, 0x206f },
			  { 0xfeff, 0xfeff } };
	size_t n = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : *p >= 0xc2 ? 2 : 0;
	unsigned point = n ? *p & (0x7fu >> n) : 0;

	if (n == 0 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (p[i] & 0x3fu);
	}
	for (size_t i = 0; i < sizeof(invisible) / sizeof(invisible[0]); i++)
		if (point >= invisible[i].first && point <= invisible[i].last)
			return 0;
	return n;
}

/* What ncurses itself sends: CSI with these ends, character sets, keypad, save and restore. */
static size_t known_sequence(const unsigned char *p, size_t left)
{
	size_t n = 2;

	if (left < 2)
		return 0;
	if (strchr("=>78M", p[1]))
		return 2;
	if (p[1] == '(' || p[1] == ')')
		return left > 2 && strchr("0B", p[2]) ? 3 : 0;
	if (p[1] != '[')
		return 0;
	while (n < left && strchr("0123456789;?", p[n]) && p[n])
		n++;
	return n < left && p[n] && strchr("ABCDHJKLMPSTXdfghlmrt@Gb", p[n]) ? n + 1 : 0;
}

/* Where the output has a byte that it must not have; -1: nowhere. */
static long unsafe_at(const unsigned char *bytes, size_t length, bool utf8)
{
	size_t i = 0;

	while (i < length) {
		size_t n = 0;

		if (bytes[i] == 27)
			n = known_sequence(bytes + i, length - i);
		else if (bytes[i] >= 0x80)
			n = utf8 ? shown_character(bytes + i, length - i) : 0;
		else if ((bytes[i] >= 0x20 && bytes[i] != 0x7f) ||
			 strchr("\r\n\b\016\017", bytes[i]))
			n = bytes[i] ? 1 : 0;
		if (n == 0)
			return (long)i;
		i += n;
	}
	return -1;
}

static void play_hostile(const char *locale, int columns, int rows)
{
	const struct driver_terminal terminal = { .rows = rows,
						  .columns = columns,
						  .locale = locale };
	char *argv[] = { program, view, hostile, NULL };
	struct driver *driver = driver_start(&terminal, argv);
	const unsigned char *bytes;
	size_t length;
	long at;

	if (!ok(driver && driver_keys(driver, everywhere), "a hostile trace is shown (%s, %dx%d)",
		locale, columns, rows)) {
		if (driver)
			printf("# %s\n", driver_line(driver, 0));
		driver_free(driver);
		return;
	}
	driver_type(driver, ";select detail, t.* from events, (select 'a' || x'1b5b41') t\r");
	bytes = driver_bytes(driver, &length);
	at = unsafe_at(bytes, length, strcmp(locale, "C") != 0);
	ok(at < 0, "none of %zu bytes moves the terminal (%s, %dx%d)", length, locale, columns,
	   rows);
	if (at >= 0)
		printf("# at %ld: %02x %02x %02x %02x\n", at, bytes[at],
		       (size_t)at + 1 < length ? bytes[at + 1] : 0,
		       (size_t)at + 2 < length ? bytes[at + 2] : 0,
		       (size_t)at + 3 < length ? bytes[at + 3] : 0);
	driver_free(driver);
}

static bool contains(struct driver *driver, const char *wanted)
{
	size_t length;
	const unsigned char *bytes = driver_bytes(driver, &length);

	return memmem(bytes, length, wanted, strlen(wanted)) != NULL;
}

static struct driver *start(const char *term)
{
	const struct driver_terminal terminal = {
		.rows = 24, .columns = 80, .term = term, .config = config
	};
	char *argv[] = { program, view, trace, NULL };

	return driver_start(&terminal, argv);
}

static void end_by(int number, const char *name)
{
	struct driver *driver = start(NULL);
	int status;

	if (!ok(driver && driver_keys(driver, "s s"), "the viewer runs"))
		return;
	/* what is sent to terminate goes to the process that was started, a fault is the viewer's */
	if (number == SIGSEGV)
		ok(driver_kill(driver_child_of(driver_process(driver)), number),
		   "behind the process that was started stands the viewer");
	else
		driver_signal(driver, number);
	status = driver_wait(driver);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == number, "%s ends it", name);
	ok(driver_is_restored(driver) && contains(driver, "\033[?1049l"),
	   "after %s the terminal is as it was", name);
	driver_free(driver);
}

/* Nothing can be done by who is killed so; another process stands behind the viewer. */
static void killed(bool the_viewer)
{
	struct driver *driver = start(NULL);
	pid_t child = driver ? driver_child_of(driver_process(driver)) : 0;

	if (!ok(driver && driver_keys(driver, "s s") && child > 0, "two processes run"))
		return;
	driver_kill(the_viewer ? child : driver_process(driver), SIGKILL);
	if (the_viewer) {
		int status = driver_wait(driver);

		ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "SIGKILL ends it");
	} else {
		ok(driver_wait(driver) != -1, "SIGKILL of the one behind ends both");
	}
	ok(driver_is_restored(driver) && contains(driver, "\033[?1049l"),
	   "and the terminal is as it was");
	driver_free(driver);
}

/*
 * Stopped by Ctrl-Z and killed then: the terminal is the shell's, and nobody
 * waits for it for ever.
 */
static void killed_in_background(void)
{
	static char bash[] = "/bin/bash", options[] = "-mc", name[] = "bash",
		    script[] = "\"$1\" view \"$2\"; kill %1; n=0; "
			       "while kill -0 %1 2>/dev/null && [ $n != 200 ]; "
			       "do n=$((n + 1)); sleep 0.02; jobs >/dev/null; done; "
			       "[ $n = 200 ] || echo it is gone";
	const struct driver_terminal terminal = { .rows = 24, .columns = 80 };
	char *argv[] = { bash, options, script, name, program, trace, NULL };
	struct driver *driver = driver_start(&terminal, argv);

	if (!ok(driver && driver_keys(driver, "s s"), "the viewer runs under a shell"))
		return;
	if (!ok(driver_until(driver, "Ctrl-Z", "it is gone"),
		"stopped by Ctrl-Z and killed it is no more"))
		printf("# %s\n", driver_screen(driver));
	ok(strstr(driver_screen(driver), "STEPS") == NULL, "and did not show itself again");
	driver_wait(driver);
	ok(driver_is_restored(driver), "which is as it was");
	driver_free(driver);
}

/* Where there is no second screen, what is printed after the viewer does not meet its last line. */
static void fresh_line(const char *term)
{
	static char shell[] = "/bin/sh", options[] = "-c", name[] = "sh",
		    script[] = "\"$1\" view \"$2\"; printf 'the prompt'";
	const struct driver_terminal terminal = { .rows = 24, .columns = 80, .term = term };
	char *argv[] = { shell, options, script, name, program, trace, NULL };
	struct driver *driver = driver_start(&terminal, argv);
	const char *screen;

	if (!ok(driver && driver_keys(driver, "s"), "the viewer runs in %s", term))
		return;
	driver_until(driver, "q", "the prompt");
	screen = driver_screen(driver);
	ok(strstr(screen, "\nthe prompt\n") != NULL && !strstr(screen, "S back"),
	   "%s: what comes next has a line of its own", term);
	driver_wait(driver);
	driver_free(driver);
}

/* A locale that is not installed says its language and its encoding all the same. */
static void named_locale(void)
{
	const struct driver_terminal terminal = { .rows = 24,
						  .columns = 80,
						  .locale = "zh_CN.UTF-8" };
	char *argv[] = { program, view, trace, NULL };
	struct driver *driver = driver_start(&terminal, argv);

	ok(driver && strstr(driver_screen(driver), "步骤"), "zh_CN.UTF-8 is Chinese");
	ok(driver && driver_keys(driver, "L T L T") && strstr(driver_screen(driver), "单色"),
	   "and so are the themes' names");
	driver_free(driver);
}

static void hang_up(void)
{
	struct driver *driver = start(NULL);

	if (!ok(driver != NULL, "the viewer runs"))
		return;
	driver_hang_up(driver);
	ok(driver_wait(driver) != -1, "a closed terminal ends it");
	driver_free(driver);
}

/* In a terminal that cannot show panes it says what to use instead. */
static void refused(const char *term)
{
	struct driver *driver = start(term);
	int status;

	if (!driver)
		return;
	status = driver_wait(driver);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 2 && contains(driver, "--plain"),
	   "TERM=%s is refused with a sentence", term);
	ok(!contains(driver, "\033"), "and without any escape sequence");
	driver_free(driver);
}

static void monochrome(void)
{
	const struct driver_terminal terminal = { .rows = 24, .columns = 80, .no_color = "1" };
	char *argv[] = { program, view, trace, NULL };
	struct driver *driver = driver_start(&terminal, argv);
	bool colored = false;

	if (!ok(driver && driver_keys(driver, "s s w j Tab ? q T T"), "NO_COLOR is shown"))
		return;
	for (int ink = 30; ink < 48; ink++) {
		char sequence[2][16];

		snprintf(sequence[0], sizeof(sequence[0]), "[%dm", ink);
		snprintf(sequence[1], sizeof(sequence[1]), ";%dm", ink);
		colored = colored || (ink != 39 && (contains(driver, sequence[0]) ||
						    contains(driver, sequence[1])));
	}
	ok(!colored, "and no colour is set");
	driver_free(driver);
}

/* Playing goes on by itself until it is stopped; searching can be stopped, too. */
static void play(void)
{
	struct driver *driver = start(NULL);

	if (!ok(driver && driver_keys(driver, "+ + + + +"), "the speed can be set"))
		return;
	ok(driver_until(driver, "Space", "step 5 of 51"), "playing goes on without keys");
	ok(driver_keys(driver, "Space") && driver_keys(driver, "g s"), "Space stops it");
	ok(strstr(driver_line(driver, 0), "step 1 of 51") != NULL, "and keys go on as before");
	driver_free(driver);
}

/* A query that never ends is stopped, not the viewer, and keys typed meanwhile are no steps. */
static void endless_query(const char *stop)
{
	static const char sql[] = ";with recursive c(x) as (values(1) union all select x from c) "
				  "select count(*) from c";
	struct driver *driver = start(NULL);

	if (!ok(driver && driver_keys(driver, "s s") && driver_type(driver, sql),
		"the viewer runs"))
		return;
	ok(driver_until(driver, "Enter", "Esc stops"), "a long query says how it is stopped");
	driver_press(driver, "sss");
	ok(driver_until(driver, stop, "Stopped."), "%s stops it", stop);
	ok(strstr(driver_line(driver, 0), "step 2 of 51") != NULL, "and nothing else happened");
	ok(driver_until(driver, "s", "step 3 of 51"), "keys go on as before");
	driver_free(driver);
}

/*
 * What terminals send that TERM does not tell of.  None of it is a q or an s in
 * disguise, none ends the viewer, and the well-known ones are the keys that
 * they are everywhere.
 */
static void strange_keys(const char *term)
{
	static const struct {
		const char *bytes, *step;
	} keys[] = {
		{ "\033", "2" },
		{ "\033x", "2" },
		{ "\033b", "2" },
		{ "\033s", "2" },
		{ "\033q", "2" },
		{ "\033\r", "2" },
		{ "\033[I", "2" },
		{ "\033[O", "2" },
		{ "\033[1;5A", "2" },
		{ "\033[5;3~", "2" },
		{ "\033O5B", "2" },
		{ "\033[200~", "2" },
		{ "\033[?1;2c", "2" },
		{ "\033[<35;9;9M", "2" },
		{ "\033[<0;9;4m", "2" },
		{ "\033[M# $", "2" },
		{ "\033]11;rgb:0/0/0\a", "2" },
		{ "\033P1$r0m\033\\", "2" },
		{ "\033[", "2" },
		{ "\033O", "2" },
		{ "\033[99~", "2" },
		{ "\033[[Z", "2" },
		{ "\033[A", "1" },
		{ "\033[B", "3" },
		{ "\033OA", "1" },
		{ "\033OB", "3" },
		{ "\033[1~", "0" },
		{ "\033[4~", "51" },
		{ "\033[7~", "0" },
		{ "\033[8~", "51" },
		{ "\033[H", "0" },
		{ "\033[F", "51" },
		{ "\033OH", "0" },
		{ "\033OF", "51" },
		{ "\033[<0;9;5M", "2" },
	};
	struct driver *driver = start(term);
	char wanted[64];

	if (!ok(driver != NULL, "the viewer runs in %s", term))
		return;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		snprintf(wanted, sizeof(wanted), "step %s of 51", keys[i].step);
		if (!ok(driver_keys(driver, "g s s") && driver_send(driver, keys[i].bytes) &&
				strstr(driver_line(driver, 0), wanted),
			"%s: sequence %zu leads to step %s", term, i, keys[i].step))
			printf("# %s\n", driver_line(driver, 0));
	}
	ok(driver_keys(driver, "z ? Esc Esc Esc Esc") && strstr(driver_screen(driver), "q quits"),
	   "%s: Esc closes what is open and then only says how to quit", term);
	driver_until(driver, strcmp(term, "linux") == 0 ? ":q!\r" : "q", "never shown");
	ok(WIFEXITED(driver_wait(driver)), "%s: q or :q! quits", term);
	driver_free(driver);
}

static long milliseconds(void)
{
	return (long)(clock_now() / CLOCK_MILLISECOND);
}

/* Over a slow line a key's sequence comes in pieces. */
static void slow_keys(void)
{
	struct driver *driver = start(NULL);
	long began;

	if (!ok(driver != NULL, "the viewer runs"))
		return;
	/* a machine that was busy elsewhere made the gap longer than we asked for */
	do {
		driver_keys(driver, "g s s");
		began = milliseconds();
		driver_press(driver, "\033");
		poll(NULL, 0, 30);
		driver_send(driver, "OB");
	} while (milliseconds() - began > 100 && driver_keys(driver, "q"));
	ok(strstr(driver_line(driver, 0), "step 3 of 51") != NULL,
	   "the pieces of a sequence make one key");
	driver_free(driver);
}

/* A keymap file of one's own. */
static void own_keys(const char *folder)
{
	char path[4096];
	struct driver *driver;
	FILE *file;

	config = folder;
	snprintf(path, sizeof(path), "%s/loopscope", folder);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/loopscope/keymap", folder);
	file = fopen(path, "we");
	if (!file)
		return;
	fputs("# mine\nx step\n", file);
	fclose(file);
	driver = start(NULL);
	ok(driver && driver_keys(driver, "x x") && strstr(driver_line(driver, 0), "step 2 of 51"),
	   "a keymap file gives x another meaning");
	driver_free(driver);
	file = fopen(path, "we");
	if (file) {
		fputs("nokey step\nF5 step\n", file);
		fclose(file);
	}
	driver = start(NULL);
	ok(driver && strstr(driver_screen(driver), "line 1:"), "a mistake in it is named");
	ok(driver && driver_send(driver, "\033[15~") &&
		   strstr(driver_line(driver, 0), "step 1 of 51"),
	   "and its other lines count: F5 steps");
	driver_free(driver);
	unlink(path);
}

int main(void)
{
	const char *build = getenv("LOOPSCOPE_BUILD"), *folder = getenv("TMPDIR");

	snprintf(program, sizeof(program), "%s/loopscope", build ? build : "build");
	snprintf(trace, sizeof(trace), "%s/walk.db", folder ? folder : "/tmp");
	snprintf(hostile, sizeof(hostile), "%s/hostile.db", folder ? folder : "/tmp");
	if (!ok(fixture_make(trace, NULL) == 0 && fixture_make(hostile, evil_sql) == 0,
		"the traces are made"))
		return tap_end();
	play_hostile("C.UTF-8", 80, 24);
	play_hostile("C.UTF-8", 200, 50);
	play_hostile("C.UTF-8", 60, 15);
	play_hostile("C", 80, 24);
	play_hostile("C", 200, 50);
	end_by(SIGTERM, "SIGTERM");
	end_by(SIGHUP, "SIGHUP");
	end_by(SIGSEGV, "SIGSEGV");
	killed(true);
	killed(false);
	killed_in_background();
	fresh_line("linux");
	fresh_line("vt100");
	fresh_line("ansi");
	named_locale();
	hang_up();
	refused("dumb");
	refused("no-such-terminal");
	monochrome();
	play();
	strange_keys("xterm-256color");
	strange_keys("screen");
	strange_keys("linux");
	slow_keys();
	endless_query("Esc");
	endless_query("Ctrl-C");
	own_keys(folder ? folder : "/tmp");
	return tap_end();
}
