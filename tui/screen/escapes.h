/*
 * escapes.h - what terminals send behind an ESC.
 *
 * A terminal's description names the sequences of its own keys; others arrive
 * all the same: the terminal is set otherwise, or is another one than TERM
 * says.  Here such a sequence is read to its end, so that its characters are
 * not taken for keys, and the well-known ones become the keys that they are.
 */
#ifndef LOOPSCOPE_TUI_SCREEN_ESCAPES_H
#define LOOPSCOPE_TUI_SCREEN_ESCAPES_H

#include <stdbool.h>
#include <stdint.h>

#include "tui/screen/mouse.h"
#include "tui/screen/requests.h"

#define ESCAPE_UNITS 32 /* kept of one sequence */

struct escape {
	uint32_t units[ESCAPE_UNITS]; /* what came behind the ESC */
	unsigned count;               /* also of those not kept */
	uint32_t last, before;        /* the last two of them */
};

void escape_take(struct escape *escape, uint32_t unit);

/* Whether nothing more belongs to it. */
bool escape_is_whole(const struct escape *escape);

/* Its key, for KEYS_MOUSE with *mouse set; KEYS_UNKNOWN for what is nobody's. */
uint32_t escape_key(const struct escape *escape, struct mouse *mouse);

#endif
