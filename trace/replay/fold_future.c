/*
 * fold_future.c - futures and coroutines.
 */
#include "trace/replay/internal.h"

#include "trace/emit/ring.h"

/* ---- futures */

/* The future, appearing here if it is new; NULL for None. */
static struct replay_future *future_here(struct replay *replay, int64_t object, int64_t seq)
{
	struct replay_future *future;

	if (!object)
		return NULL;
	future = replay__future_here(replay, object);
	if (future && !future->seq)
		future->seq = seq;
	return future;
}

static void outcome(struct replay *replay, const struct replay_row *row, int64_t how)
{
	struct replay_future *future = future_here(replay, row->a[0], row->seq);

	if (!future)
		return;
	future->outcome = how;
	future->value = how == REPLAY_RESULT ? row->a[1] : 0;
	future->done = row->seq;
	replay__past(replay, &replay->state.past_futures, &replay->state.futures, row->a[0]);
}

/* set_result(future, result) */
static void set_result(struct replay *replay, const struct replay_row *row,
		       struct replay_span *span)
{
	(void)span;
	outcome(replay, row, REPLAY_RESULT);
}

/* set_exception(future, exc) */
static void set_exception(struct replay *replay, const struct replay_row *row,
			  struct replay_span *span)
{
	(void)span;
	outcome(replay, row, REPLAY_EXCEPTION);
}

/* _set_done(future, callbacks): from here on they are called, not waiting. */
static void set_done(struct replay *replay, const struct replay_row *row, struct replay_span *span)
{
	struct replay_future *future = replay__future(replay, row->a[0]);

	(void)span;
	if (future)
		replay_lists_drop(&replay->state.lists, &future->list);
}

/* add_done_callback(future, done, fn) */
static void add_done_callback(struct replay *replay, const struct replay_row *row,
			      struct replay_span *span)
{
	const int64_t waiter[] = { row->a[2], row->seq };
	struct replay_future *future;

	(void)span;
	if (row->a[1])
		return;
	future = future_here(replay, row->a[0], row->seq);
	if (future)
		replay__append(replay, &future->list, 2, waiter);
}

/* Future.__init__(future) */
static void future_init(struct replay *replay, const struct replay_row *row,
			struct replay_span *span)
{
	(void)span;
	future_here(replay, row->a[0], row->seq);
	replay__stream_future(replay, row);
}

/* fetch() and submit() hand out a future. */
static void returned_future(struct replay *replay, const struct replay_row *row,
			    struct replay_span *span)
{
	(void)span;
	future_here(replay, row->a[0], row->seq);
}

/* ---- coroutines */

/*
 * gen.* events name no runner: it is the one whose run() is around them.  In 4.3 the
 * first step runs in the call of the coroutine, before it has one: NULL.
 */
static struct replay_coroutine *running(struct replay *replay, const struct replay_row *row)
{
	const struct replay_span *run = replay__around(replay, row, MEANS_RUNNER_RUNS);
	const struct replay_span *call = replay__around(replay, row, MEANS_COROUTINE_CALLED);

	if (!run || (call && call->seq > run->seq))
		return NULL;
	return replay__coroutine(replay, run->object);
}

/* What has yielded and is to get its Runner next: a row without one, for so long. */
#define NO_RUNNER 0

/* Runner.__init__(runner, gen) */
static void runner_init(struct replay *replay, const struct replay_row *row,
			struct replay_span *span)
{
	struct replay_table *coroutines = &replay->state.coroutines;
	struct replay_coroutine *coroutine = replay__coroutine_here(replay, row->a[0]);
	struct replay_coroutine *yielded = replay__coroutine(replay, NO_RUNNER);

	(void)span;
	if (coroutine && yielded) {
		*coroutine = *yielded;
		coroutine->runner = row->a[0];
		yielded->list = 0;
	}
	if (coroutine) {
		coroutine->function = row->a[1];
		coroutine->seq = row->seq;
	}
	if (yielded)
		replay_table_remove(coroutines, replay_table_index(coroutines, (int64_t *)yielded));
}

static void runner_run(struct replay *replay, const struct replay_row *row,
		       struct replay_span *span)
{
	(void)replay;
	span->object = row->a[0];
}

/* gen.start, gen.resume */
static void resume(struct replay *replay, const struct replay_row *row, struct replay_span *span)
{
	struct replay_coroutine *coroutine = running(replay, row);

	(void)span;
	if (!coroutine)
		return;
	coroutine->phase = REPLAY_COROUTINE_RUNNING;
	coroutine->yield = 0;
	coroutine->future = 0;
	replay_lists_drop(&replay->state.lists, &coroutine->list);
}

/* gen.yield(gen, future) */
static void yield(struct replay *replay, const struct replay_row *row, struct replay_span *span)
{
	struct replay_coroutine *coroutine = running(replay, row);
	/* a list, say, has a tag in its highest byte */
	int64_t future = row->a[1] >> 56 ? 0 : row->a[1];

	(void)span;
	future_here(replay, future, row->seq);
	if (!coroutine && replay__around(replay, row, MEANS_COROUTINE_CALLED))
		coroutine = replay__coroutine_here(replay, NO_RUNNER);
	if (!coroutine)
		return;
	coroutine->function = row->a[0];
	coroutine->phase = REPLAY_COROUTINE_SUSPENDED;
	coroutine->yield = row->seq;
	coroutine->future = future;
}

static void local(struct replay *replay, const struct replay_row *row, struct replay_span *span)
{
	struct replay_coroutine *coroutine = running(replay, row);
	const int64_t cells[] = { row->seq };

	(void)span;
	if (!coroutine)
		coroutine = replay__coroutine(replay, NO_RUNNER);
	if (coroutine && coroutine->phase == REPLAY_COROUTINE_SUSPENDED)
		replay__append(replay, &coroutine->list, 1, cells);
}

static void finish(struct replay *replay, const struct replay_row *row, struct replay_span *span)
{
	struct replay_coroutine *coroutine = running(replay, row);

	(void)span;
	if (!coroutine)
		return;
	coroutine->phase = REPLAY_COROUTINE_ENDED;
	replay__past(replay, &replay->state.past_coroutines, &replay->state.coroutines,
		     coroutine->runner);
}

const struct replay_rule replay__future_rules[] = {
	{ .means = MEANS_FUTURE_MADE, .apply = future_init },
	{ .means = MEANS_FUTURE_DONE, .apply = set_result },
	{ .means = MEANS_FUTURE_FAILED, .apply = set_exception },
	{ .means = MEANS_FUTURE_TELLS, .apply = set_done },
	{ .means = MEANS_FUTURE_AWAITED, .apply = add_done_callback },
	{ .means = MEANS_WORK_SUBMITTED, .phase = RING_END, .apply = returned_future },
	{ .means = MEANS_FETCH_ASKED, .phase = RING_END, .apply = returned_future },
	{ .means = MEANS_RUNNER_MADE, .apply = runner_init },
	{ .means = MEANS_RUNNER_RUNS, .apply = runner_run },
	{ .means = MEANS_GENERATOR_BEGINS, .apply = resume },
	{ .means = MEANS_GENERATOR_RESUMES, .apply = resume },
	{ .means = MEANS_GENERATOR_YIELDS, .apply = yield },
	{ .means = MEANS_GENERATOR_LOCAL, .apply = local },
	{ .means = MEANS_GENERATOR_ENDS, .apply = finish },
	{ 0 },
};
