/*
 * common.h - what all commands of loopscope share: saying what went wrong,
 * writing to stdout, colours, and finding the programs that belong to it.
 */
#ifndef LOOPSCOPE_TRACE_CMD_COMMON_H
#define LOOPSCOPE_TRACE_CMD_COMMON_H

#include <stdbool.h>
#include <stddef.h>

/* Exit codes. */
enum { EXIT_DONE = 0, EXIT_NO = 1, EXIT_TROUBLE = 2, EXIT_MISSING = 3 };

/*
 * Prints "loopscope: " and the sentence to stderr, what is not safe for a
 * terminal made safe.  Returns EXIT_TROUBLE, so: return trouble("...");
 */
int trouble(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints a sentence to stderr that is not about trouble, a hint or progress. */
void remark(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Makes a closed pipe on stdout an error of write() for this program, without
 * changing what programs it starts will see.  Commands that print data call
 * it first and end with: return stdout_finish(status);
 */
void stdout_guard(void);

/* For commands that leave the writing to others: trouble() if there is no stdout. */
int stdout_check(void);

/*
 * Flushes stdout.  Returns status, or EXIT_TROUBLE with a sentence if anything
 * written since the start did not arrive; without one if the reader of a pipe
 * went away, which is its right.
 */
int stdout_finish(int status);

/* --color=auto|always|never, in this order as options_next() counts words. */
enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
#define COLOR_WORDS "auto|always|never"
#define COLOR_SENTENCE "colour the output; auto does so on a terminal"

/*
 * Whether stdout shall be coloured: auto means a terminal that is not dumb,
 * and NO_COLOR unset or empty.
 */
bool color_wanted(enum color choice);

/* Columns of the terminal on stdout; 0 if stdout is a file or a pipe. */
unsigned stdout_columns(void);

/* The name of the locale that the environment asks for in LC_CTYPE or another; "" if none. */
const char *locale_name(const char *category);

/* Whether the locale is UTF-8.  Call setlocale() before. */
bool locale_is_utf8(void);

/*
 * The path of a program of ours, "loopscope-record" say: beside the running
 * program, else in the installed libexec folder.  Returns 0, or -ENOENT, or
 * -ENAMETOOLONG.
 */
int find_program(char *out, size_t size, const char *name);

#endif
