/*
 * help.c - loopscope help: the list of commands, or one of them in full.
 */
#include <stdio.h>

#include "trace/cmd/command.h"
#include "trace/cmd/common.h"

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

static int run(int argc, char **argv)
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
	command = command_find(argv[options.rest]);
	if (!command)
		return trouble("there is no command '%s' to help with", argv[options.rest]);
	command_print_help(command);
	return stdout_finish(EXIT_DONE);
}

const struct command command_help = {
	.name = "help",
	.usage = "help [COMMAND]",
	.summary = "List the commands, or explain one",
	.help = "Exit: 0 done, 2 there is no such command.",
	.run = run,
};
