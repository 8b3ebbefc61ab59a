/*
 * test_compare.c - two traces side by side: what the screen shows of a pair
 * whose difference is known, and that keys move both sides.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/probe/tap.h"
#include "tests/tui/driver.h"

#define SCREEN_BYTES 65536

static char program[4096], trace[2][4096], view[] = "view";

/* Runs a command of loopscope; its output in `out`, its exit code returned. */
static int run(char *out, const char *words)
{
	char command[16384];
	size_t length;
	FILE *pipe;
	int status;

	snprintf(command, sizeof(command), "LC_ALL=C.UTF-8 '%s' %s 2>&1", program, words);
	pipe = popen(command, "re");
	if (!pipe)
		return -1;
	length = fread(out, 1, SCREEN_BYTES - 1, pipe);
	out[length] = '\0';
	status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int look(char *out, const char *options)
{
	char words[12288];

	snprintf(words, sizeof(words), "view %s '%s' '%s'", options, trace[0], trace[1]);
	return run(out, words);
}

static bool record(unsigned side, const char *scenario)
{
	char words[12288], out[SCREEN_BYTES];
	const char *folder = getenv("TMPDIR");

	snprintf(trace[side], sizeof(trace[side]), "%s/%s.db", folder ? folder : "/tmp", scenario);
	snprintf(words, sizeof(words), "play --skip-pauses -o '%s' tests/golden/scenarios/%s.scn",
		 trace[side], scenario);
	if (ok(run(out, words) == 0, "%s is recorded", scenario))
		return true;
	printf("# %s\n", out);
	return false;
}

static bool has(const char *screen, const char *wanted)
{
	if (strstr(screen, wanted))
		return true;
	printf("# not found: %s\n", wanted);
	while (*screen) {
		size_t length = strcspn(screen, "\n");

		printf("# %.*s\n", (int)length, screen);
		screen += length + (screen[length] != '\0');
	}
	return false;
}

/* The line of the cursor: both columns have its sign. */
static const char *cursor_line(const char *screen, char line[1024])
{
	const char *at = strstr(screen, "\u25b6"), *begin = at;

	*line = '\0';
	while (begin && begin > screen && begin[-1] != '\n')
		begin--;
	if (begin)
		snprintf(line, 1024, "%.*s", (int)strcspn(begin, "\n"), begin);
	return line;
}

static unsigned count_of(const char *text, const char *wanted)
{
	unsigned count = 0;

	while ((text = strstr(text, wanted)) != NULL) {
		text += strlen(wanted);
		count++;
	}
	return count;
}

static void test_screens(void)
{
	static char out[SCREEN_BYTES];
	char line[1024];

	ok(look(out, "--screenshot=80x24") == 0 && has(out, "The runs part after step 34.2, row"),
	   "the verdict is at the top");
	ok(has(out, "likely reason: ") && has(out, "one segment in"), "with the reason");
	ok(has(out, "difference 1 of 4"), "it begins at the first difference");
	ok(count_of(cursor_line(out, line), "*\u25b6") == 2 &&
		   count_of(line, "_read_from_buffer") == 2 && strstr(line, "= True") &&
		   strstr(line, "= False"),
	   "which both columns have, marked, with what differs: %s", line);
	ok(has(out, "A STREAM") && has(out, "B STREAM") && has(out, "read buffer 15 B") &&
		   has(out, "read buffer 0 B"),
	   "each side's state is below");
	ok(has(out, "\u2502- 34.2.2") && count_of(out, "search fd#1") == 1 &&
		   !strstr(out, "\u2502+"),
	   "a row of one side alone has another sign");

	ok(look(out, "--screenshot=80x24 --keys n") == 0 && has(out, "difference 2 of 4") &&
		   strstr(cursor_line(out, line), "*\u25b6") && count_of(line, " poll ") == 2,
	   "n goes to the next place: %s", line);
	ok(look(out, "--screenshot=80x24 --keys 'n n n N N N'") == 0 &&
		   has(out, "difference 1 of 4"),
	   "N goes back");
	ok(look(out, "--screenshot=80x24 --keys 'n n n n n'") == 0 && has(out, "difference 4 of 4"),
	   "there is none behind the last");
	ok(look(out, "--screenshot=80x24 --at step:23") == 0 &&
		   count_of(cursor_line(out, line), "add_handler") == 2 &&
		   has(out, "differences: 4"),
	   "--at goes to a row of A, and B is there too: %s", line);
	ok(look(out, "--screenshot=80x24 --keys Tab") == 0 && has(out, "A LOOP") &&
		   has(out, "B LOOP") && count_of(out, "handlers  waker") == 2,
	   "Tab shows another state of both");
	ok(look(out, "--screenshot=160x50") == 0 && has(out, "A STREAM") && has(out, "B LOOP"),
	   "a large screen shows several");
	ok(look(out, "--screenshot=80x24 --lang zh") == 0 && has(out, "两次运行在步骤 34.2") &&
		   has(out, "第 1 / 4 处不同"),
	   "it speaks Chinese");
	ok(look(out, "--screenshot=80x24 --keys ?") == 0 && has(out, "next difference") &&
		   !strstr(out, "STREAM"),
	   "? lists the keys");
	ok(look(out, "--screenshot=60x15") == 0 && has(out, "*\u25b6"), "60x15 is enough");
	ok(look(out, "--screenshot=59x15") == 0 && has(out, "loopscope needs 60x15, this is 59x15"),
	   "below that it says so");
}

/* Runs that part in a timeout of the loop. */
static void test_state_that_differs(void)
{
	static char out[SCREEN_BYTES];
	char line[1024];

	if (!record(1, "timeout-no-headers"))
		return;
	ok(look(out, "--screenshot=80x24") == 0 && has(out, "A LOOP") && has(out, "B LOOP"),
	   "the state that differs is the one below");
	ok(count_of(out, "\u2502!timeouts") == 2, "and its lines that differ are marked");
	ok(count_of(cursor_line(out, line), " #") == 2, "rows have a sign that steps have not: %s",
	   line);
}

static void test_other_forms(void)
{
	static char out[SCREEN_BYTES], unified[SCREEN_BYTES];
	char words[12288];

	snprintf(words, sizeof(words), "diff --format=unified '%s' '%s'", trace[0], trace[1]);
	ok(run(unified, words) == 1 && look(out, "--plain") == 1 && strcmp(out, unified) == 0 &&
		   has(out, "@@ "),
	   "--plain is what diff --format=unified prints");
	snprintf(words, sizeof(words), "view --screenshot=80x24 --keys G '%s' '%s'", trace[0],
		 trace[0]);
	ok(run(out, words) == 0 && has(out, "The runs are the same in all") &&
		   has(out, "differences: 0"),
	   "a trace beside itself has no difference");
	ok(look(out, "--level core --plain") == 2 && has(out, "--level"), "--level is refused");
	ok(look(out, "--screenshot=80x24 --at step:999") == 2 && has(out, "999"),
	   "a place that is none is refused");
	snprintf(words, sizeof(words), "view --plain '%s' '%s-none'", trace[0], trace[0]);
	ok(run(out, words) == 2 && has(out, "loopscope: "), "a trace that is not there is refused");
}

/* What `line/239` says; 0 for none. */
static unsigned long line_shown(struct driver *driver)
{
	const char *at = strstr(driver_line(driver, 0), "line ");

	return at ? strtoul(at + 5, NULL, 10) : 0;
}

static void test_keys(void)
{
	const struct driver_terminal terminal = { .rows = 24, .columns = 80 };
	char *argv[] = { program, view, trace[0], trace[1], NULL };
	struct driver *driver = driver_start(&terminal, argv);
	unsigned long first;
	int status;

	if (!ok(driver && has(driver_screen(driver), "difference 1 of 4"), "it is shown"))
		return;
	first = line_shown(driver);
	ok(driver_keys(driver, "s s s") && line_shown(driver) == first + 3, "s steps");
	ok(driver_keys(driver, "S") && line_shown(driver) == first + 2, "S steps back");
	ok(driver_keys(driver, "Down Up j k PageDown PageUp") && line_shown(driver) == first + 2,
	   "arrows and pages go both ways");
	ok(driver_keys(driver, "n") && has(driver_screen(driver), "difference 2 of 4"),
	   "n goes to the next difference");
	ok(driver_keys(driver, "N") && line_shown(driver) == first, "N to the one before");
	ok(driver_keys(driver, "g") && line_shown(driver) == 1, "g goes to the first row");
	ok(driver_keys(driver, "S PageUp N") && line_shown(driver) == 1,
	   "and nothing is before it");
	ok(driver_keys(driver, "n") && line_shown(driver) == first, "n finds the first difference");
	ok(driver_keys(driver, "G s n") && line_shown(driver) > first &&
		   has(driver_screen(driver), "differences: 4"),
	   "G goes to the last row");
	ok(driver_keys(driver, "z z T L L ? Esc Esc") && driver_resize(driver, 40, 120) &&
		   has(driver_screen(driver), "B LOOP"),
	   "looks and sizes change");
	ok(driver_resize(driver, 10, 40) &&
		   has(driver_screen(driver), "loopscope needs 60x15, this is 40x10"),
	   "too small a terminal is told so");
	driver_until(driver, "q", "");
	status = driver_wait(driver);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "q ends it");
	ok(driver_is_restored(driver), "and the terminal is as it was");
	driver_free(driver);
}

int main(void)
{
	const char *build = getenv("LOOPSCOPE_BUILD");

	snprintf(program, sizeof(program), "%s/loopscope", build ? build : "build");
	if (record(0, "chunked-1-one-segment") && record(1, "chunked-1-separate")) {
		test_screens();
		test_other_forms();
		test_keys();
		test_state_that_differs();
	}
	return tap_end();
}
