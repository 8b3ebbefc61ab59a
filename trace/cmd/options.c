/*
 * options.c - a table of options turned into getopt_long(), refusals and help.
 */
#include "trace/cmd/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/cmd/command.h"
#include "trace/cmd/common.h"

/* Every table has this row without saying so. */
static const struct option_row help_row = { 'h', 'h', "help", NULL, "print this help" };

static unsigned rows_count(const struct option_row *rows)
{
	unsigned n = 0;

	while (rows && rows[n].name && n < OPTIONS_MAX - 1)
		n++;
	return n;
}

void options_init(struct options *options, const struct command *command, int argc, char **argv)
{
	memset(options, 0, sizeof(*options));
	options->word = -1;
	options->command = command;
	options->argc = argc;
	options->argv = argv;
	optind = 0; /* glibc: begin anew */
	opterr = 0; /* our own sentences */
}

/*
 * The tables getopt_long() wants; an option's val is its row's index + 256.
 * Where the usage ends in another program's command line, the first operand
 * ends our options; elsewhere options may stand behind operands.
 */
static void getopt_tables(const struct command *command, unsigned count, char *letters,
			  struct option *names)
{
	const struct option_row *rows = command->options;
	unsigned i;

	if (strstr(command->usage, " -- "))
		*letters++ = '+';
	*letters++ = ':';
	for (i = 0; i < count; i++) {
		const struct option_row *row = &rows[i];

		names[i] = (struct option){
			.name = row->name,
			.has_arg = row->argument ? required_argument : no_argument,
			.val = (int)i + 256,
		};
		if (row->letter)
			*letters++ = row->letter;
		if (row->letter && row->argument)
			*letters++ = ':';
	}
	names[i++] = (struct option){ .name = help_row.name, .val = help_row.letter };
	*letters++ = help_row.letter;
	*letters = '\0';
	names[i] = (struct option){ 0 };
}

/*
 * The place of value among the words of argument, or -1.  *open says whether
 * others are let through as well: a word in capitals stands for any.
 */
static int word_find(const char *argument, const char *value, bool *open)
{
	size_t length = strlen(value);
	int n = 0;

	*open = !strchr(argument, '|');
	for (const char *word = argument; word; n++) {
		size_t here = strcspn(word, "|");

		if (*word >= 'A' && *word <= 'Z')
			*open = true;
		else if (here == length && !memcmp(word, value, length))
			return n;
		word = word[here] ? word + here + 1 : NULL;
	}
	return -1;
}

static int refuse(struct options *options, const char *what, const char *name)
{
	options->status =
		trouble("%s %s (see: loopscope help %s)", what, name, options->command->name);
	return -1;
}

static int take(struct options *options, const struct option_row *row)
{
	bool open;

	options->value = optarg;
	options->word = -1;
	if (!row->argument)
		return row->id;
	options->word = word_find(row->argument, optarg, &open);
	if (options->word < 0 && !open) {
		options->status =
			trouble("--%s takes %s, not '%s'", row->name, row->argument, optarg);
		return -1;
	}
	return row->id;
}

int options_next(struct options *options)
{
	const struct option_row *rows = options->command->options;
	unsigned count = rows_count(rows);
	struct option names[OPTIONS_MAX + 1];
	char letters[2 * OPTIONS_MAX + 4];
	int got;

	getopt_tables(options->command, count, letters, names);
	got = getopt_long(options->argc, options->argv, letters, names, NULL);
	options->rest = optind;
	if (got == -1)
		return 0;
	if (got >= 256)
		return take(options, &rows[got - 256]);
	for (unsigned i = 0; i < count; i++)
		if (got == rows[i].letter)
			return take(options, &rows[i]);
	if (got == help_row.letter) {
		command_print_help(options->command);
		options->status = EXIT_DONE;
		return -1;
	}
	return refuse(options, got == ':' ? "missing value of" : "unknown option",
		      options->argv[optind - 1]);
}

bool options_take(struct options *options, int (*each)(void *user, int id, const struct options *),
		  void *user)
{
	int id;

	while ((id = options_next(options)) > 0) {
		options->status = each(user, id, options);
		if (options->status)
			return false;
	}
	return id == 0;
}

long long options_number(const struct options *options, const char *what, long long least,
			 long long most)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(options->value, &end, 10);
	if (errno || end == options->value || *end || n < least || n > most) {
		trouble("%s takes a number from %lld to %lld, not '%s'", what, least, most,
			options->value);
		return -1;
	}
	return n;
}

static void print_row(const struct option_row *row)
{
	char name[80];
	int width;
	char letter[] = "    ";

	if (row->letter)
		memcpy(letter, (char[]){ '-', row->letter, ',', ' ' }, 4);
	width = snprintf(name, sizeof(name), "%s--%s%s%s", letter, row->name,
			 row->argument ? "=" : "", row->argument ? row->argument : "");
	if (width > 26)
		printf("  %s\n%30s%s\n", name, "", row->sentence);
	else
		printf("  %-27s %s\n", name, row->sentence);
}

void options_print(const struct option_row *rows)
{
	for (unsigned i = 0; i < rows_count(rows); i++)
		print_row(&rows[i]);
	print_row(&help_row);
}
