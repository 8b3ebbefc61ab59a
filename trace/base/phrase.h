/*
 * phrase.h - texts for people, each once in a table with both languages.
 *
 * A table has rows PHRASE(id, english, chinese): texts, or patterns as for
 * printf that take the same arguments.  A header makes its phrases known with
 *
 *	#define PHRASE PHRASE_PAIR
 *	#include "trace/export/phrases.def"
 *	#undef PHRASE
 *
 * and phrase() says one.  It takes the id as a word, so that the compiler holds
 * both patterns to the arguments that follow, as it does with a literal.
 */
#ifndef LOOPSCOPE_TRACE_BASE_PHRASE_H
#define LOOPSCOPE_TRACE_BASE_PHRASE_H

#define PHRASE_PAIR(id, english, chinese)                                                          \
	static const char phrase_english_##id[] = english, phrase_chinese_##id[] = chinese;

/* The phrase in the language of a reader: anything that has a field `chinese`. */
#define phrase(reader, id) ((reader)->chinese ? phrase_chinese_##id : phrase_english_##id)

#endif
