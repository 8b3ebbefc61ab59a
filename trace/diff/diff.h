/*
 * diff.h - where two runs part: one alignment of two traces, by meaning.
 *
 * Each row becomes a key: what happened, with the arguments that matter.
 * What differs between any two runs of one program (times, descriptors, ports,
 * the sizes in which bytes arrived ...) is left out of keys, unless asked for.
 * Spans are compared as trees first, so that equal ones are passed over whole;
 * where they differ, sequences of keys are aligned.  Objects stand in keys by
 * their class alone; afterwards the alignment itself tells which stream of one
 * run is which of the other, and a row that then names another one differs.
 *
 * The rows of each thread are a sequence of their own: the order in which
 * threads take turns is not compared.
 *
 * The first difference does not depend on how well the rest is aligned: up to
 * it the two sequences are equal row by row.  Time and memory are bounded for
 * any input; where two traces have little in common, the rest of the alignment
 * is merely good, not minimal.
 *
 * One thread.  Both stores are borrowed and only read.
 */
#ifndef LOOPSCOPE_TRACE_DIFF_DIFF_H
#define LOOPSCOPE_TRACE_DIFF_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;
struct diff;

/* What is noise by default.  Each can be made to count. */
#define DIFF_NOISES(N)                                                                             \
	N(RECEIVES, "receives", "in how many receives bytes came, and of what sizes")              \
	N(SENDS, "sends", "how many bytes the kernel took of each send")                           \
	N(EAGAIN, "eagain", "attempts that found nothing")                                         \
	N(TURNS, "turns", "the numbers of turns")                                                  \
	N(PORTS, "ports", "port numbers")                                                          \
	N(ADDRESSES, "addresses", "addresses, of hosts and of memory")                             \
	N(DESCRIPTORS, "descriptors", "the numbers of descriptors")                                \
	N(THREADS, "threads", "thread and process ids")                                            \
	N(TIMES, "times", "times, and headers that tell a time")                                   \
	N(KERNEL, "kernel", "the calls that the kernel saw beside the program's own rows")

enum diff_noise {
#define DIFF_NOISE(symbol, word, sentence) DIFF_##symbol,
	DIFF_NOISES(DIFF_NOISE)
#undef DIFF_NOISE
		DIFF_NOISE_COUNT,
};
#define DIFF_ALL_NOISE ((1u << DIFF_NOISE_COUNT) - 1)

struct diff_options {
	unsigned strict; /* bits of enum diff_noise: these count */

	/*
	 * What shall not count, words with commas between; NULL for nothing:
	 * "info" (rows that are detail of others), the name of a layer or event
	 * ("log", "gen.*"), or "arg:bytes" (that argument of any event).  A word
	 * that names nothing in either trace is refused, unless it begins with
	 * "user.".
	 */
	const char *ignore;

	/*
	 * Align by the exchange with the peer, for traces of different generations:
	 * its steps (generations.h) hold the alignment together.
	 */
	bool generations;
};

/* "receives,turns" as bits; "all" is all.  -1 with a sentence for a word it does not know. */
int diff_strict_parse(const char *words, unsigned *strict, char **error);

enum { DIFF_A, DIFF_B };

/*
 * Reads and aligns two traces.  Returns 0, or -1 with *error set: a trace that
 * cannot be read, options that are not understood, no memory.
 */
int diff_new(struct diff **out, struct store *a, struct store *b,
	     const struct diff_options *options, char **error);
void diff_free(struct diff *diff);

enum diff_is {
	DIFF_SAME,
	DIFF_CHANGED, /* a row of each side, with other arguments */
	DIFF_ONLY_A,
	DIFF_ONLY_B,
	DIFF_IS_COUNT,
};

/* One line of the alignment; seq is 0 on a side that has no row there. */
struct diff_line {
	enum diff_is is;
	int64_t seq[2];
};

size_t diff_count(const struct diff *diff);
struct diff_line diff_at(const struct diff *diff, size_t line);

/*
 * The nearest line after or before `line` at which a place begins: a run of
 * lines that are not the same.  diff_count() behind the last.
 */
size_t diff_next_place(const struct diff *diff, size_t line);
size_t diff_previous_place(const struct diff *diff, size_t line);

/* The line after the place that begins at `line`. */
size_t diff_place_end(const struct diff *diff, size_t line);

/* Where events are known to be missing in a trace. */
struct diff_gap {
	int64_t after; /* seq of the last row before it */
	int64_t lost;  /* -1: nobody knows how many */
};

struct diff_summary {
	bool same; /* no line differs */
	size_t lines[DIFF_IS_COUNT];
	size_t places;
	size_t rows[2]; /* compared, of each side */
	bool kernel;    /* the kernel's rows were compared */

	/*
	 * The first difference: its line, the rows of each side before it (0: it
	 * begins there) and the next ones (0: that side ends there).
	 */
	size_t first;
	int64_t last[2], next[2];

	/*
	 * Threads are compared each for itself, in the order in which they appear.
	 * Of several that differ this is the one that does so earliest, from 0:
	 * last and next are rows of its, and its rows are those at these indexes,
	 * none where that side has no such thread.
	 */
	unsigned thread, threads[2];
	size_t thread_from[2], thread_to[2];

	/*
	 * Gaps of each side that matter: those before the first difference if
	 * there is one, else all.  Then the answer holds only with that in mind.
	 */
	size_t gaps[2];
	struct diff_gap gap[2]; /* the first of them */
};

const struct diff_summary *diff_summary(const struct diff *diff);

/* How the lines of one kind of event differ. */
struct diff_tally {
	const char *event; /* borrowed from the diff */
	size_t lines[DIFF_IS_COUNT];
	size_t first; /* the first line that differs */
};

/*
 * Those kinds that differ, the one with most lines first; to be freed by the
 * caller.  Returns how many, or -1 without memory.
 */
int diff_tally(const struct diff *diff, struct diff_tally **out);

/* What of the noise counts, as given to diff_new(). */
unsigned diff_strict(const struct diff *diff);

/* The exchange that holds the alignment together; borrowed, NULL if none was asked for. */
struct generations;
const struct generations *diff_generations(const struct diff *diff);

/* The store of a side, as given to diff_new(). */
struct store *diff_store(const struct diff *diff, unsigned side);

/*
 * The rows of one side that are compared, in order: the one at `index`, or 0;
 * and the index of a row, or of the first after it.
 */
int64_t diff_row(const struct diff *diff, unsigned side, size_t index);
size_t diff_index(const struct diff *diff, unsigned side, int64_t seq);

#endif
