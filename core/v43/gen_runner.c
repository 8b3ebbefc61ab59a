/*
 * gen_runner.c - gen.Runner of 4.3.
 *
 * What is yielded is turned into a future, and run() goes from one done future to
 * the next without the loop; the first that is not done gets a callback.
 *
 * Who holds whom: what can still resume the generator holds the Runner, never
 * the other way round.  The future that it waits for does, through its callback;
 * at yield points the functions of result_callback() and the stack context do.
 * When the last of them goes, the suspended frame goes with the Runner.
 */
#include "core/v43/gen_runner.h"

#include <stdlib.h>

#include "core/gen_internal.h"
#include "core/gen_point.h"
#include "core/ioloop.h"
#include "core/python/alloc.h"
#include "core/stack_context.h"
#include "core/v43/gen.h"
#include "trace/emit/emit.h"

struct runner {
	struct runner_keys keys;
	unsigned refs;
	struct runner_link *link; /* a reference */
	struct gen *gen;          /* owned; NULL once it has ended */
	struct future *result;    /* result_future, a reference; NULL once it is told */
	struct future *future;    /* done, or made for a yield point: a reference; may be NULL */
	struct future *awaited;   /* somebody else's that is not done: it holds the Runner */
	struct yield_point *yield_point; /* a reference; NULL if none is waited for */
	struct ioloop *loop;
	struct stack_context *context; /* not held; NULL once it is gone */
	bool has_context;              /* the generator has met a yield point */
	bool running;
	bool finished;
	bool had_exception;
};

/* For those who must not hold the Runner, yet want to know whether it is still there. */
struct runner_link {
	unsigned refs;
	uint64_t id;
	struct runner *runner; /* NULL once it is gone */
};

static int runner_run(struct runner *runner);

static struct runner *runner_ref(struct runner *runner)
{
	runner->refs++;
	return runner;
}

static void runner_drop_gen(struct runner *runner)
{
	struct gen *gen = runner->gen;

	runner->gen = NULL;
	if (gen)
		gen__free(gen);
}

static void runner_link_unref(void *self)
{
	struct runner_link *link = self;

	if (--link->refs == 0)
		free(link);
}

static void runner_unref(void *self)
{
	struct runner *runner = self;

	if (--runner->refs)
		return;
	runner->link->runner = NULL;
	runner_link_unref(runner->link);
	runner_drop_gen(runner);
	future_unref(runner->result);
	future_unref(runner->future);
	yield_point_unref(runner->yield_point);
	runner_keys_release(&runner->keys);
	free(runner);
}

/* self.future = future (a reference, taken). */
static void runner_set_future(struct runner *runner, struct future *future)
{
	future_unref(runner->future);
	runner->future = future;
	runner->awaited = NULL;
}

/* self.future becomes one that failed with exc, which is taken. */
static void runner_set_failed(struct runner *runner, struct exc *exc)
{
	runner_set_future(runner, future_new());
	future_set_exc_info(runner->future, exc);
}

/* Takes self.future if it is done: a reference, else NULL. */
static struct future *runner_take_done(struct runner *runner)
{
	struct future *future = runner->future ? runner->future : future_ref(runner->awaited);

	if (!future)
		return NULL;
	if (!future_done(future)) {
		if (!runner->future)
			future_unref(future);
		return NULL;
	}
	runner->future = runner->awaited = NULL;
	return future;
}

/* Hands the generator what it waited for: the result of a done future, or its exception. */
static enum gen_step runner_resume(struct runner *runner, struct future *future)
{
	struct value *sent = NULL;
	struct exc *thrown = NULL;
	enum gen_step step;

	if (future_result(future, &sent) < 0) {
		runner->had_exception = true;
		thrown = exc_take();
	}
	step = gen__resume(runner->gen, sent, thrown);
	future_unref(future);
	return step;
}

/* Ends the part of the generator; the future that is to be told, a reference. */
static struct future *runner_end(struct runner *runner)
{
	struct future *result = runner->result;

	runner->finished = true;
	runner->result = NULL;
	runner_drop_gen(runner);
	return result;
}

/* result_future is told; then exceptions from outside are none of the generator's business. */
static int runner_told(struct runner *runner, struct future *result, int status)
{
	future_unref(result);
	if (runner->context)
		stack_context_deactivate(runner->context);
	runner->context = NULL;
	return status;
}

/* StopIteration or Return. */
static int runner_finish(struct runner *runner)
{
	struct value returned = value_move(&runner->gen->returned);
	struct future *result = runner_end(runner);

	if (runner->keys.count && !runner->had_exception) {
		/* after an exception orphaned callbacks are no surprise */
		value_release(&returned);
		future_unref(result);
		return exc_raise(EXC_LEAKED_CALLBACK_ERROR,
				 "finished without waiting for callbacks (%zu pending)",
				 runner->keys.count);
	}
	return runner_told(runner, result, future_set_result(result, returned));
}

static int runner_fail(struct runner *runner)
{
	struct exc *exc = exc_take();
	struct future *result = runner_end(runner);

	return runner_told(runner, result, future_set_exc_info(result, exc));
}

/* What handle_yield's lambda closes over, on somebody else's future. */
struct runner_wait {
	struct runner *runner;       /* a reference */
	const struct future *future; /* it holds this */
};

/* `lambda f: self.run()` */
static int runner_lambda(void *self, struct value *argument)
{
	struct runner_wait *wait = self;
	struct emit_cause cause = callback_cause();

	/* the turn only brought it here: what woke the coroutine resolved its future */
	if (future_done_event(argument->future))
		cause.triggered_by = future_done_event(argument->future);
	SPAN_CAUSED(span, Runner_handle_yield_lambda, &cause);

	return SPAN_STATUS(span, runner_run(wait->runner));
}

static void runner_wait_release(void *self)
{
	struct runner_wait *wait = self;

	if (wait->runner->awaited == wait->future)
		wait->runner->awaited = NULL;
	runner_unref(wait->runner);
	free(wait);
}

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
		return SPAN_STATUS(span, runner_run(link->runner));
	SPAN(run, Runner_run, OBJECT(link->id));
	return 0;
}

static struct callback *runner_callback(struct runner *runner, struct future *future)
{
	struct runner_wait *wait = core_alloc(sizeof(*wait));

	*wait = (struct runner_wait){ runner_ref(runner), future };
	return callback_new(runner_lambda, wait, runner_wait_release,
			    KIND_Runner_handle_yield_lambda);
}

static struct callback *runner_callback_of_point(struct runner *runner)
{
	struct stack_contexts *saved;
	struct callback *callback;

	runner->link->refs++;
	callback = callback_new(runner_lambda_of_point, runner->link, runner_link_unref,
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
		runner_set_failed(runner, exc_take());
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
	return SPAN_STATUS(span, runner_run(cb->runner));
}

static void runner_cb_release(void *self)
{
	struct runner_cb *cb = self;

	yield_point_unref(cb->point);
	runner_unref(cb->runner);
	free(cb);
}

/* handle_exception(): into the generator, if it waits. */
static int runner_handle_exception(void *self, struct exc *exc)
{
	struct runner *runner = self;
	SPAN(span, Runner_handle_exception);

	if (runner->running || runner->finished)
		return SPAN_RET(span, 0);
	runner_set_failed(runner, exc_ref(exc));
	if (runner_run(runner) < 0)
		return SPAN_RAISED(span);
	return SPAN_RET(span, 1);
}

static void runner_forget_context(void *self)
{
	struct runner *runner = self;

	runner->context = NULL;
	runner_unref(runner);
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
	runner->context = stack_context_enter(runner_handle_exception, runner_ref(runner),
					      runner_forget_context);
	*cb = (struct runner_cb){ runner_ref(runner), point };
	status = ioloop_add_callback(
		runner->loop,
		callback_new(runner_cb_call, cb, runner_cb_release, KIND_Runner_handle_yield_cb),
		VALUE_OF_NONE);
	return stack_context_exit(runner->context, status);
}

/* handle_yield of a yield point (a reference, taken). */
static int runner_yield_point(struct runner *runner, struct yield_point *point)
{
	struct stack_context *context;
	int status;

	runner_set_future(runner, future_new());
	if (runner->has_context) {
		runner_start_yield_point(runner, point);
		return 1;
	}
	status = runner_queue_yield_point(runner, point);
	context = runner->context;
	stack_context_unref(context);
	return status;
}

/* handle_yield of anything else: what is not done is somebody's who will resolve it. */
static void runner_yield_future(struct runner *runner, struct future *future)
{
	if (!future)
		runner_set_failed(runner, exc_take());
	else if (future_done(future))
		runner_set_future(runner, future_ref(future));
	else {
		runner_set_future(runner, NULL);
		runner->awaited = future;
	}
}

/* Asks the loop to call run() if self.future is not done, or moment.  1 = it need not, or 0. */
static int runner_await(struct runner *runner)
{
	bool own = runner->future && !future_done(runner->future);
	struct future *future = runner->future ? runner->future : runner->awaited;

	if (future_done(future) && !v43_is_moment(future))
		return 1;
	return ioloop_add_future(runner->loop, future,
				 own ? runner_callback_of_point(runner)
				     : runner_callback(runner, future));
}

/* handle_yield(): 1 = go on at once, 0 = wait, -1 = raised.  yielded is moved. */
static int runner_handle_yield(struct runner *runner, struct value yielded)
{
	SPAN(span, Runner_handle_yield, OBJECT(runner->keys.id), gen__yielded_field(&yielded));
	struct future *future = NULL;
	int go_on = 1;

	if (value_has_points(&yielded)) {
		yielded = gen_multi(yielded);
		if (yielded.type == VALUE_NONE)
			return SPAN_RAISED(span);
	}
	if (yielded.type == VALUE_POINT) {
		go_on = runner_yield_point(runner, yielded.point);
	} else {
		future = gen_convert_yielded(yielded);
		runner_yield_future(runner, future);
	}
	if (go_on > 0)
		go_on = runner_await(runner);
	/* only now: the last reference may be this one */
	future_unref(future);
	if (go_on < 0)
		return SPAN_RAISED(span);
	return SPAN_RET(span, go_on);
}

/* The loop of Runner.run. */
static int runner_advance(struct runner *runner)
{
	struct future *future;
	int go_on = 1;

	while (go_on > 0 && (future = runner_take_done(runner)))
		switch (runner_resume(runner, future)) {
		case GEN_FINISHED:
			return runner_finish(runner);
		case GEN_YIELDED:
			go_on = runner_handle_yield(runner, value_move(&runner->gen->yielded));
			break;
		default:
			return runner_fail(runner);
		}
	return go_on < 0 ? -1 : 0;
}

static int runner_run(struct runner *runner)
{
	SPAN(span, Runner_run, OBJECT(runner->keys.id));
	int status;

	if (runner->running || runner->finished)
		return 0;
	runner_ref(runner);
	runner->running = true;
	status = runner_advance(runner);
	runner->running = false;
	runner_unref(runner);
	return SPAN_STATUS(span, status);
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
	return SPAN_STATUS(span, runner_run(runner));
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

	runner_unref(partial->runner);
	free(partial);
}

static struct callback *runner_result_callback(struct runner_keys *keys, uint64_t key)
{
	struct runner *runner = (struct runner *)keys;
	SPAN(span, Runner_result_callback, OBJECT(keys->id), OBJECT(key));
	struct runner_partial *partial = core_alloc(sizeof(*partial));
	struct callback *callback;

	*partial = (struct runner_partial){ runner_ref(runner), key };
	callback = callback_new(runner_adapter_call, partial, runner_partial_release,
				emit_wrap(KIND__argument_adapter_wrapper, KIND_Runner_set_result));
	callback->asked_by = span.id;
	return stack_context_wrap(callback);
}

static struct runner *runner_new(struct gen *gen, struct future *result)
{
	struct runner *runner = core_alloc(sizeof(*runner));
	struct runner_link *link = core_alloc(sizeof(*link));

	runner_keys_init(&runner->keys, runner_result_callback);
	runner->refs = 1;
	runner->gen = gen;
	runner->result = result;
	runner->loop = ioloop_current();
	*link = (struct runner_link){ 1, runner->keys.id, runner };
	runner->link = link;
	return runner;
}

/* __init__() */
int v43_run(struct gen *gen, struct future *result)
{
	struct runner *runner = runner_new(gen, result);
	SPAN(span, Runner___init__, OBJECT(runner->keys.id), FN(gen->function));
	int status = runner_handle_yield(runner, value_move(&gen->yielded));

	if (status > 0)
		status = runner_run(runner);
	runner_unref(runner);
	return SPAN_STATUS(span, status);
}
