/*
 * generations.h - two generations in the same exchange: what each did to get
 * from one step of it to the next.
 *
 * Rows of two generations have little in common, but the wire has: both make a
 * socket, connect, send the same request and receive the same response.  The
 * moments that both exchanges have, in the same order, are the steps.  What a
 * side did after one step and up to the next belongs to the next: it is what it
 * needed to get there.
 *
 * One thread.  Both stores are borrowed, and read only by generations_new().
 */
#ifndef LOOPSCOPE_TRACE_DIFF_GENERATIONS_H
#define LOOPSCOPE_TRACE_DIFF_GENERATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/diff/exchange.h"

struct store;

struct generations_step {
	const struct exchange_moment *moment[2]; /* NULL twice: the end of both traces */
	size_t doing[2]; /* index into exchange.doing of what comes first in this step */
	size_t count[2][EXCHANGE_ACT_COUNT];
	int64_t from; /* of bytes: how many there were at the step before */
};

struct generations {
	char *name[2]; /* "3.1", or "?" where the trace does not say */
	struct exchange exchange[2];
	struct generations_step *step; /* the last one is the end */
	size_t steps;
	size_t total[2][EXCHANGE_ACT_COUNT];
	int64_t sent[2], received[2];
	bool by_kernel;
	bool same; /* as many bytes each way, connection by connection */
};

/* Were the traces made by different generations, as far as they say? */
bool generations_differ(struct store *a, struct store *b);

/* Whether the kernel's rows are there on both sides: 0, 1, or -1 with *error set. */
int generations_have_kernel(struct store *a, struct store *b, char **error);

/*
 * Reads and aligns two traces; by_kernel as exchange_read() has it.  0, or -1
 * with *error set: a trace that cannot be read, no memory.  Without a connection
 * there is one step, the end.
 */
int generations_new(struct generations **out, struct store *a, struct store *b, bool by_kernel,
		    char **error);
void generations_free(struct generations *generations);

/*
 * The whole in one sentence, without a full stop; what a step is, "the head of
 * the response, 38 bytes"; and what a side needed for it, "1 turn, 1 callback".
 * For the caller to free; NULL without memory.
 */
char *generations_sentence(const struct generations *generations, bool chinese);
char *generations_step_text(const struct generations *generations, size_t step, bool chinese);
char *generations_counts_text(const struct generations *generations, size_t step, unsigned side,
			      bool chinese);

/* The index after the last doing of a side that belongs to a step. */
size_t generations_doing_end(const struct generations *generations, size_t step, unsigned side);

#endif
