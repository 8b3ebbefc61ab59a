/*
 * terminal_guard.c - gives the terminal back, whatever ends the viewer.
 * Signals that can be caught do it themselves; for SIGKILL a second process
 * waits behind the viewer, and the viewer takes notice should that one be
 * killed.
 */
#include "tui/screen/terminal_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static struct {
	struct termios modes;
	bool known;
	char endings[256];
	size_t length;
	pid_t behind; /* the process that waits, in the viewer */
} saved;

static volatile sig_atomic_t interrupted;
static volatile pid_t viewer; /* in the process that waits */

void terminal__remember(void)
{
	/* xterm's mouse reports have no capability that ends them */
	static const char mouse_off[] = "\033[?1000l\033[?1002l\033[?1006l";

	saved.known = tcgetattr(STDIN_FILENO, &saved.modes) == 0;
	saved.length = 0;
	terminal__add_ending(mouse_off);
}

void terminal__add_ending(const char *sequence)
{
	while (*sequence && saved.length < sizeof(saved.endings)) {
		size_t padding = strncmp(sequence, "$<", 2) == 0 ? strcspn(sequence, ">") : 0;

		/* "$<5>" is the time that a terminal of old needs, and no text */
		if (padding && sequence[padding])
			sequence += padding + 1;
		else
			saved.endings[saved.length++] = *sequence++;
	}
}

/*
 * Whether the terminal is another's now: we were stopped, and it was given back
 * then.  To touch it would stop us again, or spoil what others show.  Not so if
 * the one behind was killed, which is what gave the terminal to another.
 */
static bool is_in_background(void)
{
	pid_t front = tcgetpgrp(STDIN_FILENO);

	return front > 0 && front != getpgrp() && (!saved.behind || getppid() == saved.behind);
}

/* Only what may be called in a signal handler; endwin() may not. */
static void give_back(void)
{
	ssize_t ignored;

	if (is_in_background())
		return;
	ignored = write(STDOUT_FILENO, saved.endings, saved.length);
	(void)ignored;
	if (saved.known)
		tcsetattr(STDIN_FILENO, TCSANOW, &saved.modes);
}

static void on_end(int number)
{
	give_back();
	signal(number, SIG_DFL);
	raise(number);
}

static void on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

bool terminal__was_interrupted(void)
{
	bool was = interrupted;

	interrupted = 0;
	return was;
}

static void catch_all(const int *numbers, size_t count, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };

	for (size_t i = 0; i < count; i++)
		sigaction(numbers[i], &action, NULL);
}

void terminal__catch_signals(void)
{
	static const int ends[] = { SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGBUS,
				    SIGFPE,  SIGILL, SIGABRT, SIGXCPU };
	static const int interrupts[] = { SIGINT };

	catch_all(ends, sizeof(ends) / sizeof(ends[0]), on_end);
	catch_all(interrupts, 1, on_interrupt);
}

static void pass_on(int number)
{
	if (viewer > 0)
		kill(viewer, number);
}

/* In the process that waits: ends as the viewer ended. */
static void wait_behind(void)
{
	static const int passed[] = { SIGTERM, SIGHUP };
	static const int ignored[] = { SIGINT, SIGQUIT, SIGTSTP };
	int status = 0;

	catch_all(passed, 2, pass_on);
	catch_all(ignored, 3, SIG_IGN);
	while (waitpid(viewer, &status, WUNTRACED) < 0 || WIFSTOPPED(status)) {
		/* stopped only when the viewer is: who waits for us takes the terminal then */
		if (WIFSTOPPED(status))
			raise(SIGSTOP);
		else if (errno != EINTR)
			_exit(2);
		status = 0;
	}
	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	/* a second time does no harm where the viewer could do it itself */
	give_back();
	signal(WTERMSIG(status), SIG_DFL);
	raise(WTERMSIG(status));
	_exit(128 + WTERMSIG(status));
}

int terminal_guard(char **error)
{
	pid_t behind = getpid();

	if (terminal_check(error) < 0)
		return -1;
	viewer = fork();
	if (viewer > 0)
		wait_behind();
	/* without the second process all goes on, only less safely */
	if (viewer == 0) {
		saved.behind = behind;
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != behind)
			raise(SIGTERM);
	}
	return 0;
}
