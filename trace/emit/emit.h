/*
 * emit.h - trace points: how the traced program says what it does.
 *
 * Depends on nothing but the ring's layout.  A program that is not recorded
 * has emit_active false: each trace point is then one predictable branch.
 * A recorded one stores a fixed-size record into shared memory: no allocation,
 * no formatting, no system call (except the wait on a full ring, standing still
 * while the program is held, and what a thread asks once: its number, for the
 * claim of a ring and for emit_loop_state()).
 *
 * Any thread may emit; each gets a ring of its own.  After fork() the child
 * emits nothing.  A signal handler must not emit: it may have interrupted an
 * event half-way.  Trace points belong into the program itself; those of a
 * shared library of its own would be numbered from another start.  Borrowed
 * texts are copied before the call returns.
 *
 * The usual forms:
 *
 *     EMIT(sock_setblocking, FD(fd), INT(0));
 *
 *     SPAN(span, BaseIOStream__handle_read, FD(fd));   ends with the scope
 *     ...
 *     return SPAN_RET(span, n);                        the row's ret=
 *
 * Fields stand in the catalogue's order; NONE leaves one out.
 */
#ifndef LOOPSCOPE_TRACE_EMIT_EMIT_H
#define LOOPSCOPE_TRACE_EMIT_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/emit/catalog.h"
#include "trace/emit/ring.h"

/* True while a recorder listens.  Read it, never write it. */
extern bool emit_active;

/*
 * True if the recorder wants the loop to report its own state at the end of
 * each turn, so that a replay of the trace can be held to it.  Fixed for the run.
 */
bool emit_checking(void);

/*
 * Whether a trace is to have all bytes of the network (--payload=all).  What TLS
 * keeps secret on the wire is put into events only then.
 */
bool emit_keeps_all(void);

/* One more number into a digest that the loop and the replay compute alike; begin with 0. */
static inline uint64_t emit_digest(uint64_t digest, uint64_t number)
{
	digest = (digest ^ number) * 0x9e3779b97f4a7c15ull;
	return digest ^ digest >> 29;
}

/* One field of an event: a number, or borrowed bytes. */
enum emit_field_is { EMIT_FIELD_NONE, EMIT_FIELD_NUMBER, EMIT_FIELD_BYTES };
struct emit_field {
	union {
		uint64_t number;
		const void *bytes;
	};
	uint32_t length;
	enum emit_field_is is;
};

#define NONE ((struct emit_field){ .is = EMIT_FIELD_NONE })
#define INT(n) ((struct emit_field){ .number = (uint64_t)(n), .is = EMIT_FIELD_NUMBER })
#define BYTES(p, n)                                                                                \
	((struct emit_field){ .bytes = (p), .length = (uint32_t)(n), .is = EMIT_FIELD_BYTES })
#define TEXT(s) emit_text(s)
#define FD(d) INT(d)       /* an emit_descriptor() value */
#define FN(id) INT(id)     /* an emit_function value */
#define OBJECT(id) INT(id) /* a number unique in its class; 0 for none */
#define WHEN(condition, field) ((condition) ? (field) : NONE)

/*
 * A Python value in short, for fields of type value.  In a field of type
 * yielded a number without a tag is a future's: generators yield those as a
 * rule, but also lists, yield points and, by mistake, anything.
 */
enum emit_value {
	EMIT_VALUE_NONE,
	EMIT_VALUE_BOOL,
	EMIT_VALUE_INT,      /* 56 bits, signed */
	EMIT_VALUE_LIST,     /* its length */
	EMIT_VALUE_RESPONSE, /* its status code */
	EMIT_VALUE_BYTES,    /* its length */
	EMIT_VALUE_STR,      /* its length */
	EMIT_VALUE_OBJECT,
	EMIT_VALUE_TUPLE,  /* its length */
	EMIT_VALUE_REAL,   /* thousandths, signed */
	EMIT_VALUE_STREAM, /* see emit_value_stream() */
	EMIT_VALUE_DICT,   /* from here on the type is all that is told */
	EMIT_VALUE_FUNCTION,
	EMIT_VALUE_CALLBACK, /* yield points: gen.Callback and so on */
	EMIT_VALUE_WAIT,
	EMIT_VALUE_WAIT_ALL,
	EMIT_VALUE_TASK,
};
#define EMIT_VALUE(tag, n) ((uint64_t)(tag) << 56 | ((uint64_t)(n)&0xffffffffffffffull))

/* A stream by its emit_descriptor() value; of the kernel's number 24 bits have room. */
static inline uint64_t emit_value_stream(uint64_t descriptor)
{
	return EMIT_VALUE(EMIT_VALUE_STREAM, descriptor >> 32 << 24 | (descriptor & 0xffffff));
}

/* What TLS waits for or failed with, in place of an errno: negated in fields of type count. */
enum emit_tls {
	EMIT_TLS_WANT_READ = 4096, /* beyond every errno */
	EMIT_TLS_WANT_WRITE,
	EMIT_TLS_EOF,
	EMIT_TLS_CUT_OFF, /* SSLError: the peer closed without saying so */
	EMIT_TLS_ERROR,   /* another SSLError */
};

/* What a poll was bounded by, for fields of type until: 0, this, or a timeout. */
#define EMIT_UNTIL_NOTHING UINT64_MAX

static inline struct emit_field emit_text(const char *s)
{
	size_t n = 0;

	while (s && s[n])
		n++;
	return s ? BYTES(s, n) : NONE;
}

/*
 * Descriptors are numbered anew each time the kernel reuses one, so that a
 * trace tells two sockets of the same number apart.  The low half is what the
 * kernel calls it, the high half a serial number.
 */
#define EMIT_WAKER 0xfffffffful
#define EMIT_WAKER_WRITER 0xfffffffeul
static inline uint64_t emit_descriptor(uint32_t serial, int fd)
{
	return (uint64_t)serial << 32 | (uint32_t)fd;
}

/*
 * A function id names a function, or a wrapper around one around one ...: up
 * to four kinds, outermost in the low 16 bits.  Kinds and functions share one
 * space of numbers, so KIND_x is a function id.
 */
static inline uint64_t emit_wrap(uint64_t outer, uint64_t inner)
{
	return (outer & 0xffff) | inner << 16;
}

/*
 * Names a function or event of the program's own, "user.download" say, with
 * the fields that its events carry ("" for none; types as in catalog.def).
 * The same name and fields give the same id.  Returns KIND_user_call when
 * nothing records or the table is full.
 */
uint16_t emit_name(const char *name, const char *fields);

/*
 * Says what the program is: "generation" (3.1) or "role" (client, loop).  The
 * recorder makes it a fact of the run, and of others than these two nothing.
 * Said once each, before the first event that depends on it.
 */
void emit_fact(const char *name, const char *value);

/* A place that emits; lives in its own section so that its index is known. */
struct emit_site {
	const char *file;
	const char *function;
	uint32_t line;
	uint32_t kind;
};

#define EMIT_SITE(variable, number)                                                                \
	static const struct emit_site variable                                                     \
		__attribute__((section("loopscope_sites"), used,                                   \
			       aligned(8))) = { __FILE__, __func__, __LINE__, (number) }

/* Links to earlier events; 0 where no event led here.  See emit_last(). */
struct emit_cause {
	uint64_t asked_by;     /* the event that requested this later call */
	uint64_t triggered_by; /* the event that made it due */
};

/*
 * Emits one event.  Returns its id (never 0), or 0 when nothing records.
 * count is at most CATALOG_FIELDS_MAX.  cause may be NULL.
 */
uint64_t emit_event(const struct emit_site *site, uint32_t kind, enum ring_phase phase,
		    unsigned flags, const struct emit_cause *cause, const struct emit_field *fields,
		    unsigned count);

#define EMIT__FIELDS(...)                                                                          \
	(const struct emit_field[])                                                                \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define EMIT__COUNT(...)                                                                           \
	(sizeof((const struct emit_field[]){ NONE, ##__VA_ARGS__ }) / sizeof(struct emit_field) - 1)
#define EMIT__DO(kind_number, phase, flags, cause, ...)                                            \
	({                                                                                         \
		uint64_t id_ = 0;                                                                  \
		if (__builtin_expect(emit_active, 0)) {                                            \
			EMIT_SITE(site_, kind_number);                                             \
			id_ = emit_event(&site_, (kind_number), (phase), (flags), (cause),         \
					 EMIT__FIELDS(NONE, ##__VA_ARGS__) + 1,                    \
					 EMIT__COUNT(__VA_ARGS__));                                \
		}                                                                                  \
		id_;                                                                               \
	})

/* An instant.  The value is its id, which EMIT_CAUSE marks as one to be kept. */
#define EMIT(symbol, ...) ((void)EMIT__DO(KIND_##symbol, RING_INSTANT, 0, NULL, ##__VA_ARGS__))
#define EMIT_CAUSE(symbol, ...)                                                                    \
	EMIT__DO(KIND_##symbol, RING_INSTANT, RING_FLAG_CAUSE, NULL, ##__VA_ARGS__)
/* An instant of a kind named at run time. */
#define EMIT_NAMED(number, ...)                                                                    \
	((void)({                                                                                  \
		if (__builtin_expect(emit_active, 0)) {                                            \
			EMIT_SITE(site_, 0);                                                       \
			emit_event(&site_, (number), RING_INSTANT, 0, NULL,                        \
				   EMIT__FIELDS(NONE, ##__VA_ARGS__) + 1,                          \
				   EMIT__COUNT(__VA_ARGS__));                                      \
		}                                                                                  \
		0;                                                                                 \
	}))

/* A span open in this scope.  `id` is 0 when nothing records. */
struct emit_span {
	uint64_t id;
	uint32_t kind;
	unsigned flags;
	uint64_t ret;
	const struct emit_site *site;
};

/* Emits the end; emit_span_end() is its form for the cleanup attribute. */
void emit__span_end(struct emit_span *span);

static inline void emit_span_end(struct emit_span *span)
{
	if (__builtin_expect(span->id != 0, 0))
		emit__span_end(span);
}

/* The kind may be one that is known at run time only: it is asked for once, while something records. */
#define EMIT__SPAN(name, kind_number, flags, cause, ...)                                           \
	EMIT_SITE(name##_site_, 0);                                                                \
	struct emit_span name                                                                      \
		__attribute__((unused, cleanup(emit_span_end))) = { .site = &name##_site_ };       \
	if (__builtin_expect(emit_active, 0))                                                      \
	name.id =                                                                                  \
		emit_event(&name##_site_, name.kind = (kind_number), RING_BEGIN, (flags), (cause), \
			   EMIT__FIELDS(NONE, ##__VA_ARGS__) + 1, EMIT__COUNT(__VA_ARGS__))

/* A span whose id may be kept as a cause (most may: it costs the recorder a little). */
#define SPAN(name, symbol, ...)                                                                    \
	EMIT__SPAN(name, KIND_##symbol, RING_FLAG_CAUSE, NULL, ##__VA_ARGS__)
/* A span that ran later than it was asked for: cause is a struct emit_cause *. */
#define SPAN_CAUSED(name, symbol, cause, ...)                                                      \
	EMIT__SPAN(name, KIND_##symbol, RING_FLAG_CAUSE, cause, ##__VA_ARGS__)
/* A span of a kind known at run time, such as a function that the program named itself. */
#define SPAN_NAMED(name, number, ...) EMIT__SPAN(name, number, RING_FLAG_CAUSE, NULL, ##__VA_ARGS__)
#define SPAN_NAMED_CAUSED(name, number, cause, ...)                                                \
	EMIT__SPAN(name, number, RING_FLAG_CAUSE, cause, ##__VA_ARGS__)

/* Sets the value that the row shows as ret= and yields it: return SPAN_RET(span, n); */
#define SPAN_RET(span, value)                                                                      \
	({                                                                                         \
		__typeof__(value) value_ = (value);                                                \
		(span).flags |= RING_FLAG_RETURN;                                                  \
		(span).ret = (uint64_t)value_;                                                     \
		value_;                                                                            \
	})

/* Marks the span as left by an exception and yields -1: return SPAN_RAISED(span); */
#define SPAN_RAISED(span)                                                                          \
	({                                                                                         \
		(span).flags |= RING_FLAG_RAISED;                                                  \
		-1;                                                                                \
	})

/* Yields status; marks the span as left by an exception if that is negative. */
#define SPAN_STATUS(span, status)                                                                  \
	({                                                                                         \
		int status_ = (status);                                                            \
		if (status_ < 0)                                                                   \
			(span).flags |= RING_FLAG_RAISED;                                          \
		status_;                                                                           \
	})

/*
 * Ends the span now with the fields of its ":return" row.  The scope's own end
 * is then silent.
 */
#define SPAN_RETURN_ROW(span, ...)                                                                 \
	((void)((span).id &&                                                                       \
		emit_event((span).site, (span).kind, RING_END, RING_FLAG_CAUSE, NULL,              \
			   EMIT__FIELDS(NONE, ##__VA_ARGS__) + 1, EMIT__COUNT(__VA_ARGS__))),      \
	 (span).id = 0)

/* The id of the innermost open span of this thread, 0 if none: who is asking. */
uint64_t emit_current(void);

/* The id of this thread's last event, 0 if none. */
uint64_t emit_last(void);

/* What the loop is doing, for peers that wait for it; see enum ring_loop. */
void emit_loop_state(enum ring_loop state);

/*
 * Nanoseconds that the loop was held so far.  A loop calls the other one
 * before each turn: it waits there while it is held turn by turn (enum
 * ring_hold; at callbacks and events emit_event() itself waits).
 */
uint64_t emit_held(void);
void emit_wait_while_held(void);

/*
 * Attaches to the ring that the environment names; called before main().
 * Returns false if the program was given no ring, or one of another layout.  For
 * tests: attach to a mapping, and let go of it.
 */
bool emit_attach(struct ring_header *header);
void emit_detach(void);

#endif
