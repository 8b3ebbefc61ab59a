/*
 * gen_multi.c - gen.multi of 4.3: several things to wait for as one.
 *
 * Futures alone need no Runner: each tells multi_future's callback, and the last
 * one to come resolves the future of all.  In 3.1, where the Runner asked after
 * each, a list cost a turn per member.
 */
#include "core/v43/gen_multi.h"

#include <stdlib.h>

#include "core/gen_internal.h"
#include "core/log.h"
#include "core/python/alloc.h"
#include "core/v43/gen.h"
#include "trace/emit/emit.h"

/* What multi_future's callback() closes over. */
struct multi {
	unsigned refs;
	struct future *future; /* of all, a reference */
	size_t left;           /* len(unfinished_children) */
	/*
	 * Of each item its future, and a reference to it once it is done.  Before,
	 * the future holds this, by its callback.
	 */
	const struct future **children;
	struct value done;
};

static void multi_unref(void *closure)
{
	struct multi *multi = closure;

	if (--multi->refs)
		return;
	free(multi->children);
	value_release(&multi->done);
	future_unref(multi->future);
	free(multi);
}

void v43_log_multiple(struct exc *exc)
{
	log_message(LOG_LEVEL_ERROR, LOGGER_APPLICATION, "Multiple exceptions in yield list",
		    "Multiple exceptions in yield list: %s", exc_describe(exc));
	exc_unref(exc);
}

/* Puts the result in the place of its future; an exception goes into the future of all. */
static int multi_collect(struct multi *multi, struct value *item)
{
	struct value future = value_move(item);
	struct value *result;
	int status = 0;

	if (future_result(future.future, &result) == 0)
		*item = value_copy(result);
	else if (future_done(multi->future))
		v43_log_multiple(exc_take());
	else
		status = future_set_exc_info(multi->future, exc_take());
	value_release(&future);
	return status;
}

static int multi_finish(struct multi *multi)
{
	for (size_t i = 0; i < multi->done.items->count; i++)
		if (multi_collect(multi, &multi->done.items->at[i].value) < 0)
			return -1;
	if (future_done(multi->future))
		return 0;
	return future_set_result(multi->future, value_move(&multi->done));
}

static int multi_callback(void *closure, struct value *argument)
{
	struct multi *multi = closure;
	struct future *child = argument->future;
	SPAN(span, multi_future_callback, OBJECT(future_id(child)), INT(multi->left));

	for (size_t i = 0; i < multi->done.items->count; i++)
		if (multi->children[i] == child)
			multi->done.items->at[i].value = value_take_future(future_ref(child));
	if (--multi->left)
		return 0;
	return SPAN_STATUS(span, multi_finish(multi));
}

/* True if the i-th child stands further in front already: it tells us once. */
static bool multi_listens(const struct value *children, size_t i)
{
	for (size_t before = 0; before < i; before++)
		if (children->items->at[before].value.future == children->items->at[i].value.future)
			return true;
	return false;
}

/* Makes a future of each item.  0, or -1 raised. */
static int multi_convert(struct value *children)
{
	for (size_t i = 0; i < children->items->count; i++) {
		struct value *item = &children->items->at[i].value;
		struct future *future = gen_convert_yielded(value_move(item));

		if (!future)
			return -1;
		*item = value_take_future(future);
	}
	return 0;
}

/* children, each a future, with as many places for those that are done. */
static struct multi *multi_new(const struct value *children, struct future *future)
{
	size_t count = children->items->count;
	struct multi *multi = core_alloc(sizeof(*multi));

	multi->refs = 1;
	multi->future = future_ref(future);
	multi->children = core_alloc((count + 1) * sizeof(*multi->children));
	multi->done = value_of_items(children->type, count);
	for (size_t i = 0; i < count; i++) {
		multi->children[i] = children->items->at[i].value.future;
		multi->done.items->at[i].key = children->items->at[i].key;
		multi->left += !multi_listens(children, i);
	}
	return multi;
}

/* Hangs the callback on each child. */
static int multi_listen(struct multi *multi, const struct value *children)
{
	int status = 0;

	for (size_t i = 0; i < children->items->count && status == 0; i++) {
		if (multi_listens(children, i))
			continue;
		multi->refs++;
		status = future_add_done_callback(children->items->at[i].value.future,
						  callback_new(multi_callback, multi, multi_unref,
							       KIND_multi_future_callback));
	}
	return status;
}

struct future *v43_multi_future(struct value children)
{
	SPAN(span, multi_future, INT(children.items->count));
	struct future *future = NULL;
	struct multi *multi;
	int status = multi_convert(&children);

	if (status == 0) {
		future = future_new();
		multi = multi_new(&children, future);
		status = multi->left ? multi_listen(multi, &children) : multi_finish(multi);
		multi_unref(multi);
	}
	value_release(&children);
	if (status == 0)
		return future;
	future_unref(future);
	(void)SPAN_RAISED(span);
	return NULL;
}

struct value gen_multi(struct value children)
{
	SPAN(span, multi);
	struct yield_point *point;

	if (!value_has_points(&children))
		return gen_future(v43_multi_future(children));
	point = v43_multi_yield_point(children);
	return point ? value_take_point(point) : VALUE_OF_NONE;
}

struct future *gen_convert_yielded(struct value yielded)
{
	struct value group;

	switch (yielded.type) {
	case VALUE_FUTURE:
		return yielded.future;
	case VALUE_LIST:
	case VALUE_DICT:
		group = gen_multi(yielded);
		if (group.type == VALUE_FUTURE)
			return group.future;
		/* yield points are for the Runner alone; without one it has raised */
		yielded = group;
		if (group.type == VALUE_NONE)
			return NULL;
		break;
	default:
		break;
	}
	gen__raise_bad_yield(&yielded);
	value_release(&yielded);
	return NULL;
}
