/*
 * iostream_read.c - how a read of BaseIOStream is asked for.
 *
 * Every generation asks alike: it is kept who waits, a callback or in 4.3 a
 * future, and what the read is to wait for.  How the bytes are then come by is
 * the generation's own (struct generation_reading).
 */
#include "core/iostream_internal.h"

#include <stdlib.h>

#include "core/concurrent.h"
#include "core/generation.h"
#include "core/python/text.h"
#include "trace/emit/emit.h"

int iostream__handle_read(struct iostream *stream)
{
	return generation()->reading.handle_read(stream);
}

/*
 * Who waits for a read: a callback (taken, also when it is refused), or a
 * future that is made for it.
 */
struct reader {
	struct callback *callback;
	uint16_t lambda;       /* a future is wanted: the kind of what drops its exception */
	struct future *future; /* then it, once it is made: the caller's reference */
};

static int set_read_callback(struct iostream *stream, struct reader *reader, uint64_t asked_by)
{
	SPAN(span, BaseIOStream__set_read_callback, FD(stream->name),
	     FN(callback_function(reader->callback)));

	if (iostream__reading(stream)) {
		callback_unref(reader->callback);
		exc_raise(EXC_ASSERTION_ERROR, "Already reading");
		return SPAN_RAISED(span);
	}
	if (reader->lambda) {
		reader->future = future_new();
		stream->read_future = future_ref(reader->future);
	} else {
		iostream__set_callback(&stream->read_callback, reader->callback, asked_by);
	}
	return 0;
}

/* _try_inline_read, which ends all that ask for a read, and what becomes of an exception in it. */
static int try_inline(struct iostream *stream, struct reader *reader)
{
	struct exc *exc;
	int status;

	iostream_ref(stream);
	status = generation()->reading.try_inline(stream);
	if (status < 0 && exc_current()->class == EXC_UNSATISFIABLE_READ_ERROR)
		status = iostream__close_unsatisfiable(stream);
	iostream_unref(stream);
	if (status == 0 || !reader->future)
		return status;
	exc = exc_take();
	iostream__drop_exception(reader->future, reader->lambda);
	return exc_raise_take(exc);
}

/* The future of a read that was asked for; NULL = raised. */
static struct future *future_of(struct reader *reader, int status)
{
	if (status == 0)
		return reader->future;
	future_unref(reader->future);
	return NULL;
}

/* re.compile(); NULL = raised. */
static pcre2_code *compile(const char *pattern)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	PCRE2_UCHAR message[128];
	PCRE2_SIZE offset;
	pcre2_code *code;
	int error;

	if (context)
		pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_NEVER_UTF, &error,
			     &offset, context);
	pcre2_compile_context_free(context);
	if (!code) {
		pcre2_get_error_message(error, message, sizeof(message));
		exc_raise(EXC_VALUE_ERROR, "%s", (const char *)message);
	}
	return code;
}

static int read_until_regex(struct iostream *stream, const char *pattern, const char *name,
			    int64_t max_bytes, struct reader *reader)
{
	SPAN(span, BaseIOStream_read_until_regex, FD(stream->name), TEXT(name ? name : pattern),
	     FN(callback_function(reader->callback)),
	     WHEN(max_bytes != IOSTREAM_NO_BYTES, INT(max_bytes)));

	if (set_read_callback(stream, reader, span.id) < 0)
		return SPAN_RAISED(span);
	pcre2_code_free(stream->read_regex);
	stream->read_regex = compile(pattern);
	if (!stream->read_regex)
		return SPAN_RAISED(span);
	stream->read_max_bytes = max_bytes;
	return SPAN_STATUS(span, try_inline(stream, reader));
}

int iostream_read_until_regex(struct iostream *stream, const char *pattern, const char *name,
			      struct callback *callback)
{
	struct reader reader = { .callback = callback };

	return read_until_regex(stream, pattern, name, IOSTREAM_NO_BYTES, &reader);
}

struct future *iostream_read_until_regex_future(struct iostream *stream, const char *pattern,
						const char *name, size_t max_bytes)
{
	struct reader reader = { .lambda = KIND_BaseIOStream_read_until_regex_lambda };

	return future_of(&reader,
			 read_until_regex(stream, pattern, name, (int64_t)max_bytes, &reader));
}

static int read_until(struct iostream *stream, const void *delimiter, size_t length,
		      int64_t max_bytes, struct reader *reader)
{
	SPAN(span, BaseIOStream_read_until, FD(stream->name), BYTES(delimiter, length),
	     FN(callback_function(reader->callback)),
	     WHEN(max_bytes != IOSTREAM_NO_BYTES, INT(max_bytes)));

	if (set_read_callback(stream, reader, span.id) < 0)
		return SPAN_RAISED(span);
	free(stream->read_delimiter);
	stream->read_delimiter = text_copy(delimiter, length);
	stream->read_delimiter_length = length;
	stream->read_delimiter_absent = 0;
	stream->read_max_bytes = max_bytes;
	return SPAN_STATUS(span, try_inline(stream, reader));
}

int iostream_read_until(struct iostream *stream, const void *delimiter, size_t length,
			struct callback *callback)
{
	struct reader reader = { .callback = callback };

	return read_until(stream, delimiter, length, IOSTREAM_NO_BYTES, &reader);
}

struct future *iostream_read_until_future(struct iostream *stream, const void *delimiter,
					  size_t length, size_t max_bytes)
{
	struct reader reader = { .lambda = KIND_BaseIOStream_read_until_lambda };

	return future_of(&reader,
			 read_until(stream, delimiter, length, (int64_t)max_bytes, &reader));
}

/* Takes streaming, too. */
static int read_bytes(struct iostream *stream, int64_t num_bytes, bool partial,
		      struct callback *streaming, struct reader *reader)
{
	SPAN(span, BaseIOStream_read_bytes, FD(stream->name), INT(num_bytes),
	     FN(callback_function(reader->callback)), WHEN(partial, INT(partial)));

	if (set_read_callback(stream, reader, span.id) < 0) {
		callback_unref(streaming);
		return SPAN_RAISED(span);
	}
	stream->read_bytes = num_bytes;
	stream->read_partial = partial;
	iostream__set_callback(&stream->streaming_callback, streaming, span.id);
	return SPAN_STATUS(span, try_inline(stream, reader));
}

int iostream_read_bytes(struct iostream *stream, int64_t num_bytes, struct callback *callback,
			struct callback *streaming)
{
	struct reader reader = { .callback = callback };

	return read_bytes(stream, num_bytes, false, streaming, &reader);
}

struct future *iostream_read_bytes_future(struct iostream *stream, int64_t num_bytes, bool partial)
{
	struct reader reader = { .lambda = KIND_BaseIOStream_read_bytes_lambda };

	return future_of(&reader, read_bytes(stream, num_bytes, partial, NULL, &reader));
}

/* Takes streaming, too. */
static int read_until_close(struct iostream *stream, struct callback *streaming,
			    struct reader *reader)
{
	SPAN(span, BaseIOStream_read_until_close, FD(stream->name),
	     FN(callback_function(reader->callback)));

	if (set_read_callback(stream, reader, span.id) < 0) {
		callback_unref(streaming);
		return SPAN_RAISED(span);
	}
	iostream__set_callback(&stream->streaming_callback, streaming, span.id);
	if (stream->closed)
		return SPAN_STATUS(span, generation()->reading.take_rest(stream));
	stream->read_until_close = true;
	return SPAN_STATUS(span, try_inline(stream, reader));
}

int iostream_read_until_close(struct iostream *stream, struct callback *callback,
			      struct callback *streaming)
{
	struct reader reader = { .callback = callback };

	return read_until_close(stream, streaming, &reader);
}

struct future *iostream_read_until_close_future(struct iostream *stream)
{
	struct reader reader = { .lambda = KIND_BaseIOStream_read_until_close_lambda };

	return future_of(&reader, read_until_close(stream, NULL, &reader));
}
