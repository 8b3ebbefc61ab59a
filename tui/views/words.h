/*
 * words.h - a replayed state's numbers as words, for the views of it.
 */
#ifndef LOOPSCOPE_TUI_VIEWS_WORDS_H
#define LOOPSCOPE_TUI_VIEWS_WORDS_H

#include <stdint.h>

#include "tui/views/scene.h"

struct replay_stream;

/* Words in the reader's language; they are constant. */
const char *words_stream_phase(const struct model *model, int64_t phase);
const char *words_coroutine_phase(const struct model *model, int64_t phase);
const char *words_connection_phase(const struct model *model, int64_t phase);
const char *words_tcp(int64_t state);

/*
 * Writes how the run ended ("killed by SIGSEGV", "exited with 7"; not yet safe
 * for a terminal), or "" if it did not.  Returns true if it ended well.
 */
bool words_ended(const struct model *model, char *out, size_t size);

/* "READ|WRITE|ERROR", and into a page. */
#define WORDS_MASK 64
void words_mask(int64_t events, char out[WORDS_MASK]);
void words_put_mask(struct page *page, unsigned style, int64_t events);

/* "_on_headers": a function's short name. */
void words_function(struct scene *scene, int64_t function, char out[SHORTEN_NAME]);

/* "fd#1", and "\u2192 _on_headers". */
void words_put_object(struct scene *scene, struct page *page, unsigned style, int64_t object);
void words_put_function(struct scene *scene, struct page *page, int64_t function);

/* "  at 25": where it was made so; faint, the step's number where there is one. */
void words_put_seq(struct scene *scene, struct page *page, int64_t seq);

/* Bytes in quotes, line ends visible; the first `matched` of them as matched. */
void words_put_bytes(struct page *page, const char *bytes, size_t length, size_t matched);

#endif
