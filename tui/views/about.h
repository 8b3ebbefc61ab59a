/*
 * about.h - the stream and the fetch that the row at the cursor is about: those
 * of the descriptor that it names, else those on whose behalf it runs.
 */
#ifndef LOOPSCOPE_TUI_VIEWS_ABOUT_H
#define LOOPSCOPE_TUI_VIEWS_ABOUT_H

#include <stdint.h>

struct model;

struct about {
	int64_t fd;    /* of the stream, a row of `objects`; 0: none is known */
	int64_t fetch; /* the row of the fetch(), or 0 */
};

/* The model's replay stands at the cursor, or at the row before it. */
struct about about_cursor(struct model *model);

#endif
