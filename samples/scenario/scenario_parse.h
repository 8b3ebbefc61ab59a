/*
 * scenario_parse.h - what the files of the scenario parser share.  Not for
 * others: they include scenario.h.
 *
 * Functions that return int give 0 or a negative errno with *error filled in.
 */
#ifndef LOOPSCOPE_SAMPLES_SCENARIO_SCENARIO_PARSE_H
#define LOOPSCOPE_SAMPLES_SCENARIO_SCENARIO_PARSE_H

#include "samples/scenario/scenario.h"

/* Fills in the error, unprintable bytes replaced; line 0 for none.  Returns -EINVAL. */
int scenario__refuse(struct scenario_error *error, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for short memory.  Returns -ENOMEM. */
int scenario__no_memory(struct scenario_error *error);

/*
 * Room for one more element of an array of `count`; zeroes it.  Returns the
 * array, moved perhaps, or NULL with the old one still valid.
 */
void *scenario__grow(void *array, size_t count, size_t size);

/* Blanks cut off both ends, in place. */
char *scenario__strip(char *text);

/* Cuts the next word off *rest, in place; NULL at the end. */
char *scenario__next_word(char **rest);

/* A plain decimal integer up to `most`; false for anything else. */
bool scenario__number(const char *text, uint64_t most, uint64_t *number);

/* A name that stays in its folder: letters, digits, dashes and dots, no dot first. */
bool scenario__is_file_name(const char *text);

/* "127.0.0.1" or "::1". */
bool scenario__is_numeric_address(const char *text);

/* "60ms", "1.5s" as nanoseconds; false for anything else. */
bool scenario__duration(const char *text, uint64_t *nanoseconds);

/* Takes in one "# key: value" line; unknown keys are kept in meta alone. */
int scenario__take_header(struct scenario *scenario, int line, char *key, char *value,
			  struct scenario_error *error);

/* What headers must hold together once all lines are read. */
int scenario__check_headers(const struct scenario *scenario, struct scenario_error *error);

/* Takes in one line of the script. */
int scenario__take_line(struct scenario *scenario, int line, char *text,
			struct scenario_error *error);

/* Checks the script against the role and against itself. */
int scenario__check_script(const struct scenario *scenario, struct scenario_error *error);

#endif
