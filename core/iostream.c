/*
 * iostream.c - BaseIOStream: one descriptor, its handler in the loop, and the
 * callbacks that wait for it.
 */
#include "core/iostream.h"

#include "core/concurrent.h"
#include "core/generation.h"
#include "core/ioloop.h"
#include "core/iostream_internal.h"
#include "core/log.h"
#include "core/python/alloc.h"
#include "core/stack_context.h"
#include "trace/emit/emit.h"

struct iostream *iostream_ref(struct iostream *stream)
{
	if (stream)
		stream->refs++;
	return stream;
}

void iostream_unref(struct iostream *stream)
{
	if (!stream || --stream->refs)
		return;
	stream->refs = 1;
	iostream__unlist(stream);
	iostream__abandon(stream);
	if (!stream->closed)
		iostream__drop_fd(stream);
	if (stream->class->release)
		stream->class->release(stream);
	exc_unref(stream->error);
	buffer_release(&stream->read_buffer);
	buffer_release(&stream->write_buffer);
	chunks_release(&stream->chunks);
	free(stream);
}

uint64_t iostream_name(const struct iostream *stream)
{
	return stream->name;
}

static struct value stream_value_copy(const struct value *value)
{
	return value_take_stream(iostream_ref(value->stream));
}

static void stream_value_release(struct value *value)
{
	iostream_unref(value->stream);
}

static uint64_t stream_value_describe(const struct value *value)
{
	return emit_value_stream(value->stream->name);
}

static const struct value_class stream_class = {
	stream_value_copy,
	stream_value_release,
	stream_value_describe,
};

struct value value_take_stream(struct iostream *stream)
{
	return (struct value){ .type = VALUE_STREAM, .class = &stream_class, .stream = stream };
}

bool iostream_closed(const struct iostream *stream)
{
	return stream->closed;
}

bool iostream_reading(const struct iostream *stream)
{
	return stream->class->reading(stream);
}

bool iostream__reading(const struct iostream *stream)
{
	return stream->read_callback || stream->read_future;
}

bool iostream_writing(const struct iostream *stream)
{
	return stream->class->writing(stream);
}

bool iostream__writing(const struct iostream *stream)
{
	return stream->write_buffer.size > 0;
}

struct exc *iostream_error(const struct iostream *stream)
{
	return stream->error;
}

/* StreamClosedError(real_error=self.error). */
static struct exc *stream_closed_error(const struct iostream *stream)
{
	return exc_set_cause(exc_new(EXC_STREAM_CLOSED_ERROR, 0, "Stream is closed"),
			     stream->error);
}

struct exc *iostream_real_error(const struct exc *exc)
{
	return exc->class == EXC_STREAM_CLOSED_ERROR ? exc->cause : NULL;
}

/* `lambda f: f.exception()`; self is the number of its kind. */
static int drop_exception_lambda(void *self, struct value *argument)
{
	SPAN_NAMED(span, (uint16_t)(uintptr_t)self);

	future_exception(argument->future);
	return 0;
}

void iostream__drop_exception(struct future *future, uint16_t kind)
{
	future_add_done_callback(
		future, callback_new(drop_exception_lambda, (void *)(uintptr_t)kind, NULL, kind));
}

int iostream_check_cut_off(const struct iostream *stream)
{
	return stream->error ? exc_raise_take(exc_ref(stream->error)) : 0;
}

int iostream__check_closed(const struct iostream *stream)
{
	return stream->closed ? exc_raise_take(stream_closed_error(stream)) : 0;
}

void iostream__set_callback(struct callback **place, struct callback *callback, uint64_t asked_by)
{
	struct callback *replaced = *place;

	*place = stack_context_wrap(callback);
	if (*place)
		(*place)->asked_by = asked_by;
	callback_unref(replaced);
}

struct callback *iostream__take_callback(struct callback **place)
{
	struct callback *callback = *place;

	*place = NULL;
	return callback;
}

struct future *iostream__take_future(struct future **place)
{
	struct future *future = *place;

	*place = NULL;
	return future;
}

/*
 * In the original the collector finds the cycles of streams, callbacks and
 * those who made them; here they end when nothing can call back any more.
 */
void iostream__abandon(struct iostream *stream)
{
	iostream_ref(stream);
	iostream__clear_read(stream);
	callback_unref(iostream__take_callback(&stream->read_callback));
	callback_unref(iostream__take_callback(&stream->streaming_callback));
	callback_unref(iostream__take_callback(&stream->write_callback));
	callback_unref(iostream__take_callback(&stream->close_callback));
	callback_unref(iostream__take_callback(&stream->connect_callback));
	future_unref(iostream__take_future(&stream->read_future));
	future_unref(iostream__take_future(&stream->write_future));
	future_unref(iostream__take_future(&stream->connect_future));
	if (stream->class->abandon)
		stream->class->abandon(stream);
	stream->refs--;
}

int iostream_set_close_callback(struct iostream *stream, struct callback *callback)
{
	SPAN(span, BaseIOStream_set_close_callback, FD(stream->name),
	     FN(callback_function(callback)));

	iostream__set_callback(&stream->close_callback, callback, span.id);
	if (!generation()->traits->close_callback_listens)
		return 0;
	return SPAN_STATUS(span, iostream__maybe_add_error_listener(stream));
}

void iostream__set_error(struct iostream *stream, struct exc *error)
{
	struct exc *replaced = stream->error;

	stream->error = exc_ref(error);
	exc_unref(replaced);
}

static int close_now(struct iostream *stream)
{
	if (stream->read_until_close && generation()->reading.finish_until_close(stream) < 0)
		return -1;
	if (stream->state) {
		/* 0 first: the handler's release must see that we let go of it ourselves */
		stream->state = 0;
		ioloop_remove_handler(stream->loop, stream->fd);
	}
	stream->class->close_fd(stream);
	stream->closed = true;
	return 0;
}

int iostream_close_error(struct iostream *stream, struct exc *error)
{
	int status = 0;
	SPAN(span, BaseIOStream_close, FD(stream->name), WHEN(error, INT(1)));

	iostream_ref(stream);
	if (!stream->closed) {
		if (error)
			iostream__set_error(stream, error);
		status = close_now(stream);
	}
	if (status == 0)
		status = iostream__maybe_run_close_callback(stream);
	iostream_unref(stream);
	return SPAN_STATUS(span, status);
}

int iostream_close(struct iostream *stream)
{
	return iostream_close_error(stream, NULL);
}

/*
 * Whoever waits with a future learns of the close from it.  All are taken off
 * before the first is told: its callbacks may come back here.
 */
static int fail_futures(struct iostream *stream)
{
	struct future *futures[] = {
		iostream__take_future(&stream->read_future),
		iostream__take_future(&stream->write_future),
		iostream__take_future(&stream->connect_future),
	};
	int status = 0;

	for (size_t i = 0; i < sizeof(futures) / sizeof(futures[0]); i++) {
		if (futures[i] && status == 0)
			status = future_set_exception(futures[i], stream_closed_error(stream));
		future_unref(futures[i]);
	}
	return status;
}

int iostream__maybe_run_close_callback(struct iostream *stream)
{
	int status;
	SPAN(span, BaseIOStream__maybe_run_close_callback, FD(stream->name));

	/* pending callbacks come first; the last of them asks again */
	if (!stream->closed || stream->pending_callbacks)
		return 0;
	iostream_ref(stream);
	status = fail_futures(stream);
	if (status == 0 && stream->close_callback)
		status = iostream__run_callback(
			stream, iostream__take_callback(&stream->close_callback), VALUE_OF_NONE, 0);
	/* unfinished callbacks go, to break up reference cycles */
	iostream__abandon(stream);
	iostream_unref(stream);
	return SPAN_STATUS(span, status);
}

/* The closure that _run_callback queues. */
struct queued {
	struct iostream *stream;
	struct callback *callback;
	struct value argument;
	struct emit_cause cause;
	bool ran;
};

/* _maybe_add_error_listener() in a finally: what it raises replaces what was raised. */
static void listen_after_failure(struct iostream *stream)
{
	struct exc *exc = exc_take();

	if (iostream__maybe_add_error_listener(stream) < 0)
		exc_unref(exc);
	else
		exc_raise_take(exc);
}

static int run_callback_wrapper(void *self, struct value *argument)
{
	struct queued *queued = self;
	struct iostream *stream = queued->stream;
	SPAN_CAUSED(span, BaseIOStream__run_callback_wrapper, &queued->cause,
		    FN(callback_function(queued->callback)));

	(void)argument;
	queued->ran = true;
	stream->pending_callbacks--;
	if ((queued->callback
		     ? callback_call(queued->callback, &queued->argument)
		     : exc_raise(EXC_TYPE_ERROR, "'NoneType' object is not callable")) < 0) {
		iostream__close_and_raise(stream, LOGGER_APPLICATION);
		if (generation()->traits->listens_after_failed_callback)
			listen_after_failure(stream);
		return SPAN_RAISED(span);
	}
	return SPAN_STATUS(span, iostream__maybe_add_error_listener(stream));
}

static void release_queued(void *self)
{
	struct queued *queued = self;

	if (!queued->ran)
		iostream__abandon(queued->stream);
	callback_unref(queued->callback);
	value_release(&queued->argument);
	iostream_unref(queued->stream);
	free(queued);
}

int iostream__run_callback(struct iostream *stream, struct callback *callback,
			   struct value argument, uint64_t due)
{
	struct queued *queued = core_alloc(sizeof(*queued));
	uint64_t function = callback_function(callback);
	struct stack_contexts *saved;
	struct callback *wrapper;
	int status;
	SPAN(span, BaseIOStream__run_callback, FD(stream->name), FN(function));

	queued->stream = iostream_ref(stream);
	queued->callback = callback;
	queued->argument = argument;
	queued->cause =
		(struct emit_cause){ callback ? callback->asked_by : 0, due ? due : span.id };
	wrapper = callback_new(run_callback_wrapper, queued, release_queued,
			       emit_wrap(KIND_BaseIOStream__run_callback_wrapper, function));
	/* callback has its contexts already; the wrapper is to run outside of all */
	saved = stack_context_null_enter();
	stream->pending_callbacks++;
	status = ioloop_add_callback(stream->loop, wrapper, VALUE_OF_NONE);
	stack_context_null_exit(saved);
	return SPAN_STATUS(span, status);
}

int iostream__maybe_add_error_listener(struct iostream *stream)
{
	bool needs_reason = generation()->traits->listens_only_for_close_callback;
	SPAN(span, BaseIOStream__maybe_add_error_listener, FD(stream->name));

	if (stream->pending_callbacks)
		return 0;
	if (stream->state && !(needs_reason && stream->state == IOLOOP_ERROR))
		return 0;
	if (stream->closed)
		return SPAN_STATUS(span, iostream__maybe_run_close_callback(stream));
	if (needs_reason && (iostream__count(stream) || !stream->close_callback))
		return 0;
	return SPAN_STATUS(span, iostream__add_io_state(stream, IOLOOP_READ));
}

/* The loop let go of the handler; if that was not our doing, the loop is gone. */
static void release_handler(void *self)
{
	struct iostream *stream = self;

	if (stream->state) {
		stream->state = 0;
		iostream__abandon(stream);
	}
	iostream_unref(stream);
}

static int add_handler(struct iostream *stream)
{
	struct callback *handler = callback_new(iostream__handle_events, iostream_ref(stream),
						release_handler, KIND_BaseIOStream__handle_events);
	struct stack_contexts *saved = stack_context_null_enter();
	int status = ioloop_add_handler(stream->loop, stream->fd, handler, stream->state);

	stack_context_null_exit(saved);
	return status;
}

/*
 * Reads and writes first try the socket; only what cannot be done at once has
 * the loop watch it.  A stream is registered as late as possible, but must be
 * in the end, or nobody would notice that the peer closed.
 */
int iostream__add_io_state(struct iostream *stream, uint32_t state)
{
	int status = 0;
	SPAN(span, BaseIOStream__add_io_state, FD(stream->name), INT(state));

	if (stream->closed)
		return 0;
	if (!stream->state) {
		stream->state = IOLOOP_ERROR | state;
		status = add_handler(stream);
	} else if (!(stream->state & state)) {
		stream->state |= state;
		status = ioloop_update_handler(stream->loop, stream->fd, stream->state);
	}
	return SPAN_STATUS(span, status);
}
