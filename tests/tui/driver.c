/*
 * driver.c - a pseudo-terminal with the viewer in it, and libvterm as the
 * person who reads its screen.
 */
#include "tests/tui/driver.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <vterm.h>

#define PATIENCE 60 /* seconds before a test gives up */
#define SCREEN_BYTES (400 * 150 * 8)

struct driver {
	pid_t child;
	int terminal, slave; /* the slave is kept open to read its modes at the end */
	struct termios before;
	int rows, columns;
	VTerm *vterm;
	VTermScreen *screen;
	unsigned frames;
	int frame_rows, frame_columns;
	bool ended;
	int status;

	char sign[64]; /* of a frame, as far as it was read */
	size_t sign_length;
	unsigned char *bytes;
	size_t length, room;
	char *text;
};

static void keep(struct driver *driver, unsigned char byte)
{
	if (driver->length == driver->room) {
		driver->room = driver->room ? driver->room * 2 : 65536;
		driver->bytes = realloc(driver->bytes, driver->room);
		if (!driver->bytes)
			abort();
	}
	driver->bytes[driver->length++] = byte;
	vterm_input_write(driver->vterm, (const char *)&driver->bytes[driver->length - 1], 1);
}

/* A byte of output; signs of frames, "ESC _frame N WxH ESC \", are taken out. */
static void take(struct driver *driver, unsigned char byte)
{
	static const char begin[] = "\033_frame ";
	size_t n = driver->sign_length;

	if (n < sizeof(begin) - 1 ? byte == (unsigned char)begin[n]
				  : n < sizeof(driver->sign) - 1) {
		driver->sign[driver->sign_length++] = (char)byte;
		if (byte == '\\' && driver->sign[n - 1] == '\033' && n > sizeof(begin)) {
			driver->sign[driver->sign_length] = '\0';
			sscanf(driver->sign, "\033_frame %u %dx%d", &driver->frames,
			       &driver->frame_columns, &driver->frame_rows);
			driver->sign_length = 0;
		}
		return;
	}
	driver->sign_length = 0;
	for (size_t i = 0; i < n; i++)
		keep(driver, (unsigned char)driver->sign[i]);
	/* what ended one beginning may be another */
	if (n)
		take(driver, byte);
	else
		keep(driver, byte);
}

static void collect(struct driver *driver, int options)
{
	if (!driver->ended && waitpid(driver->child, &driver->status, options) == driver->child)
		driver->ended = true;
}

/* Reads what comes next; false when nothing more will, or not in time. */
static bool pump(struct driver *driver, time_t until)
{
	struct pollfd input = { .fd = driver->terminal, .events = POLLIN };
	unsigned char bytes[4096];
	ssize_t n;

	while (poll(&input, 1, 50) == 0) {
		/*
		 * Our own copy of the slave keeps the terminal alive: ask for the child.
		 * What it wrote just before its end is still to be read.
		 */
		if (driver->ended || time(NULL) > until)
			return false;
		collect(driver, WNOHANG);
	}
	n = read(driver->terminal, bytes, sizeof(bytes));
	for (ssize_t i = 0; i < n; i++)
		take(driver, bytes[i]);
	return n > 0;
}

static bool wait_frame(struct driver *driver, unsigned seen)
{
	time_t until = time(NULL) + PATIENCE;

	while (driver->frames <= seen)
		if (!pump(driver, until))
			return false;
	return true;
}

static void become(const struct driver_terminal *terminal, int slave, char *const argv[])
{
	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	dup2(slave, 0);
	dup2(slave, 1);
	dup2(slave, 2);
	closefrom(3);
	setenv("TERM", terminal->term ? terminal->term : "xterm-256color", 1);
	setenv("LC_ALL", terminal->locale ? terminal->locale : "C.UTF-8", 1);
	setenv("LOOPSCOPE_TELL_FRAMES", "1", 1);
	setenv("XDG_CONFIG_HOME", terminal->config ? terminal->config : "/nonexistent", 1);
	unsetenv("LINES");
	unsetenv("COLUMNS");
	unsetenv("NO_COLOR");
	if (terminal->no_color)
		setenv("NO_COLOR", terminal->no_color, 1);
	execv(argv[0], argv);
	_exit(127);
}

struct driver *driver_start(const struct driver_terminal *terminal, char *const argv[])
{
	struct winsize size = { .ws_row = (unsigned short)terminal->rows,
				.ws_col = (unsigned short)terminal->columns };
	struct driver *driver = calloc(1, sizeof(*driver));

	if (!driver || openpty(&driver->terminal, &driver->slave, NULL, NULL, &size) < 0)
		return NULL;
	driver->rows = terminal->rows;
	driver->columns = terminal->columns;
	driver->text = malloc(SCREEN_BYTES);
	tcgetattr(driver->slave, &driver->before);
	driver->vterm = vterm_new(terminal->rows, terminal->columns);
	vterm_set_utf8(driver->vterm, 1);
	driver->screen = vterm_obtain_screen(driver->vterm);
	vterm_screen_enable_altscreen(driver->screen, 1);
	vterm_screen_reset(driver->screen, 1);
	fflush(stdout);
	driver->child = fork();
	if (driver->child == 0)
		become(terminal, driver->slave, argv);
	if (driver->child < 0) {
		driver->ended = true;
		driver_free(driver);
		return NULL;
	}
	if (!terminal->busy)
		wait_frame(driver, 0);
	return driver;
}

void driver_free(struct driver *driver)
{
	if (!driver)
		return;
	if (!driver->ended) {
		driver_kill(driver->child, SIGKILL);
		collect(driver, 0);
	}
	vterm_free(driver->vterm);
	if (driver->terminal >= 0)
		close(driver->terminal);
	if (driver->slave >= 0)
		close(driver->slave);
	free(driver->bytes);
	free(driver->text);
	free(driver);
}

/* What terminals of the xterm kind send. */
static const char *key_bytes(const char *name, char buffer[2])
{
	static const struct {
		const char *name, *bytes;
	} keys[] = {
		{ "Up", "\033OA" },        { "Down", "\033OB" },      { "Right", "\033OC" },
		{ "Left", "\033OD" },      { "Home", "\033OH" },      { "End", "\033OF" },
		{ "PageUp", "\033[5~" },   { "PageDown", "\033[6~" }, { "Delete", "\033[3~" },
		{ "Shift-Tab", "\033[Z" }, { "Tab", "\t" },           { "Enter", "\r" },
		{ "Esc", "\033" },         { "Space", " " },          { "F1", "\033OP" },
		{ "Backspace", "\177" },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i].name, name) == 0)
			return keys[i].bytes;
	if (strncmp(name, "Ctrl-", 5) == 0) {
		buffer[0] = (char)(name[5] - '@');
		return buffer;
	}
	return name;
}

static bool send_bytes(struct driver *driver, const char *bytes, size_t length)
{
	return write(driver->terminal, bytes, length) == (ssize_t)length;
}

static bool press(struct driver *driver, const char *name)
{
	char buffer[2] = "";
	const char *bytes = key_bytes(name, buffer);
	unsigned seen = driver->frames;

	return send_bytes(driver, bytes, strlen(bytes)) && wait_frame(driver, seen);
}

bool driver_keys(struct driver *driver, const char *keys)
{
	char copy[512], *left, *name;

	snprintf(copy, sizeof(copy), "%s", keys);
	for (name = strtok_r(copy, " ", &left); name; name = strtok_r(NULL, " ", &left))
		if (!press(driver, name))
			return false;
	return true;
}

bool driver_type(struct driver *driver, const char *text)
{
	while (*text) {
		size_t n = 1;
		unsigned seen = driver->frames;

		while (((unsigned char)text[n] & 0xc0) == 0x80)
			n++;
		if (!send_bytes(driver, text, n) || !wait_frame(driver, seen))
			return false;
		text += n;
	}
	return true;
}

bool driver_press(struct driver *driver, const char *bytes)
{
	return send_bytes(driver, bytes, strlen(bytes));
}

bool driver_send(struct driver *driver, const char *bytes)
{
	unsigned seen = driver->frames;

	return send_bytes(driver, bytes, strlen(bytes)) && wait_frame(driver, seen);
}

bool driver_click(struct driver *driver, int row, int column)
{
	char bytes[64];

	snprintf(bytes, sizeof(bytes), "\033[<0;%d;%dM", column + 1, row + 1);
	return driver_send(driver, bytes);
}

bool driver_until(struct driver *driver, const char *key, const char *text)
{
	time_t until = time(NULL) + PATIENCE;
	char buffer[2] = "";
	const char *bytes = key_bytes(key, buffer);

	if (!send_bytes(driver, bytes, strlen(bytes)))
		return false;
	while (!strstr(driver_screen(driver), text))
		if (!pump(driver, until))
			return false;
	return true;
}

bool driver_resize(struct driver *driver, int rows, int columns)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };
	time_t until = time(NULL) + PATIENCE;

	driver->rows = rows;
	driver->columns = columns;
	vterm_set_size(driver->vterm, rows, columns);
	if (ioctl(driver->terminal, TIOCSWINSZ, &size) < 0)
		return false;
	while (driver->frame_rows != rows || driver->frame_columns != columns)
		if (!pump(driver, until))
			return false;
	return true;
}

static char *put_point(char *out, uint32_t point)
{
	if (point < 0x80) {
		*out++ = (char)point;
	} else if (point < 0x800) {
		*out++ = (char)(0xc0 | point >> 6);
	} else {
		if (point < 0x10000) {
			*out++ = (char)(0xe0 | point >> 12);
		} else {
			*out++ = (char)(0xf0 | point >> 18);
			*out++ = (char)(0x80 | (point >> 12 & 0x3f));
		}
		*out++ = (char)(0x80 | (point >> 6 & 0x3f));
	}
	if (point >= 0x80)
		*out++ = (char)(0x80 | (point & 0x3f));
	return out;
}

static char *put_text(struct driver *driver, char *out, int row)
{
	char *begin = out;
	VTermScreenCell cell;

	for (int column = 0; column<driver->columns; column += cell.width> 1 ? cell.width : 1) {
		if (!vterm_screen_get_cell(driver->screen, (VTermPos){ row, column }, &cell))
			break;
		if (!cell.chars[0])
			*out++ = ' ';
		for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++)
			out = put_point(out, cell.chars[i]);
	}
	while (out > begin && out[-1] == ' ')
		out--;
	return out;
}

const char *driver_screen(struct driver *driver)
{
	char *out = driver->text;

	for (int row = 0; row < driver->rows; row++) {
		out = put_text(driver, out, row);
		*out++ = '\n';
	}
	*out = '\0';
	return driver->text;
}

const char *driver_line(struct driver *driver, int row)
{
	*put_text(driver, driver->text, row) = '\0';
	return driver->text;
}

int driver_reversed(struct driver *driver, int row)
{
	VTermScreenCell cell;
	int count = 0;

	for (int column = 0; column < driver->columns; column++)
		if (vterm_screen_get_cell(driver->screen, (VTermPos){ row, column }, &cell))
			count += cell.attrs.reverse;
	return count;
}

const unsigned char *driver_bytes(const struct driver *driver, size_t *length)
{
	*length = driver->length;
	return driver->bytes;
}

int driver_process(const struct driver *driver)
{
	return driver->child;
}

void driver_signal(struct driver *driver, int number)
{
	driver_kill(driver->child, number);
}

void driver_hang_up(struct driver *driver)
{
	close(driver->slave);
	close(driver->terminal);
	driver->terminal = driver->slave = -1;
}

int driver_wait(struct driver *driver)
{
	time_t until = time(NULL) + PATIENCE;

	while (driver->terminal >= 0 && pump(driver, until))
		continue;
	while (!driver->ended && time(NULL) <= until) {
		struct timespec moment = { .tv_nsec = 10000000 };

		collect(driver, WNOHANG);
		if (!driver->ended)
			nanosleep(&moment, NULL);
	}
	return driver->ended ? driver->status : -1;
}

static bool modes_are_back(struct driver *driver)
{
	struct termios now;

	return tcgetattr(driver->slave, &now) == 0 && now.c_lflag == driver->before.c_lflag &&
	       now.c_iflag == driver->before.c_iflag && now.c_oflag == driver->before.c_oflag;
}

bool driver_is_restored(struct driver *driver)
{
	struct pollfd input = { .fd = driver->terminal, .events = POLLIN };
	time_t until = time(NULL) + PATIENCE;
	bool back;

	/* the modes come back after the last byte was written */
	while (!(back = modes_are_back(driver)) && time(NULL) <= until)
		if (poll(&input, 1, 20) > 0)
			pump(driver, until);
	while (poll(&input, 1, 0) > 0 && pump(driver, until))
		continue;
	return back;
}

bool driver_kill(int process, int number)
{
	return process > 1 && kill(process, number) == 0;
}

int driver_child_of(int parent)
{
	char path[64];
	int child = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
	file = fopen(path, "re");
	if (file && fscanf(file, "%d", &child) != 1)
		child = 0;
	if (file)
		fclose(file);
	return child;
}
