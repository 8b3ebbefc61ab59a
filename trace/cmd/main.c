/*
 * main.c - loopscope, the command: a table of commands and the way into it.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "gen/version.h"
#include "trace/cmd/command.h"
#include "trace/cmd/common.h"

/* clang-format off: one a line */
const struct command *const commands[] = {
	&command_fetch,  &command_play, &command_serve,   &command_record,
	&command_attach, &command_view, &command_steps,   &command_syscalls,
	&command_state,  &command_why,  &command_check,   &command_query,
	&command_diff,   &command_info, &command_recover, &command_doctor,
	&command_help,   NULL,
};
/* clang-format on */

const struct command *command_find(const char *name)
{
	for (unsigned i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

#define NAME_MAX_COMPARED 32

/* Edits (insert, delete, replace) that turn a into b; large if either is long. */
static unsigned edits(const char *a, const char *b)
{
	unsigned row[NAME_MAX_COMPARED + 1];
	size_t n = strlen(b);

	if (n > NAME_MAX_COMPARED || strlen(a) > NAME_MAX_COMPARED)
		return NAME_MAX_COMPARED;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= n; j++) {
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

const struct command *command_nearest(const char *name)
{
	const struct command *nearest = NULL;
	unsigned least = 3; /* two slips are still the same word */

	for (unsigned i = 0; commands[i]; i++) {
		unsigned n = edits(name, commands[i]->name);

		if (n < least && n < strlen(commands[i]->name)) {
			least = n;
			nearest = commands[i];
		}
	}
	return nearest;
}

static int unknown(const char *name)
{
	const struct command *nearest = command_nearest(name);

	if (nearest)
		return trouble("there is no command '%s'; did you mean '%s'?", name, nearest->name);
	return trouble("there is no command '%s'; 'loopscope help' lists those there are", name);
}

/* What -h and its like at the place of a command mean. */
static const char *command_meant(const char *word)
{
	if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
		return "help";
	return word;
}

/*
 * Of the locale that the environment names.  One that is not installed has its
 * encoding all the same, if its name says that it is UTF-8.
 */
static void set_locale(void)
{
	const char *name = locale_name("LC_CTYPE");

	if (!setlocale(LC_ALL, "") && (strcasestr(name, "utf-8") || strcasestr(name, "utf8")))
		setlocale(LC_CTYPE, "C.UTF-8");
	setlocale(LC_NUMERIC, "C");
}

int main(int argc, char **argv)
{
	const struct command *command;

	set_locale();
	if (argc < 2) {
		trouble("name a command; 'loopscope help' lists them");
		return EXIT_TROUBLE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		stdout_guard();
		printf("loopscope %s\n", LOOPSCOPE_VERSION);
		return stdout_finish(EXIT_DONE);
	}
	command = command_find(command_meant(argv[1]));
	if (!command)
		return unknown(argv[1]);
	return command->run(argc - 1, argv + 1);
}
