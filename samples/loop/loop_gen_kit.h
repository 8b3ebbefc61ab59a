/*
 * loop_gen_kit.h - what the programs about generators share: frames, futures that
 * a timeout resolves, functions with their argument.
 */
#ifndef LOOPSCOPE_SAMPLES_LOOP_LOOP_GEN_KIT_H
#define LOOPSCOPE_SAMPLES_LOOP_LOOP_GEN_KIT_H

#include "core/gen.h"
#include "samples/loop/loop_kit.h"

/* The locals of all these generators. */
struct work {
	struct gen gen;
	uint64_t keys[2];
	struct callback *functions[2];
};

/* A generator object of body, known as name ("user.work"). */
struct gen *work_new(const char *name, gen_body_fn *body);

/* Records an event with one field, "value:int" say. */
void say_integer(const char *name, const char *field, int64_t value);
void say_text(const char *name, const char *field, const char *value);

/* Records that a list of two numbers came. */
void say_got_pair(const struct value *list);

/* A future that will have the number, or the exception (taken), in so many milliseconds. */
struct future *later(int ms, int64_t number, struct exc *exc);

/*
 * functools.partial(function, number): calls function, of which it gets a
 * reference of its own, with the number whatever its argument is.
 */
struct callback *partial_new(struct callback *function, int64_t number, uint64_t name);

/* Has function called with the number in so many milliseconds. */
void call_in_ms(int ms, struct callback *function, int64_t number);

/* add_callback(stop) */
void queue_stop(void);

#endif
