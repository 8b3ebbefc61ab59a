/*
 * gen_multi.c - gen.Multi of 3.1: a yielded list, waited for as a whole.
 *
 * Each time that one of them may be ready the unfinished ones are asked in
 * order, until one says no.  (The original keeps them in a set, whose order is
 * that of addresses; ours is the list's.)
 */
#include <stdlib.h>

#include "core/python/alloc.h"
#include "core/v31/gen_yield.h"
#include "trace/emit/emit.h"

struct child {
	struct yield_point *point; /* a reference */
	bool finished;
};

struct multi {
	struct yield_point point;
	size_t count;
	size_t left; /* unfinished_children */
	struct child children[];
};

static int multi_start(struct yield_point *point, struct runner_keys *runner)
{
	struct multi *multi = (struct multi *)point;
	SPAN(span, Multi_start, INT(multi->count));

	for (size_t i = 0; i < multi->count; i++)
		if (yield_point_start(multi->children[i].point, runner) < 0)
			return SPAN_RAISED(span);
	return 0;
}

/* is_ready()'s `lambda i: i.is_ready()`. */
static int multi_ask(struct child *child)
{
	SPAN(span, Multi_is_ready_lambda);

	return SPAN_STATUS(span, yield_point_is_ready(child->point));
}

static int multi_is_ready(struct yield_point *point)
{
	struct multi *multi = (struct multi *)point;
	SPAN(span, Multi_is_ready, INT(multi->left));

	for (size_t i = 0; i < multi->count; i++) {
		struct child *child = &multi->children[i];
		int ready = child->finished ? 1 : multi_ask(child);

		if (ready < 0)
			return SPAN_RAISED(span);
		if (!ready)
			break;
		multi->left -= !child->finished;
		child->finished = true;
	}
	return SPAN_RET(span, multi->left == 0);
}

static int multi_get_result(struct yield_point *point, struct value *result)
{
	SPAN(span, Multi_get_result);
	struct multi *multi = (struct multi *)point;
	struct value list = value_of_items(VALUE_LIST, multi->count);

	for (size_t i = 0; i < multi->count; i++)
		if (yield_point_get_result(multi->children[i].point, &list.items->at[i].value) <
		    0) {
			value_release(&list);
			return SPAN_RAISED(span);
		}
	*result = list;
	return 0;
}

static void multi_release(struct yield_point *point)
{
	struct multi *multi = (struct multi *)point;

	for (size_t i = 0; i < multi->count; i++)
		yield_point_unref(multi->children[i].point);
}

static const struct yield_point_class multi_class = {
	.tag = EMIT_VALUE_OBJECT,
	.start = multi_start,
	.is_ready = multi_is_ready,
	.get_result = multi_get_result,
	.release = multi_release,
};

/* A child as a yield point (a reference), its item left None; NULL if it cannot be one. */
static struct yield_point *child_point(struct value *item)
{
	struct value child = value_move(item);

	if (child.type == VALUE_FUTURE)
		return yield_future_new(child.future);
	if (child.type == VALUE_POINT)
		return child.point;
	value_release(&child);
	return NULL;
}

struct yield_point *multi_new(struct value *list)
{
	size_t count = list->items->count;
	SPAN(span, Multi___init__, INT(count));
	struct multi *multi = core_alloc(sizeof(*multi) + count * sizeof(multi->children[0]));
	bool all = true;

	yield_point_init(&multi->point, &multi_class);
	multi->count = multi->left = count;
	for (size_t i = 0; i < count; i++) {
		multi->children[i].point = child_point(&list->items->at[i].value);
		all = all && multi->children[i].point;
	}
	if (all)
		return &multi->point;
	yield_point_unref(&multi->point);
	exc_raise(EXC_ASSERTION_ERROR, "%s", "");
	(void)SPAN_RAISED(span);
	return NULL;
}
