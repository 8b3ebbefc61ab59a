/*
 * test_screens.c - the viewer in a pseudo-terminal, driven by keys; each screen
 * is held to a file in tests/tui/screens.  With LOOPSCOPE_UPDATE set the files
 * are written anew: look at each before you keep it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/probe/tap.h"
#include "tests/tui/driver.h"
#include "tests/tui/fixture.h"

enum action { OPEN, ASCII, PLAIN_LOCALE, NO_COLOR, KEYS, TYPE, CLICK, SIZE, SHOT };

struct line {
	enum action action;
	const char *text;
};

/* clang-format off */
static const struct line script[] = {
	{ OPEN, "80x24" },	{ SHOT, "start" },
	{ KEYS, "s s s s s s s" }, { SHOT, "step-7" },
	{ KEYS, "S" },		{ SHOT, "step-6-again" },
	{ TYPE, ":step:23\r" },	{ SHOT, "step-23" },
	{ KEYS, "s" },		{ SHOT, "step-24-what-changed" },
	{ TYPE, ":step:36\r" },
	{ KEYS, "w" },		{ SHOT, "why" },
	{ KEYS, "j j" },	{ SHOT, "why-third-line" },
	{ KEYS, "Enter" },	{ SHOT, "why-jumped" },
	{ KEYS, "u" },		{ SHOT, "undone" },
	{ KEYS, "U" },		{ SHOT, "redone" },
	{ KEYS, "q W" },	{ SHOT, "led-to" },
	{ KEYS, "q g ]" },	{ SHOT, "first-turn" },
	{ KEYS, "] ] [" },	{ SHOT, "turns-there-and-back" },
	{ KEYS, "?" },		{ SHOT, "help" },
	{ KEYS, "PageDown" },	{ SHOT, "help-next-page" },
	{ KEYS, "G" },		{ SHOT, "help-signs" },
	{ KEYS, "q" },
	{ TYPE, "/recv" },	{ SHOT, "search-prompt" },
	{ KEYS, "Enter" },	{ SHOT, "search-found" },
	{ KEYS, "n n N" },	{ SHOT, "search-on-and-back" },
	{ TYPE, "/kind:add_timeout\r" }, { SHOT, "search-kind" },
	{ TYPE, "/step:38\r" },	{ SHOT, "search-step" },
	{ TYPE, "/future#3\r" }, { SHOT, "search-object" },
	{ TYPE, "/nowhere\r" },	{ SHOT, "search-nothing" },
	{ TYPE, "/kind:nowhere\r" }, { SHOT, "search-no-such-kind" },
	{ KEYS, "g b" },	{ SHOT, "break-prompt" },
	{ KEYS, "Ctrl-U" },
	{ TYPE, "kind:add_callback\r" }, { SHOT, "break-set" },
	{ KEYS, "c c" },	{ SHOT, "break-reached-twice" },
	{ KEYS, "C" },		{ SHOT, "break-back" },
	{ TYPE, "bstep:42\r" },
	{ KEYS, "B" },		{ SHOT, "break-list" },
	{ KEYS, "d" },		{ SHOT, "break-deleted" },
	{ KEYS, "q c" },	{ SHOT, "break-at-step" },
	{ TYPE, ";select seq, event, detail from steps where event like '%timeout%'\r" },
				{ SHOT, "sql-rows" },
	{ KEYS, "j Enter" },	{ SHOT, "sql-jumped" },
	{ KEYS, "q" },
	{ TYPE, ";delete from events\r" }, { SHOT, "sql-refused" },
	{ TYPE, ";selec\r" },	{ SHOT, "sql-wrong" },
	{ TYPE, ":step:99\r" },	{ SHOT, "goto-no-such-step" },
	{ TYPE, ":step:30\r" },
	{ KEYS, "m a g ' a" },	{ SHOT, "mark-gone-to" },
	{ KEYS, "M" },		{ SHOT, "mark-list" },
	{ KEYS, "q L" },	{ SHOT, "chinese" },
	{ KEYS, "?" },		{ SHOT, "chinese-help" },
	{ KEYS, "q b" },	{ SHOT, "chinese-break" },
	{ KEYS, "Esc L 2" },	{ SHOT, "level-core" },
	{ KEYS, "3" },		{ SHOT, "level-everything" },
	{ KEYS, "4" },		{ SHOT, "level-kernel" },
	{ KEYS, "1 K" },	{ SHOT, "kernel-off" },
	{ KEYS, "K" },
	{ TYPE, ":step:28\r" }, { KEYS, "o" }, { SHOT, "over" },
	{ KEYS, "O" },		{ SHOT, "over-back" },
	{ KEYS, "s f" },	{ SHOT, "out" },
	{ TYPE, ":step:33\r" }, { KEYS, "F" }, { SHOT, "scheduled" },
	{ KEYS, "}" },		{ SHOT, "same-object" },
	{ KEYS, "{" },		{ SHOT, "same-object-back" },
	{ TYPE, ":step:19\r" }, { KEYS, "Enter" }, { SHOT, "folded" },
	{ KEYS, "Down" },	{ SHOT, "past-the-fold" },
	{ KEYS, "Up Right" },	{ SHOT, "unfolded" },
	{ TYPE, ":step:32\r" },
	{ KEYS, "Tab" },	{ SHOT, "pane-loop" },
	{ KEYS, "Tab Tab" },	{ SHOT, "pane-futures" },
	{ KEYS, "Tab" },	{ SHOT, "pane-kernel" },
	{ KEYS, "z" },		{ SHOT, "zoomed-kernel" },
	{ KEYS, "z" },
	{ TYPE, ":http\r" },	{ KEYS, "z" }, { SHOT, "zoomed-http" },
	{ KEYS, "z" },
	{ TYPE, ":source\r" },	{ KEYS, "z" }, { SHOT, "zoomed-source" },
	{ KEYS, "z" },
	{ TYPE, ":timeline\r" }, { SHOT, "timeline" },
	{ KEYS, "Right" },	{ SHOT, "timeline-moved" },
	{ TYPE, ":stream\r" },	{ TYPE, ":step:35\r" }, { KEYS, "z" }, { SHOT, "zoomed-stream" },
	{ KEYS, "z" },		{ TYPE, ":steps\r" },
	{ CLICK, "6,12" },	{ SHOT, "clicked" },
	{ KEYS, "G" },		{ SHOT, "end" },
	{ KEYS, "s" },		{ SHOT, "end-and-on" },
	{ KEYS, "g S" },	{ SHOT, "start-and-back" },
	{ TYPE, ":step:40\r" },
	{ SIZE, "200x50" },	{ SHOT, "200x50" },
	{ SIZE, "120x40" },	{ SHOT, "120x40" },
	{ SIZE, "60x15" },	{ SHOT, "60x15" },
	{ KEYS, "Tab" },	{ SHOT, "60x15-loop" },
	{ SIZE, "59x15" },	{ SHOT, "too-small" },
	{ SIZE, "80x24" },	{ SHOT, "80x24-again" },
	{ SIZE, "200x50" },	{ KEYS, "L" }, { SHOT, "200x50-chinese" },
	{ NO_COLOR, "80x24" },	{ KEYS, "s s w" }, { SHOT, "mono" },
	{ ASCII, "80x24" },	{ TYPE, ":step:32.1\r" }, { SHOT, "ascii" },
	{ PLAIN_LOCALE, "80x24" }, { TYPE, ":step:32.1\r" }, { KEYS, "L" }, { SHOT, "c-locale" },
};
/* clang-format on */

static char trace[4096], program[4096], screens[4096];
static bool updating;

static struct driver *open_viewer(enum action action, const char *size)
{
	struct driver_terminal terminal = { 0 };
	static char view[] = "view", ascii[] = "--ascii";
	char *argv[] = { program, view, trace, action == ASCII ? ascii : NULL, NULL };

	sscanf(size, "%dx%d", &terminal.columns, &terminal.rows);
	/* outside UTF-8 ncurses repeats characters by a sequence that libvterm gets wrong */
	if (action == PLAIN_LOCALE) {
		terminal.locale = "C";
		terminal.term = "screen-256color";
	}
	if (action == NO_COLOR)
		terminal.no_color = "1";
	return driver_start(&terminal, argv);
}

static void print_difference(const char *wanted, const char *got)
{
	while (*wanted || *got) {
		size_t n = strcspn(wanted, "\n"), m = strcspn(got, "\n");

		if (n != m || memcmp(wanted, got, n) != 0)
			printf("# wanted |%.*s|\n# got    |%.*s|\n", (int)n, wanted, (int)m, got);
		wanted += n + (wanted[n] == '\n');
		got += m + (got[m] == '\n');
	}
}

static void shot(struct driver *driver, const char *name)
{
	char path[8192], wanted[65536] = "";
	const char *got = driver_screen(driver);
	FILE *file;
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/%s.txt", screens, name);
	if (updating) {
		file = fopen(path, "we");
		ok(file && fputs(got, file) >= 0, "%s written", name);
		if (file)
			fclose(file);
		return;
	}
	file = fopen(path, "re");
	if (file) {
		n = fread(wanted, 1, sizeof(wanted) - 1, file);
		fclose(file);
	}
	wanted[n] = '\0';
	if (!ok(n && strcmp(wanted, got) == 0, "screen %s", name))
		print_difference(wanted, got);
}

static bool act(struct driver **driver, const struct line *line)
{
	int a, b;

	switch (line->action) {
	case OPEN:
	case ASCII:
	case PLAIN_LOCALE:
	case NO_COLOR:
		driver_free(*driver);
		*driver = open_viewer(line->action, line->text);
		return *driver != NULL;
	case KEYS:
		return driver_keys(*driver, line->text);
	case TYPE:
		return driver_type(*driver, line->text);
	case CLICK:
		return sscanf(line->text, "%d,%d", &a, &b) == 2 && driver_click(*driver, a, b);
	case SIZE:
		return sscanf(line->text, "%dx%d", &a, &b) == 2 && driver_resize(*driver, b, a);
	case SHOT:
		shot(*driver, line->text);
		return true;
	}
	return false;
}

int main(void)
{
	const char *build = getenv("LOOPSCOPE_BUILD"), *top = getenv("LOOPSCOPE_TOP");
	const char *folder = getenv("TMPDIR");
	struct driver *driver = NULL;

	updating = getenv("LOOPSCOPE_UPDATE") != NULL;
	snprintf(program, sizeof(program), "%s/loopscope", build ? build : "build");
	snprintf(screens, sizeof(screens), "%s/tests/tui/screens", top ? top : ".");
	snprintf(trace, sizeof(trace), "%s/walk.db", folder ? folder : "/tmp");
	if (!ok(fixture_make(trace, NULL) == 0, "the trace is made"))
		return tap_end();
	for (size_t i = 0; i < sizeof(script) / sizeof(script[0]); i++) {
		if (!act(&driver, &script[i])) {
			ok(false, "the viewer answers (line %zu: %s)", i, script[i].text);
			if (driver)
				printf("# %s\n", driver_line(driver, 0));
			break;
		}
	}
	driver_free(driver);
	return tap_end();
}
