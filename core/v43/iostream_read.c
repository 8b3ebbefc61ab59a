/*
 * iostream_read.c - the reading half of BaseIOStream in 4.3.
 *
 * Where 3.1 reads the socket until it has no more, this receives only until the
 * pending read can be satisfied.  Where the read ends is found first
 * (_find_read_pos), then so many bytes are taken (_read_from_buffer), so that
 * the one who waits with a future has them before the handler returns.
 */
#include "core/v43/iostream_read.h"

#include <stdlib.h>

#include "core/concurrent.h"
#include "core/ioloop.h"
#include "core/iostream_internal.h"
#include "core/log.h"
#include "core/python/python.h"
#include "core/python/text.h"
#include "trace/emit/emit.h"

/* _find_read_pos's answer None: the read needs more bytes. */
#define NO_POSITION INT64_MIN
/* An exception is current. */
#define RAISED (INT64_MIN + 1)

/* What a row shows as ret= of a position. */
static uint64_t described(int64_t position)
{
	return position == NO_POSITION ? EMIT_VALUE(EMIT_VALUE_NONE, 0)
				       : EMIT_VALUE(EMIT_VALUE_INT, position);
}

/* What _read_to_buffer does about a failed recv: 0 if it was a reset, which counts as a close. */
static int read_failed(struct iostream *stream)
{
	struct exc *exc = exc_take();
	int status;

	if (!exc_is_environment(exc))
		return exc_raise_take(exc);
	status = iostream_close_error(stream, exc);
	if (status == 0 && stream->class->is_connreset(stream, exc)) {
		exc_unref(exc);
		return 0;
	}
	return status < 0 ? (exc_unref(exc), -1) : exc_raise_take(exc);
}

static int buffer_full(struct iostream *stream)
{
	log_message(LOG_LEVEL_ERROR, LOGGER_GENERAL, "Reached maximum read buffer size",
		    "Reached maximum read buffer size");
	if (iostream_close(stream) < 0)
		return -1;
	return exc_raise(EXC_STREAM_BUFFER_FULL_ERROR, "Reached maximum read buffer size");
}

/* One recv: 1 = go on, which after a reset finds the stream closed; 0 = nothing there; -1 raised. */
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
		if (read_failed(stream) < 0)
			return SPAN_RAISED(span);
		(void)SPAN_RET(span, EMIT_VALUE(EMIT_VALUE_NONE, 0));
		return 1;
	}
	if (n > 0) {
		buffer_extend(&stream->read_buffer, (size_t)n);
		chunks_append(&stream->chunks, (size_t)n);
		if (iostream__count(stream) > (int64_t)stream->max_buffer_size)
			return SPAN_STATUS(span, buffer_full(stream));
	}
	(void)SPAN_RET(span, EMIT_VALUE(EMIT_VALUE_INT, n));
	return n > 0;
}

/* Hands size bytes to the future that waits. */
static int resolve(struct iostream *stream, int64_t size)
{
	struct future *future = iostream__take_future(&stream->read_future);
	int status = future_set_result(future, iostream__consume(stream, size));

	future_unref(future);
	return status;
}

static int run_read_callback(struct iostream *stream, int64_t size, bool streaming)
{
	struct callback *callback;
	SPAN(span, BaseIOStream__run_read_callback, FD(stream->name), INT(size), INT(streaming));

	if (streaming) {
		callback = callback_ref(stream->streaming_callback);
	} else {
		callback = iostream__take_callback(&stream->read_callback);
		callback_unref(iostream__take_callback(&stream->streaming_callback));
		if (stream->read_future && resolve(stream, size) < 0)
			return SPAN_RAISED(span);
	}
	if (callback)
		return SPAN_STATUS(span, iostream__run_callback(stream, callback,
								iostream__consume(stream, size),
								stream->received));
	/* after a callback its wrapper does this */
	return SPAN_STATUS(span, iostream__maybe_add_error_listener(stream));
}

/* Hands what is buffered to the streaming callback, as far as the read goes. */
static int run_streaming_callback(struct iostream *stream)
{
	int64_t count = iostream__count(stream);
	SPAN(span, BaseIOStream__run_streaming_callback, FD(stream->name));

	if (!stream->streaming_callback || !count)
		return 0;
	if (stream->read_bytes != IOSTREAM_NO_BYTES) {
		if (stream->read_bytes < count)
			count = stream->read_bytes;
		stream->read_bytes -= count;
	}
	return SPAN_STATUS(span, run_read_callback(stream, count, true));
}

/* The read cannot be satisfied any more.  RAISED. */
static int64_t raise_unsatisfiable(const struct iostream *stream)
{
	int64_t limit = stream->read_max_bytes == IOSTREAM_NO_BYTES ? IOSTREAM_HEADER_MAX
								    : stream->read_max_bytes;
	char *delimiter = stream->read_delimiter ? python_repr(stream->read_delimiter,
							       stream->read_delimiter_length)
						 : text_duplicate("<_sre.SRE_Pattern object>");

	exc_raise(EXC_UNSATISFIABLE_READ_ERROR, "delimiter %s not found within %lld bytes",
		  delimiter, (long long)limit);
	free(delimiter);
	return RAISED;
}

/* Where the pending read ends in what is buffered. */
static int64_t find_end(struct iostream *stream)
{
	int64_t count = iostream__count(stream);
	ssize_t end = IOSTREAM_NOT_FOUND;

	if (stream->read_bytes != IOSTREAM_NO_BYTES &&
	    (count >= stream->read_bytes || (stream->read_partial && count > 0)))
		return stream->read_bytes < count ? stream->read_bytes : count;
	if (stream->read_delimiter)
		end = iostream__find_delimiter(stream);
	else if (stream->read_regex)
		end = iostream__find_regex(stream);
	if (end == IOSTREAM_TOO_LONG)
		return raise_unsatisfiable(stream);
	return end == IOSTREAM_NOT_FOUND ? NO_POSITION : end;
}

static int64_t find_read_pos(struct iostream *stream)
{
	int64_t position;
	SPAN(span, BaseIOStream__find_read_pos, FD(stream->name));

	position = find_end(stream);
	if (position == RAISED)
		(void)SPAN_RAISED(span);
	else
		(void)SPAN_RET(span, described(position));
	return position;
}

/* With so many bytes in the buffer there is nothing to look for; -1: there is no such number. */
static int64_t target_bytes(const struct iostream *stream)
{
	if (stream->read_bytes != IOSTREAM_NO_BYTES)
		return stream->read_bytes;
	if (stream->read_max_bytes != IOSTREAM_NO_BYTES)
		return stream->read_max_bytes;
	return iostream_reading(stream) ? INT64_MAX : 0;
}

/*
 * Receives until the read can be satisfied or the socket has no more.  To look
 * after each recv would be dear with small ones: after the first, then whenever
 * the buffer has doubled.
 */
static int64_t receive(struct iostream *stream)
{
	int64_t target = target_bytes(stream);
	int64_t next_find = 0;

	while (!stream->closed) {
		int more = read_to_buffer(stream);
		int64_t position;

		if (more < 0)
			return RAISED;
		if (more == 0)
			break;
		if (run_streaming_callback(stream) < 0)
			return RAISED;
		if (iostream__count(stream) >= target)
			break;
		if (iostream__count(stream) < next_find)
			continue;
		position = find_read_pos(stream);
		if (position != NO_POSITION)
			return position;
		next_find = iostream__count(stream) * 2;
	}
	return find_read_pos(stream);
}

/*
 * It pretends to be a pending callback, so that the end of the connection does
 * not run the close callback before what came ahead of it was looked at.
 */
static int64_t read_to_buffer_loop(struct iostream *stream)
{
	int64_t position;
	SPAN(span, BaseIOStream__read_to_buffer_loop, FD(stream->name));

	stream->pending_callbacks++;
	position = receive(stream);
	stream->pending_callbacks--;
	if (position == RAISED)
		(void)SPAN_RAISED(span);
	else
		(void)SPAN_RET(span, described(position));
	return position;
}

/* The pending read gets the bytes up to position and is over. */
static int read_from_buffer(struct iostream *stream, int64_t position)
{
	SPAN(span, BaseIOStream__read_from_buffer, FD(stream->name), INT(position));

	iostream__clear_read(stream);
	stream->read_partial = false;
	(void)SPAN_RET(span, EMIT_VALUE(EMIT_VALUE_NONE, 0));
	return SPAN_STATUS(span, run_read_callback(stream, position, false));
}

/* An exception in _read_to_buffer_loop, other than one about the read itself. */
static int log_and_close(struct iostream *stream)
{
	struct exc *exc = exc_take();
	int status;

	log_message(LOG_LEVEL_WARNING, LOGGER_GENERAL, "error on read: %s", "error on read: %s",
		    exc_describe(exc));
	status = iostream_close_error(stream, exc);
	exc_unref(exc);
	return status;
}

int v43_handle_read(struct iostream *stream)
{
	int64_t position;
	SPAN(span, BaseIOStream__handle_read, FD(stream->name));

	position = read_to_buffer_loop(stream);
	if (position == RAISED && exc_current()->class == EXC_UNSATISFIABLE_READ_ERROR)
		return SPAN_RAISED(span);
	if (position == RAISED)
		return SPAN_STATUS(span, log_and_close(stream));
	if (position != NO_POSITION)
		return SPAN_STATUS(span, read_from_buffer(stream, position));
	return SPAN_STATUS(span, iostream__maybe_run_close_callback(stream));
}

/* What is to be done about an exception while the socket was tried: it goes on its way. */
static int inline_read_failed(struct iostream *stream)
{
	struct exc *exc = exc_take();

	/* the stream closed itself, but could not run its close callback in the loop */
	if (iostream__maybe_run_close_callback(stream) < 0) {
		exc_unref(exc);
		return -1;
	}
	return exc_raise_take(exc);
}

static int try_inline_read_now(struct iostream *stream)
{
	int64_t position;

	if (run_streaming_callback(stream) < 0)
		return -1;
	position = find_read_pos(stream);
	if (position == NO_POSITION) {
		if (iostream__check_closed(stream) < 0)
			return -1;
		position = read_to_buffer_loop(stream);
		if (position == RAISED)
			return inline_read_failed(stream);
	}
	if (position == RAISED)
		return -1;
	if (position != NO_POSITION)
		return read_from_buffer(stream, position);
	if (stream->closed)
		return iostream__maybe_run_close_callback(stream);
	return iostream__add_io_state(stream, IOLOOP_READ);
}

int v43_try_inline_read(struct iostream *stream)
{
	SPAN(span, BaseIOStream__try_inline_read, FD(stream->name));

	return SPAN_STATUS(span, try_inline_read_now(stream));
}

/* What close() owes a pending read_until_close: all that is there. */
int v43_finish_until_close(struct iostream *stream)
{
	if (stream->streaming_callback && iostream__count(stream) &&
	    run_read_callback(stream, iostream__count(stream), true) < 0)
		return -1;
	stream->read_until_close = false;
	return run_read_callback(stream, iostream__count(stream), false);
}

/* read_until_close() when it is too late: what is left in the buffer. */
int v43_take_rest(struct iostream *stream)
{
	if (stream->streaming_callback &&
	    run_read_callback(stream, iostream__count(stream), true) < 0)
		return -1;
	return run_read_callback(stream, iostream__count(stream), false);
}
