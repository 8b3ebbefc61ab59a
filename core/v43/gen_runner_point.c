/*
 * gen_runner_point.c - what the Runner of 4.3 does with yield points, the older
 * way of waiting: Callback, Wait, WaitAll and lists of them.
 *
 * A yield point gets a future, which the Runner resolves itself; so the rest of
 * it sees futures alone.
 */
#include <stdlib.h>

#include "core/ioloop.h"
#include "core/python/alloc.h"
#include "core/stack_context.h"
#include "core/v43/gen_runner_internal.h"
#include "trace/emit/emit.h"

/*
 * The same for the future of a yield point.  set_result() has gone on with the
 * generator by then, so that this finds nothing to do, and nobody perhaps.
 */
static int runner_lambda_of_point(void *self, struct value *argument)
{
	SPAN(span, Runner_handle_yield_lambda);
	struct runner_link *link = self;

	(void)argument;
	if (link->runner)
		return SPAN_STATUS(span, v43__runner_run(link->runner));
	SPAN(run, Runner_run, OBJECT(link->id));
	return 0;
}

struct callback *v43__runner_callback_of_point(struct runner *runner)
{
	struct stack_contexts *saved;
	struct callback *callback;

	runner->link->refs++;
	callback = callback_new(runner_lambda_of_point, runner->link, v43__runner_link_unref,
				KIND_Runner_handle_yield_lambda);
	/* without the contexts: among them is the Runner's own, which holds it */
	saved = stack_context_null_enter();
	callback = stack_context_wrap(callback);
	stack_context_null_exit(saved);
	return callback;
}

/* start_yield_point(): the point (a reference, taken) has its result at once, or is waited for. */
static void runner_start_yield_point(struct runner *runner, struct yield_point *point)
{
	SPAN(span, Runner_handle_yield_start_yield_point);
	struct value result;
	int ready = yield_point_start(point, &runner->keys);

	if (ready == 0)
		ready = yield_point_is_ready(point);
	if (ready == 0) {
		runner->yield_point = point;
		return;
	}
	if (ready > 0)
		ready = yield_point_get_result(point, &result);
	if (ready < 0)
		v43__runner_set_failed(runner, exc_take());
	else
		future_set_result(runner->future, result);
	yield_point_unref(point);
}

/* What handle_yield's cb() closes over. */
struct runner_cb {
	struct runner *runner;     /* a reference */
	struct yield_point *point; /* a reference; NULL once it is started */
};

static int runner_cb_call(void *self, struct value *argument)
{
	SPAN(span, Runner_handle_yield_cb);
	struct runner_cb *cb = self;
	struct yield_point *point = cb->point;

	(void)argument;
	cb->point = NULL;
	runner_start_yield_point(cb->runner, point);
	return SPAN_STATUS(span, v43__runner_run(cb->runner));
}

static void runner_cb_release(void *self)
{
	struct runner_cb *cb = self;

	yield_point_unref(cb->point);
	v43__runner_unref(cb->runner);
	free(cb);
}

/* handle_exception(): into the generator, if it waits. */
static int runner_handle_exception(void *self, struct exc *exc)
{
	struct runner *runner = self;
	SPAN(span, Runner_handle_exception);

	if (runner->running || runner->finished)
		return SPAN_RET(span, 0);
	v43__runner_set_failed(runner, exc_ref(exc));
	if (v43__runner_run(runner) < 0)
		return SPAN_RAISED(span);
	return SPAN_RET(span, 1);
}

static void runner_forget_context(void *self)
{
	struct runner *runner = self;

	runner->context = NULL;
	v43__runner_unref(runner);
}

/*
 * The first yield point needs a stack context, which must not be entered inside
 * of run() and left outside: it is started in a turn of its own.
 */
static int runner_queue_yield_point(struct runner *runner, struct yield_point *point)
{
	struct runner_cb *cb = core_alloc(sizeof(*cb));
	int status;

	runner->has_context = true;
	runner->context = stack_context_enter(runner_handle_exception, v43__runner_ref(runner),
					      runner_forget_context);
	*cb = (struct runner_cb){ v43__runner_ref(runner), point };
	status = ioloop_add_callback(
		runner->loop,
		callback_new(runner_cb_call, cb, runner_cb_release, KIND_Runner_handle_yield_cb),
		VALUE_OF_NONE);
	return stack_context_exit(runner->context, status);
}

/* handle_yield of a yield point (a reference, taken). */
int v43__runner_yield_point(struct runner *runner, struct yield_point *point)
{
	struct stack_context *context;
	int status;

	v43__runner_set_future(runner, future_new());
	if (runner->has_context) {
		runner_start_yield_point(runner, point);
		return 1;
	}
	status = runner_queue_yield_point(runner, point);
	context = runner->context;
	stack_context_unref(context);
	return status;
}

/* set_result(): keeps what came (moved); if that makes the yield point ready, goes on. */
static int runner_set_result(struct runner *runner, uint64_t key, struct value result)
{
	SPAN(span, Runner_set_result, OBJECT(runner->keys.id), OBJECT(key));
	struct yield_point *point = runner->yield_point;
	struct value gathered;
	int ready;

	runner_keep_result(&runner->keys, key, result);
	if (!point)
		return 0;
	ready = yield_point_is_ready(point);
	if (ready <= 0)
		return SPAN_STATUS(span, ready);
	if (yield_point_get_result(point, &gathered) < 0)
		future_set_exc_info(runner->future, exc_take());
	else
		future_set_result(runner->future, gathered);
	runner->yield_point = NULL;
	yield_point_unref(point);
	return SPAN_STATUS(span, v43__runner_run(runner));
}

/* What the partial of result_callback() closes over. */
struct runner_partial {
	struct runner *runner; /* a reference */
	uint64_t key;
};

/* _argument_adapter's wrapper() around functools.partial(self.set_result, key). */
static int runner_adapter_call(void *self, struct value *argument)
{
	struct runner_partial *partial = self;
	struct emit_cause cause = callback_cause();
	SPAN_CAUSED(span, _argument_adapter_wrapper, &cause);

	return SPAN_STATUS(span,
			   runner_set_result(partial->runner, partial->key, value_move(argument)));
}

static void runner_partial_release(void *self)
{
	struct runner_partial *partial = self;

	v43__runner_unref(partial->runner);
	free(partial);
}

struct callback *v43__runner_result_callback(struct runner_keys *keys, uint64_t key)
{
	struct runner *runner = (struct runner *)keys;
	SPAN(span, Runner_result_callback, OBJECT(keys->id), OBJECT(key));
	struct runner_partial *partial = core_alloc(sizeof(*partial));
	struct callback *callback;

	*partial = (struct runner_partial){ v43__runner_ref(runner), key };
	callback = callback_new(runner_adapter_call, partial, runner_partial_release,
				emit_wrap(KIND__argument_adapter_wrapper, KIND_Runner_set_result));
	callback->asked_by = span.id;
	return stack_context_wrap(callback);
}
