/*
 * near.h - what rules ask of the rows around a difference.
 *
 * Events are asked for by what they mean; texts are borrowed from the rows.  A row that is not there is one of empty texts.
 */
#ifndef LOOPSCOPE_TRACE_DIFF_NEAR_H
#define LOOPSCOPE_TRACE_DIFF_NEAR_H

#include "trace/diff/rules.h"

#define NEAR 12    /* rows within which one thing follows from another */
#define QUOTED 100 /* bytes of a line from the network that are quoted */

/* The n-th row from the next one on (0), or before it (-1). */
const struct diff_event *diff_at_near(const struct diff_near *near, int n);

/* Is it an event of that meaning; and is it the row of such a span's end? */
bool diff_event_is(const struct diff_event *event, enum meaning means);
bool diff_event_ends(const struct diff_event *event, enum meaning means);

/* The same of the next row of both sides. */
bool diff_both(const struct diff_near *x, const struct diff_near *y, enum meaning means);
bool diff_both_end(const struct diff_near *x, const struct diff_near *y, enum meaning means);

bool diff_event_shows(const struct diff_event *event, const char *text);

/* Class and function, without the module before them; borrowed. */
const char *diff_event_name(const struct diff_event *event);

/* The value of key= in the details; "" if they lack the key.  Returns out. */
const char *diff_event_value(const struct diff_event *event, const char *key, char *out,
			     size_t size);

/*
 * The first such row from the next one on, or the last before it; NULL if no
 * such row is near.  Of diff_after_result(), one whose result begins so.
 */
const struct diff_event *diff_after(const struct diff_near *near, int rows, enum meaning means);
const struct diff_event *diff_after_end(const struct diff_near *near, int rows, enum meaning means);
const struct diff_event *diff_after_result(const struct diff_near *near, int rows,
					   enum meaning means, const char *result);
const struct diff_event *diff_before(const struct diff_near *near, int rows, enum meaning means);

/* A copy of the bytes that a row carried, with a NUL; NULL if nothing was kept. */
char *diff_payload(const struct diff_near *near, const struct diff_event *event);

/* A copy of what was received last before the next row, or NULL. */
char *diff_received(const struct diff_near *near);

/* Writes the sentence.  Returns true. */
bool diff_say(char *out, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Tells two heads of messages apart by the first line that only one of them has. */
bool diff_say_lines(char *out, size_t size, const char *what, const struct diff_near *x,
		    const char *x_text, const struct diff_near *y, const char *y_text);

#endif
