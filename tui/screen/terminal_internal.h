/*
 * terminal_internal.h - between what shows grids (terminal_ncurses.c) and what
 * gives the terminal back when all else fails (terminal_guard.c).
 */
#ifndef LOOPSCOPE_TUI_SCREEN_TERMINAL_INTERNAL_H
#define LOOPSCOPE_TUI_SCREEN_TERMINAL_INTERNAL_H

#include "tui/screen/terminal.h"

/* Remembers the terminal's modes as they are, with no endings yet. */
void terminal__remember(void);

/* Adds a sequence that is to be written when the terminal is given back. */
void terminal__add_ending(const char *sequence);

/* From here on signals that end the process give the terminal back first. */
void terminal__catch_signals(void);

/* Whether Ctrl-C was pressed since the last call. */
bool terminal__was_interrupted(void);

#endif
