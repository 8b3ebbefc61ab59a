/*
 * generations.c - aligns the exchanges of two generations, and counts what each
 * step needed.
 */
#include "trace/diff/generations.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/diff/internal.h"
#include "trace/store/store.h"

bool generations_differ(struct store *a, struct store *b)
{
	char *in_a = store_fact(a, "generation"), *in_b = store_fact(b, "generation");
	bool differ = in_a && in_b && strcmp(in_a, in_b) != 0;

	free(in_a);
	free(in_b);
	return differ;
}

static int has_kernel(struct store *store, char **error)
{
	sqlite3_stmt *s = store_prepare(store, "SELECT EXISTS (SELECT 1 FROM syscalls)", error);
	int has = -1;

	if (!s)
		return -1;
	if (sqlite3_step(s) == SQLITE_ROW)
		has = sqlite3_column_int(s, 0);
	else
		store_failure(store, error);
	store_release(store, s);
	return has;
}

int generations_have_kernel(struct store *a, struct store *b, char **error)
{
	int in_a = has_kernel(a, error), in_b = in_a < 0 ? -1 : has_kernel(b, error);

	return in_b < 0 ? -1 : in_a && in_b;
}

/* ---- which connection of one side is which of the other */

/* Those that exchanged as much are the same; between them, others are paired in order. */
static void pair_rest(uint32_t *match, size_t n, size_t m)
{
	size_t b = 0, known = 0;

	for (size_t a = 0; a < n; a++) {
		if (match[a] != DIFF_NONE) {
			b = match[a] + 1;
			continue;
		}
		known = known > a ? known : a;
		while (known < n && match[known] == DIFF_NONE)
			known++;
		if (b < (known < n ? match[known] : m))
			match[a] = (uint32_t)b++;
	}
}

static uint32_t *none_matched(size_t count)
{
	uint32_t *match = malloc((count + 1) * sizeof(*match));

	if (match)
		memset(match, 0xff, (count + 1) * sizeof(*match));
	return match;
}

static uint64_t *connection_tokens(const struct exchange *exchange)
{
	uint64_t *token = malloc((exchange->connections + 1) * sizeof(*token));

	for (size_t i = 0; token && i < exchange->connections; i++)
		token[i] = diff_mix((uint64_t)exchange->connection[i].sent,
				    (uint64_t)exchange->connection[i].received);
	return token;
}

static uint32_t *connections_pair(const struct generations *generations)
{
	const struct exchange *a = &generations->exchange[0], *b = &generations->exchange[1];
	uint64_t *of_a = connection_tokens(a), *of_b = connection_tokens(b);
	uint32_t *match = none_matched(a->connections);

	if (!of_a || !of_b || !match ||
	    diff_sequence(of_a, (uint32_t)a->connections, of_b, (uint32_t)b->connections, match) <
		    0) {
		free(match);
		match = NULL;
	}
	if (match)
		pair_rest(match, a->connections, b->connections);
	free(of_a);
	free(of_b);
	return match;
}

/* ---- which moments both have */

static uint64_t moment_token(const struct exchange_moment *moment, uint64_t connection)
{
	uint64_t token = diff_mix(connection, moment->what);

	token = diff_mix(token, (uint64_t)moment->bytes);
	return diff_hash(token, moment->result, strlen(moment->result));
}

/* Connections of A go by their index; those of B by that of their partner, or a number of their own. */
static uint64_t *moment_tokens(const struct exchange *exchange, const uint64_t *number)
{
	uint64_t *token = malloc((exchange->moments + 1) * sizeof(*token));

	for (size_t i = 0; token && i < exchange->moments; i++)
		token[i] =
			moment_token(&exchange->moment[i], number[exchange->moment[i].connection]);
	return token;
}

static uint64_t *connection_numbers(size_t count, uint64_t first)
{
	uint64_t *number = malloc((count + 1) * sizeof(*number));

	for (size_t i = 0; number && i < count; i++)
		number[i] = first + i;
	return number;
}

/* The moments of A, each with the one of B that is the same.  NULL without memory. */
static uint32_t *moments_pair(const struct generations *generations, const uint32_t *pair)
{
	const struct exchange *a = &generations->exchange[0], *b = &generations->exchange[1];
	uint64_t *of_a = connection_numbers(a->connections, 0);
	uint64_t *of_b = connection_numbers(b->connections, DIFF_NONE);
	uint64_t *token_a = NULL, *token_b = NULL;
	uint32_t *match = none_matched(a->moments);

	for (size_t i = 0; of_a && of_b && i < a->connections; i++)
		if (pair[i] != DIFF_NONE)
			of_b[pair[i]] = i;
	if (of_a && of_b) {
		token_a = moment_tokens(a, of_a);
		token_b = moment_tokens(b, of_b);
	}
	if (!match || !token_a || !token_b ||
	    diff_sequence(token_a, (uint32_t)a->moments, token_b, (uint32_t)b->moments, match) <
		    0) {
		free(match);
		match = NULL;
	}
	free(of_a);
	free(of_b);
	free(token_a);
	free(token_b);
	return match;
}

/* ---- steps */

/* Gives what was done since the step before to this one. */
static void step_count(struct generations *generations, struct generations_step *step,
		       size_t from[2])
{
	for (unsigned side = 0; side < 2; side++) {
		const struct exchange *exchange = &generations->exchange[side];
		int64_t last = step->moment[side] ? step->moment[side]->last : exchange->end;
		size_t i = from[side];

		step->doing[side] = i;
		for (; i < exchange->doings && exchange->doing[i].seq <= last; i++) {
			step->count[side][exchange->doing[i].act]++;
			generations->total[side][exchange->doing[i].act]++;
		}
		from[side] = i;
	}
}

static bool steps_make(struct generations *generations, const uint32_t *match)
{
	const struct exchange *a = &generations->exchange[0], *b = &generations->exchange[1];
	int64_t *sent = calloc(2 * (a->connections + 1), sizeof(*sent));
	int64_t *came = sent ? sent + a->connections + 1 : NULL;
	size_t from[2] = { 0 };

	generations->step = calloc(a->moments + 1, sizeof(*generations->step));
	for (size_t i = 0; sent && generations->step && i < a->moments; i++) {
		struct generations_step *step = &generations->step[generations->steps];
		int64_t *before;

		if (match[i] == DIFF_NONE)
			continue;
		step->moment[0] = &a->moment[i];
		step->moment[1] = &b->moment[match[i]];
		before = (step->moment[0]->what == EXCHANGE_SENT ? sent : came) +
			 step->moment[0]->connection;
		step->from = *before;
		if (step->moment[0]->bytes)
			*before = step->moment[0]->bytes;
		step_count(generations, step, from);
		generations->steps++;
	}
	free(sent);
	if (!sent || !generations->step)
		return false;
	step_count(generations, &generations->step[generations->steps++], from);
	return true;
}

size_t generations_doing_end(const struct generations *generations, size_t step, unsigned side)
{
	return step + 1 < generations->steps ? generations->step[step + 1].doing[side]
					     : generations->exchange[side].doings;
}

/* ---- the whole */

static void sum_up(struct generations *generations, const uint32_t *pair)
{
	const struct exchange *a = &generations->exchange[0], *b = &generations->exchange[1];

	for (unsigned side = 0; side < 2; side++)
		for (size_t i = 0; i < generations->exchange[side].connections; i++) {
			generations->sent[side] =
				exchange_sum(generations->sent[side],
					     generations->exchange[side].connection[i].sent);
			generations->received[side] =
				exchange_sum(generations->received[side],
					     generations->exchange[side].connection[i].received);
		}
	/* sockets without a byte are attempts: one generation may make more of them */
	generations->same = generations->sent[0] == generations->sent[1] &&
			    generations->received[0] == generations->received[1];
	for (size_t i = 0; i < a->connections; i++)
		if (pair[i] != DIFF_NONE &&
		    (a->connection[i].sent != b->connection[pair[i]].sent ||
		     a->connection[i].received != b->connection[pair[i]].received))
			generations->same = false;
}

static int align(struct generations *generations, char **error)
{
	uint32_t *pair = connections_pair(generations);
	uint32_t *match = pair ? moments_pair(generations, pair) : NULL;
	bool fine = match && steps_make(generations, match);

	if (fine)
		sum_up(generations, pair);
	free(pair);
	free(match);
	return fine ? 0 : failure(error, "out of memory");
}

static int side_read(struct generations *generations, unsigned side, struct store *store,
		     char **error)
{
	struct exchange *exchange = &generations->exchange[side];

	if (exchange_read(exchange, store, generations->by_kernel, error) < 0)
		return -1;
	generations->name[side] = store_fact(store, "generation");
	if (!generations->name[side] && !(generations->name[side] = strdup("?")))
		return failure(error, "out of memory");
	if (exchange->moments > DIFF_ROWS_MAX || exchange->connections > DIFF_ROWS_MAX)
		return failure(error, "%c has too many rows to align", side ? 'B' : 'A');
	return 0;
}

int generations_new(struct generations **out, struct store *a, struct store *b, bool by_kernel,
		    char **error)
{
	struct generations *generations = calloc(1, sizeof(*generations));

	*out = NULL;
	if (!generations)
		return failure(error, "out of memory");
	generations->by_kernel = by_kernel;
	if (side_read(generations, 0, a, error) < 0 || side_read(generations, 1, b, error) < 0 ||
	    align(generations, error) < 0) {
		generations_free(generations);
		return -1;
	}
	*out = generations;
	return 0;
}

void generations_free(struct generations *generations)
{
	if (!generations)
		return;
	for (unsigned side = 0; side < 2; side++) {
		exchange_release(&generations->exchange[side]);
		free(generations->name[side]);
	}
	free(generations->step);
	free(generations);
}
