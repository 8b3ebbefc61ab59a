/*
 * mask.h - keeps secrets of HTTP headers out of a trace.
 *
 * The values of Authorization, Cookie and Set-Cookie lines are replaced by '*'
 * of equal length.  A struct mask follows one direction of one connection, so
 * that a line may be cut anywhere between two events.  It does not need to
 * know where heads end: a line that begins like a secret is masked wherever
 * it stands, for hiding a line too much does less harm than showing one.
 */
#ifndef LOOPSCOPE_TRACE_WORDS_MASK_H
#define LOOPSCOPE_TRACE_WORDS_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Embedded; all zero is the start of a stream. */
struct mask {
	uint8_t state;
	uint8_t column;     /* in the line, while its name is compared */
	uint8_t candidates; /* bit n: secret_names[n] still fits */
	bool hidden_line;   /* the last line was masked: a folded one goes on */
	bool head_over;     /* a blank line was seen */
};

/* Joins a stream in its middle: nothing is shown before the next line. */
void mask_init_unknown(struct mask *mask);

/*
 * Masks `kept` bytes in place, which are the first of `total` that passed here;
 * what was not kept may hold the beginning of a secret, so the next bytes are
 * then hidden up to the end of their line, unless the head was over.
 * `taken` (at most total) are the bytes that the stream really advanced by: a
 * send that took less will offer the rest again.
 */
void mask_bytes(struct mask *mask, char *bytes, size_t kept, uint64_t total, uint64_t taken);

#endif
