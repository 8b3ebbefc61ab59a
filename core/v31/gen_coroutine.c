/*
 * gen_coroutine.c - gen.coroutine of 3.1: a generator, the future of its
 * outcome, and the exception handler that ties the two together.
 *
 * Who holds whom: the stack context holds the coroutine (its handler's self),
 * the coroutine holds the runner, the runner's callbacks hold the runner.  The
 * runner's final callback knows the coroutine's shared part only, so that
 * there is no circle.
 */
#include <stdlib.h>

#include "core/python/alloc.h"
#include "core/stack_context.h"
#include "core/v31/gen_runner.h"
#include "trace/emit/emit.h"

/* What the closures of coroutine's wrapper() share. */
struct coroutine {
	unsigned refs;                 /* of the context and of the runner */
	struct future *future;         /* a reference */
	struct stack_context *context; /* not held; NULL once it is gone */
	struct runner *runner;         /* held for the context: see coroutine_forget() */
};

static void coroutine_unref(void *self)
{
	struct coroutine *coroutine = self;

	if (--coroutine->refs)
		return;
	future_unref(coroutine->future);
	free(coroutine);
}

/* The context goes: nobody can throw into the generator from outside any more. */
static void coroutine_forget(void *self)
{
	struct coroutine *coroutine = self;
	struct runner *runner = coroutine->runner;

	coroutine->context = NULL;
	coroutine->runner = NULL;
	runner_unref(runner);
	coroutine_unref(coroutine);
}

/* wrapper()'s handle_exception: into the generator if it waits, else into the future. */
static int coroutine_handle_exception(void *self, struct exc *exc)
{
	struct coroutine *coroutine = self;
	int handled = coroutine->runner ? runner_handle_exception(coroutine->runner, exc) : 0;
	struct exc *outcome;

	if (handled > 0)
		return 1;
	outcome = handled < 0 ? exc_take() : exc_ref(exc);
	return future_set_exc_info(coroutine->future, outcome) < 0 ? -1 : 1;
}

static int coroutine_final_callback(void *self, struct value value)
{
	SPAN(span, coroutine_wrapper_final_callback, INT(value_describe(&value)));
	struct coroutine *coroutine = self;

	if (coroutine->context)
		stack_context_deactivate(coroutine->context);
	return SPAN_STATUS(span, future_set_result(coroutine->future, value));
}

struct future *v31_coroutine(struct gen *gen)
{
	SPAN(span, coroutine_wrapper, FN(gen->function));
	struct coroutine *coroutine = core_alloc(sizeof(*coroutine));
	struct future *future = future_new();
	struct stack_context *context;
	int status;

	coroutine->refs = 2;
	coroutine->future = future_ref(future);
	context = stack_context_enter(coroutine_handle_exception, coroutine, coroutine_forget);
	coroutine->context = context;
	EMIT(gen_create, FN(gen->function));
	coroutine->runner = runner_new(gen, coroutine_final_callback, coroutine, coroutine_unref);
	status = runner_run(coroutine->runner);
	status = stack_context_exit(context, status);
	stack_context_unref(context);
	if (status < 0) {
		future_unref(future);
		(void)SPAN_RAISED(span);
		return NULL;
	}
	return future;
}
