/*
 * iostream_tls.c - IOStream.start_tls: a connection goes on in TLS.
 */
#include "core/v43/iostream_tls.h"

#include "core/concurrent.h"
#include "core/ioloop.h"
#include "core/iostream_internal.h"
#include "core/iostream_ssl.h"
#include "core/netutil_ssl.h"
#include "core/python/alloc.h"
#include "trace/emit/emit.h"

/* What the two closures of start_tls share: one of them each. */
struct handshake {
	struct future *future;
	struct iostream *stream; /* lent: the new stream, which holds the closure */
	struct callback *close;  /* the old stream's close callback, or NULL */
};

static struct handshake *handshake_new(struct future *future)
{
	struct handshake *self = core_alloc(sizeof(*self));

	self->future = future_ref(future);
	return self;
}

static void handshake_free(void *closure)
{
	struct handshake *self = closure;

	future_unref(self->future);
	callback_unref(self->close);
	free(self);
}

static int succeeded_lambda(void *closure, struct value *argument)
{
	struct handshake *self = closure;
	SPAN(span, IOStream_start_tls_lambda);

	(void)argument;
	return SPAN_STATUS(span, future_set_result(self->future,
						   value_take_stream(iostream_ref(self->stream))));
}

/* The error is passed on as it is, and not inside of a StreamClosedError. */
static int fail(const struct handshake *self)
{
	struct exc *error = exc_ref(iostream_error(self->stream));

	if (future_done(self->future))
		return 0;
	if (!error)
		error = exc_new(EXC_STREAM_CLOSED_ERROR, 0, "%s", "");
	return future_set_exception(self->future, error);
}

static int close_callback(void *closure, struct value *argument)
{
	struct handshake *self = closure;
	int status;
	SPAN(span, IOStream_start_tls_close_callback);

	status = fail(self);
	if (status == 0 && self->close)
		status = callback_call(self->close, argument);
	return SPAN_STATUS(span, status);
}

static bool is_idle(const struct iostream *stream)
{
	return !stream->read_callback && !stream->read_future && !stream->write_callback &&
	       !stream->write_future && !stream->connect_callback && !stream->connect_future &&
	       !stream->pending_callbacks && !stream->closed && !stream->read_buffer.size &&
	       !stream->write_buffer.size;
}

static void stop_watching(struct iostream *stream)
{
	if (!stream->state)
		return;
	/* 0 first: the handler's release must see that we let go of it ourselves */
	stream->state = 0;
	ioloop_remove_handler(stream->loop, stream->fd);
}

/* The new stream, with its two closures; NULL = raised. */
static struct iostream *convert(struct iostream *plain, const struct ssl_options *options,
				const char *server_hostname, struct future *future)
{
	struct ssl_socket *socket;
	struct handshake *success, *end;
	struct iostream *stream;

	stop_watching(plain);
	socket = netutil_ssl_wrap_socket(plain->fd, options, server_hostname);
	if (!socket)
		return NULL;
	success = handshake_new(future);
	end = handshake_new(future);
	end->close = iostream__take_callback(&plain->close_callback);
	stream = ssliostream_new_connected(plain, options, socket,
					   callback_new(succeeded_lambda, success, handshake_free,
							KIND_IOStream_start_tls_lambda));
	if (!stream) {
		handshake_free(end);
		return NULL;
	}
	success->stream = end->stream = stream;
	if (iostream_set_close_callback(stream,
					callback_new(close_callback, end, handshake_free,
						     KIND_IOStream_start_tls_close_callback)) < 0) {
		iostream_unref(stream);
		return NULL;
	}
	return stream;
}

struct future *iostream_start_tls(struct iostream *plain, const struct ssl_options *options,
				  const char *server_hostname)
{
	struct iostream *stream;
	struct future *future;
	SPAN(span, IOStream_start_tls, FD(plain->name), TEXT(server_hostname));

	if (!is_idle(plain)) {
		exc_raise(EXC_VALUE_ERROR, "IOStream is not idle; cannot convert to SSL");
		(void)SPAN_RAISED(span);
		return NULL;
	}
	future = future_new();
	stream = convert(plain, options, server_hostname, future);
	if (!stream) {
		future_unref(future);
		(void)SPAN_RAISED(span);
		return NULL;
	}
	/* the loop holds it from here on: its descriptor is watched */
	iostream_unref(stream);
	return future;
}
