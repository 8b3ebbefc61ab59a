/*
 * mouse.h - what the mouse did, as a terminal tells it.
 */
#ifndef LOOPSCOPE_TUI_SCREEN_MOUSE_H
#define LOOPSCOPE_TUI_SCREEN_MOUSE_H

/* A button at a cell of the grid drawn last, or the wheel over it; from 0. */
struct mouse {
	int row, column;
	enum { MOUSE_CLICK, MOUSE_DOUBLE, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN } what;
};

#endif
