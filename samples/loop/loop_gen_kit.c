/*
 * loop_gen_kit.c - frames, futures and functions for the programs about generators.
 */
#include "samples/loop/loop_gen_kit.h"

#include <stdio.h>
#include <stdlib.h>

struct gen *work_new(const char *name, gen_body_fn *body)
{
	struct work *work = calloc(1, sizeof(*work));

	if (!work)
		abort();
	gen_init(&work->gen, body, emit_name(name, ""), NULL);
	return &work->gen;
}

void say_integer(const char *name, const char *field, int64_t value)
{
	EMIT_NAMED(emit_name(name, field), INT(value));
}

void say_text(const char *name, const char *field, const char *value)
{
	EMIT_NAMED(emit_name(name, field), TEXT(value));
}

void say_got_pair(const struct value *list)
{
	char text[64];

	snprintf(text, sizeof(text), "[%d, %d]", (int)list->items->at[0].value.integer,
		 (int)list->items->at[1].value.integer);
	say_text("user.got", "value:str", text);
}

/* What a timeout gives a future: a number, or an exception. */
struct later {
	struct future *future; /* a reference */
	int64_t number;
	struct exc *exc; /* owned; NULL for the number */
};

static int resolve(void *self, struct value *argument)
{
	struct later *later = self;
	struct exc *exc = later->exc;

	(void)argument;
	later->exc = NULL;
	return exc ? future_set_exception(later->future, exc)
		   : future_set_result(later->future, VALUE_OF_INT(later->number));
}

static void later_free(void *self)
{
	struct later *later = self;

	future_unref(later->future);
	exc_unref(later->exc);
	free(later);
}

struct future *later(int ms, int64_t number, struct exc *exc)
{
	struct ioloop *loop = ioloop_instance();
	struct later *self = calloc(1, sizeof(*self));

	if (!self)
		abort();
	*self = (struct later){ future_new(), number, exc };
	timeout_unref(ioloop_add_timeout(
		loop, ioloop_time(loop) + (uint64_t)ms * 1000000,
		callback_new(resolve, self, later_free, emit_name("user.resolve", ""))));
	return future_ref(self->future);
}

/* What a partial closes over. */
struct partial {
	struct callback *function;
	int64_t number;
};

static int call_partial(void *self, struct value *argument)
{
	struct partial *partial = self;
	struct value number = VALUE_OF_INT(partial->number);

	(void)argument;
	return callback_call(partial->function, &number);
}

static void partial_free(void *self)
{
	struct partial *partial = self;

	callback_unref(partial->function);
	free(partial);
}

struct callback *partial_new(struct callback *function, int64_t number, uint64_t name)
{
	struct partial *partial = calloc(1, sizeof(*partial));

	if (!partial)
		abort();
	*partial = (struct partial){ callback_ref(function), number };
	return callback_new(call_partial, partial, partial_free, name);
}

void call_in_ms(int ms, struct callback *function, int64_t number)
{
	struct ioloop *loop = ioloop_instance();

	timeout_unref(ioloop_add_timeout(loop, ioloop_time(loop) + (uint64_t)ms * 1000000,
					 partial_new(function, number, function->function)));
}

void queue_stop(void)
{
	struct ioloop *loop = ioloop_instance();

	if (ioloop_add_callback(loop, ioloop_stop_callback(loop), VALUE_OF_NONE) < 0)
		exc_clear();
}
