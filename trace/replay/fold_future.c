/*
 * Futures and coroutines.
 */
#include "trace/replay/internal.h"

#include "trace/emit/ring.h"

/* ---- futures */

static struct replay_future *future_of(struct replay *replay, int64_t object)
{
	return (struct replay_future *)(void *)replay_table_find(&replay->state.futures, object);
}

/* The future, appearing here if it is new; NULL for None. */
static struct replay_future *future_here(struct replay *replay, int64_t object, int64_t seq)
{
	struct replay_future *future;

	if (!object)
		return NULL;
	future =
		(struct replay_future *)(void *)replay__row(replay, &replay->state.futures, object);
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
	struct replay_future *future = future_of(replay, row->a[0]);

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

/* fetch() and submit() hand out a future. */
static void returned_future(struct replay *replay, const struct replay_row *row,
			    struct replay_span *span)
{
	(void)span;
	future_here(replay, row->a[0], row->seq);
}

/* ---- coroutines */

static struct replay_coroutine *coroutine_of(struct replay *replay, int64_t runner)
{
	return (struct replay_coroutine *)(void *)replay_table_find(&replay->state.coroutines,
								    runner);
}

/* gen.* events name no runner: it is the one whose run() is around them. */
static struct replay_coroutine *running(struct replay *replay, const struct replay_row *row)
{
	const struct replay_span *run = replay__around(replay, row, KIND_Runner_run);

	return run ? coroutine_of(replay, run->object) : NULL;
}

/* Runner.__init__(runner, gen) */
static void runner_init(struct replay *replay, const struct replay_row *row,
			struct replay_span *span)
{
	struct replay_coroutine *coroutine = (struct replay_coroutine *)(void *)replay__row(
		replay, &replay->state.coroutines, row->a[0]);

	(void)span;
	if (!coroutine)
		return;
	coroutine->function = row->a[1];
	coroutine->seq = row->seq;
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

	(void)span;
	future_here(replay, row->a[1], row->seq);
	if (!coroutine)
		return;
	coroutine->phase = REPLAY_COROUTINE_SUSPENDED;
	coroutine->yield = row->seq;
	coroutine->future = row->a[1];
}

static void local(struct replay *replay, const struct replay_row *row, struct replay_span *span)
{
	struct replay_coroutine *coroutine = running(replay, row);
	const int64_t cells[] = { row->seq };

	(void)span;
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
	{ .symbol = "_DummyFuture_set_result", .apply = set_result },
	{ .symbol = "_DummyFuture_set_exception", .apply = set_exception },
	{ .symbol = "_DummyFuture__set_done", .apply = set_done },
	{ .symbol = "_DummyFuture_add_done_callback", .apply = add_done_callback },
	{ .symbol = "DummyExecutor_submit", .phase = RING_END, .apply = returned_future },
	{ .symbol = "AsyncHTTPClient_fetch", .phase = RING_END, .apply = returned_future },
	{ .symbol = "Runner___init__", .apply = runner_init },
	{ .symbol = "Runner_run", .apply = runner_run },
	{ .symbol = "gen_start", .apply = resume },
	{ .symbol = "gen_resume", .apply = resume },
	{ .symbol = "gen_yield", .apply = yield },
	{ .symbol = "gen_local", .apply = local },
	{ .symbol = "gen_finish", .apply = finish },
	{ 0 },
};
