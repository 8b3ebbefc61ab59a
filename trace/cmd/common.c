/*
 * common.c - what went wrong said, output checked, locale and terminal asked,
 * companions found.
 */
#include "trace/cmd/common.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "trace/base/safe.h"

/* Sentences quote names and texts that come from strangers. */
static void say(const char *prefix, const char *format, va_list arguments)
{
	char sentence[1024], safe[4096];
	int length = vsnprintf(sentence, sizeof(sentence), format, arguments);

	if (length < 0)
		return;
	if ((size_t)length >= sizeof(sentence))
		length = sizeof(sentence) - 1;
	safe_text(safe, sizeof(safe), sentence, (size_t)length);
	fflush(stdout);
	fprintf(stderr, "%s%s\n", prefix, safe);
}

int trouble(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say("loopscope: ", format, arguments);
	va_end(arguments);
	return EXIT_TROUBLE;
}

void remark(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say("", format, arguments);
	va_end(arguments);
}

static void on_closed_pipe(int signal)
{
	(void)signal;
}

void stdout_guard(void)
{
	/* A handler, not SIG_IGN: execve() sets handlers back and keeps SIG_IGN. */
	struct sigaction action = { .sa_handler = on_closed_pipe, .sa_flags = SA_RESTART };

	sigaction(SIGPIPE, &action, NULL);
}

int stdout_check(void)
{
	return fcntl(STDOUT_FILENO, F_GETFD) < 0 ? trouble("stdout is closed") : EXIT_DONE;
}

/* Whether whoever read our stdout has gone. */
static bool stdout_is_closed(void)
{
	struct pollfd stdout_poll = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&stdout_poll, 1, 0) > 0 && stdout_poll.revents & (POLLERR | POLLHUP);
}

int stdout_finish(int status)
{
	bool before = ferror(stdout);

	errno = 0;
	if (fflush(stdout) == 0 && !before)
		return status;
	/* `| head` has seen enough: that is no news */
	if (errno == EPIPE || (before && stdout_is_closed()))
		return EXIT_TROUBLE;
	return trouble("cannot write the output: %s", errno ? strerror(errno) : "an error");
}

bool color_wanted(enum color choice)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (choice != COLOR_AUTO)
		return choice == COLOR_ALWAYS;
	if (no_color && *no_color)
		return false;
	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

unsigned stdout_columns(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

const char *locale_name(const char *category)
{
	const char *const names[] = { "LC_ALL", category, "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *name = getenv(names[i]);

		if (name && *name)
			return name;
	}
	return "";
}

bool locale_is_utf8(void)
{
	return strcasecmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static int runnable(char *out, size_t size, const char *folder, const char *below, const char *name)
{
	int length = snprintf(out, size, "%s/%s%s", folder, below, name);

	if (length < 0 || (size_t)length >= size)
		return -ENAMETOOLONG;
	return access(out, X_OK) == 0 ? 0 : -ENOENT;
}

int find_program(char *out, size_t size, const char *name)
{
	char self[4096];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	self[length > 0 ? length : 0] = '\0';
	slash = strrchr(self, '/');
	if (!slash)
		return -ENOENT;
	*slash = '\0';
	if (runnable(out, size, self, "", name) == 0)
		return 0;
	return runnable(out, size, self, "../libexec/loopscope/", name);
}
