/*
 * gen_coroutine.c - gen.coroutine and gen.engine of 3.1: a generator, the future
 * of its outcome, and the exception handler that ties the two together.  An
 * engine has no future: what its generator raises goes to its caller's contexts.
 *
 * Who holds whom: the stack context holds the coroutine (its handler's self),
 * the coroutine holds the runner, the runner's callbacks hold the runner.  The
 * runner's final callback knows the coroutine's shared part only, so that
 * there is no circle.
 */
#include <stdlib.h>

#include "core/gen_internal.h"
#include "core/ioloop.h"
#include "core/python/alloc.h"
#include "core/stack_context.h"
#include "core/v31/gen_runner.h"
#include "trace/emit/emit.h"

/* What the closures of wrapper() share, coroutine's and engine's. */
struct coroutine {
	unsigned refs;                 /* of the context and of the runner */
	struct future *future;         /* a reference; NULL: an engine */
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

/* engine's handle_exception: into the generator if it waits, else to the handlers around it. */
static int engine_handle_exception(void *self, struct exc *exc)
{
	struct coroutine *coroutine = self;

	return coroutine->runner ? runner_handle_exception(coroutine->runner, exc) : 0;
}

/* coroutine's handle_exception: what the generator does not take goes into the future. */
static int coroutine_handle_exception(void *self, struct exc *exc)
{
	SPAN(span, coroutine_wrapper_handle_exception);
	struct coroutine *coroutine = self;
	int handled = engine_handle_exception(self, exc);

	if (handled > 0)
		return SPAN_RET(span, 1);
	exc = handled < 0 ? exc_take() : exc_ref(exc);
	if (future_set_exc_info(coroutine->future, exc) < 0)
		return SPAN_RAISED(span);
	return SPAN_RET(span, 1);
}

/* `deactivate()`, where the context is still there. */
static void coroutine_deactivate(struct coroutine *coroutine)
{
	if (coroutine->context)
		stack_context_deactivate(coroutine->context);
}

static int coroutine_final_callback(void *self, struct value value)
{
	SPAN(span, coroutine_wrapper_final_callback, INT(value_describe(&value)));
	struct coroutine *coroutine = self;

	coroutine_deactivate(coroutine);
	return SPAN_STATUS(span, future_set_result(coroutine->future, value));
}

static int engine_final_callback(void *self, struct value value)
{
	SPAN(span, engine_wrapper_final_callback);

	if (value.type != VALUE_NONE) {
		value_release(&value);
		exc_raise(EXC_RETURN_VALUE_IGNORED_ERROR,
			  "@gen.engine functions cannot return values");
		return SPAN_RAISED(span);
	}
	coroutine_deactivate(self);
	return 0;
}

/* wrapper() from the context to its end.  future (taken) is NULL for an engine. */
static int coroutine_drive(struct gen *gen, struct future *future,
			   stack_context_handler_fn *handler, runner_final_fn *final)
{
	struct coroutine *coroutine = core_alloc(sizeof(*coroutine));
	struct stack_context *context;
	int status;

	coroutine->refs = 2;
	coroutine->future = future;
	context = stack_context_enter(handler, coroutine, coroutine_forget);
	coroutine->context = context;
	EMIT(gen_create, FN(gen->function));
	coroutine->runner = runner_new(gen, final, coroutine, coroutine_unref);
	status = runner_run(coroutine->runner);
	status = stack_context_exit(context, status);
	stack_context_unref(context);
	return status;
}

int v31_engine(struct gen *gen)
{
	SPAN(span, engine_wrapper, FN(gen->function));

	return SPAN_STATUS(
		span, coroutine_drive(gen, NULL, engine_handle_exception, engine_final_callback));
}

struct future *v31_coroutine_calling(struct gen *gen, struct callback *callback)
{
	SPAN(span, coroutine_wrapper, FN(gen->function));
	struct future *future = future_new();
	int status = 0;

	/* nobody asks for a loop, which would make one, before there is something for it */
	if (callback)
		status = future_call_with_result(ioloop_current(), future, callback,
						 KIND_coroutine_wrapper_lambda);
	if (status < 0)
		gen__free(gen);
	else
		status = coroutine_drive(gen, future_ref(future), coroutine_handle_exception,
					 coroutine_final_callback);
	if (status == 0)
		return future;
	future_unref(future);
	(void)SPAN_RAISED(span);
	return NULL;
}

struct future *v31_coroutine(struct gen *gen)
{
	return v31_coroutine_calling(gen, NULL);
}
