/*
 * gen_point.h - yield points: gen.YieldPoint and the Callback, Wait and WaitAll
 * of both generations; and what they know of the Runner that waits at them.
 *
 * A yield point is counted.  It knows its Runner from start() on, and does not
 * hold it: the Runner holds the point that it waits at.
 */
#ifndef LOOPSCOPE_CORE_GEN_POINT_H
#define LOOPSCOPE_CORE_GEN_POINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/callback.h"
#include "core/value.h"
#include "trace/emit/emit.h"

/* A key of pending_callbacks, with its entry in results. */
struct runner_key {
	uint64_t key;
	bool has_result;
	struct value result;
};

/* What the Runners of all generations have; each begins with one. */
struct runner_keys {
	uint64_t id; /* the Runner's number in traces */
	struct runner_key *keys;
	size_t count;
	size_t room;
	/* result_callback(): a callback that sets the result of key to its argument. */
	struct callback *(*result_callback)(struct runner_keys *keys, uint64_t key);
};

/* Gives the Runner its number. */
void runner_keys_init(struct runner_keys *keys,
		      struct callback *(*result_callback)(struct runner_keys *keys, uint64_t key));
void runner_keys_release(struct runner_keys *keys);

/* register_callback(): 0, or -1 raised: KeyReuseError. */
int runner_register_callback(struct runner_keys *keys, uint64_t key);

/* is_ready(): 1, 0, or -1 raised: UnknownKeyError. */
int runner_is_ready(struct runner_keys *keys, uint64_t key);

/* Of set_result(): keeps result (moved) under key, or drops it if nobody can ask for it. */
void runner_keep_result(struct runner_keys *keys, uint64_t key, struct value result);

/* pop_result(): moves it to *result.  0, or -1 raised: KeyError. */
int runner_pop_result(struct runner_keys *keys, uint64_t key, struct value *result);

/* The methods of a class of yield points. */
struct yield_point_class {
	enum emit_value tag; /* how traces show one that is yielded */
	/* 0, or -1 raised. */
	int (*start)(struct yield_point *point, struct runner_keys *runner);
	/* 1, 0, or -1 raised. */
	int (*is_ready)(struct yield_point *point);
	/* What the yield expression is worth, moved to *result.  0, or -1 raised. */
	int (*get_result)(struct yield_point *point, struct value *result);
	void (*release)(struct yield_point *point); /* lets go of what it holds; may be NULL */
};

/* Begins each object of such a class, a heap object. */
struct yield_point {
	unsigned refs;
	const struct yield_point_class *class;
	struct runner_keys *runner; /* borrowed; NULL until it is started */
};

/* Begins a zeroed heap object, with one reference. */
void yield_point_init(struct yield_point *point, const struct yield_point_class *class);
struct yield_point *yield_point_ref(struct yield_point *point);
void yield_point_unref(struct yield_point *point);

enum emit_value yield_point_tag(const struct yield_point *point);
int yield_point_start(struct yield_point *point, struct runner_keys *runner);
int yield_point_is_ready(struct yield_point *point);
int yield_point_get_result(struct yield_point *point, struct value *result);

/* True if it is a list or dict that has a yield point among its items. */
bool value_has_points(const struct value *value);

#endif
