/*
 * exc.c - the thread's current exception, as sys.exc_info() has it.
 */
#include "core/python/exc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/python/alloc.h"
#include "core/python/text.h"

static _Thread_local struct exc *current;

/* What Python prints as type(e).__name__, and whether it is an EnvironmentError. */
static const struct exc_class_info {
	const char *name;
	bool environment;
} classes[EXC_CLASSES] = {
	[EXC_EXCEPTION] = { "Exception", false },
	[EXC_ASSERTION_ERROR] = { "AssertionError", false },
	[EXC_ATTRIBUTE_ERROR] = { "AttributeError", false },
	[EXC_INDEX_ERROR] = { "IndexError", false },
	[EXC_KEY_ERROR] = { "KeyError", false },
	[EXC_VALUE_ERROR] = { "ValueError", false },
	[EXC_TYPE_ERROR] = { "TypeError", false },
	[EXC_RUNTIME_ERROR] = { "RuntimeError", false },
	[EXC_NOT_IMPLEMENTED_ERROR] = { "NotImplementedError", false },
	[EXC_MEMORY_ERROR] = { "MemoryError", false },
	[EXC_UNICODE_ERROR] = { "UnicodeError", false },
	[EXC_UNICODE_DECODE_ERROR] = { "UnicodeDecodeError", false },
	[EXC_IO_ERROR] = { "IOError", true },
	[EXC_OS_ERROR] = { "OSError", true },
	[EXC_SOCKET_ERROR] = { "error", true },
	[EXC_GAIERROR] = { "gaierror", true },
	[EXC_SSL_ERROR] = { "SSLError", true },
	[EXC_SSL_ZERO_RETURN_ERROR] = { "SSLZeroReturnError", true },
	[EXC_SSL_EOF_ERROR] = { "SSLEOFError", true },
	[EXC_SSL_SYSCALL_ERROR] = { "SSLSyscallError", true },
	[EXC_CERTIFICATE_ERROR] = { "CertificateError", false },
	[EXC_ZLIB_ERROR] = { "error", false },
	[EXC_HTTP_ERROR] = { "HTTPError", false },
	[EXC_STREAM_CLOSED_ERROR] = { "StreamClosedError", true },
	[EXC_STREAM_BUFFER_FULL_ERROR] = { "StreamBufferFullError", false },
	[EXC_UNSATISFIABLE_READ_ERROR] = { "UnsatisfiableReadError", false },
	[EXC_HTTP_INPUT_ERROR] = { "HTTPInputError", false },
	[EXC_HTTP_OUTPUT_ERROR] = { "HTTPOutputError", false },
	[EXC_QUIET_EXCEPTION] = { "_QuietException", false },
	[EXC_BAD_YIELD_ERROR] = { "BadYieldError", false },
	[EXC_KEY_REUSE_ERROR] = { "KeyReuseError", false },
	[EXC_UNKNOWN_KEY_ERROR] = { "UnknownKeyError", false },
	[EXC_LEAKED_CALLBACK_ERROR] = { "LeakedCallbackError", false },
	[EXC_STACK_CONTEXT_INCONSISTENT_ERROR] = { "StackContextInconsistentError", false },
	[EXC_TIMEOUT_ERROR] = { "TimeoutError", false },
	[EXC_RETURN_VALUE_IGNORED_ERROR] = { "ReturnValueIgnoredError", false },
};

static struct exc *exc_new_va(enum exc_class class, int number, const char *format, va_list args)
{
	struct exc *exc = core_alloc(sizeof(*exc));

	exc->refs = 1;
	exc->class = class;
	exc->number = number;
	if (vasprintf(&exc->text, format, args) < 0)
		abort();
	return exc;
}

struct exc *exc_new(enum exc_class class, int number, const char *format, ...)
{
	struct exc *exc;
	va_list args;

	va_start(args, format);
	exc = exc_new_va(class, number, format, args);
	va_end(args);
	return exc;
}

int exc_raise(enum exc_class class, const char *format, ...)
{
	struct exc *exc;
	va_list args;

	va_start(args, format);
	exc = exc_new_va(class, 0, format, args);
	va_end(args);
	return exc_raise_take(exc);
}

int exc_raise_errno(enum exc_class class, int number)
{
	/* never translated, unlike strerror(): outcomes are compared by text */
	const char *text = strerrordesc_np(number);

	if (!text)
		return exc_raise_take(
			exc_new(class, number, "[Errno %d] Unknown error %d", number, number));
	return exc_raise_take(exc_new(class, number, "[Errno %d] %s", number, text));
}

int exc_raise_take(struct exc *exc)
{
	struct exc *replaced = current;

	current = exc;
	exc_unref(replaced);
	return -1;
}

struct exc *exc_set_cause(struct exc *exc, struct exc *cause)
{
	struct exc *replaced = exc->cause;

	exc->cause = exc_ref(cause);
	exc_unref(replaced);
	return exc;
}

struct exc *exc_current(void)
{
	return current;
}

struct exc *exc_take(void)
{
	struct exc *exc = current;

	current = NULL;
	return exc;
}

void exc_clear(void)
{
	exc_unref(exc_take());
}

struct exc *exc_ref(struct exc *exc)
{
	if (exc)
		exc->refs++;
	return exc;
}

void exc_unref(struct exc *exc)
{
	if (!exc || --exc->refs)
		return;
	if (exc->attached)
		exc->release(exc->attached);
	exc_unref(exc->cause);
	free(exc->text);
	free(exc->described);
	free(exc->printable);
	free(exc);
}

const char *exc_class_name(enum exc_class class)
{
	return (unsigned)class < EXC_CLASSES ? classes[class].name : "Exception";
}

bool exc_is_environment(const struct exc *exc)
{
	return exc && (unsigned)exc->class < EXC_CLASSES && classes[exc->class].environment;
}

const char *exc_describe(struct exc *exc)
{
	if (!exc)
		return "Exception()";
	if (!exc->described &&
	    asprintf(&exc->described, "%s(%s)", exc_class_name(exc->class), exc->text) < 0)
		abort();
	return exc->described;
}

const char *exc_printable(struct exc *exc)
{
	if (!exc)
		return exc_describe(exc);
	if (!exc->printable)
		exc->printable = text_printable(text_duplicate(exc_describe(exc)));
	return exc->printable;
}
