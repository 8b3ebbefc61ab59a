/*
 * 03_coroutine.c - a coroutine is a callback that remembers where it was.
 *
 *     build/loopscope record -- build/samples/03_coroutine
 *     build/loopscope steps loopscope.db
 *
 * Watch: the body runs to its yield before the loop starts; the Runner hangs a
 * callback on the future yielded.  A timeout resolves it, the callback is queued,
 * and one turn later the body resumes behind the yield with the future's result.
 */
#include <stdio.h>

#include "core/gen.h"
#include "core/ioloop.h"
#include "core/python/alloc.h"
#include "core/v31/generation.h"

struct answer {
	struct gen gen;
	struct future *question;
};
static const struct gen_local locals[] = { GEN_LOCAL(struct answer, GEN_FUTURE, question), { 0 } };

static int answer(struct gen *gen)
{
	struct answer *self = (struct answer *)gen;

	GEN_BEGIN(gen);
	puts("before the yield");
	GEN_YIELD(gen, future_ref(self->question));
	printf("the answer is %d\n", (int)gen->sent->integer);
	ioloop_stop(ioloop_current());
	GEN_END(gen);
}

static int resolve(void *question, struct value *argument)
{
	(void)argument;
	return future_set_result(question, VALUE_OF_INT(42));
}

int main(void)
{
	generation_use(&generation_31);
	struct ioloop *loop = ioloop_instance();
	struct answer *self = core_alloc(sizeof(*self));
	struct future *question = future_new();

	gen_init(&self->gen, answer, emit_name("user.answer", ""), locals);
	self->question = question;
	future_unref(gen_coroutine(&self->gen));
	timeout_unref(ioloop_add_timeout(
		loop, ioloop_time(loop) + 50 * 1000000,
		callback_new(resolve, question, NULL, emit_name("user.resolve", ""))));
	ioloop_start(loop);
	future_unref(question);
	ioloop_instance_free();
	return 0;
}
