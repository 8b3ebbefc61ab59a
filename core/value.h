/*
 * value.h - what passes through callbacks and futures: a small tagged value.
 *
 * A value owns what it points to; value_release() lets go of it.  Passing a
 * `struct value` by value moves it, passing a pointer lends it.
 */
#ifndef LOOPSCOPE_CORE_VALUE_H
#define LOOPSCOPE_CORE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct addrinfo_list;
struct callback;
struct future;
struct http_response;
struct iostream;
struct yield_point;

enum value_type {
	VALUE_NONE,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_BYTES,    /* owned, always followed by a NUL */
	VALUE_ADDRINFO, /* what a resolver found, owned */
	VALUE_RESPONSE, /* a reference */
	VALUE_FUTURE,   /* a reference */
	VALUE_EVENTS,   /* a descriptor and what happened to it */
	VALUE_LIST,     /* items, owned */
	VALUE_DICT,     /* the same, each under its key */
	VALUE_FUNCTION, /* something to call, a reference */
	VALUE_POINT,    /* a yield point, a reference */
	VALUE_TUPLE,    /* items, owned, as in a list */
	VALUE_STREAM,   /* a reference */
};

/*
 * What holding such a value means.  A module whose objects travel as values has
 * one of these beside its value_take_ function; value.c knows no such module.
 */
struct value_class {
	struct value (*copy)(const struct value *value); /* a second owner of the same */
	void (*release)(struct value *value);            /* lets go; value is forgotten then */
	uint64_t (*describe)(const struct value *value); /* see value_describe() */
};

struct value {
	enum value_type type;
	const struct value_class *class; /* NULL: nothing is held */
	union {
		bool boolean;
		int64_t integer;
		struct {
			char *data;
			size_t length;
		} bytes;
		struct addrinfo_list *addrinfo;
		struct http_response *response;
		struct future *future;
		struct {
			int fd;
			uint32_t events;
		} ready;
		struct value_items *items;
		struct callback *function;
		struct yield_point *point;
		struct iostream *stream;
	};
};

/* What a list, a dict or a tuple is made of. */
struct value_item {
	const char *key; /* borrowed; NULL unless in a dict */
	struct value value;
};
struct value_items {
	size_t count;
	struct value_item at[];
};

#define VALUE_OF_NONE ((struct value){ .type = VALUE_NONE })
#define VALUE_OF_INT(n) ((struct value){ .type = VALUE_INT, .integer = (n) })
#define VALUE_OF_BOOL(b) ((struct value){ .type = VALUE_BOOL, .boolean = (b) })

/* A copy of the bytes; data may be NULL if length is 0. */
struct value value_from_bytes(const void *data, size_t length);

/* The same, taking a malloc'ed buffer that has room for a NUL at data[length]. */
struct value value_take_bytes(char *data, size_t length);

/* Takes the reference. */
struct value value_take_future(struct future *future);
struct value value_take_response(struct http_response *response);
struct value value_take_addrinfo(struct addrinfo_list *list);

struct value value_take_function(struct callback *function);
struct value value_take_point(struct yield_point *point);
struct value value_take_stream(struct iostream *stream);

/* A list, dict or tuple of so many items, all None and without a key until they are filled in. */
struct value value_of_items(enum value_type type, size_t count);

/* The list of two values, which are moved: what `[a, b]` is. */
struct value value_of_pair(struct value a, struct value b);

/* Moves: returns what *value held and leaves None there. */
struct value value_move(struct value *value);

/* A second owner of the same; bytes, address lists, lists, dicts and tuples are copied. */
struct value value_copy(const struct value *value);

/* Lets go and leaves None. */
void value_release(struct value *value);

/* The number for an event's field of type value (see EMIT_VALUE). */
uint64_t value_describe(const struct value *value);

#endif
