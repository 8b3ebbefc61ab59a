/*
 * gen_runner.c - gen.Runner.
 */
#include "core/v31/gen_runner.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "core/gen_internal.h"
#include "core/python/alloc.h"
#include "core/stack_context.h"
#include "core/v31/gen_yield.h"
#include "trace/emit/emit.h"

/* A key of pending_callbacks, with its entry in results. */
struct runner_key {
	uint64_t key;
	bool has_result;
	struct value result;
};

struct runner {
	unsigned refs;
	uint64_t id;
	uint64_t function;      /* the generator's, also after its end */
	struct gen *gen;        /* owned; NULL once it has ended */
	runner_final_fn *final; /* NULL once called */
	void *final_self;
	void (*final_release)(void *self);
	struct yield_point yield_point;
	struct value received; /* what the yield expression is worth: a future or None */
	struct value nothing;
	struct exc *exc; /* exc_info: to be thrown next, owned */
	struct runner_key *keys;
	size_t key_count;
	size_t key_room;
	bool running;
	bool finished;
	bool had_exception;
};

uint64_t runner_new_key(void)
{
	static _Atomic uint64_t last_key;

	return atomic_fetch_add_explicit(&last_key, 1, memory_order_relaxed) + 1;
}

struct runner *runner_new(struct gen *gen, runner_final_fn *final, void *self,
			  void (*release)(void *self))
{
	static _Atomic uint64_t last_id;
	struct runner *runner = core_alloc(sizeof(*runner));

	runner->refs = 1;
	runner->id = atomic_fetch_add_explicit(&last_id, 1, memory_order_relaxed) + 1;
	runner->gen = gen;
	runner->function = gen->function;
	runner->final = final;
	runner->final_self = self;
	runner->final_release = release;

	SPAN(span, Runner___init__, OBJECT(runner->id), FN(runner->function));
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
	yield_point_release(&runner->yield_point);
	value_release(&runner->received);
	exc_unref(runner->exc);
	for (size_t i = 0; i < runner->key_count; i++)
		value_release(&runner->keys[i].result);
	free(runner->keys);
	if (runner->final_release)
		runner->final_release(runner->final_self);
	free(runner);
}

static struct runner_key *runner_find_key(struct runner *runner, uint64_t key)
{
	for (size_t i = 0; i < runner->key_count; i++)
		if (runner->keys[i].key == key)
			return &runner->keys[i];
	return NULL;
}

int runner_register_callback(struct runner *runner, uint64_t key)
{
	SPAN(span, Runner_register_callback, OBJECT(runner->id), OBJECT(key));

	if (runner_find_key(runner, key)) {
		exc_raise(EXC_KEY_REUSE_ERROR, "key %llu is already pending",
			  (unsigned long long)key);
		return SPAN_RAISED(span);
	}
	runner->keys = core_room_for_one(runner->keys, runner->key_count, &runner->key_room,
					 sizeof(*runner->keys));
	runner->keys[runner->key_count++] = (struct runner_key){ .key = key };
	return 0;
}

int runner_is_ready(struct runner *runner, uint64_t key)
{
	SPAN(span, Runner_is_ready, OBJECT(runner->id), OBJECT(key));
	const struct runner_key *pending = runner_find_key(runner, key);

	if (!pending) {
		exc_raise(EXC_UNKNOWN_KEY_ERROR, "key %llu is not pending",
			  (unsigned long long)key);
		return SPAN_RAISED(span);
	}
	return SPAN_RET(span, pending->has_result);
}

int runner_set_result(struct runner *runner, uint64_t key, struct value result)
{
	SPAN(span, Runner_set_result, OBJECT(runner->id), OBJECT(key));
	struct runner_key *pending = runner_find_key(runner, key);

	if (pending) {
		value_release(&pending->result);
		pending->result = result;
		pending->has_result = true;
	} else {
		value_release(&result); /* nobody can ask for it any more */
	}
	return SPAN_STATUS(span, runner_run(runner));
}

int runner_pop_result(struct runner *runner, uint64_t key, struct value *result)
{
	struct runner_key *pending = runner_find_key(runner, key);

	if (!pending || !pending->has_result)
		return exc_raise(EXC_KEY_ERROR, "%llu", (unsigned long long)key);
	*result = pending->result;
	*pending = runner->keys[--runner->key_count];
	return 0;
}

/* Hands the generator what it waited for: a value, or an exception. */
static enum gen_step runner_deliver(struct runner *runner)
{
	struct value *sent = &runner->nothing;
	struct exc *thrown = runner->exc;

	runner->exc = NULL;
	if (thrown)
		runner->had_exception = true;
	else if (runner->received.type == VALUE_FUTURE)
		future_result(runner->received.future, &sent);
	return gen__resume(runner->gen, sent, thrown);
}

/* StopIteration or Return: the generator came to its end. */
static int runner_finish(struct runner *runner)
{
	runner_final_fn *final = runner->final;
	struct value returned = value_move(&runner->gen->returned);

	runner->finished = true;
	runner_drop_gen(runner);
	if (runner->key_count && !runner->had_exception) {
		/* after an exception orphaned callbacks are no surprise */
		value_release(&returned);
		return exc_raise(EXC_LEAKED_CALLBACK_ERROR,
				 "finished without waiting for callbacks (%zu pending)",
				 runner->key_count);
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
	int ready = yield_point_is_ready(&runner->yield_point, runner);

	if (ready == 0)
		return 0;
	value_release(&runner->received);
	if (ready < 0 ||
	    yield_point_get_result(&runner->yield_point, runner, &runner->received) < 0)
		runner->exc = exc_take();
	else
		yield_point_release(&runner->yield_point);
	return 1;
}

/* Turns what was yielded into a yield point, and starts it. */
static void runner_start_yield_point(struct runner *runner)
{
	struct future *yielded = runner->gen->yielded;

	runner->gen->yielded = NULL;
	yield_point_release(&runner->yield_point);
	if (!yielded) {
		runner->exc = exc_new(EXC_BAD_YIELD_ERROR, 0, "yielded unknown object None");
		return;
	}
	yield_point_init(&runner->yield_point, yielded);
	if (yield_point_start(&runner->yield_point, runner) < 0)
		runner->exc = exc_take();
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
			runner_start_yield_point(runner);
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
	SPAN(span, Runner_run, OBJECT(runner->id));
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
	if (runner->running || runner->finished)
		return 0;
	exc_unref(runner->exc);
	runner->exc = exc_ref(exc);
	return runner_run(runner) < 0 ? -1 : 1;
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

struct callback *runner_result_callback(struct runner *runner, uint64_t key)
{
	SPAN(span, Runner_result_callback, OBJECT(runner->id), OBJECT(key));
	struct runner_inner *inner = core_alloc(sizeof(*inner));
	struct callback *callback;

	*inner = (struct runner_inner){ runner_ref(runner), key };
	callback = callback_new(runner_inner_call, inner, runner_inner_release,
				KIND_Runner_result_callback_inner);
	callback->asked_by = span.id;
	return stack_context_wrap(callback);
}
