/*
 * iostream_events.c - _handle_events: what the loop tells a stream, and what
 * the stream then has it watch.
 */
#include "core/generation.h"
#include "core/ioloop.h"
#include "core/iostream_internal.h"
#include "core/log.h"
#include "trace/emit/emit.h"

/* The callback of a close() that _handle_events leaves to the next turn. */
static int close_later(void *self, struct value *argument)
{
	(void)argument;
	return iostream_close(self);
}

static void release_stream(void *self)
{
	iostream_unref(self);
}

/* Connects, reads and writes, as far as the stream stays open. */
static int handle_ready(struct iostream *stream, uint32_t events)
{
	bool connects_first = generation()->traits->connects_before_reading;

	if (connects_first && stream->connecting && stream->class->handle_connect(stream) < 0)
		return -1;
	if (stream->closed)
		return 0;
	if (events & IOLOOP_READ && stream->class->handle_read(stream) < 0)
		return -1;
	if (stream->closed || !(events & IOLOOP_WRITE))
		return 0;
	if (!connects_first && stream->connecting && stream->class->handle_connect(stream) < 0)
		return -1;
	return stream->class->handle_write(stream);
}

/* The descriptor has an error: the stream is closed, after the callbacks that were queued just now. */
static int handle_error(struct iostream *stream)
{
	struct exc *error;

	if (generation()->traits->closes_on_error_at_once)
		return iostream_close(stream);
	error = stream->class->get_fd_error(stream);
	iostream__set_error(stream, error);
	exc_unref(error);
	return ioloop_add_callback(stream->loop,
				   callback_new(close_later, iostream_ref(stream), release_stream,
						KIND_BaseIOStream_close),
				   VALUE_OF_NONE);
}

/* What the loop is to watch from here on. */
static uint32_t wanted_state(const struct iostream *stream)
{
	const struct generation_traits *traits = generation()->traits;
	uint32_t state = IOLOOP_ERROR;

	if (iostream_reading(stream))
		state |= IOLOOP_READ;
	if (iostream_writing(stream))
		state |= IOLOOP_WRITE;
	if (state == IOLOOP_ERROR && traits->reads_when_idle &&
	    !(traits->reads_when_idle_only_if_empty && iostream__count(stream)))
		state |= IOLOOP_READ;
	return state;
}

static int watch_what_is_wanted(struct iostream *stream)
{
	uint32_t state = wanted_state(stream);

	if (state == stream->state)
		return 0;
	if (!stream->state)
		return exc_raise(EXC_ASSERTION_ERROR,
				 "shouldn't happen: _handle_events without self._state");
	stream->state = state;
	return ioloop_update_handler(stream->loop, stream->fd, state);
}

static int handle_open(struct iostream *stream, uint32_t events)
{
	if (handle_ready(stream, events) < 0)
		return -1;
	if (stream->closed)
		return 0;
	return events & IOLOOP_ERROR ? handle_error(stream) : watch_what_is_wanted(stream);
}

/* `except Exception: log; self.close(exc_info=True); raise`: returns -1. */
int iostream__close_and_raise(struct iostream *stream, int logger)
{
	struct exc *exc = exc_take();

	log_message(LOG_LEVEL_ERROR, logger, "Uncaught exception, closing connection.",
		    "Uncaught exception, closing connection: %s", exc_describe(exc));
	if (iostream_close_error(stream, exc) < 0) {
		exc_unref(exc);
		return -1;
	}
	return exc_raise_take(exc);
}

int iostream__close_unsatisfiable(struct iostream *stream)
{
	struct exc *exc = exc_take();
	int status;

	log_message(LOG_LEVEL_INFO, LOGGER_GENERAL, "Unsatisfiable read, closing connection: %s",
		    "Unsatisfiable read, closing connection: %s", exc->text);
	status = iostream_close_error(stream, exc);
	exc_unref(exc);
	return status;
}

int iostream__handle_events(void *self, struct value *argument)
{
	struct iostream *stream = self;
	uint32_t events = argument->ready.events;
	struct emit_cause cause = ioloop_dispatch_cause(stream->loop);
	int status;
	SPAN_CAUSED(span, BaseIOStream__handle_events, &cause, FD(stream->name), INT(events));

	if (stream->closed) {
		log_message(LOG_LEVEL_WARNING, LOGGER_GENERAL,
			    generation()->traits->events_for_closed_stream,
			    "Got events for closed stream %d", argument->ready.fd);
		return 0;
	}
	iostream_ref(stream);
	status = handle_open(stream, events);
	if (status < 0)
		status = exc_current()->class == EXC_UNSATISFIABLE_READ_ERROR
				 ? iostream__close_unsatisfiable(stream)
				 : iostream__close_and_raise(stream, LOGGER_GENERAL);
	iostream_unref(stream);
	return SPAN_STATUS(span, status);
}
