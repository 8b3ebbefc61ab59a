/*
 * gen.h - tornado.gen: generators and coroutines.  The Runner that drives one
 * is the generation's own.
 *
 * A generator object is a heap frame that begins with a struct gen.  Its body
 * is an ordinary function which runs from the last yield to the next; locals
 * that must survive a yield live in the frame.  No stack is switched, so a
 * debugger shows what is there, and the suspended frame can be looked at.
 *
 *     struct download { struct gen gen; const char *url; };
 *
 *     static int download(struct gen *gen)
 *     {
 *             struct download *self = (struct download *)gen;
 *
 *             GEN_BEGIN(gen);
 *             GEN_YIELD(gen, fetch(self->url));
 *             printf("%d\n", gen->sent->response->code);
 *             GEN_END(gen);
 *     }
 *
 * What it costs: a local variable is lost at a yield, no yield inside a switch
 * statement of the body's own, and no two yields on one line.
 */
#ifndef LOOPSCOPE_CORE_GEN_H
#define LOOPSCOPE_CORE_GEN_H

#include <stddef.h>
#include <stdint.h>

#include "core/concurrent.h"
#include "trace/emit/emit.h"

struct gen;

enum gen_step { GEN_RAISED = -1, GEN_FINISHED = 0, GEN_YIELDED = 1 };

/* Runs from gen->resume to the next yield or the end. */
typedef int gen_body_fn(struct gen *gen);

/*
 * A local variable of a frame, so that a trace can show it while the generator
 * is suspended.  A table of them ends with a row whose name is NULL:
 *
 *     static const struct gen_local locals[] = {
 *             GEN_LOCAL(struct download, GEN_TEXT, url),
 *             { 0 },
 *     };
 */
enum gen_local_type {
	GEN_INT,    /* int */
	GEN_SIZE,   /* size_t */
	GEN_TEXT,   /* const char *, may be NULL */
	GEN_FUTURE, /* struct future *, may be NULL */
};
struct gen_local {
	const char *name;
	enum gen_local_type type;
	size_t offset;
};
#define GEN_LOCAL(frame, local_type, member)                                                       \
	{                                                                                          \
		.name = #member, .type = (local_type), .offset = offsetof(frame, member)           \
	}

struct gen {
	gen_body_fn *body;
	void (*release)(struct gen *gen); /* frees the frame; NULL: free() */
	uint64_t function;                /* the generator function's id in traces */
	const struct gen_local *locals;   /* what to show of the frame, borrowed; NULL: nothing */
	int resume;                       /* where to go on: a line, 0 = the start, -1 = ended */
	struct value *sent;    /* the value of the yield expression, lent until the next */
	struct exc *thrown;    /* set when an exception came instead; owned */
	struct value yielded;  /* what was yielded */
	struct value returned; /* gen.Return's value */
	int returned_by_raise; /* 1: by gen.Return, 0: by the end of the body */
	int left_at_yield;     /* 1: what was thrown left right at the yield, see gen_leave() */
};

/*
 * A fresh generator object: what calling a generator function gives.  gen
 * begins a zeroed frame on the heap; function is the generator function's id
 * in traces (emit_name()); locals may be NULL, and are borrowed.
 */
void gen_init(struct gen *gen, gen_body_fn *body, uint64_t function,
	      const struct gen_local *locals);

/*
 * The call of a function decorated with gen.coroutine.  gen, of gen_init(), is
 * taken.  Runs the body to its first yield.  The future of the coroutine is
 * the caller's reference; it gets the value or the exception that the body ends
 * with.  NULL = raised: a callback of that future raised twice, or a context
 * was left out of order.
 */
struct future *gen_coroutine(struct gen *gen);

/*
 * The same call with `callback=`: callback (taken, may be NULL) is queued with
 * the result; a failure is raised in its place, into the contexts around it.
 */
struct future *gen_coroutine_calling(struct gen *gen, struct callback *callback);

/* A generator function: makes its object, of gen_init(). */
typedef struct gen *gen_function_fn(void *self);

/*
 * A function decorated with gen.coroutine, as a callback, which returns its
 * future: see callback_return().  make is the generator function, of the id function in traces.
 */
struct callback *gen_coroutine_callback(gen_function_fn *make, void *self, uint64_t function);

/*
 * The call of a function decorated with gen.engine, the older way: nobody gets
 * a future, and an exception goes to the stack contexts of the caller.  gen is
 * taken.  0, or -1 raised.
 */
int gen_engine(struct gen *gen);

/*
 * gen.Callback, gen.Wait, gen.WaitAll: to be yielded.  A Callback gives a
 * VALUE_FUNCTION, which is called with one argument; a Wait for the same key
 * gives that argument, a WaitAll the list of those of its keys (borrowed).
 */
struct value gen_callback(uint64_t key);
struct value gen_wait(uint64_t key);
struct value gen_wait_all(const uint64_t *keys, size_t count);
/* A key that was never used. */
uint64_t gen_new_key(void);

/* A function that takes a callback: calls it (taken) with its result, now or later.  0, or -1 raised. */
typedef int gen_task_fn(void *self, struct callback *callback);

/*
 * gen.Task(call): to be yielded; gives what call passes to its callback.  self
 * is lent until call returns: in 4.3 call runs at once, in 3.1 at the yield.
 * function is call's id in traces.
 */
struct value gen_task(gen_task_fn *call, void *self, uint64_t function);

/*
 * For the macros: notes the yield of a value, which is moved.  With an exception
 * current, None passes it on instead.  site is the place of the yield.
 */
int gen_yield(struct gen *gen, struct value yielded, int line, const struct emit_site *site);

/* The value of a future (a reference, taken); None for NULL. */
struct value gen_future(struct future *future);
/* Makes the thrown exception current; -1. */
int gen_raise(struct gen *gen);
/*
 * The same where nothing surrounds the yield that could catch it.  CPython then
 * leaves the frame as if it yielded None, and so the recordings have it.
 */
int gen_leave(struct gen *gen);

#define GEN_BEGIN(gen)                                                                             \
	switch ((gen)->resume) {                                                                   \
	case 0:

/*
 * Yields a value, which is moved: a future, a list or dict of what can be
 * yielded, a yield point.  Anything else throws BadYieldError into the body,
 * None too unless an exception is current, which then leaves the body.  A
 * thrown exception is left in gen->thrown.
 */
#define GEN_TRY_YIELD_VALUE(gen, value)                                                            \
	do {                                                                                       \
		EMIT_SITE(gen_site_, KIND_gen_yield);                                              \
		if (gen_yield((gen), (value), __LINE__, &gen_site_) < 0)                           \
			return GEN_RAISED;                                                         \
		return GEN_YIELDED;                                                                \
	case __LINE__:;                                                                            \
	} while (0)

/* The same; a thrown exception leaves the body, as it does in Python without a try. */
#define GEN_YIELD_VALUE(gen, value)                                                                \
	do {                                                                                       \
		GEN_TRY_YIELD_VALUE(gen, value);                                                   \
		if ((gen)->thrown)                                                                 \
			return gen_leave(gen);                                                     \
	} while (0)

/* Both for a future: a reference, taken; NULL = raised. */
#define GEN_TRY_YIELD(gen, future) GEN_TRY_YIELD_VALUE(gen, gen_future(future))
#define GEN_YIELD(gen, future) GEN_YIELD_VALUE(gen, gen_future(future))

/* raise gen.Return(value): value is moved. */
#define GEN_RETURN(gen, value)                                                                     \
	do {                                                                                       \
		(gen)->returned = (value);                                                         \
		(gen)->returned_by_raise = 1;                                                      \
		return GEN_FINISHED;                                                               \
	} while (0)

#define GEN_END(gen)                                                                               \
	}                                                                                          \
	return GEN_FINISHED

#endif
