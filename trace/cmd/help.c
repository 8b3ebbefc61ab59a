/*
 * help.c - loopscope help: the list of commands, or one of them in full.
 */
#include <stdio.h>
#include <string.h>

#include "trace/cmd/command.h"
#include "trace/cmd/common.h"
#include "trace/walk/walk.h"

void command_print_help(const struct command *command)
{
	printf("Usage: loopscope %s\n\n%s.\n", command->usage, command->summary);
	if (command->options) {
		printf("\nOptions:\n");
		options_print(command->options);
	}
	if (command->help)
		printf("\n%s\n", command->help);
}

static void list_commands(void)
{
	printf("loopscope shows, step by step, how an event loop fetches a page.\n\n");
	printf("Usage: loopscope COMMAND [OPTION...] [ARGUMENT...]\n\nCommands:\n");
	for (unsigned i = 0; commands[i]; i++)
		printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
	printf("\n'loopscope help COMMAND' tells more; 'loopscope --version' names the version.\n"
	       "Exit: 0 done, 1 the answer is no, 2 usage or trouble, 3 a capability is missing.\n");
}

/* Titles stand in both languages: the walks are read in either. */
static void list_walks(void)
{
	printf("Walks number the steps of a run.  Which one a trace has is said by the run's\n"
	       "generation and role; 'loopscope steps --numbered' prints it, 'loopscope check\n"
	       "--against=WALK' holds a run to it, step:NUMBER is a place in it.\n\n");
	for (unsigned i = 0; walks[i]; i++) {
		const struct walk *walk = walks[i];

		printf("  %-14s %s\n%17s%s\n", walk->name, walk->english, "", walk->chinese);
		printf("%17sgeneration %s, role %s; %u steps, %s to %s%s%s\n", "", walk->generation,
		       walk->role, walk->station_count, walk->stations[0].number,
		       walk->stations[walk->station_count - 1].number,
		       walk->also ? "; also called " : "", walk->also ? walk->also : "");
	}
}

static int run_help(int argc, char **argv)
{
	struct options options;
	const struct command *command;
	int id;

	stdout_guard();
	options_init(&options, &command_help, argc, argv);
	id = options_next(&options);
	if (id < 0)
		return stdout_finish(options.status);
	if (options.rest == argc) {
		list_commands();
		return stdout_finish(EXIT_DONE);
	}
	if (strcmp(argv[options.rest], "walks") == 0) {
		list_walks();
		return stdout_finish(EXIT_DONE);
	}
	command = command_find(argv[options.rest]);
	if (!command)
		return trouble("there is no command '%s' to help with", argv[options.rest]);
	command_print_help(command);
	return stdout_finish(EXIT_DONE);
}

const struct command command_help = {
	.name = "help",
	.usage = "help [COMMAND | walks]",
	.summary = "List the commands, explain one, or list the walks",
	.help = "Exit: 0 done, 2 there is no such command.",
	.run = run_help,
};
