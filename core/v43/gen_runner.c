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
#include "core/ioloop.h"
#include "core/python/alloc.h"
#include "core/stack_context.h"
#include "core/v43/gen.h"
#include "core/v43/gen_runner_internal.h"
#include "trace/emit/emit.h"

struct runner *v43__runner_ref(struct runner *runner)
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

void v43__runner_link_unref(void *self)
{
	struct runner_link *link = self;

	if (--link->refs == 0)
		free(link);
}

void v43__runner_unref(void *self)
{
	struct runner *runner = self;

	if (--runner->refs)
		return;
	runner->link->runner = NULL;
	v43__runner_link_unref(runner->link);
	runner_drop_gen(runner);
	future_unref(runner->result);
	future_unref(runner->future);
	yield_point_unref(runner->yield_point);
	runner_keys_release(&runner->keys);
	free(runner);
}

void v43__runner_set_future(struct runner *runner, struct future *future)
{
	future_unref(runner->future);
	runner->future = future;
	runner->awaited = NULL;
}

void v43__runner_set_failed(struct runner *runner, struct exc *exc)
{
	v43__runner_set_future(runner, future_new());
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

/* A yield inside of a stack context: that is thrown in; what is yielded then does not count. */
static enum gen_step runner_throw_inconsistent(struct gen *gen)
{
	struct value yielded = value_move(&gen->yielded);
	enum gen_step step = gen__resume(gen, NULL, v43_inconsistent());

	if (step == GEN_YIELDED) {
		value_release(&gen->yielded);
		gen->yielded = value_move(&yielded);
	}
	value_release(&yielded);
	return step;
}

/* Hands the generator what it waited for: the result of a done future, or its exception. */
static enum gen_step runner_resume(struct runner *runner, struct future *future)
{
	const struct stack_context *contexts = stack_context_in_force();
	struct value *sent = NULL;
	struct exc *thrown = NULL;
	enum gen_step step;

	if (future_result(future, &sent) < 0) {
		runner->had_exception = true;
		thrown = exc_take();
	}
	step = gen__resume(runner->gen, sent, thrown);
	if (step == GEN_YIELDED && stack_context_in_force() != contexts)
		step = runner_throw_inconsistent(runner->gen);
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

/* result_future is told; then exceptions from outside no longer concern the generator. */
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

	return SPAN_STATUS(span, v43__runner_run(wait->runner));
}

static void runner_wait_release(void *self)
{
	struct runner_wait *wait = self;

	if (wait->runner->awaited == wait->future)
		wait->runner->awaited = NULL;
	v43__runner_unref(wait->runner);
	free(wait);
}

static struct callback *runner_callback(struct runner *runner, struct future *future)
{
	struct runner_wait *wait = core_alloc(sizeof(*wait));

	*wait = (struct runner_wait){ v43__runner_ref(runner), future };
	return callback_new(runner_lambda, wait, runner_wait_release,
			    KIND_Runner_handle_yield_lambda);
}

/* handle_yield of anything else: what is not done is somebody's who will resolve it. */
static void runner_yield_future(struct runner *runner, struct future *future)
{
	if (!future)
		v43__runner_set_failed(runner, exc_take());
	else if (future_done(future))
		v43__runner_set_future(runner, future_ref(future));
	else {
		v43__runner_set_future(runner, NULL);
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
				 own ? v43__runner_callback_of_point(runner)
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
		go_on = v43__runner_yield_point(runner, yielded.point);
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

int v43__runner_run(struct runner *runner)
{
	SPAN(span, Runner_run, OBJECT(runner->keys.id));
	int status;

	if (runner->running || runner->finished)
		return 0;
	v43__runner_ref(runner);
	runner->running = true;
	status = runner_advance(runner);
	runner->running = false;
	v43__runner_unref(runner);
	return SPAN_STATUS(span, status);
}

static struct runner *runner_new(struct gen *gen, struct future *result)
{
	struct runner *runner = core_alloc(sizeof(*runner));
	struct runner_link *link = core_alloc(sizeof(*link));

	runner_keys_init(&runner->keys, v43__runner_result_callback);
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
		status = v43__runner_run(runner);
	v43__runner_unref(runner);
	return SPAN_STATUS(span, status);
}
