/*
 * compare_internal.h - the comparison's parts: where it stands and what keys do
 * (compare.c), and how it looks: columns and states (compare_draw.c), and what
 * is around them (compare_frame.c).
 */
#ifndef LOOPSCOPE_TUI_COMPARE_INTERNAL_H
#define LOOPSCOPE_TUI_COMPARE_INTERNAL_H

#include "trace/diff/explain.h"
#include "tui/compare.h"
#include "tui/model/phrases.h"
#include "tui/viewer_internal.h"

struct compare {
	struct viewer *side[2]; /* each with its model: they build the panes */
	struct diff *diff;
	struct diff_story *story;
	const char *verdict;
	const char *name[2];
	struct keymap keymap;
	const struct theme *theme;

	size_t count;   /* lines */
	size_t line;    /* the cursor */
	size_t top;     /* the first line on the screen */
	size_t page;    /* lines on the screen, as drawn last */
	unsigned shown; /* the first pane of state: index into compare__shows */
	int help_top;
	bool chosen; /* by the reader; else it is one in which the sides differ */
	bool utf8, help, zoomed, closed;
};

/* Views that can be below the columns, in the order of Tab. */
extern const enum view_name compare__shows[];
extern const unsigned compare__shows_count;

/* What keys do here, for help and for the line at the bottom. */
struct compare_offer {
	enum request request;
	enum phrase help, shortly; /* shortly PHRASE_NONE: in help alone */
};
extern const struct compare_offer compare__offers[];
extern const unsigned compare__offers_count;

/* The model that knows the reader's language; both sides have the same. */
const struct model *compare__model(const struct compare *compare);

/* In compare_frame.c. */
void compare__draw_header(struct compare *compare, struct area area);
void compare__draw_footer(struct compare *compare, struct area area);
void compare__draw_help(struct compare *compare, struct area box);

/* The verdict and the likely reason; returns how many rows they take, at most `most`. */
int compare__draw_verdict(struct compare *compare, struct area area, int most);

/* The row of a side at the cursor, or its last one before; 0: it has not begun. */
int64_t compare__seq(const struct compare *compare, unsigned side);

#endif
