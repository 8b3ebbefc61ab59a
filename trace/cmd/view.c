/*
 * view.c - loopscope view: a trace on the screen, one step at a time.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace/cmd/command.h"
#include "trace/cmd/common.h"
#include "trace/cmd/recorder.h"
#include "trace/cmd/view.h"
#include "trace/cmd/view_compare.h"
#include "trace/cmd/view_screen.h"
#include "trace/record/record.h"
#include "trace/record/recover.h"
#include "trace/store/store.h"
#include "tui/model/live.h"
#include "tui/model/model.h"
#include "tui/screen/terminal.h"
#include "tui/viewer.h"

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

struct wish {
	const char *at, *keys; /* NULL: none */
	int level;             /* enum level, -1: the trace's best */
	int columns, rows;     /* of a screenshot, 0: none */
	bool plain, ascii, chinese, live;
	const struct theme *theme;
	enum color color;
};

static int read_size(const char *text, struct wish *wish)
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

static int wish_read(struct wish *wish, struct recorder *recorder, struct options *options)
{
	int id;

	wish->chinese = wants_chinese();

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

char *view_read_keymap(struct keymap *keymap)
{
	char path[4096], *error = NULL;

	if (keymap_path(path, sizeof(path)))
		keymap_read(keymap, path, &error);
	return error;
}

static void draw_viewer(void *viewer, struct cells *cells)
{
	viewer_draw(viewer, cells);
}

static void press_key(void *viewer, uint32_t key)
{
	viewer_key(viewer, key);
	while (model_searching(viewer_model(viewer)))
		viewer_key(viewer, KEY_NOTHING);
}

static const struct theme *theme_of(void *viewer)
{
	return viewer_theme(viewer);
}

static struct view_screen screen_of(struct viewer *viewer)
{
	return (struct view_screen){ viewer, draw_viewer, press_key, theme_of };
}

/* Shows that something goes on and reads what the keyboard says to that; other keys are dropped. */
static bool wait_for_viewer(void *context)
{
	struct viewer *viewer = context;
	struct cells *cells = terminal_cells();
	struct mouse mouse;
	uint32_t key;

	if (cells) {
		viewer_draw(viewer, cells);
		terminal_show(cells, viewer_theme(viewer));
	}
	while ((key = terminal_key(0, -1, &mouse)) != KEY_NOTHING) {
		if (key == KEYS_GONE)
			viewer_key(viewer, key);
		if (key == KEYS_GONE || viewer_is_stop(viewer, key))
			return true;
	}
	return false;
}

static int interact(struct viewer *viewer, const struct wish *wish)
{
	const struct terminal_options options = { .ascii = wish->ascii,
						  .utf8 = locale_is_utf8(),
						  .color = color_wanted(wish->color) };
	struct mouse mouse;
	struct cells *cells;
	const struct view_screen screen = screen_of(viewer);
	char *error = NULL;
	int status = EXIT_DONE;

	if (!options.color && !wish->theme)
		viewer_set_theme(viewer, &themes[2]);
	if (terminal_open(&options, &error) < 0) {
		trouble("%s", error ? error : "out of memory");
		free(error);
		return EXIT_TROUBLE;
	}
	viewer_set_wait(viewer, wait_for_viewer, viewer);
	cells = terminal_cells();
	if (cells && wish->keys)
		status = view_press_keys(&screen, cells, wish->keys);
	while (status == EXIT_DONE && viewer_is_open(viewer) &&
	       (cells = terminal_cells()) != NULL) {
		uint32_t key;

		viewer_draw(viewer, cells);
		terminal_show(cells, viewer_theme(viewer));
		if (!viewer_is_busy(viewer))
			view_tell_frame(cells);
		key = terminal_key(viewer_patience(viewer), viewer_wake(viewer), &mouse);
		if (keymap_find(viewer_keymap(viewer), key) == REQUEST_REDRAW)
			terminal_redraw();
		if (key == KEYS_MOUSE)
			viewer_mouse(viewer, &mouse);
		else
			viewer_key(viewer, key);
	}
	terminal_close();
	return status;
}

static int show(struct viewer *viewer, const struct wish *wish)
{
	const struct view_screen screen = screen_of(viewer);
	struct model *model = viewer_model(viewer);
	char *mistake;

	viewer_set_utf8(viewer, locale_is_utf8());
	if (wish->theme)
		viewer_set_theme(viewer, wish->theme);
	if (wish->chinese && !viewer_set_language(viewer, true))
		return trouble("%s", model->message);
	if (wish->level >= 0)
		model_set_level(model, (enum level)wish->level);
	if (wish->at && !model_goto(model, wish->at))
		return trouble("%s", *model->message ? model->message : "there is no such place");
	if (wish->columns)
		return view_screenshot(&screen, wish->rows, wish->columns, wish->ascii, wish->keys,
				       wish->color == COLOR_ALWAYS);
	if (wish->plain) {
		if (wish->at)
			viewer_print_place(viewer, stdout);
		else
			viewer_print_walk(viewer, stdout);
		return EXIT_DONE;
	}
	mistake = view_read_keymap(viewer_keymap(viewer));
	if (mistake)
		model_message(model, "%s", mistake);
	free(mistake);
	return interact(viewer, wish);
}

static bool is_interactive(const struct wish *wish)
{
	return !wish->columns && !wish->plain;
}

/* Before the trace is opened: an open database must not be shared by two processes. */
static int guard(const struct wish *wish)
{
	char *error = NULL;
	int status = EXIT_DONE;

	fflush(stdout);
	if (is_interactive(wish) && terminal_guard(&error) < 0)
		status = trouble("%s", error ? error : "out of memory");
	free(error);
	return status;
}

/* Shows the trace in the store, which this takes; live may be NULL. */
static int view_store(struct store *store, struct live *live, const struct wish *wish)
{
	struct model *model = NULL;
	struct viewer *viewer = NULL;
	char *error = NULL;
	int status;

	if (model_new(&model, store, &error) < 0 || viewer_new(&viewer, model, &error) < 0) {
		status = trouble("%s", error ? error : "out of memory");
	} else {
		viewer_set_live(viewer, live);
		status = show(viewer, wish);
	}
	viewer_free(viewer);
	free(error);
	return status;
}

static int view(const char *path, const struct wish *wish)
{
	struct store *store = NULL;
	char *error = NULL;
	int status = guard(wish);

	if (status)
		return status;
	if (recover_open(&store, path, &error) < 0)
		status = trouble("%s", error ? error : "out of memory");
	else
		status = view_store(store, NULL, wish);
	free(error);
	return status;
}

/* Two traces side by side. */
static int view_two(char *const path[2], const struct wish *wish)
{
	const struct view_compare compare = {
		.path = { path[0], path[1] },
		.at = wish->at,
		.keys = wish->keys,
		.columns = wish->columns,
		.rows = wish->rows,
		.plain = wish->plain,
		.ascii = wish->ascii,
		.chinese = wish->chinese,
		.theme = wish->theme,
		.color = wish->color,
	};

	if (wish->level >= 0)
		return trouble("--level is for one trace; of two, all rows are compared");
	return view_compare(&compare);
}

/* The recorder's words, then the program's. */
static int complete(struct recorder *recorder, char *const *program)
{
	int status = recorder_clear(recorder);

	if (!status)
		status = recorder_add(recorder, "--live=%d", (int)getpid());

	if (!status)
		status = recorder_add(recorder, "--output=%s", recorder->output);
	if (!status)
		status = recorder_add(recorder, "--");
	for (; *program && !status; program++)
		status = recorder_add(recorder, "%s", *program);
	return status;
}

/* What the viewer leaves behind, and how to be rid of it. */
static void say_what_goes_on(struct live *live, const char *program, const char *trace)
{
	int process = (int)live_program(live);

	if (live_state(live) == LIVE_ENDED && !live_recorder_died(live))
		return;
	if (live_state(live) == LIVE_ENDED)
		remark("loopscope: the recorder of %s died; 'loopscope recover %s' saves what it "
		       "left",
		       program, trace);
	else
		remark("loopscope: %s goes on; it is recorded into %s", program, trace);
	if (live_program_lives(live))
		remark("loopscope: it is process %d; 'kill %d' ends it", process, process);
}

static int run_live(struct recorder *recorder, char *const *program, const struct wish *wish)
{
	struct store *store = NULL;
	struct live *live = NULL;
	char *error = NULL;
	int status;

	if (!is_interactive(wish))
		return trouble(
			"--live is for a terminal; it goes with neither --plain nor --screenshot");
	status = guard(wish);
	if (!status)
		status = complete(recorder, program);
	if (status)
		return status;
	if (live_start(&live, recorder->argv, recorder->output, record_put_sources, &error) < 0 ||
	    live_read_first(live, &store, &error) < 0) {
		status = trouble("%s", error ? error : "nothing was recorded");
	} else {
		status = view_store(store, live, wish);
		live_copy_output(live, stdout);
		say_what_goes_on(live, program[0], recorder->output);
	}
	live_free(live);
	free(error);
	return status;
}

static int run(int argc, char **argv)
{
	struct wish wish = { .level = -1, .color = COLOR_AUTO };
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
		status = run_live(&recorder, argv + options.rest, &wish);
	else if (!status && argc - options.rest == 2)
		status = view_two(argv + options.rest, &wish);
	else if (!status && argc - options.rest != 1)
		status = trouble("name a trace, or two: loopscope %s", command_view.usage);
	else if (!status)
		status = view(argv[options.rest], &wish);
	recorder_release(&recorder);
	return stdout_finish(status);
}

int view_live(struct recorder *recorder, char *const *program)
{
	const struct wish wish = {
		.level = -1, .color = COLOR_AUTO, .live = true, .chinese = wants_chinese()
	};

	return run_live(recorder, program, &wish);
}

int view_afterwards(struct recorder *recorder, char *const *program)
{
	const struct wish wish = { .level = -1, .color = COLOR_AUTO, .chinese = wants_chinese() };
	pid_t child;
	int status, program_status;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return trouble("--view needs a terminal");
	child = fork();
	if (child == 0)
		_exit(recorder_become(recorder, program));
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (child < 0 || !WIFEXITED(status))
		return trouble("the recorder did not come to its end");
	if (WEXITSTATUS(status) > EXIT_NO)
		return WEXITSTATUS(status);
	program_status = WEXITSTATUS(status);
	status = view(recorder->output, &wish);
	return status == EXIT_DONE ? program_status : status;
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
	.run = run,
};
