/*
 * page.h - what a pane shows, as lines of styled text.
 *
 * A view writes its lines into a page; whoever has the page draws it into an
 * area, scrolls it, prints it as plain text, or compares it with the page of
 * the step before to mark what changed.  Text may come from anywhere and is
 * kept as it is; drawing and printing make it safe.
 */
#ifndef LOOPSCOPE_TUI_SCREEN_PAGE_H
#define LOOPSCOPE_TUI_SCREEN_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tui/screen/cells.h"

#define PAGE_LINES_MAX 5000 /* a page takes no more */

struct page_span {
	size_t text, length;
	unsigned style;
};

struct page_line {
	size_t first_span, spans;
	int64_t seq;            /* the row it is about: Enter goes there; 0: none */
	int64_t item;           /* what else the view knows it by */
	size_t key, key_length; /* names it among the lines of the page before */
	char mark;              /* '+' new, '*' changed, '-' gone, '!' differs, ' ' */
};

struct page {
	int rows, columns; /* room on the screen */
	struct page_line *lines;
	size_t count, line_room;
	int current;     /* the line to keep in sight, -1: none */
	bool selects;    /* the current line is the reader's choice */
	char title[128]; /* instead of the view's, if the page has its own */

	struct page_span *spans;
	size_t span_count, span_room;
	char *text;
	size_t length, room;
	bool full; /* no more memory, or too many lines */
};

void page_init(struct page *page, int rows, int columns);
void page_release(struct page *page);

/* Begins a line.  Text goes to the last line begun. */
void page_line(struct page *page, int64_t seq);

void page_put(struct page *page, unsigned style, const char *text);
void page_put_bytes(struct page *page, unsigned style, const char *bytes, size_t length);
void page_printf(struct page *page, unsigned style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A text over as many lines as it needs, each after `indent` blanks; begins a line itself. */
void page_wrap(struct page *page, unsigned style, int indent, const char *text);

/* Names the line, so that page_compare() can tell changed from new. */
void page_key(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The line is the one to keep in sight. */
void page_here(struct page *page);

/*
 * Marks lines with keys against those of a page before; what is gone is put back
 * where it was.  Faint text does not count.
 */
void page_compare(struct page *page, const struct page *before);

/*
 * Marks lines with keys whose text another page has nowhere; returns how many.
 * For two runs, in which one thing may have two names: keys are not compared.
 */
int page_mark_differences(struct page *page, const struct page *other);

/* The first line to draw so that, as far as they go into so many rows, marked lines are seen. */
int page_top_of_marks(const struct page *page, int rows);

/* The text of a line without styles, borrowed until the page changes. */
const char *page_line_text(const struct page *page, size_t line, size_t *length);

/* Draws from line `top` on; `marks` leaves a column for the marks. */
void page_draw(const struct page *page, struct area area, int top, bool marks);

/* Prints all lines, or only those marked. */
void page_print(const struct page *page, bool marked_only, const char *indent, FILE *out);

#endif
