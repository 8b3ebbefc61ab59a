/*
 * steps_print.h - the forms in which `loopscope steps` prints a trace.
 *
 * Each reads the steps from the first row to the last and writes to a stream
 * that the caller checks for errors.  Returns 0, or -1 with *error set.
 */
#ifndef LOOPSCOPE_TRACE_CMD_STEPS_PRINT_H
#define LOOPSCOPE_TRACE_CMD_STEPS_PRINT_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "trace/base/phrase.h"
#include "trace/read/rows.h"

struct json;

struct steps_style {
	bool chinese; /* sentences in Chinese */
	bool color;
	bool utf8;        /* line drawing may be used */
	unsigned columns; /* of the terminal; 0: none, lines stay whole */
};

#define PHRASE PHRASE_PAIR
#include "trace/cmd/steps_phrases.def"
#undef PHRASE

/* The form of the recorded sequences: outcome and wire lines, then the program's rows. */
int steps_print_tsv(struct steps *steps, FILE *out, char **error);

/* One array, an object a row. */
int steps_print_json(struct steps *steps, const struct steps_style *style, FILE *out, char **error);

/* One line a row, indented by depth, cut into turns. */
int steps_print_text(struct steps *steps, const struct steps_style *style, FILE *out, char **error);

/* The walk: each step with its function, its place in the source and its sentence. */
int steps_print_numbered(struct steps *steps, const struct steps_style *style, FILE *out,
			 char **error);

/* ---- shared by the forms */

/* Prints text that comes from the trace; see safe_text(). */
void steps_put(FILE *out, const char *text);
void steps_put_bytes(FILE *out, const char *text, size_t length);

/* Colours of what a line is made of; "" without colour. */
enum steps_ink {
	STEPS_INK_PLAIN,
	STEPS_INK_STEP,
	STEPS_INK_NAME,
	STEPS_INK_FAINT,
	STEPS_INK_CALL,
	STEPS_INK_GAP
};
const char *steps_ink(const struct steps_style *style, enum steps_ink ink);

/* The members of a row's object, within an object that the caller opens and closes. */
void steps_put_json(struct json *json, const struct steps_style *style,
		    const struct steps_row *row);

/* "5 events of the program are missing here: REASON", without indentation or line end. */
void steps_put_gap(FILE *out, const struct steps_style *style, const struct steps_row *row);

#endif
