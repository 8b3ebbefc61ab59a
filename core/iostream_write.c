/*
 * iostream_write.c - the writing half of BaseIOStream.
 */
#include "core/iostream_internal.h"

#include <errno.h>

#include "core/concurrent.h"
#include "core/generation.h"
#include "core/ioloop.h"
#include "core/log.h"
#include "trace/emit/emit.h"

/* The most that one send is given. */
#define WRITE_CHUNK (128 * 1024)

/*
 * What the next send gets.  After one that could not be done it is the same
 * bytes again, even if more were written meanwhile (_write_buffer_frozen).
 */
static size_t next_send(const struct iostream *stream)
{
	if (stream->write_frozen)
		return stream->write_frozen;
	return stream->write_buffer.size < WRITE_CHUNK ? stream->write_buffer.size : WRITE_CHUNK;
}

/* A send raised: waits for the socket, or closes the stream.  0, or -1 raised. */
static int write_failed(struct iostream *stream, size_t length)
{
	struct exc *exc = exc_take();
	int status;

	if (!exc_is_environment(exc))
		return exc_raise_take(exc);
	if (exc->number == EAGAIN || exc->number == EWOULDBLOCK) {
		stream->write_frozen = length;
		exc_unref(exc);
		return 0;
	}
	/* broken pipes and resets are too usual to be logged */
	if (exc->number != EPIPE && !stream->class->is_connreset(stream, exc))
		log_message(LOG_LEVEL_WARNING, LOGGER_GENERAL, generation()->traits->write_error,
			    "Write error on %d: %s", stream->fd, exc->text);
	status = iostream_close_error(stream, exc);
	exc_unref(exc);
	return status;
}

static int write_all(struct iostream *stream)
{
	while (stream->write_buffer.size) {
		size_t length = next_send(stream);
		ssize_t n = stream->class->write_to_fd(stream, buffer_data(&stream->write_buffer),
						       length);

		if (n < 0)
			return write_failed(stream, length);
		if (n == 0) {
			stream->write_frozen = length;
			return 0;
		}
		stream->write_frozen = 0;
		buffer_consume(&stream->write_buffer, (size_t)n);
	}
	return 0;
}

/* Tells who waits that all is written. */
static int written(struct iostream *stream)
{
	struct callback *callback = iostream__take_callback(&stream->write_callback);
	struct future *future = iostream__take_future(&stream->write_future);
	int status = 0;

	if (callback)
		status = iostream__run_callback(stream, callback, VALUE_OF_NONE, 0);
	if (future && status == 0)
		status = future_set_result(future, VALUE_OF_NONE);
	future_unref(future);
	return status;
}

int iostream__handle_write(struct iostream *stream)
{
	SPAN(span, BaseIOStream__handle_write, FD(stream->name));

	if (write_all(stream) < 0)
		return SPAN_RAISED(span);
	/* something is left after a full socket, and after an error, which closed the stream */
	if (stream->write_buffer.size)
		return 0;
	return SPAN_STATUS(span, written(stream));
}

/* write() once data and callback are in place. */
static int write_now(struct iostream *stream)
{
	if (stream->connecting)
		return 0;
	if (stream->class->handle_write(stream) < 0)
		return -1;
	if (stream->write_buffer.size && iostream__add_io_state(stream, IOLOOP_WRITE) < 0)
		return -1;
	return iostream__maybe_add_error_listener(stream);
}

/* write() as far as it is the same whoever waits: data goes behind what is there. */
static int buffer_data_to_write(struct iostream *stream, const void *data, size_t length)
{
	if (iostream__check_closed(stream) < 0)
		return -1;
	if (buffer_append(&stream->write_buffer, data, length) < 0)
		return exc_raise(EXC_MEMORY_ERROR, "%s", "");
	return 0;
}

int iostream_write(struct iostream *stream, const void *data, size_t length,
		   struct callback *callback)
{
	int status;
	SPAN(span, BaseIOStream_write, FD(stream->name), INT(length),
	     FN(callback_function(callback)));

	if (buffer_data_to_write(stream, data, length) < 0) {
		callback_unref(callback);
		return SPAN_RAISED(span);
	}
	if (callback || generation()->traits->write_replaces_callback)
		iostream__set_callback(&stream->write_callback, callback, span.id);
	iostream_ref(stream);
	status = write_now(stream);
	iostream_unref(stream);
	return SPAN_STATUS(span, status);
}

/* _write_future: one that was still pending is orphaned, as in the original. */
static struct future *set_write_future(struct iostream *stream)
{
	struct future *future = future_new();

	future_unref(stream->write_future);
	stream->write_future = future_ref(future);
	iostream__drop_exception(future, KIND_BaseIOStream_write_lambda);
	return future;
}

struct future *iostream_write_future(struct iostream *stream, const void *data, size_t length)
{
	struct future *future = NULL;
	SPAN(span, BaseIOStream_write, FD(stream->name), INT(length), FN(0));

	iostream_ref(stream);
	if (buffer_data_to_write(stream, data, length) == 0) {
		future = set_write_future(stream);
		if (write_now(stream) < 0) {
			future_unref(future);
			future = NULL;
		}
	}
	iostream_unref(stream);
	if (!future)
		(void)SPAN_RAISED(span);
	return future;
}
