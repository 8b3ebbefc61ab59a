/*
 * walk.h - which steps of the walk a run took, in order, and why it
 * missed the others.
 *
 * The walk (walk.h) is one fetch of generation 3.1 over HTTP/1.1 whose response
 * is chunked.  A run that does something else leaves it: each step that was
 * not taken has a reason, read out of the trace.
 *
 * One thread; the store is borrowed and only read.
 */
#ifndef LOOPSCOPE_TRACE_CHECK_WALK_H
#define LOOPSCOPE_TRACE_CHECK_WALK_H

#include <stdbool.h>
#include <stdint.h>

struct store;
struct walk_step;

#define CHECK_REASON_BYTES 320

struct check_step {
	const struct walk_step *step;
	int64_t taken;                   /* how often; 0: never */
	int64_t seq, turn;               /* the first time */
	bool early;                      /* it was first taken before a step that goes before it */
	bool optional;                   /* not taken, and the walk is whole without it */
	char reason[CHECK_REASON_BYTES]; /* why it was not taken, or came early */
};

struct check_article {
	struct check_step *step; /* in the walk's order; count of them */
	unsigned count;
	unsigned taken, missed, early; /* missed: optional ones apart */
};

/* 0 with *out for check_article_free(); -1 with a sentence, also for another generation. */
int check_article_new(struct check_article **out, struct store *store, char **error);
void check_article_free(struct check_article *article);

#endif
