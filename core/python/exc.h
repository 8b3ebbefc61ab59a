/*
 * exc.h - exceptions, as the original raises them.
 *
 * A function that may raise returns int: 0 or more is good, -1 means that an
 * exception is now the thread's current one, as sys.exc_info() has it.  The
 * caller passes -1 on, or takes the exception and goes on.  Exceptions are
 * counted: a future, a response and a stream may hold the same one.
 *
 * All functions act on the calling thread's current exception; an exception
 * object itself belongs to one thread at a time.
 */
#ifndef LOOPSCOPE_CORE_PYTHON_EXC_H
#define LOOPSCOPE_CORE_PYTHON_EXC_H

#include <stdbool.h>

/* Python's and Tornado's classes that this port raises. */
enum exc_class {
	EXC_EXCEPTION,
	EXC_ASSERTION_ERROR,
	EXC_ATTRIBUTE_ERROR,
	EXC_INDEX_ERROR,
	EXC_KEY_ERROR,
	EXC_VALUE_ERROR,
	EXC_TYPE_ERROR,
	EXC_RUNTIME_ERROR,
	EXC_NOT_IMPLEMENTED_ERROR,
	EXC_MEMORY_ERROR,
	EXC_UNICODE_ERROR,
	EXC_UNICODE_DECODE_ERROR,
	EXC_IO_ERROR,
	EXC_OS_ERROR,
	EXC_SOCKET_ERROR, /* class name "error" in Python 2.7 */
	EXC_GAIERROR,
	EXC_SSL_ERROR, /* these four: sockets' errors whose number is one of SSL_ERROR_*, see ssl.h */
	EXC_SSL_ZERO_RETURN_ERROR,
	EXC_SSL_EOF_ERROR,
	EXC_SSL_SYSCALL_ERROR,
	EXC_CERTIFICATE_ERROR,   /* a ValueError */
	EXC_ZLIB_ERROR,          /* class name "error" */
	EXC_HTTP_ERROR,          /* number is the HTTP code */
	EXC_STREAM_CLOSED_ERROR, /* an IOError; see iostream_real_error() */
	EXC_STREAM_BUFFER_FULL_ERROR,
	EXC_UNSATISFIABLE_READ_ERROR,
	EXC_HTTP_INPUT_ERROR,
	EXC_HTTP_OUTPUT_ERROR,
	EXC_QUIET_EXCEPTION, /* what it stands for is in the log already */
	EXC_BAD_YIELD_ERROR,
	EXC_KEY_REUSE_ERROR,
	EXC_UNKNOWN_KEY_ERROR,
	EXC_LEAKED_CALLBACK_ERROR,
	EXC_STACK_CONTEXT_INCONSISTENT_ERROR,
	EXC_TIMEOUT_ERROR,
	EXC_RETURN_VALUE_IGNORED_ERROR,
	EXC_CLASSES,
};

struct exc {
	unsigned refs;
	enum exc_class class;
	int number;                      /* errno, EAI_* or HTTP code; 0 if none */
	char *text;                      /* str(exc), owned; never NULL */
	void *attached;                  /* an attribute of the class's own, owned or NULL */
	void (*release)(void *attached); /* lets go of it */
	struct exc *cause;               /* see exc_set_cause(); NULL: unknown */
	char *described;                 /* see exc_describe() */
	char *printable;                 /* see exc_printable() */
};

/*
 * Raises: makes a new exception current, replacing one that was.  Returns -1,
 * so that `return exc_raise(...)` is the raise statement.
 */
int exc_raise(enum exc_class class, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for a system error: text "[Errno 111] Connection refused". */
int exc_raise_errno(enum exc_class class, int number);

/* The same for an exception object, which is taken. */
int exc_raise_take(struct exc *exc);

/* Makes one without raising it.  Never NULL: out of memory ends the program. */
struct exc *exc_new(enum exc_class class, int number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * exc came of cause, which is lent (NULL: unknown), and tells less than it: what
 * Python 3 keeps as __cause__.  Gives exc back.
 */
struct exc *exc_set_cause(struct exc *exc, struct exc *cause);

/* The current exception, borrowed until the next raise or clear; NULL if none. */
struct exc *exc_current(void);

/* Takes the current exception off (sys.exc_clear); the caller owns it.  NULL if none. */
struct exc *exc_take(void);

/* Drops the current exception, if any. */
void exc_clear(void);

struct exc *exc_ref(struct exc *exc);
void exc_unref(struct exc *exc);

/* Python's name of a class: "ValueError". */
const char *exc_class_name(enum exc_class class);

/* True for socket.error, IOError, OSError and what derives from them. */
bool exc_is_environment(const struct exc *exc);

/* "ValueError(text)", as trace rows show it; owned by exc, made on first use. */
const char *exc_describe(struct exc *exc);

/* The same for a terminal, for it may quote a peer: see text_printable(). */
const char *exc_printable(struct exc *exc);

#endif
