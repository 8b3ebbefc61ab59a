/*
 * next.c - the rule of a turn, asked of a state: what runs next, and why.
 */
#include "trace/replay/next.h"

#include <stdlib.h>

#include "trace/base/failure.h"
#include "trace/emit/ring.h"
#include "trace/kinds/meaning.h"
#include "trace/replay/internal.h"

/* Where in a turn the loop is. */
enum half {
	BEFORE, /* start() was called, no turn has begun */
	CALLS,  /* callbacks and timeouts */
	POLL,
	HANDLERS,
};

struct last {
	int64_t seq, object;
	unsigned phase;
};

/*
 * The last row of a meaning up to here, or seq 0; of that phase alone, if it is
 * not 0.  Kind by kind, so that each is one look into the index: a question for
 * several kinds at once would have all their rows sorted.
 */
static int last_of(struct replay *replay, enum meaning means, unsigned phase, struct last *last,
		   char **error)
{
	static const char sql[] =
		"SELECT seq, phase, a0 FROM events WHERE seq = (SELECT max((SELECT e.seq FROM "
		"events e WHERE e.kind = k.kind AND e.seq <= ?2 AND (?3 = 0 OR e.phase = ?3) "
		"ORDER BY e.seq DESC LIMIT 1)) FROM kinds k WHERE means(k.symbol) = ?1)";
	int status;

	*last = (struct last){ 0 };
	if (!replay->last_of && replay__query(replay, &replay->last_of, sql, error) < 0)
		return -1;
	sqlite3_bind_text(replay->last_of, 1, meaning_name(means), -1, SQLITE_STATIC);
	sqlite3_bind_int64(replay->last_of, 2, replay->state.now.seq);
	sqlite3_bind_int64(replay->last_of, 3, phase);
	status = sqlite3_step(replay->last_of);
	if (status == SQLITE_ROW) {
		last->seq = sqlite3_column_int64(replay->last_of, 0);
		last->phase = (unsigned)sqlite3_column_int64(replay->last_of, 1);
		last->object = sqlite3_column_int64(replay->last_of, 2);
	}
	sqlite3_reset(replay->last_of);
	return status == SQLITE_ROW || status == SQLITE_DONE ? 0
							     : store_failure(replay->store, error);
}

/* The innermost start() that runs, of whatever thread; 0: no loop runs. */
static int64_t running(const struct replay *replay)
{
	const struct replay_table *threads = &replay->state.threads;
	int64_t seq = 0;

	for (size_t i = 0; i < threads->count; i++) {
		const struct replay_thread *thread = REPLAY_AT(struct replay_thread, threads, i);
		const struct replay_table *stack =
			replay_lists_get(&replay->state.lists, thread->list);

		for (size_t k = 0; stack && k < stack->count; k++) {
			const struct replay_span *span = REPLAY_AT(struct replay_span, stack, k);

			if (replay__means(replay, span->kind) == MEANS_LOOP_RUNS && span->seq > seq)
				seq = span->seq;
		}
	}
	return seq;
}

int64_t replay_left(const struct replay *replay, const struct replay_timeout *timeout)
{
	uint64_t passed = (uint64_t)replay->state.now.time - (uint64_t)timeout->added;

	return (int64_t)((uint64_t)timeout->after - passed);
}

/* Whether this turn runs it: a loop that takes due timeouts all at once looks at no later ones. */
static bool is_due(const struct replay *replay, const struct replay_timeout *timeout, bool new_turn)
{
	int64_t taken = replay->state.now.took_timeouts;

	if (!taken || new_turn)
		return replay_left(replay, timeout) <= 0;
	return timeout->added <= taken && timeout->after <= taken - timeout->added;
}

static const struct replay_timeout *first_timeout(const struct replay *replay, bool cancelled_too)
{
	const struct replay_table *table = &replay->state.timeouts;
	const struct replay_timeout *first = NULL;

	for (size_t i = 0; i < table->count; i++) {
		const struct replay_timeout *t = REPLAY_AT(struct replay_timeout, table, i);

		if ((!t->cancelled || cancelled_too) &&
		    (!first || t->deadline < first->deadline ||
		     (t->deadline == first->deadline && t->seq < first->seq)))
			first = t;
	}
	return first;
}

static int find_half(struct replay *replay, int64_t start, enum half *half, int64_t *polled,
		     char **error)
{
	struct last turn, poll;

	if (last_of(replay, MEANS_TURN_BEGINS, 0, &turn, error) < 0 ||
	    last_of(replay, MEANS_POLL, 0, &poll, error) < 0)
		return -1;
	*polled = poll.seq;
	if (turn.seq < start)
		*half = BEFORE;
	else if (poll.seq < turn.seq)
		*half = CALLS;
	else
		*half = poll.phase == RING_END ? HANDLERS : POLL;
	return 0;
}

/* The first half of a turn, and the poll behind it. */
static void turn(const struct replay *replay, bool stopped, struct replay_next *next)
{
	const struct replay_state *state = &replay->state;
	const struct replay_callback *first =
		state->callbacks.count ? REPLAY_AT(struct replay_callback, &state->callbacks, 0)
				       : NULL;

	next->timeout = first_timeout(replay, false);
	next->callback = first;
	/* a turn takes the queue as it was: what came since waits for the next one */
	if (first && (next->new_turn || first->seq < state->now.iteration))
		next->is = REPLAY_NEXT_CALLBACK;
	else if (next->timeout && is_due(replay, next->timeout, next->new_turn))
		next->is = REPLAY_NEXT_TIMEOUT;
	else
		next->is = stopped ? REPLAY_NEXT_RETURN : REPLAY_NEXT_POLL;
	/* one that was cancelled since the due ones were taken still bounds the poll */
	if (next->is == REPLAY_NEXT_POLL && state->now.took_timeouts && !next->new_turn)
		next->timeout = first_timeout(replay, true);
}

static void in_loop(struct replay *replay, enum half half, bool stopped, struct replay_next *next)
{
	next->new_turn = half == BEFORE || half == HANDLERS;
	if (half == HANDLERS && replay->state.ready.count) {
		next->new_turn = false;
		next->is = REPLAY_NEXT_DISPATCH;
		return;
	}
	turn(replay, stopped, next);
	/* a stop() from before makes start() return at once */
	if (half == BEFORE && stopped)
		next->is = REPLAY_NEXT_RETURN;
	if (half == POLL)
		next->is = REPLAY_NEXT_POLLING;
}

int replay_next(struct replay *replay, struct replay_next *next, char **error)
{
	int64_t start = running(replay), here = replay->state.now.seq;
	struct last returned, stop, dispatched;
	enum half half = BEFORE;

	*next = (struct replay_next){ .is = REPLAY_NEXT_PROGRAM };
	if (last_of(replay, MEANS_LOOP_RUNS, RING_END, &returned, error) < 0 ||
	    last_of(replay, MEANS_LOOP_STOPPED, 0, &stop, error) < 0 ||
	    last_of(replay, MEANS_DISPATCHED, 0, &dispatched, error) < 0 ||
	    (start && find_half(replay, start, &half, &next->poll, error) < 0))
		return -1;
	/* the row of the return lies inside of what it ends */
	if (!start || returned.seq == here) {
		next->new_turn = true;
		turn(replay, false, next);
		next->is = returned.seq ? REPLAY_NEXT_RETURNED : REPLAY_NEXT_PROGRAM;
	} else if (dispatched.seq == here && here) {
		next->is = REPLAY_NEXT_HANDLER;
		next->fd = dispatched.object;
	} else {
		in_loop(replay, half, stop.seq > returned.seq, next);
	}
	return 0;
}
