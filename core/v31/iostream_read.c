/*
 * iostream_read.c - the reading half of BaseIOStream.
 *
 * A read first looks at what is buffered, then reads the socket until it has
 * no more, and looks again; only then does the loop watch the descriptor.
 */
#include "core/iostream_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "core/ioloop.h"
#include "core/python/text.h"
#include "trace/emit/emit.h"

/* Integers are longer in the original; no honest peer comes near. */
#define OVERCOUNT_MAX (INT64_MAX / 2)

int64_t iostream__count(const struct iostream *stream)
{
	return (int64_t)stream->read_buffer.size + stream->read_overcount;
}

/* _read_buffer_size -= count, of which `size` bytes are taken out of the buffer. */
static void count_consumed(struct iostream *stream, int64_t count, size_t size)
{
	int64_t more = (int64_t)size - (count < -OVERCOUNT_MAX ? -OVERCOUNT_MAX : count);

	if (more > OVERCOUNT_MAX - stream->read_overcount)
		more = OVERCOUNT_MAX - stream->read_overcount;
	stream->read_overcount += more;
}

struct value iostream__consume(struct iostream *stream, int64_t count)
{
	size_t size = stream->read_buffer.size;
	struct value value;

	if (count < 0)
		size = chunks_first(&stream->chunks);
	else if ((uint64_t)count < size)
		size = (size_t)count;
	value = value_from_bytes(size ? buffer_data(&stream->read_buffer) : NULL, size);
	count_consumed(stream, count, size);
	buffer_consume(&stream->read_buffer, size);
	chunks_consume(&stream->chunks, size);
	stream->read_delimiter_absent = 0;
	EMIT(iostream_consume, FD(stream->name), INT(size), INT(stream->read_buffer.size),
	     INT(iostream_reading(stream)));
	return value;
}

void iostream__clear_read(struct iostream *stream)
{
	free(stream->read_delimiter);
	stream->read_delimiter = NULL;
	pcre2_code_free(stream->read_regex);
	stream->read_regex = NULL;
	stream->read_bytes = IOSTREAM_NO_BYTES;
	stream->read_until_close = false;
}

/* What _read_to_buffer does about a failed recv: 1 if it was a reset, which counts as a close. */
static int read_failed(struct iostream *stream)
{
	struct exc *exc = exc_take();
	int status;

	if (!exc_is_environment(exc))
		return exc_raise_take(exc);
	status = iostream_close_error(stream, exc);
	if (status == 0 && exc->number == ECONNRESET) {
		exc_unref(exc);
		return 1;
	}
	return status < 0 ? (exc_unref(exc), -1) : exc_raise_take(exc);
}

static int buffer_full(struct iostream *stream)
{
	ioloop_log(LOG_LEVEL_ERROR, LOGGER_GENERAL, "Reached maximum read buffer size",
		   "Reached maximum read buffer size");
	if (iostream_close(stream) < 0)
		return -1;
	return exc_raise(EXC_IO_ERROR, "Reached maximum read buffer size");
}

/* One recv: positive = go on, 0 = nothing there now, -1 raised. */
static int read_to_buffer(struct iostream *stream)
{
	char *room = buffer_reserve(&stream->read_buffer, stream->read_chunk_size);
	ssize_t n;
	SPAN(span, BaseIOStream__read_to_buffer, FD(stream->name));

	if (!room) {
		exc_raise(EXC_MEMORY_ERROR, "%s", "");
		return SPAN_RAISED(span);
	}
	n = iostream__read_from_fd(stream, room);
	if (n < 0) {
		int status = SPAN_STATUS(span, read_failed(stream));

		/* a reset leaves by a bare return: None */
		if (status > 0)
			(void)SPAN_RET(span, EMIT_VALUE(EMIT_VALUE_NONE, 0));
		return status;
	}
	if (n > 0) {
		buffer_extend(&stream->read_buffer, (size_t)n);
		chunks_append(&stream->chunks, (size_t)n);
		if ((uint64_t)iostream__count(stream) >= stream->max_buffer_size)
			return SPAN_STATUS(span, buffer_full(stream));
	}
	(void)SPAN_RET(span, EMIT_VALUE(EMIT_VALUE_INT, n));
	return (int)n;
}

/*
 * Reads until the socket has no more.  It pretends to be a pending callback,
 * so that the end of the connection does not run the close callback before
 * what came ahead of it was looked at.
 */
static int drain(struct iostream *stream)
{
	int status = 1;

	stream->pending_callbacks++;
	while (!stream->closed && status > 0)
		status = read_to_buffer(stream);
	stream->pending_callbacks--;
	return status < 0 ? -1 : 0;
}

/* The pending read gets `count` bytes and is over.  1, or -1 raised. */
static int complete(struct iostream *stream, int64_t count)
{
	struct callback *callback = iostream__take_callback(&stream->read_callback);

	callback_unref(iostream__take_callback(&stream->streaming_callback));
	iostream__clear_read(stream);
	if (iostream__run_callback(stream, callback, iostream__consume(stream, count),
				   stream->received) < 0)
		return -1;
	return 1;
}

/* Hands what is buffered to the streaming callback, as far as the read goes. */
static int stream_out(struct iostream *stream)
{
	int64_t count = iostream__count(stream);

	if (stream->read_bytes != IOSTREAM_NO_BYTES) {
		if (stream->read_bytes < count)
			count = stream->read_bytes;
		stream->read_bytes -= count;
	}
	return iostream__run_callback(stream, callback_ref(stream->streaming_callback),
				      iostream__consume(stream, count), stream->received);
}

/* No end of headers in sight: closes the stream.  The read stays unsatisfied. */
static int headers_too_long(struct iostream *stream)
{
	struct exc *error = exc_new(EXC_IO_ERROR, 0, "Reached maximum read buffer size");
	int status;

	ioloop_log(LOG_LEVEL_ERROR, LOGGER_GENERAL, "Reached maximum read buffer size",
		   "Reached maximum read buffer size");
	status = iostream_close_error(stream, error);
	exc_unref(error);
	return status;
}

/* 1 = the pending read was satisfied, 0 = not, -1 raised. */
static int satisfy(struct iostream *stream)
{
	ssize_t end = IOSTREAM_NOT_FOUND;

	if (stream->streaming_callback && iostream__count(stream) && stream_out(stream) < 0)
		return -1;
	if (stream->read_bytes != IOSTREAM_NO_BYTES &&
	    iostream__count(stream) >= stream->read_bytes)
		return complete(stream, stream->read_bytes);
	if (stream->read_delimiter)
		end = iostream__find_delimiter(stream);
	else if (stream->read_regex)
		end = iostream__find_regex(stream);
	if (end == IOSTREAM_TOO_LONG)
		return headers_too_long(stream);
	return end < 0 ? 0 : complete(stream, end);
}

static int read_from_buffer(struct iostream *stream)
{
	int satisfied;
	SPAN(span, BaseIOStream__read_from_buffer, FD(stream->name));

	satisfied = satisfy(stream);
	if (satisfied < 0)
		return SPAN_RAISED(span);
	return SPAN_RET(span, satisfied);
}

int iostream__handle_read(struct iostream *stream)
{
	int satisfied;
	SPAN(span, BaseIOStream__handle_read, FD(stream->name));

	if (drain(stream) < 0) {
		struct exc *exc = exc_take();
		int status;

		ioloop_log(LOG_LEVEL_WARNING, LOGGER_GENERAL, "error on read", "error on read: %s",
			   exc_describe(exc));
		status = iostream_close_error(stream, exc);
		exc_unref(exc);
		return SPAN_STATUS(span, status);
	}
	satisfied = read_from_buffer(stream);
	if (satisfied == 0)
		satisfied = iostream__maybe_run_close_callback(stream);
	return SPAN_STATUS(span, satisfied < 0 ? -1 : 0);
}

/* Takes callback, also when it raises. */
static int set_read_callback(struct iostream *stream, struct callback *callback, uint64_t asked_by)
{
	SPAN(span, BaseIOStream__set_read_callback, FD(stream->name),
	     FN(callback_function(callback)));

	if (stream->read_callback) {
		callback_unref(callback);
		exc_raise(EXC_ASSERTION_ERROR, "Already reading");
		return SPAN_RAISED(span);
	}
	iostream__set_callback(&stream->read_callback, callback, asked_by);
	return 0;
}

static int try_inline_read_now(struct iostream *stream)
{
	int satisfied = read_from_buffer(stream);

	if (satisfied)
		return satisfied < 0 ? -1 : 0;
	if (iostream__check_closed(stream) < 0)
		return -1;
	if (drain(stream) < 0) {
		/* the stream closed itself, but could not run its close callback in drain() */
		struct exc *exc = exc_take();

		if (iostream__maybe_run_close_callback(stream) < 0)
			exc_clear();
		return exc_raise_take(exc);
	}
	satisfied = read_from_buffer(stream);
	if (satisfied)
		return satisfied < 0 ? -1 : 0;
	return iostream__maybe_add_error_listener(stream);
}

static int try_inline_read(struct iostream *stream)
{
	int status;
	SPAN(span, BaseIOStream__try_inline_read, FD(stream->name));

	iostream_ref(stream);
	status = try_inline_read_now(stream);
	iostream_unref(stream);
	return SPAN_STATUS(span, status);
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

int iostream_read_until_regex(struct iostream *stream, const char *pattern, const char *name,
			      struct callback *callback)
{
	SPAN(span, BaseIOStream_read_until_regex, FD(stream->name), TEXT(name ? name : pattern),
	     FN(callback_function(callback)));

	if (set_read_callback(stream, callback, span.id) < 0)
		return SPAN_RAISED(span);
	pcre2_code_free(stream->read_regex);
	stream->read_regex = compile(pattern);
	if (!stream->read_regex)
		return SPAN_RAISED(span);
	return SPAN_STATUS(span, try_inline_read(stream));
}

int iostream_read_until(struct iostream *stream, const void *delimiter, size_t length,
			struct callback *callback)
{
	SPAN(span, BaseIOStream_read_until, FD(stream->name), BYTES(delimiter, length),
	     FN(callback_function(callback)));

	if (set_read_callback(stream, callback, span.id) < 0)
		return SPAN_RAISED(span);
	free(stream->read_delimiter);
	stream->read_delimiter = text_copy(delimiter, length);
	stream->read_delimiter_length = length;
	stream->read_delimiter_absent = 0;
	return SPAN_STATUS(span, try_inline_read(stream));
}

int iostream_read_bytes(struct iostream *stream, int64_t num_bytes, struct callback *callback,
			struct callback *streaming)
{
	SPAN(span, BaseIOStream_read_bytes, FD(stream->name), INT(num_bytes),
	     FN(callback_function(callback)));

	if (set_read_callback(stream, callback, span.id) < 0) {
		callback_unref(streaming);
		return SPAN_RAISED(span);
	}
	stream->read_bytes = num_bytes;
	iostream__set_callback(&stream->streaming_callback, streaming, span.id);
	return SPAN_STATUS(span, try_inline_read(stream));
}

/* read_until_close() when it is too late: what is left in the buffer. */
static int read_rest(struct iostream *stream)
{
	struct callback *callback = iostream__take_callback(&stream->read_callback);
	struct callback *streaming = iostream__take_callback(&stream->streaming_callback);

	if (streaming &&
	    iostream__run_callback(stream, streaming,
				   iostream__consume(stream, iostream__count(stream)), 0) < 0) {
		callback_unref(callback);
		return -1;
	}
	return iostream__run_callback(stream, callback,
				      iostream__consume(stream, iostream__count(stream)), 0);
}

int iostream_read_until_close(struct iostream *stream, struct callback *callback,
			      struct callback *streaming)
{
	SPAN(span, BaseIOStream_read_until_close, FD(stream->name),
	     FN(callback_function(callback)));

	if (set_read_callback(stream, callback, span.id) < 0) {
		callback_unref(streaming);
		return SPAN_RAISED(span);
	}
	iostream__set_callback(&stream->streaming_callback, streaming, span.id);
	if (stream->closed)
		return SPAN_STATUS(span, read_rest(stream));
	stream->read_until_close = true;
	return SPAN_STATUS(span, try_inline_read(stream));
}
