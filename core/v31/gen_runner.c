/*
 * gen_runner.c - gen.Runner.
 */
#include "core/v31/gen_runner.h"

#include <stdlib.h>

#include "core/gen_internal.h"
#include "core/python/alloc.h"
#include "core/stack_context.h"
#include "core/v31/gen_yield.h"
#include "trace/emit/emit.h"

struct runner {
	struct runner_keys keys;
	unsigned refs;
	uint64_t function;      /* the generator's, also after its end */
	struct gen *gen;        /* owned; NULL once it has ended */
	runner_final_fn *final; /* NULL once called */
	void *final_self;
	void (*final_release)(void *self);
	struct yield_point *yield_point; /* a reference; NULL while the generator runs */
	struct value received;           /* what the yield expression is worth */
	struct exc *exc;                 /* exc_info: to be thrown next, owned */
	bool running;
	bool finished;
	bool had_exception;
};

static struct callback *runner_result_callback(struct runner_keys *keys, uint64_t key);

struct runner *runner_new(struct gen *gen, runner_final_fn *final, void *self,
			  void (*release)(void *self))
{
	struct runner *runner = core_alloc(sizeof(*runner));

	runner_keys_init(&runner->keys, runner_result_callback);
	runner->refs = 1;
	runner->gen = gen;
	runner->function = gen->function;
	runner->final = final;
	runner->final_self = self;
	runner->final_release = release;
	runner->yield_point = null_yield_point_new();

	SPAN(span, Runner___init__, OBJECT(runner->keys.id), FN(runner->function));
	return runner;
}

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

void runner_unref(struct runner *runner)
{
	if (!runner || --runner->refs)
		return;
	runner_drop_gen(runner);
	yield_point_unref(runner->yield_point);
	value_release(&runner->received);
	exc_unref(runner->exc);
	runner_keys_release(&runner->keys);
	if (runner->final_release)
		runner->final_release(runner->final_self);
	free(runner);
}

int runner_set_result(struct runner *runner, uint64_t key, struct value result)
{
	SPAN(span, Runner_set_result, OBJECT(runner->keys.id), OBJECT(key));

	runner_keep_result(&runner->keys, key, result);
	return SPAN_STATUS(span, runner_run(runner));
}

/*
 * Hands the generator what it waited for: a value, or an exception.  The value
 * is not kept: it may be a function whose contexts hold this runner.
 */
static enum gen_step runner_deliver(struct runner *runner)
{
	struct exc *thrown = runner->exc;
	enum gen_step step;

	runner->exc = NULL;
	if (thrown)
		runner->had_exception = true;
	step = gen__resume(runner->gen, &runner->received, thrown);
	value_release(&runner->received);
	return step;
}

/* StopIteration or Return: the generator came to its end. */
static int runner_finish(struct runner *runner)
{
	runner_final_fn *final = runner->final;
	struct value returned = value_move(&runner->gen->returned);

	runner->finished = true;
	runner_drop_gen(runner);
	if (runner->keys.count && !runner->had_exception) {
		/* after an exception orphaned callbacks are no surprise */
		value_release(&returned);
		return exc_raise(EXC_LEAKED_CALLBACK_ERROR,
				 "finished without waiting for callbacks (%zu pending)",
				 runner->keys.count);
	}
	runner->final = NULL;
	if (!final) {
		value_release(&returned);
		return 0;
	}
	return final(runner->final_self, returned);
}

/* If the yield point is ready, takes its result.  1, or 0 = wait. */
static int runner_collect(struct runner *runner)
{
	int ready = runner->yield_point
			    ? yield_point_is_ready(runner->yield_point)
			    : exc_raise(EXC_ATTRIBUTE_ERROR,
					"'NoneType' object has no attribute 'is_ready'");

	if (ready == 0)
		return 0;
	value_release(&runner->received);
	if (ready < 0 || yield_point_get_result(runner->yield_point, &runner->received) < 0) {
		runner->exc = exc_take();
		return 1;
	}
	yield_point_unref(runner->yield_point);
	runner->yield_point = NULL;
	return 1;
}

/* The yield point that stands for what was yielded (moved); NULL = raised. */
static struct yield_point *runner_convert_yielded(struct value yielded)
{
	struct yield_point *point;

	switch (yielded.type) {
	case VALUE_FUTURE:
		return yield_future_new(yielded.future);
	case VALUE_POINT:
		return yielded.point;
	case VALUE_LIST:
		point = multi_new(&yielded);
		value_release(&yielded);
		return point;
	default:
		gen__raise_bad_yield(&yielded);
		value_release(&yielded);
		return NULL;
	}
}

/*
 * Turns what was yielded into a yield point, and starts it.  What goes wrong is
 * thrown into the generator, save that a list of what cannot be waited for is
 * found out before the try statement: -1 then.
 */
static int runner_start_yield_point(struct runner *runner)
{
	bool is_list = runner->gen->yielded.type == VALUE_LIST;
	struct yield_point *point = runner_convert_yielded(value_move(&runner->gen->yielded));

	if (!point && is_list)
		return -1;
	if (point) {
		yield_point_unref(runner->yield_point);
		runner->yield_point = point;
	}
	if (!point || yield_point_start(point, &runner->keys) < 0)
		runner->exc = exc_take();
	return 0;
}

/* The loop of Runner.run. */
static int runner_advance(struct runner *runner)
{
	for (;;) {
		if (!runner->exc && !runner_collect(runner))
			return 0;
		switch (runner_deliver(runner)) {
		case GEN_FINISHED:
			return runner_finish(runner);
		case GEN_YIELDED:
			if (runner_start_yield_point(runner) < 0)
				return -1;
			break;
		default:
			runner->finished = true;
			runner_drop_gen(runner);
			return -1;
		}
	}
}

int runner_run(struct runner *runner)
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

int runner_handle_exception(struct runner *runner, struct exc *exc)
{
	SPAN(span, Runner_handle_exception);

	if (runner->running || runner->finished)
		return SPAN_RET(span, 0);
	exc_unref(runner->exc);
	runner->exc = exc_ref(exc);
	if (runner_run(runner) < 0)
		return SPAN_RAISED(span);
	return SPAN_RET(span, 1);
}

/* What result_callback()'s inner() closes over. */
struct runner_inner {
	struct runner *runner; /* a reference */
	uint64_t key;
};

static int runner_inner_call(void *self, struct value *argument)
{
	struct runner_inner *inner = self;
	struct emit_cause cause = callback_cause();

	/* the turn only brought it here: what woke the coroutine resolved its future */
	if (argument->type == VALUE_FUTURE)
		cause.triggered_by = future_done_event(argument->future);
	SPAN_CAUSED(span, Runner_result_callback_inner, &cause);

	return SPAN_STATUS(span,
			   runner_set_result(inner->runner, inner->key, value_move(argument)));
}

static void runner_inner_release(void *self)
{
	struct runner_inner *inner = self;

	runner_unref(inner->runner);
	free(inner);
}

static struct callback *runner_result_callback(struct runner_keys *keys, uint64_t key)
{
	struct runner *runner = (struct runner *)keys;
	SPAN(span, Runner_result_callback, OBJECT(keys->id), OBJECT(key));
	struct runner_inner *inner = core_alloc(sizeof(*inner));
	struct callback *callback;

	*inner = (struct runner_inner){ runner_ref(runner), key };
	callback = callback_new(runner_inner_call, inner, runner_inner_release,
				KIND_Runner_result_callback_inner);
	callback->asked_by = span.id;
	return stack_context_wrap(callback);
}
