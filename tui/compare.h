/*
 * compare.h - two traces side by side, without a terminal: keys go in, a grid
 * comes out.
 *
 * The rows are those of diff.h's alignment; traces of different generations are
 * aligned by their exchange.  The cursor is a line of it, so
 * both sides step together; where a side has no row there, its state is that
 * after its last row before.
 *
 * One thread.
 */
#ifndef LOOPSCOPE_TUI_COMPARE_H
#define LOOPSCOPE_TUI_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/diff/diff.h"
#include "tui/screen/cells.h"
#include "tui/screen/requests.h"

struct compare;
struct diff_story;

/*
 * Aligns two traces and stands at their first difference, or at their first
 * row.  Takes both stores, also when it fails; the names are borrowed.
 */
int compare_new(struct compare **out, struct store *const store[2], const char *const name[2],
		char **error);
void compare_free(struct compare *compare);

/* Both borrowed; there is no story if no line differs, or if the generations do. */
const struct diff *compare_diff(const struct compare *compare);
const struct diff_story *compare_story(const struct compare *compare);

/* The sentence at the top, in English; borrowed. */
void compare_set_verdict(struct compare *compare, const char *verdict);

struct keymap *compare_keymap(struct compare *compare);
void compare_set_theme(struct compare *compare, const struct theme *theme);
const struct theme *compare_theme(const struct compare *compare);

/* What the grid can show; without UTF-8 there is no Chinese: false, and it stays English. */
void compare_set_utf8(struct compare *compare, bool utf8);
bool compare_set_language(struct compare *compare, bool chinese);

/*
 * To the line of a row of the first trace, as trace/read/at.h names it; a row that is
 * not compared stands for the next one that is.  0, or -1 with *error set.
 */
int compare_goto(struct compare *compare, const char *where, char **error);

bool compare_is_open(const struct compare *compare);
void compare_draw(struct compare *compare, struct cells *cells);
void compare_key(struct compare *compare, uint32_t key);
void compare_request(struct compare *compare, enum request request);

#endif
