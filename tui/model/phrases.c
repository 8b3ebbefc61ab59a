/*
 * phrases.c - the phrases of the viewer as a table, for tables that name them.
 */
#include "tui/model/phrases.h"

const char *phrase_at(const struct model *model, enum phrase which)
{
	static const char *const phrases[PHRASE_COUNT][2] = {
		[PHRASE_NONE] = { "", "" },
#define PHRASE(id, ...) [PHRASE_##id] = { phrase_english_##id, phrase_chinese_##id },
#include "tui/model/phrases.def"
#undef PHRASE
	};

	return phrases[which][model->chinese ? 1 : 0];
}
