/*
 * safe.h - text from anywhere, made fit for a terminal.
 *
 * Traces, networks and programs give us bytes that a terminal would obey.
 * Everything that is shown passes through safe_text() first.
 */
#ifndef LOOPSCOPE_TRACE_BASE_SAFE_H
#define LOOPSCOPE_TRACE_BASE_SAFE_H

#include <stddef.h>

/*
 * Copies `length` bytes of `in` to `out` as text that moves no cursor: valid
 * UTF-8 stays; control characters and invalid bytes become \xHH, C1 controls,
 * bidirectional overrides and other invisible formatting become \u{...}.
 * `out` always ends with a NUL if size > 0; what does not fit is left out at a
 * character's boundary.  Returns the length that the whole text would have.
 */
size_t safe_text(char *out, size_t size, const char *in, size_t length);

/*
 * The length of the valid UTF-8 sequence at `in` (1 to 4), 0 if no valid one begins there
 * within `length` bytes.  *point gets the character.
 */
unsigned safe_utf8(const unsigned char *in, size_t length, unsigned *point);

/*
 * Columns of a terminal that a printable character takes: two for those of East
 * Asia, none for marks that join the one before.
 */
unsigned safe_columns(unsigned point);

#endif
