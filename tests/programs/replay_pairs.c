/*
 * replay_pairs.c - two ways to the same place.
 *
 *     replay_pairs TRACE...
 *
 * Gives each trace a keyframe every few events, then compares the state at
 * every event reached step by step with the state reached by a jump, and does
 * so for 200 seeded pairs of places.  One line of TAP a trace.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/replay/replay.h"
#include "trace/store/store.h"

#define PAIRS 200
#define KEYFRAME_EVENTS 16
#define EVENTS_MAX 100000

static int64_t seqs[EVENTS_MAX];
static uint64_t digests[EVENTS_MAX];

/* Small and the same everywhere. */
static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static int add_keyframes(const char *path, char **error)
{
	struct store *store;
	int status;

	if (store_reopen(&store, path, error) < 0)
		return -1;
	status = replay_write_keyframes(store, KEYFRAME_EVENTS, error);
	store_free(store);
	return status;
}

/* The state after each event, one step at a time.  The number of events, or -1. */
static long walk(struct replay *replay, char **error)
{
	long count = 0;
	int more;

	while ((more = replay_step(replay, error)) > 0 && count < EVENTS_MAX) {
		seqs[count] = replay_state(replay)->now.seq;
		digests[count++] = replay_digest(replay);
	}
	return more < 0 ? -1 : count;
}

static bool arrives(struct replay *replay, long at, char **error)
{
	if (replay_seek(replay, seqs[at], error) < 0)
		return false;
	return replay_state(replay)->now.seq == seqs[at] && replay_digest(replay) == digests[at];
}

/* Jumps of all kinds; the place where one went wrong, or -1. */
static long jump(struct replay *replay, long count, char **error)
{
	uint64_t random = 20130701;
	long wrong = -1;

	/* backwards: each from a keyframe, or from the start */
	for (long at = count - 1; at >= 0 && wrong < 0; at--)
		if (!arrives(replay, at, error))
			wrong = at;
	for (int pair = 0; pair < PAIRS && wrong < 0; pair++) {
		long from = (long)(random_next(&random) % (uint64_t)count);
		long to = (long)(random_next(&random) % (uint64_t)count);

		if (!arrives(replay, from, error))
			wrong = from;
		else if (!arrives(replay, to, error))
			wrong = to;
	}
	return wrong;
}

static bool test(unsigned number, const char *path)
{
	const char *name = strrchr(path, '/');
	struct store *store = NULL;
	struct replay *steps = NULL, *jumps = NULL;
	char *error = NULL;
	long count = -1, wrong = -1;
	bool good;

	if (add_keyframes(path, &error) == 0 && store_open(&store, path, &error) == 0 &&
	    replay_open(&steps, store, &error) == 0 && replay_open(&jumps, store, &error) == 0)
		count = walk(steps, &error);
	if (count > 0)
		wrong = jump(jumps, count, &error);
	good = count > 0 && wrong < 0 && !error;
	printf("%sok %u - %s: %ld events stepped to and jumped to\n", good ? "" : "not ", number,
	       name ? name + 1 : path, count);
	if (wrong >= 0)
		printf("# differs at event %lld\n", (long long)seqs[wrong]);
	if (error)
		printf("# %s\n", error);
	replay_free(steps);
	replay_free(jumps);
	store_free(store);
	free(error);
	return good;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++)
		failed += !test((unsigned)i, argv[i]);
	printf("1..%d\n", argc - 1);
	return failed != 0;
}
