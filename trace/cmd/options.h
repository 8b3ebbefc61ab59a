/*
 * options.h - the options of a command as one table.
 *
 * A row feeds getopt_long(), the refusal of a wrong value, and the help text,
 * so that no fact about an option stands twice.  A table ends with a row whose
 * name is NULL.  Tables are constant and live as long as the program.
 *
 *     struct options options;
 *     int id;
 *
 *     options_init(&options, &command_x, argc, argv);
 *     while ((id = options_next(&options)) > 0)
 *             switch (id) { ... options.value ... }
 *     if (id < 0)
 *             return options.status;
 *     argv + options.rest are the operands
 *
 * --help and -h are understood by every command.
 */
#ifndef LOOPSCOPE_TRACE_CMD_OPTIONS_H
#define LOOPSCOPE_TRACE_CMD_OPTIONS_H

#include <stdbool.h>

struct command;
struct option;

struct option_row {
	int id;               /* positive, unique in its table; what options_next() returns */
	char letter;          /* its short form, or 0 */
	const char *name;     /* its long form, without the dashes */
	const char *argument; /* what it takes, NULL for nothing; see below */
	const char *sentence; /* what it does */
};

/*
 * An argument of lower-case words joined by bars ("text|tsv|json") lists all
 * values there are: options_next() refuses others and sets options.word.  If
 * one word is in capitals ("none|all|N") any value is let through.
 */

#define OPTIONS_MAX 40 /* rows of a table, --help among them */

struct options {
	const char *value; /* the argument of the option returned; borrowed from argv */
	int word;          /* which of the listed words it was, from 0; -1 for none */
	int rest;          /* after the end: index of the first operand */
	int status;        /* after a negative return: what run() should return */

	const struct command *command;
	int argc;
	char **argv;
};

/* Borrows command, argc and argv.  Not for two commands at a time (getopt's state is global). */
void options_init(struct options *options, const struct command *command, int argc, char **argv);

/*
 * The id of the next option; 0 when all are read; negative when the command
 * is over: help was printed (status 0) or an option refused with a sentence
 * on stderr (status 2).
 */
int options_next(struct options *options);

/*
 * Gives every option to each(user, ...), up to the first for which that returns
 * other than 0: an exit status, after a sentence.  True when all were taken and
 * operands follow; false when the command is over, with options->status to return.
 */
bool options_take(struct options *options, int (*each)(void *user, int id, const struct options *),
		  void *user);

/* Parses a decimal number from least to most.  Negative, after a sentence, for any other text. */
long long options_number(const struct options *options, const char *what, long long least,
			 long long most);

/* Prints the rows to stdout, as help does. */
void options_print(const struct option_row *rows);

#endif
