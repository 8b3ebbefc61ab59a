/*
 * styles.h - how things look, by what they are.  From the table styles.def.
 */
#ifndef LOOPSCOPE_TUI_SCREEN_STYLES_H
#define LOOPSCOPE_TUI_SCREEN_STYLES_H

#include <stddef.h>

enum style {
#define STYLE(name, ...) STYLE_##name,
#include "tui/screen/styles.def"
#undef STYLE
	STYLE_COUNT,
};

#define STYLE_SELECTED 0x80u /* added to a style: the row that is selected */

enum look_attribute {
	LOOK_BOLD = 1,
	LOOK_DIM = 2,
	LOOK_UNDERLINE = 4,
	LOOK_REVERSE = 8,
};

/* Colours are 0 to 7 (black red green yellow blue magenta cyan white), -1 the terminal's own. */
struct look {
	signed char ink, paper;
	unsigned char attributes;
};

struct theme {
	const char *name;
	struct look looks[STYLE_COUNT];
};

/* default, contrast, mono; then a row whose name is NULL. */
extern const struct theme themes[];

/* How a style, perhaps selected, looks. */
struct look theme_look(const struct theme *theme, unsigned style);

#endif
