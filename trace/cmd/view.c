/*
 * view.c - loopscope view: what is asked for, and who shows it.
 */
#include "trace/cmd/view.h"

#include <stdio.h>
#include <string.h>

#include "trace/cmd/command.h"
#include "trace/cmd/recorder.h"
#include "tui/model/visible.h"
#include "tui/screen/cells.h"

enum {
	OPTION_AT = 1,
	OPTION_LEVEL,
	OPTION_KEYS,
	OPTION_SCREENSHOT,
	OPTION_PLAIN,
	OPTION_ASCII,
	OPTION_THEME,
	OPTION_LANG,
	OPTION_COLOR,
	OPTION_LIVE,
};

static const struct option_row rows[] = {
	{ OPTION_AT, 0, "at", "WHERE",
	  "begin there: "
	  "SEQ, step:N, step:N#K, turn:N or end" },
	{ OPTION_LEVEL, 0, "level", "article|core|everything|kernel",
	  "show the steps of the walk, the library's calls, everything, or system calls" },
	{ OPTION_KEYS, 0, "keys", "KEYS",
	  "press these first: names with blanks between, as 's s w'" },
	{ OPTION_SCREENSHOT, 0, "screenshot", "WxH", "print one screen of that size as text" },
	{ OPTION_PLAIN, 0, "plain", NULL,
	  "print lines of text: every step and what it changed; with --at, one place" },
	{ OPTION_ASCII, 0, "ascii", NULL, "draw with ASCII alone" },
	{ OPTION_THEME, 0, "theme", "default|contrast|mono",
	  "colours: for a desk, for a projector, none" },
	{ OPTION_LANG, 0, "lang", "en|zh", "the language (default: the locale's); L changes it" },
	{ OPTION_COLOR, 0, "color", COLOR_WORDS, COLOR_SENTENCE },
	{ OPTION_LIVE, 0, "live", NULL,
	  "run a program and show it while it happens; it stands still until you let it go on" },
	RECORDER_ROWS,
	{ 0 },
};

static int read_size(const char *text, struct view_wish *wish)
{
	char after;

	if (sscanf(text, "%4dx%4d%c", &wish->columns, &wish->rows, &after) != 2 ||
	    wish->columns < 1 || wish->rows < 1 || wish->columns > CELLS_MAX ||
	    wish->rows > CELLS_MAX)
		return trouble("--screenshot takes columns x rows, as 80x24, at most %d each",
			       CELLS_MAX);
	return 0;
}

/* What the locale's name says; nobody is told off for a language that was not asked for. */
static bool wants_chinese(void)
{
	return strncmp(locale_name("LC_MESSAGES"), "zh", 2) == 0 && locale_is_utf8();
}

struct view_wish view_wish_default(void)
{
	return (struct view_wish){ .level = -1, .color = COLOR_AUTO, .chinese = wants_chinese() };
}

static int wish_read(struct view_wish *wish, struct recorder *recorder, struct options *options)
{
	int id;

	while ((id = options_next(options)) > 0) {
		if (id >= RECORDER_OUTPUT) {
			options->status = recorder_take(recorder, id, options);
			if (options->status)
				return -1;
		}
		switch (id) {
		case OPTION_LIVE:
			wish->live = true;
			break;
		case OPTION_AT:
			wish->at = options->value;
			break;
		case OPTION_LEVEL:
			wish->level = options->word;
			break;
		case OPTION_KEYS:
			wish->keys = options->value;
			break;
		case OPTION_SCREENSHOT:
			options->status = read_size(options->value, wish);
			if (options->status)
				return -1;
			break;
		case OPTION_PLAIN:
			wish->plain = true;
			break;
		case OPTION_ASCII:
			wish->ascii = true;
			break;
		case OPTION_THEME:
			wish->theme = &themes[options->word];
			break;
		case OPTION_LANG:
			wish->chinese = options->word == 1;
			break;
		case OPTION_COLOR:
			wish->color = (enum color)options->word;
			break;
		}
	}
	return id;
}

/* The one trace or the two that are named; no program is run. */
static int view_named(char *const *path, int count, const struct view_wish *wish)
{
	if (count == 2 && wish->level >= 0)
		return trouble("--level is for one trace; of two, all rows are compared");
	if (count == 2)
		return view_compare(path, wish);
	if (count != 1)
		return trouble("name a trace, or two: loopscope %s", command_view.usage);
	return view_trace(path[0], wish);
}

static int run_view(int argc, char **argv)
{
	struct view_wish wish = view_wish_default();
	struct recorder recorder = { .argc = 0 };
	struct options options;
	int status = EXIT_DONE;

	stdout_guard();
	options_init(&options, &command_view, argc, argv);
	/* a finished trace can be viewed where there is no recorder; "--liv" is short for it */
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (!status && !recorder.argc && strncmp(argv[i], "--li", 4) == 0)
			status = recorder_init(&recorder);
	if (!status && wish_read(&wish, &recorder, &options) < 0)
		status = options.status;
	else if (!status && wish.live && options.rest == argc)
		status = trouble("name the program to run, after --");
	else if (!status && wish.live)
		status = view_run_live(&recorder, argv + options.rest, &wish);
	else if (!status)
		status = view_named(argv + options.rest, argc - options.rest, &wish);
	recorder_release(&recorder);
	return stdout_finish(status);
}

const struct command command_view = {
	.name = "view",
	.usage = "view [--at WHERE] [--screenshot=WxH | --plain] TRACE [OTHER]",
	.summary = "Walk through a trace on the screen",
	.help = "Shows the steps, the source, and what the loop, the streams, the coroutines and\n"
		"the kernel hold at each.  s steps, S steps back, ? lists all keys.\n"
		"\n"
		"Keys can be changed in loopscope/keymap in XDG_CONFIG_HOME (or ~/.config): lines\n"
		"KEY REQUEST.  A request has the name that ? shows after a colon.  A key is a character,\n"
		"Ctrl-A to Ctrl-Z, F1 to F12, Space Tab Shift-Tab Enter Esc Backspace Delete Up Down\n"
		"Left Right Home End PageUp PageDown.\n"
		"\n"
		"    loopscope view A B\n"
		"\n"
		"shows two traces side by side, stepping both together: n goes to the next\n"
		"difference, N to the one before.  --at names a row of A; --plain prints the rows\n"
		"that differ, as loopscope diff --format=unified does.\n"
		"\n"
		"    loopscope view --live [-o TRACE] -- PROGRAM [ARG...]\n"
		"\n"
		"runs a program and shows it while it happens.  It stands at its first event: s lets\n"
		"it go on to the next row, e by one event, r to the next callback, t to the next turn\n"
		"of the loop, p lets it run and holds it again.  c, o, f, ] and :step:N run on until it\n"
		"has come to their place; any key stops that.  While it is held its loop's time\n"
		"stands still, so that no timeout fires because somebody talks.\n"
		"\n"
		"Exit: 0 done, 2 the trace cannot be read or there is no fit terminal.",
	.options = rows,
	.run = run_view,
};
