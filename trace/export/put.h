/*
 * put.h - what the forms of a trace share, and commands too: safe text, colours, and
 * how a gap or a row's members are said.
 */
#ifndef LOOPSCOPE_TRACE_EXPORT_PUT_H
#define LOOPSCOPE_TRACE_EXPORT_PUT_H

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
	unsigned columns; /* of the terminal; 0: lines stay whole */
};

#define PHRASE PHRASE_PAIR
#include "trace/export/phrases.def"
#undef PHRASE

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
