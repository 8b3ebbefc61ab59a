/*
 * gen_coroutine.c - gen.coroutine and gen.engine of 4.3.
 *
 * The first step runs right in the call.  A coroutine that does not have to wait
 * is over when the call returns, and has never seen a Runner, a stack context or
 * the loop.
 */
#include "core/gen_internal.h"
#include "core/ioloop.h"
#include "core/stack_context.h"
#include "core/v43/gen_runner.h"
#include "trace/emit/emit.h"

/* The body ended in its first step: how, goes into the future. */
static int coroutine_end(struct gen *gen, struct future *future, enum gen_step step)
{
	struct value returned = value_move(&gen->returned);

	gen__free(gen);
	if (step == GEN_FINISHED)
		return future_set_result(future, returned);
	value_release(&returned);
	return future_set_exc_info(future, exc_take());
}

struct exc *v43_inconsistent(void)
{
	return exc_new(EXC_STACK_CONTEXT_INCONSISTENT_ERROR, 0,
		       "stack_context inconsistency (probably caused by yield within a "
		       "\"with StackContext\" block)");
}

/* The first step; one that yields inside of a context has that thrown at it when it goes on. */
static enum gen_step coroutine_first_step(struct gen *gen)
{
	const struct stack_context *contexts = stack_context_in_force();
	struct value none = VALUE_OF_NONE;
	enum gen_step step = gen__resume(gen, &none, NULL);
	struct future *failed;

	if (step != GEN_YIELDED || stack_context_in_force() == contexts)
		return step;
	failed = future_new();
	future_set_exception(failed, v43_inconsistent());
	value_release(&gen->yielded);
	gen->yielded = value_take_future(failed);
	return step;
}

/* The call itself takes the first step. */
static int coroutine_start(struct gen *gen, struct future *future)
{
	enum gen_step step;

	/* the original's own generator functions are called unseen */
	if (!catalog_find((unsigned)gen->function))
		EMIT(gen_create, FN(gen->function));
	step = coroutine_first_step(gen);
	if (step == GEN_YIELDED)
		return v43_run(gen, future_ref(future));
	return coroutine_end(gen, future, step);
}

/* _make_coroutine_wrapper's wrapper(). */
struct future *v43_coroutine_calling(struct gen *gen, struct callback *callback)
{
	SPAN(span, _make_coroutine_wrapper_wrapper, FN(gen->function));
	struct future *future = future_new();
	int status = 0;

	if (callback)
		status = future_call_with_result(ioloop_current(), future, callback,
						 KIND__make_coroutine_wrapper_wrapper_lambda);
	if (status < 0)
		gen__free(gen);
	else
		status = coroutine_start(gen, future);
	if (status == 0)
		return future;
	future_unref(future);
	(void)SPAN_RAISED(span);
	return NULL;
}

struct future *v43_coroutine(struct gen *gen)
{
	return v43_coroutine_calling(gen, NULL);
}

/* A value would be lost: nobody holds the future. */
static int engine_final_callback(void *self, struct value *argument)
{
	SPAN(span, engine_wrapper_final_callback);
	struct value *result;

	(void)self;
	if (future_result(argument->future, &result) < 0)
		return SPAN_RAISED(span);
	if (result->type == VALUE_NONE)
		return 0;
	exc_raise(EXC_RETURN_VALUE_IGNORED_ERROR, "@gen.engine functions cannot return values");
	return SPAN_RAISED(span);
}

/* engine's wrapper(): a coroutine whose failure is raised into the contexts around the call. */
int v43_engine(struct gen *gen)
{
	SPAN(span, engine_wrapper,
	     FN(emit_wrap(KIND__make_coroutine_wrapper_wrapper, gen->function)));
	struct future *future = v43_coroutine(gen);
	struct callback *final;
	int status;

	if (!future)
		return SPAN_RAISED(span);
	final = callback_new(engine_final_callback, NULL, NULL, KIND_engine_wrapper_final_callback);
	status = future_add_done_callback(future, stack_context_wrap(final));
	future_unref(future);
	return SPAN_STATUS(span, status);
}
