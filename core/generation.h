/*
 * generation.h - which Tornado this process behaves as, and in what the
 * generations differ.
 *
 * A module that generations share is written once.  Where it behaves
 * differently it asks a trait, a field of struct generation_traits; all of them
 * stand side by side in generation.def.  What a generation does in its own way
 * altogether is a method: code in its own folder (core/v31/), which shared
 * code reaches through generation() and never by name.
 */
#ifndef LOOPSCOPE_CORE_GENERATION_H
#define LOOPSCOPE_CORE_GENERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/emit/emit.h"

struct callback;
struct future;
struct gen;
struct http_request;
struct httpclient;
struct iostream;
struct value;

/* The differences that are data: generation.def says of each what changed, and why. */
struct generation_traits {
#define TRAIT(type, name, v12, v31, v43, why) type name;
#include "core/generation.def"
};

/* The kinds of events that shared code emits under the generation's names. */
struct generation_kinds {
#define KIND_OF(name, v31, v43) uint16_t name;
#include "core/generation.def"
};

/* A span of such a kind: SPAN_OF(span, future_set_result, ...). */
#define SPAN_OF(span, kind, ...) SPAN_NAMED(span, generation()->kinds->kind, ##__VA_ARGS__)

/* The reading side of BaseIOStream: how a read comes by its bytes. */
struct generation_reading {
	/* _handle_read: the descriptor is readable.  0, or -1 raised. */
	int (*handle_read)(struct iostream *stream);
	/* _try_inline_read: a read was asked for just now.  0, or -1 raised. */
	int (*try_inline)(struct iostream *stream);
	/* What a pending read_until_close gets when the stream closes.  0, or -1 raised. */
	int (*finish_until_close)(struct iostream *stream);
	/* read_until_close() on a stream that is closed already.  0, or -1 raised. */
	int (*take_rest)(struct iostream *stream);
};

/* What drives generators: see the functions of these names in gen.h. */
struct generation_gen {
	struct future *(*coroutine)(struct gen *gen);
	struct future *(*coroutine_calling)(struct gen *gen, struct callback *callback);
	int (*engine)(struct gen *gen);
	struct value (*task)(int (*call)(void *self, struct callback *callback), void *self,
			     uint64_t function);
	/*
	 * convert_yielded(): the future that stands for a value (moved), the caller's
	 * reference; NULL = raised: BadYieldError.  Only for watches_returned_futures.
	 */
	struct future *(*convert_yielded)(struct value value);
};

struct generation {
	const char *name; /* "3.1": as -g and traces call it */
	const struct generation_traits *traits;
	const struct generation_kinds *kinds;
	struct generation_reading reading;
	struct generation_gen gen;
	/*
	 * _HTTPConnection(): starts one request of the client.  release (taken)
	 * is called when it no longer counts against max_clients; final (taken)
	 * is queued with the VALUE_RESPONSE.  0, or -1 raised.
	 */
	int (*http_connection)(struct httpclient *client, struct http_request *request,
			       struct callback *release, struct callback *final);
};

/*
 * Chooses; the first thing that a program does, before it makes a loop or
 * starts a thread.  The choice is borrowed and holds for the whole process; a
 * recording has its name as a fact.
 */
void generation_use(const struct generation *generation);

/* The generation in use.  Aborts, with a sentence, if none was chosen. */
const struct generation *generation(void);

#endif
