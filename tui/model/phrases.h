/*
 * phrases.h - what the viewer says, in the reader's language.  From the table phrases.def.
 *
 * phrase(model, STOPPED) says one; a table of phrases holds values of the enum,
 * and phrase_at() says them.
 */
#ifndef LOOPSCOPE_TUI_MODEL_PHRASES_H
#define LOOPSCOPE_TUI_MODEL_PHRASES_H

#include <inttypes.h>

#include "trace/base/phrase.h"
#include "tui/model/model.h"

enum phrase {
	PHRASE_NONE, /* a place in a table where nothing is said: "" */
#define PHRASE(id, ...) PHRASE_##id,
#include "tui/model/phrases.def"
#undef PHRASE
	PHRASE_COUNT,
};

#define PHRASE PHRASE_PAIR
#include "tui/model/phrases.def"
#undef PHRASE

/* A phrase by its place in the enum: constant, in the model's language. */
const char *phrase_at(const struct model *model, enum phrase which);

#endif
