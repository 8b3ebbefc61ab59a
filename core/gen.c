/*
 * gen.c - gen.coroutine: a generator, the future of its outcome, and the
 * exception handler that ties the two together.
 *
 * Who holds whom: the stack context holds the coroutine (its handler's self),
 * the coroutine holds the runner, the runner's callbacks hold the runner.  The
 * runner's final callback knows the coroutine's shared part only, so that
 * there is no circle.
 */
#include "core/gen.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/python/alloc.h"
#include "core/v31/gen_runner.h"
#include "core/stack_context.h"
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

void gen_init(struct gen *gen, gen_body_fn *body, uint64_t function, const struct gen_local *locals)
{
	*gen = (struct gen){ .body = body, .function = function, .locals = locals };
}

struct future *gen_coroutine(struct gen *gen)
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

/* The local's value in words; text is room for those that are numbers. */
static const char *gen_local_value(const void *at, enum gen_local_type type, char *text,
				   size_t size)
{
	struct future *const *future = at;

	switch (type) {
	case GEN_INT:
		snprintf(text, size, "%d", *(const int *)at);
		return text;
	case GEN_SIZE:
		snprintf(text, size, "%zu", *(const size_t *)at);
		return text;
	case GEN_TEXT:
		return *(const char *const *)at ? *(const char *const *)at : "None";
	case GEN_FUTURE:
		return !*future               ? "None"
		       : future_done(*future) ? "a done future"
					      : "a pending future";
	}
	return "";
}

/* What the suspended frame holds, for whoever looks at it meanwhile. */
static void gen_show_locals(const struct gen *gen)
{
	char text[24];

	for (const struct gen_local *local = gen->locals; local && local->name; local++) {
		const void *at = (const char *)gen + local->offset;

		EMIT(gen_local, TEXT(local->name),
		     TEXT(gen_local_value(at, local->type, text, sizeof(text))));
	}
}

int gen_yield(struct gen *gen, struct future *future, int line, const struct emit_site *site)
{
	struct emit_field fields[] = { FN(gen->function), OBJECT(future ? future_id(future) : 0) };

	if (!future && exc_current())
		return -1;
	if (emit_active) {
		emit_event(site, KIND_gen_yield, RING_INSTANT, 0, NULL, fields, 2);
		gen_show_locals(gen);
	}
	gen->resume = line;
	gen->yielded = future;
	return 0;
}

int gen_raise(struct gen *gen)
{
	struct exc *exc = gen->thrown;

	gen->thrown = NULL;
	return exc_raise_take(exc);
}
