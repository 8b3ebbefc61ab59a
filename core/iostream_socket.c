/*
 * iostream_socket.c - IOStream: the part of a stream that touches its socket.
 */
#define _GNU_SOURCE 1
#include "core/iostream_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/concurrent.h"
#include "core/generation.h"
#include "core/ioloop.h"
#include "core/log.h"
#include "core/platform/descriptor.h"
#include "core/python/alloc.h"
#include "trace/emit/emit.h"

/* Lengths of chunks are kept in 32 bits. */
#define BUFFER_SIZE_MAX INT32_MAX

static void set_nonblocking(int fd, uint64_t name)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0)
		fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	EMIT(sock_setblocking, FD(name), INT(0));
}

void iostream__init(struct iostream *stream, const struct iostream_class *class,
		    struct ioloop *loop, int fd, int family, size_t max_buffer_size)
{
	const struct generation_traits *traits = generation()->traits;
	uint64_t name = descriptor_name(fd);
	SPAN(span, IOStream___init__, FD(name));

	stream->class = class;
	stream->refs = 1;
	stream->loop = loop;
	stream->fd = fd;
	stream->name = name;
	set_nonblocking(fd, name);
	stream->family = family;
	stream->max_buffer_size = max_buffer_size ? max_buffer_size : traits->max_buffer_size;
	if (stream->max_buffer_size > BUFFER_SIZE_MAX)
		stream->max_buffer_size = BUFFER_SIZE_MAX;
	stream->read_chunk_size = traits->read_chunk_size;
	if (traits->chunk_is_half_buffer_at_most &&
	    stream->read_chunk_size > stream->max_buffer_size / 2)
		stream->read_chunk_size = stream->max_buffer_size / 2;
	stream->read_bytes = IOSTREAM_NO_BYTES;
	stream->read_max_bytes = IOSTREAM_NO_BYTES;
	iostream__list(stream);
}

struct iostream *iostream_new(struct ioloop *loop, int fd, int family, size_t max_buffer_size)
{
	struct iostream *stream = core_alloc(sizeof(*stream));

	iostream__init(stream, &iostream_socket_class, loop, fd, family, max_buffer_size);
	return stream;
}

int iostream__socket(int family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return exc_raise_errno(EXC_SOCKET_ERROR, errno);
	EMIT(sock_socket, FD(descriptor_new(fd)), INT(family));
	return fd;
}

struct iostream *iostream_open(struct ioloop *loop, int family, size_t max_buffer_size)
{
	int fd = iostream__socket(family);

	return fd < 0 ? NULL : iostream_new(loop, fd, family, max_buffer_size);
}

void iostream__close_fd(struct iostream *stream)
{
	SPAN(span, IOStream_close_fd, FD(stream->name));

	if (stream->fd < 0)
		return;
	close(stream->fd);
	descriptor_closed(stream->fd);
	EMIT(sock_close, FD(stream->name));
	stream->fd = -1;
}

/* No row tells of it: the original leaves this to the end of the interpreter. */
void iostream__drop_fd(struct iostream *stream)
{
	if (stream->fd < 0)
		return;
	close(stream->fd);
	descriptor_closed(stream->fd);
	stream->fd = -1;
}

/* What SO_ERROR says, which also clears it. */
static int pending_error(struct iostream *stream)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	EMIT(sock_getsockopt, FD(stream->name), INT(0), INT(error));
	return error;
}

static struct exc *socket_error(int number)
{
	exc_raise_errno(EXC_SOCKET_ERROR, number);
	return exc_take();
}

struct exc *iostream__get_fd_error(struct iostream *stream)
{
	SPAN(span, IOStream_get_fd_error, FD(stream->name));

	return socket_error(pending_error(stream));
}

ssize_t iostream__read_from_fd(struct iostream *stream, char *room)
{
	ssize_t n;
	int saved;
	SPAN(span, IOStream_read_from_fd, FD(stream->name));

	do
		n = recv(stream->fd, room, stream->read_chunk_size, 0);
	while (n < 0 && errno == EINTR);
	saved = errno;
	EMIT(sock_recv, FD(stream->name), INT(stream->read_chunk_size), INT(n < 0 ? -saved : n),
	     WHEN(n > 0, BYTES(room, n)));
	if (n < 0 && saved != EAGAIN && saved != EWOULDBLOCK) {
		exc_raise_errno(EXC_SOCKET_ERROR, saved);
		return SPAN_RAISED(span);
	}
	if (n > 0)
		stream->received = span.id;
	if (n == 0 && iostream_close(stream) < 0)
		return SPAN_RAISED(span);
	return n > 0 ? n : 0;
}

ssize_t iostream__write_to_fd(struct iostream *stream, const char *data, size_t length)
{
	ssize_t n;
	int saved;
	SPAN(span, IOStream_write_to_fd, FD(stream->name));

	if (stream->fd < 0) {
		exc_raise(EXC_ATTRIBUTE_ERROR, "'NoneType' object has no attribute 'send'");
		return SPAN_RAISED(span);
	}
	do
		n = send(stream->fd, data, length, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	saved = errno;
	EMIT(sock_send, FD(stream->name), INT(length), INT(n < 0 ? -saved : n),
	     WHEN(n > 0, BYTES(data, n)));
	if (n < 0) {
		exc_raise_errno(EXC_SOCKET_ERROR, saved);
		return SPAN_RAISED(span);
	}
	return n;
}

/* _is_connreset, and what 3.1 asks in its place. */
static bool is_reset(int error)
{
	if (error == ECONNRESET)
		return true;
	return generation()->traits->timeouts_are_resets &&
	       (error == ECONNABORTED || error == EPIPE || error == ETIMEDOUT);
}

bool iostream__is_connreset(const struct iostream *stream, const struct exc *exc)
{
	(void)stream;
	return exc_is_environment(exc) && is_reset(exc->number);
}

/* A line for the log, unless a future tells of the error. */
static void log_connect_error(struct iostream *stream, const char *text)
{
	if (!stream->connect_future)
		log_message(LOG_LEVEL_WARNING, LOGGER_GENERAL, generation()->traits->connect_error,
			    "Connect error on fd %d: %s", stream->fd, text);
}

/* connect() failed at once: as an error that _handle_connect finds later. */
static int connect_failed(struct iostream *stream, int number)
{
	struct exc *error = socket_error(number);
	int status;

	log_connect_error(stream, error->text);
	status = iostream_close_error(stream, error);
	exc_unref(error);
	return status;
}

/* connect() once it is known who waits; text is the address in words. */
static int connect_now(struct iostream *stream, const struct resolved_address *address,
		       const char *text)
{
	int error = 0;

	stream->connecting = true;
	if (connect(stream->fd, (const struct sockaddr *)&address->address, address->length) < 0)
		error = errno;
	EMIT(sock_connect, FD(stream->name), TEXT(text), INT(-error));
	if (error && error != EINPROGRESS && error != EWOULDBLOCK)
		return connect_failed(stream, error);
	return iostream__add_io_state(stream, IOLOOP_WRITE);
}

int iostream_connect(struct iostream *stream, const struct resolved_address *address,
		     struct callback *callback)
{
	char text[ADDRESS_TEXT_MAX];

	resolved_address_text(address, text);
	SPAN(span, IOStream_connect, FD(stream->name), TEXT(text), FN(callback_function(callback)));
	/* 3.1 keeps it only when connect(2) has not failed; but else it is never called */
	iostream__set_callback(&stream->connect_callback, callback, span.id);
	return SPAN_STATUS(span, connect_now(stream, address, text));
}

struct future *iostream_connect_future(struct iostream *stream,
				       const struct resolved_address *address)
{
	char text[ADDRESS_TEXT_MAX];
	struct future *future;

	resolved_address_text(address, text);
	SPAN(span, IOStream_connect, FD(stream->name), TEXT(text), FN(0));
	future = future_new();
	future_unref(stream->connect_future);
	stream->connect_future = future_ref(future);
	if (connect_now(stream, address, text) == 0)
		return future;
	future_unref(future);
	(void)SPAN_RAISED(span);
	return NULL;
}

/* Tells who waits that the stream is connected. */
static int connected(struct iostream *stream)
{
	struct callback *callback = iostream__take_callback(&stream->connect_callback);
	struct future *future = iostream__take_future(&stream->connect_future);
	int status = 0;

	if (callback)
		status = iostream__run_callback(stream, callback, VALUE_OF_NONE, 0);
	if (future && status == 0)
		status = future_set_result(future, value_take_stream(iostream_ref(stream)));
	future_unref(future);
	return status;
}

int iostream__handle_connect(struct iostream *stream)
{
	int error;
	SPAN(span, IOStream__handle_connect, FD(stream->name));

	error = pending_error(stream);
	if (error) {
		exc_unref(stream->error);
		stream->error = socket_error(error);
		log_connect_error(stream, strerrorname_np(error));
		return SPAN_STATUS(span, iostream_close(stream));
	}
	if (connected(stream) < 0)
		return SPAN_RAISED(span);
	stream->connecting = false;
	return 0;
}

int iostream_set_nodelay(struct iostream *stream, bool value)
{
	int on = value;
	int error = 0;
	SPAN(span, IOStream_set_nodelay, FD(stream->name), INT(value));

	if (stream->fd < 0 || (stream->family != AF_INET && stream->family != AF_INET6))
		return 0;
	if (setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
		error = errno;
	EMIT(sock_setsockopt, FD(stream->name), INT(0), INT(value), INT(-error));
	/* EINVAL: the socket was closed at the wrong moment */
	if (error && error != EINVAL &&
	    !(generation()->traits->timeouts_are_resets && is_reset(error))) {
		exc_raise_errno(EXC_SOCKET_ERROR, error);
		return SPAN_RAISED(span);
	}
	return 0;
}

const struct iostream_class iostream_socket_class = {
	.handle_read = iostream__handle_read,
	.handle_write = iostream__handle_write,
	.handle_connect = iostream__handle_connect,
	.read_from_fd = iostream__read_from_fd,
	.write_to_fd = iostream__write_to_fd,
	.close_fd = iostream__close_fd,
	.get_fd_error = iostream__get_fd_error,
	.is_connreset = iostream__is_connreset,
	.reading = iostream__reading,
	.writing = iostream__writing,
};
