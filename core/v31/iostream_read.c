/*
 * iostream_read.c - the reading half of BaseIOStream in 3.1.
 *
 * A read first looks at what is buffered, then reads the socket until it has
 * no more, and looks again; only then does the loop watch the descriptor.
 */
#include "core/v31/iostream_read.h"

#include <errno.h>

#include "core/ioloop.h"
#include "core/iostream_internal.h"
#include "core/log.h"
#include "trace/emit/emit.h"

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
	log_message(LOG_LEVEL_ERROR, LOGGER_GENERAL, "Reached maximum read buffer size",
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
	n = stream->class->read_from_fd(stream, room);
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

	log_message(LOG_LEVEL_ERROR, LOGGER_GENERAL, "Reached maximum read buffer size",
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
	(void)SPAN_RET(span, EMIT_VALUE(EMIT_VALUE_BOOL, satisfied));
	return satisfied;
}

int v31_handle_read(struct iostream *stream)
{
	int satisfied;
	SPAN(span, BaseIOStream__handle_read, FD(stream->name));

	if (drain(stream) < 0) {
		struct exc *exc = exc_take();
		int status;

		log_message(LOG_LEVEL_WARNING, LOGGER_GENERAL, "error on read", "error on read: %s",
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

int v31_try_inline_read(struct iostream *stream)
{
	int status;
	SPAN(span, BaseIOStream__try_inline_read, FD(stream->name));

	iostream_ref(stream);
	status = try_inline_read_now(stream);
	iostream_unref(stream);
	return SPAN_STATUS(span, status);
}

/* What close() owes a pending read_until_close: all that is there. */
int v31_finish_until_close(struct iostream *stream)
{
	struct callback *callback;

	if (stream->streaming_callback && iostream__count(stream) &&
	    iostream__run_callback(stream, callback_ref(stream->streaming_callback),
				   iostream__consume(stream, iostream__count(stream)), 0) < 0)
		return -1;
	callback = iostream__take_callback(&stream->read_callback);
	stream->read_until_close = false;
	return iostream__run_callback(stream, callback,
				      iostream__consume(stream, iostream__count(stream)), 0);
}

/* read_until_close() when it is too late: what is left in the buffer. */
int v31_take_rest(struct iostream *stream)
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
