/*
 * gen.c - generator objects: what a coroutine of any generation is made of.
 *
 * Who resumes a generator, and when, is the generation's Runner.
 */
#include "core/gen.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/gen_internal.h"
#include "core/generation.h"
#include "core/python/alloc.h"
#include "trace/emit/emit.h"

void gen_init(struct gen *gen, gen_body_fn *body, uint64_t function, const struct gen_local *locals)
{
	*gen = (struct gen){ .body = body, .function = function, .locals = locals };
}

struct future *gen_coroutine(struct gen *gen)
{
	return generation()->gen.coroutine(gen);
}

struct future *gen_coroutine_calling(struct gen *gen, struct callback *callback)
{
	return generation()->gen.coroutine_calling(gen, callback);
}

struct gen_function {
	gen_function_fn *make;
	void *self;
};

static int gen_function_call(void *closure, struct value *argument)
{
	const struct gen_function *function = closure;
	struct future *future = gen_coroutine(function->make(function->self));

	(void)argument;
	if (!future)
		return -1;
	callback_return(value_take_future(future));
	return 0;
}

struct callback *gen_coroutine_callback(gen_function_fn *make, void *self, uint64_t function)
{
	struct gen_function *closure = core_alloc(sizeof(*closure));

	*closure = (struct gen_function){ make, self };
	return callback_new(gen_function_call, closure, free,
			    emit_wrap(generation()->kinds->coroutine, function));
}

/* gen.engine itself, the decorator: with us each call decorates anew. */
static void gen_decorate_engine(void)
{
	SPAN(span, engine);
}

int gen_engine(struct gen *gen)
{
	gen_decorate_engine();
	return generation()->gen.engine(gen);
}

struct value gen_task(gen_task_fn *call, void *self, uint64_t function)
{
	return generation()->gen.task(call, self, function);
}

struct value gen_future(struct future *future)
{
	return future ? value_take_future(future) : VALUE_OF_NONE;
}

void gen__free(struct gen *gen)
{
	exc_unref(gen->thrown);
	value_release(&gen->yielded);
	value_release(&gen->returned);
	if (gen->release)
		gen->release(gen);
	else
		free(gen);
}

/* Runs the body to its next yield or its end. */
static enum gen_step gen_run_body(struct gen *gen)
{
	int step = gen->body(gen);

	if (step == GEN_YIELDED)
		return step;
	if (gen->left_at_yield)
		EMIT(gen_yield, FN(gen->function), INT(EMIT_VALUE(EMIT_VALUE_NONE, 0)));
	else
		EMIT(gen_finish, FN(gen->function),
		     INT(step == GEN_RAISED || gen->returned_by_raise));
	gen->resume = -1;
	return step;
}

enum gen_step gen__resume(struct gen *gen, struct value *sent, struct exc *thrown)
{
	exc_unref(gen->thrown);
	gen->thrown = thrown;
	gen->sent = sent;
	if (gen->resume == 0) {
		SPAN(span, gen_start, FN(gen->function));
		return gen_run_body(gen);
	}
	SPAN(span, gen_resume, FN(gen->function), INT(thrown != NULL));
	return gen_run_body(gen);
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

struct emit_field gen__yielded_field(const struct value *yielded)
{
	if (yielded->type == VALUE_FUTURE)
		return OBJECT(future_id(yielded->future));
	return INT(value_describe(yielded));
}

int gen__raise_bad_yield(const struct value *yielded)
{
	if (yielded->type == VALUE_INT)
		return exc_raise(EXC_BAD_YIELD_ERROR, "yielded unknown object %lld",
				 (long long)yielded->integer);
	return exc_raise(EXC_BAD_YIELD_ERROR, "yielded unknown object %s",
			 yielded->type == VALUE_NONE ? "None" : "");
}

int gen_yield(struct gen *gen, struct value yielded, int line, const struct emit_site *site)
{
	struct emit_field fields[] = { FN(gen->function), gen__yielded_field(&yielded) };

	if (yielded.type == VALUE_NONE && exc_current())
		return -1;
	if (emit_active) {
		emit_event(site, KIND_gen_yield, RING_INSTANT, 0, NULL, fields, 2);
		gen_show_locals(gen);
	}
	gen->resume = line;
	gen->yielded = yielded;
	return 0;
}

int gen_leave(struct gen *gen)
{
	gen->left_at_yield = 1;
	return gen_raise(gen);
}

int gen_raise(struct gen *gen)
{
	struct exc *exc = gen->thrown;

	gen->thrown = NULL;
	return exc_raise_take(exc);
}
