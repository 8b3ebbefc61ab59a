/*
 * stack_context.c - the chain of exception handlers in force, captured with a
 * callback and restored around its call.
 *
 * Of tornado.stack_context this has what the client uses: the
 * ExceptionStackContext and the NullContext.  A chain is a list from the
 * innermost context outwards; a context holds the next one.  The thread's
 * `in_force` holds no reference: whoever puts a chain in force keeps it alive
 * until it has put the earlier one back.
 */
#include "core/stack_context.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "core/python/alloc.h"

struct stack_context {
	/* contexts are captured by add_callback() in any thread, and let go by the loop's */
	_Atomic unsigned refs;
	bool active;
	stack_context_handler_fn *handler;
	void *self;
	void (*release)(void *self);
	struct stack_context *parent; /* old_contexts: what was in force before, owned */
};

/* A captured chain: wrap()'s cap_contexts. */
struct stack_contexts {
	struct stack_context *head; /* owned; NULL if nothing was in force */
};

static _Thread_local struct stack_context *in_force;

struct stack_context *stack_context_ref(struct stack_context *context)
{
	if (context)
		atomic_fetch_add_explicit(&context->refs, 1, memory_order_relaxed);
	return context;
}

/* A loop, since a chain may be long: each coroutine in a coroutine adds one. */
void stack_context_unref(struct stack_context *context)
{
	while (context && atomic_fetch_sub_explicit(&context->refs, 1, memory_order_acq_rel) == 1) {
		struct stack_context *parent = context->parent;

		if (context->release)
			context->release(context->self);
		free(context);
		context = parent;
	}
}

struct stack_context *stack_context_enter(stack_context_handler_fn *handler, void *self,
					  void (*release)(void *self))
{
	struct stack_context *context = core_alloc(sizeof(*context));

	context->refs = 1;
	context->active = true;
	context->handler = handler;
	context->self = self;
	context->release = release;
	context->parent = stack_context_ref(in_force);
	in_force = context;
	return context;
}

/* ExceptionStackContext.exit: shows the current exception; 0 if it was handled. */
static int stack_context_handle(struct stack_context *context)
{
	struct exc *exc = exc_take();
	int answer = context->handler(context->self, exc);

	if (answer > 0)
		exc_clear();
	else if (answer == 0)
		exc_raise_take(exc_ref(exc));
	exc_unref(exc);
	return answer > 0 ? 0 : -1;
}

int stack_context_exit(struct stack_context *context, int status)
{
	struct stack_context *last;

	if (status < 0)
		status = stack_context_handle(context);
	last = in_force;
	in_force = context->parent;
	if (last != context)
		return exc_raise(EXC_STACK_CONTEXT_INCONSISTENT_ERROR,
				 "stack_context inconsistency (may be caused by yield "
				 "within a \"with StackContext\" block)");
	return status;
}

void stack_context_deactivate(struct stack_context *context)
{
	context->active = false;
}

const struct stack_context *stack_context_in_force(void)
{
	return in_force;
}

struct stack_contexts *stack_context_null_enter(void)
{
	struct stack_contexts *saved = core_alloc(sizeof(*saved));

	saved->head = stack_context_ref(in_force);
	in_force = NULL;
	return saved;
}

void stack_context_null_exit(struct stack_contexts *saved)
{
	in_force = saved->head;
	stack_contexts_unref(saved);
}

void stack_contexts_unref(struct stack_contexts *contexts)
{
	if (!contexts)
		return;
	stack_context_unref(contexts->head);
	free(contexts);
}

/* Calls what was wrapped a second time, without touching the shared original. */
static int stack_context_forward(void *self, struct value *argument)
{
	return callback_forward(self, argument);
}

static void stack_context_forward_release(void *self)
{
	callback_unref(self);
}

struct callback *stack_context_wrap(struct callback *callback)
{
	if (!callback || callback->contexts)
		return callback;
	if (callback->refs > 1) {
		/* someone else holds it as it is: capture in an object of its own */
		struct callback *wrapped =
			callback_new(stack_context_forward, callback, stack_context_forward_release,
				     callback->function);

		wrapped->asked_by = callback->asked_by;
		callback = wrapped;
	}
	callback->contexts = core_alloc(sizeof(*callback->contexts));
	callback->contexts->head = stack_context_ref(in_force);
	return callback;
}

/* Puts *link on the next active context at or above it. */
static void stack_context_skip_inactive(struct stack_context **link)
{
	while (*link && !(*link)->active) {
		struct stack_context *gone = *link;

		*link = stack_context_ref(gone->parent);
		stack_context_unref(gone);
	}
}

/* _remove_deactivated: takes the deactivated handlers out of the captured chain. */
static void stack_context_remove_deactivated(struct stack_contexts *contexts)
{
	struct stack_context **link = &contexts->head;

	for (stack_context_skip_inactive(link); *link; stack_context_skip_inactive(link))
		link = &(*link)->parent;
}

/*
 * _handle_exception: offers the exception to each handler from the innermost
 * outwards.  One that handled it leaves nothing for the others; one that
 * raises leaves them its own.
 */
static int stack_context_handle_exception(struct stack_context *tail)
{
	int status = -1;

	stack_context_ref(tail);
	while (tail && status < 0) {
		struct stack_context *next;

		status = stack_context_handle(tail);
		/* the handler may have had tail taken out of the chain */
		next = stack_context_ref(tail->parent);
		stack_context_unref(tail);
		tail = next;
	}
	stack_context_unref(tail);
	return status;
}

/* wrap()'s wrapped(). */
int stack_context_call(struct callback *callback, struct value *argument)
{
	struct stack_context *state = in_force;
	struct stack_context *contexts;
	int status;

	stack_context_remove_deactivated(callback->contexts);
	/* a nested call of the same callback may shorten the captured chain */
	contexts = stack_context_ref(callback->contexts->head);
	in_force = contexts;
	status = callback->call(callback->self, argument);
	if (status < 0 && contexts)
		status = stack_context_handle_exception(contexts);
	in_force = state;
	stack_context_unref(contexts);
	return status;
}
