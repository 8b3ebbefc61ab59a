/*
 * terminal_ncurses.c - the only file that knows ncurses.
 */
#include "tui/screen/terminal_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>
/* macros of term.h that would swallow words of ours */
#undef columns
#undef lines

#include "trace/base/failure.h"
#include "tui/screen/escapes.h"

#define ESCAPE_MILLISECONDS 150 /* after Esc, for the rest of a key's sequence */

static struct {
	bool open, color;
	struct terminal_options options;
	SCREEN *screen;
	struct cells *cells; /* given out */
	struct cells *shown; /* what the terminal shows; NULL: not known */
	const struct theme *theme;
	bool again;
} terminal;

/* Whether the terminal keeps what it showed before us, and shows it again after. */
static bool has_other_screen(void)
{
	const char *sequence = tigetstr("rmcup");

	return sequence && sequence != (const char *)-1 && *sequence;
}

/* What ends the mode that we put the terminal into, as far as it is described. */
static void collect_endings(void)
{
	static const char *const names[] = { "sgr0", "cnorm", "rmkx", "rmcup" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *sequence = tigetstr(names[i]);

		if (sequence && sequence != (const char *)-1)
			terminal__add_ending(sequence);
	}
	/* without a screen to go back to, what comes after us begins on a line of its own */
	if (!has_other_screen()) {
		terminal__add_ending("\r\n");
		if (tigetstr("ed") && tigetstr("ed") != (const char *)-1)
			terminal__add_ending(tigetstr("ed"));
	}
}

/* Whether the terminal's description is there and has the cursor put anywhere. */
static bool can_show_panes(const char *term)
{
	const char *address;
	int status;

	if (!term || !*term || strcmp(term, "dumb") == 0 ||
	    setupterm(term, STDOUT_FILENO, &status) != OK)
		return false;
	address = tigetstr("cup");
	terminal__remember();
	collect_endings();
	del_curterm(cur_term);
	return address && address != (const char *)-1;
}

int terminal_check(char **error)
{
	const char *term = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return failure(error, "the viewer needs a terminal; "
				      "--plain prints lines, --screenshot=WxH one screen");
	if (!can_show_panes(term))
		return failure(error,
			       "this terminal (TERM=%s) cannot show panes; "
			       "--plain prints lines, --screenshot=WxH one screen",
			       term ? term : "");
	return 0;
}

int terminal_open(const struct terminal_options *options, char **error)
{
	if (terminal_check(error) < 0)
		return -1;
	terminal.screen = newterm(NULL, stdout, stdin);
	if (!terminal.screen)
		return failure(error, "the terminal cannot be set up; --plain prints lines");
	terminal.options = *options;
	terminal__catch_signals();
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MILLISECONDS);
	curs_set(0);
	mousemask(BUTTON1_CLICKED | BUTTON1_PRESSED | BUTTON1_DOUBLE_CLICKED | BUTTON4_PRESSED |
			  BUTTON5_PRESSED,
		  NULL);
	mouseinterval(0);
	terminal.color = options->color && has_colors() && start_color() == OK;
	if (terminal.color)
		use_default_colors();
	terminal.open = true;
	return 0;
}

void terminal_close(void)
{
	if (!terminal.open)
		return;
	terminal.open = false;
	if (!has_other_screen()) {
		move(LINES - 1, 0);
		clrtoeol();
		refresh();
	}
	endwin();
	delscreen(terminal.screen);
	cells_free(terminal.cells);
	cells_free(terminal.shown);
	terminal.cells = terminal.shown = NULL;
}

struct cells *terminal_cells(void)
{
	int rows, columns;

	getmaxyx(stdscr, rows, columns);
	if (terminal.cells && terminal.cells->rows == rows && terminal.cells->columns == columns)
		return terminal.cells;
	cells_free(terminal.cells);
	cells_free(terminal.shown);
	terminal.shown = NULL;
	if (cells_new(&terminal.cells, rows, columns, terminal.options.ascii,
		      terminal.options.utf8) < 0)
		return NULL;
	/* without it everything is drawn each time: slower, no less right */
	cells_new(&terminal.shown, rows, columns, false, true);
	terminal.again = true;
	return terminal.cells;
}

/* Pair n + 1 is style n's, pairs above those of what is selected. */
static void set_theme(const struct theme *theme)
{
	terminal.theme = theme;
	terminal.again = true;
	if (!terminal.color)
		return;
	for (short style = 0; style < STYLE_COUNT; style++) {
		struct look look = theme->looks[style];

		init_pair((short)(style + 1), look.ink, look.paper);
	}
}

static void put_cell(int row, int column, const struct cell *cell)
{
	struct look look = theme_look(terminal.theme, cell->style);
	attr_t attributes = A_NORMAL;
	wchar_t text[3] = { (wchar_t)cell->point, (wchar_t)cell->combining, 0 };
	cchar_t character;

	/* a width that the C library sees otherwise would shift the whole row */
	if (cell->point >= 0x80 && wcwidth((wchar_t)cell->point) != cells_width(cell->point)) {
		text[0] = cells_width(cell->point) == 2 ? 0x3013 : 0xfffd;
		text[1] = 0;
	}
	if (text[1] && wcwidth(text[1]) != 0)
		text[1] = 0;
	if (look.attributes & LOOK_BOLD)
		attributes |= A_BOLD;
	if (look.attributes & LOOK_DIM)
		attributes |= A_DIM;
	if (look.attributes & LOOK_UNDERLINE)
		attributes |= A_UNDERLINE;
	if (look.attributes & LOOK_REVERSE)
		attributes |= A_REVERSE;
	setcchar(&character, text, attributes,
		 terminal.color ? (short)((cell->style & ~STYLE_SELECTED) + 1) : 0, NULL);
	mvadd_wch(row, column, &character);
}

static bool row_is_shown(const struct cells *cells, int row)
{
	return terminal.shown && !terminal.again &&
	       memcmp(cells_at(cells, row, 0), cells_at(terminal.shown, row, 0),
		      (size_t)cells->columns * sizeof(struct cell)) == 0;
}

void terminal_show(const struct cells *cells, const struct theme *theme)
{
	if (theme != terminal.theme)
		set_theme(theme);
	if (terminal.again)
		erase();
	for (int row = 0; row < cells->rows; row++) {
		if (row_is_shown(cells, row))
			continue;
		for (int column = 0; column < cells->columns; column++)
			if (cells_at(cells, row, column)->point)
				put_cell(row, column, cells_at(cells, row, column));
	}
	if (terminal.shown)
		memcpy(terminal.shown->cell, cells->cell,
		       (size_t)cells->rows * (size_t)cells->columns * sizeof(struct cell));
	terminal.again = false;
	refresh();
}

void terminal_redraw(void)
{
	terminal.again = true;
	clearok(stdscr, TRUE);
}

static uint32_t mouse_event(struct mouse *mouse)
{
	MEVENT event;

	if (getmouse(&event) != OK)
		return KEYS_UNKNOWN;
	mouse->row = event.y;
	mouse->column = event.x;
	mouse->what = event.bstate & BUTTON4_PRESSED          ? MOUSE_WHEEL_UP
		      : event.bstate & BUTTON5_PRESSED        ? MOUSE_WHEEL_DOWN
		      : event.bstate & BUTTON1_DOUBLE_CLICKED ? MOUSE_DOUBLE
							      : MOUSE_CLICK;
	return KEYS_MOUSE;
}

static uint32_t named_key(wint_t key, struct mouse *mouse)
{
	static const struct {
		wint_t theirs;
		uint32_t ours;
	} keys[] = {
		{ KEY_UP, KEYS_UP },          { KEY_DOWN, KEYS_DOWN },
		{ KEY_LEFT, KEYS_LEFT },      { KEY_RIGHT, KEYS_RIGHT },
		{ KEY_HOME, KEYS_HOME },      { KEY_END, KEYS_END },
		{ KEY_PPAGE, KEYS_PAGE_UP },  { KEY_NPAGE, KEYS_PAGE_DOWN },
		{ KEY_BTAB, KEYS_SHIFT_TAB }, { KEY_DC, KEYS_DELETE },
		{ KEY_ENTER, '\r' },          { KEY_BACKSPACE, 127 },
		{ KEY_RESIZE, KEYS_RESIZE },
	};

	if (key == KEY_MOUSE)
		return mouse_event(mouse);
	if (key >= KEY_F(1) && key <= KEY_F(12))
		return KEYS_F1 + (key - KEY_F(1));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].theirs == key)
			return keys[i].ours;
	return KEYS_UNKNOWN;
}

/* What came behind an ESC that began no sequence of the terminal's description. */
static uint32_t after_escape(struct mouse *mouse)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	struct escape escape = { .count = 0 };
	wint_t unit;

	while (!escape_is_whole(&escape)) {
		int got = get_wch(&unit);

		/* for the first one ncurses has waited */
		if (got == ERR && escape.count && poll(&input, 1, ESCAPE_MILLISECONDS) > 0)
			got = get_wch(&unit);
		if (got == ERR)
			break;
		if (got == KEY_CODE_YES)
			return KEYS_UNKNOWN;
		/* another one begins; in a string it may be its end */
		if (unit == 27 && (escape.count == 0 || strchr("[O", (int)escape.units[0]))) {
			unget_wch(unit);
			break;
		}
		escape_take(&escape, unit);
	}
	return escape.count ? escape_key(&escape, mouse) : 27;
}

/* A key that is there already, or KEY_NOTHING. */
static uint32_t key_at_hand(struct mouse *mouse)
{
	wint_t key;

	switch (get_wch(&key)) {
	case OK:
		return key == 27 ? after_escape(mouse) : key == '\n' ? '\r' : (uint32_t)key;
	case KEY_CODE_YES:
		return named_key(key, mouse);
	default:
		return KEY_NOTHING;
	}
}

uint32_t terminal_key(int milliseconds, int wake, struct mouse *mouse)
{
	struct pollfd wait[2] = { { .fd = STDIN_FILENO, .events = POLLIN },
				  { .fd = wake, .events = POLLIN } };
	struct pollfd *input = &wait[0];
	uint32_t key = key_at_hand(mouse);

	while (key == KEY_NOTHING) {
		int ready = poll(wait, 2, milliseconds);

		if (terminal__was_interrupted())
			return KEY_INTERRUPT;
		if (ready == 0 || (ready > 0 && !input->revents))
			return KEY_NOTHING;
		if (ready > 0 && !(input->revents & POLLIN))
			return KEYS_GONE;
		if (ready < 0 && errno != EINTR)
			return KEYS_GONE;
		key = key_at_hand(mouse);
		/* readable, yet nothing to read: the end of a terminal that went away */
		if (key == KEY_NOTHING && ready > 0 && poll(input, 1, 0) > 0 &&
		    (input->revents & (POLLHUP | POLLERR)))
			return KEYS_GONE;
	}
	return key;
}
