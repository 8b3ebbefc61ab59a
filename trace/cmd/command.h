/*
 * command.h - one command of loopscope.
 *
 * Each lives in a file of its own under trace/cmd/ and defines one constant;
 * the table in main.c names them all.
 */
#ifndef LOOPSCOPE_TRACE_CMD_COMMAND_H
#define LOOPSCOPE_TRACE_CMD_COMMAND_H

#include "trace/cmd/options.h"

struct command {
	const char *name;
	const char *usage;                /* what follows "loopscope ", name included */
	const char *summary;              /* one line for the list of commands */
	const char *help;                 /* a few paragraphs, exit codes last; NULL for none */
	const struct option_row *options; /* NULL for none */

	/*
	 * Runs it; argv[0] is the command's name.  Returns the exit code: 0 done,
	 * 1 the answer is no, 2 usage or trouble, 3 a capability is missing.
	 */
	int (*run)(int argc, char **argv);
};

extern const struct command command_fetch;
extern const struct command command_play;
extern const struct command command_serve;
extern const struct command command_attach;
extern const struct command command_record;
extern const struct command command_view;
extern const struct command command_steps;
extern const struct command command_syscalls;
extern const struct command command_why;
extern const struct command command_query;
extern const struct command command_state;
extern const struct command command_check;
extern const struct command command_diff;
extern const struct command command_info;
extern const struct command command_recover;
extern const struct command command_doctor;
extern const struct command command_help;

/* All commands in the order of help; the list ends with NULL. */
extern const struct command *const commands[];

/* The command of that name, or NULL. */
const struct command *command_find(const char *name);

/* The command whose name is nearest to a mistyped one, or NULL if none is near. */
const struct command *command_nearest(const char *name);

/* Prints usage, options and exit codes to stdout. */
void command_print_help(const struct command *command);

#endif
