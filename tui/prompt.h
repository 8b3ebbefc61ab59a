/*
 * prompt.h - a line that is being typed, with what was typed before.
 */
#ifndef LOOPSCOPE_TUI_PROMPT_H
#define LOOPSCOPE_TUI_PROMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "tui/screen/cells.h"

#define PROMPT_TEXT 512
#define PROMPT_PAST 16

struct prompt {
	char text[PROMPT_TEXT];
	unsigned length, at;                 /* in bytes; at a character's boundary */
	bool suggested;                      /* the text is not typed: typing replaces it */
	char past[PROMPT_PAST][PROMPT_TEXT]; /* the youngest first */
	unsigned past_count, shown;
};

/* Begins with a suggestion: Enter takes it, moving in it edits it, typing replaces it. */
void prompt_open(struct prompt *prompt, const char *text);

/* Remembers what was typed. */
void prompt_keep(struct prompt *prompt);

enum prompt_answer { PROMPT_EDITED, PROMPT_DONE, PROMPT_CANCELLED };
enum prompt_answer prompt_key(struct prompt *prompt, uint32_t key);

/* Draws it into a row, scrolled so that the cursor, drawn as a selected cell, is seen. */
void prompt_draw(const struct prompt *prompt, struct area area, int row, const char *lead);

#endif
