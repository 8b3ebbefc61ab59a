/*
 * styles.c - the themes, from the table of styles.
 */
#include "tui/screen/styles.h"

#define C(ink, paper, attributes)                                                                  \
	{                                                                                          \
		(ink), (paper), (attributes)                                                       \
	}

/* clang-format off */
const struct theme themes[] = {
	{ "default", {
#define STYLE(name, normal, contrast, mono) normal,
#include "tui/screen/styles.def"
#undef STYLE
	} },
	{ "contrast", {
#define STYLE(name, normal, contrast, mono) contrast,
#include "tui/screen/styles.def"
#undef STYLE
	} },
	{ "mono", {
#define STYLE(name, normal, contrast, mono) mono,
#include "tui/screen/styles.def"
#undef STYLE
	} },
	{ 0 },
};
/* clang-format on */

struct look theme_look(const struct theme *theme, unsigned style)
{
	struct look look = theme->looks[(style & ~STYLE_SELECTED) % STYLE_COUNT];

	if (style & STYLE_SELECTED) {
		look.attributes ^= LOOK_REVERSE;
		look.attributes &= (unsigned char)~LOOK_DIM;
	}
	return look;
}
