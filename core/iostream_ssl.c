/*
 * iostream_ssl.c - SSLIOStream: the handshake, and what else of a stream is
 * different when TLS lies between it and its socket.
 */
#include "core/iostream_ssl.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "core/generation.h"
#include "core/ioloop.h"
#include "core/iostream_internal.h"
#include "core/log.h"
#include "core/netutil_ssl.h"
#include "core/platform/descriptor.h"
#include "core/python/alloc.h"
#include "core/python/text.h"
#include "core/stack_context.h"
#include "trace/emit/emit.h"

struct ssliostream {
	struct iostream base;
	struct ssl_options options;
	struct ssl_socket *socket; /* NULL before it is wrapped, and after close_fd */
	bool accepting;            /* the handshake is not done */
	bool handshake_reading;    /* what it waits for */
	bool handshake_writing;
	struct callback *connect_callback; /* called after it */
	char *server_hostname;
};

static struct ssliostream *of(struct iostream *stream)
{
	return (struct ssliostream *)stream;
}

static bool reading(const struct iostream *stream)
{
	return ((const struct ssliostream *)stream)->handshake_reading || iostream__reading(stream);
}

static bool writing(const struct iostream *stream)
{
	return ((const struct ssliostream *)stream)->handshake_writing || iostream__writing(stream);
}

/* An error of the socket only, as Python's `except socket.error` behind `except SSLError`. */
static bool is_ssl_error(const struct exc *exc)
{
	return exc->class == EXC_SSL_ERROR || exc->class == EXC_SSL_ZERO_RETURN_ERROR ||
	       exc->class == EXC_SSL_EOF_ERROR || exc->class == EXC_SSL_SYSCALL_ERROR;
}

/* What a call of OpenSSL came to, for the trace: owned. */
static char *result_text(ssize_t result)
{
	struct exc *exc = exc_current();

	if (result == SSL_WANTS_READ || result == SSL_WANTS_WRITE)
		return text_duplicate(result == SSL_WANTS_READ ? "WANT_READ" : "WANT_WRITE");
	if (result >= 0)
		return text_duplicate("OK");
	if (exc->class == EXC_SSL_EOF_ERROR)
		return text_duplicate("EOF");
	if (ssl_error_reason(exc))
		return text_format("%s(%s)", exc_class_name(exc->class), ssl_error_reason(exc));
	if (exc->class == EXC_SOCKET_ERROR && strerrorname_np(exc->number))
		return text_duplicate(strerrorname_np(exc->number));
	return text_duplicate(exc_describe(exc));
}

static void emit_handshake(const struct ssliostream *self, int result)
{
	char *text = result_text(result);
	char *name;

	EMIT(ssl_handshake, FD(self->base.name), TEXT(text));
	free(text);
	if (result)
		return;
	name = ssl_peer_name(self->socket);
	EMIT(ssl_negotiated, FD(self->base.name), TEXT(ssl_version(self->socket)),
	     TEXT(ssl_cipher(self->socket)), WHEN(name, TEXT(name)));
	free(name);
}

/* An error of the library is logged with the peer's address; returns what the stream ends with. */
static struct exc *log_ssl_error(const struct ssliostream *self, struct exc *exc)
{
	struct resolved_address peer = { .length = sizeof(peer.address) };
	char text[ADDRESS_TEXT_MAX] = "(not connected)";
	int error = 0;

	if (getpeername(self->base.fd, (struct sockaddr *)&peer.address, &peer.length) < 0)
		error = errno;
	else
		resolved_address_text(&peer, text);
	log_message(LOG_LEVEL_WARNING, LOGGER_GENERAL, generation()->traits->ssl_error,
		    "SSL Error on %d %s: %s", self->base.fd, text, exc->text);
	if (!error)
		return exc_ref(exc);
	/* Python 2 forgets the first exception when a second one is caught meanwhile */
	exc_raise_errno(EXC_SOCKET_ERROR, error);
	return exc_set_cause(exc_take(), exc);
}

static int close_with(struct ssliostream *self, struct exc *exc)
{
	int status = iostream_close_error(&self->base, exc);

	exc_unref(exc);
	return status;
}

/* 3.1 closes on two errors and drops the rest; 4.3 closes on those of a lost peer and raises the rest. */
static int socket_failed(struct ssliostream *self, struct exc *exc)
{
	bool raises = generation()->traits->handshake_errors_raise;
	bool quiet = raises ? iostream__is_connreset(&self->base, exc) || exc->number == EBADF ||
				      exc->number == ENOTCONN
			    : exc->number == ECONNABORTED || exc->number == ECONNRESET;

	if (quiet)
		return close_with(self, exc);
	if (raises)
		return exc_raise_take(exc);
	exc_unref(exc);
	return 0;
}

/* What becomes of the exception that do_handshake() raised. */
static int handshake_failed(struct ssliostream *self)
{
	struct exc *exc = exc_take(), *error;

	switch (exc->class) {
	case EXC_SSL_EOF_ERROR:
	case EXC_SSL_ZERO_RETURN_ERROR:
	case EXC_ATTRIBUTE_ERROR:
		return close_with(self, exc);
	case EXC_SSL_ERROR:
		error = log_ssl_error(self, exc);
		exc_unref(exc);
		return close_with(self, error);
	case EXC_SOCKET_ERROR:
		return socket_failed(self, exc);
	default:
		return exc_raise_take(exc);
	}
}

/*
 * The certificate names another host.  The original closes the stream without
 * an error, so that whoever waits learns only that it is closed; here stream.error
 * says why.
 */
static int refuse_certificate(struct ssliostream *self)
{
	struct exc *exc = exc_take();

	log_message(LOG_LEVEL_WARNING, LOGGER_GENERAL, generation()->traits->invalid_certificate,
		    "Invalid SSL certificate: %s", exc->text);
	exc_unref(self->base.error);
	self->base.error = exc;
	return 0;
}

/* 1, 0, or -1 raised. */
static int check_certificate(struct ssliostream *self)
{
	if (!self->options.cert_required || !self->server_hostname)
		return 1;
	if (!ssl_has_certificate(self->socket)) {
		log_message(LOG_LEVEL_WARNING, LOGGER_GENERAL, "No SSL certificate given",
			    "No SSL certificate given");
		return 0;
	}
	if (ssl_check_hostname(self->socket, self->server_hostname) == 0)
		return 1;
	return exc_current()->class == EXC_CERTIFICATE_ERROR ? refuse_certificate(self) : -1;
}

static int verify_cert(struct ssliostream *self)
{
	int good;
	SPAN(span, SSLIOStream__verify_cert, FD(self->base.name));

	good = check_certificate(self);
	return good < 0 ? SPAN_RAISED(span) : SPAN_RET(span, good);
}

static int run_connect_callback(struct ssliostream *self)
{
	struct callback *callback = iostream__take_callback(&self->connect_callback);

	return callback ? iostream__run_callback(&self->base, callback, VALUE_OF_NONE, 0) : 0;
}

static int run_ssl_connect_callback(struct ssliostream *self)
{
	SPAN(span, SSLIOStream__run_ssl_connect_callback, FD(self->base.name));

	return SPAN_STATUS(span, run_connect_callback(self));
}

static int handshake_done(struct ssliostream *self)
{
	int good;

	self->accepting = false;
	good = verify_cert(self);
	if (good <= 0)
		return good < 0 ? -1 : iostream_close(&self->base);
	return generation()->traits->tells_of_handshake ? run_ssl_connect_callback(self)
							: run_connect_callback(self);
}

static int handshake_step(struct ssliostream *self)
{
	int result;

	/* a connection that was refused: closed, and still told that it is writable */
	if (!self->socket)
		return exc_raise(EXC_ATTRIBUTE_ERROR,
				 "'NoneType' object has no attribute 'do_handshake'");
	result = ssl_do_handshake(self->socket);
	emit_handshake(self, result);
	self->handshake_reading = result == SSL_WANTS_READ;
	self->handshake_writing = result == SSL_WANTS_WRITE;
	return result;
}

static int do_ssl_handshake(struct ssliostream *self)
{
	int result;
	SPAN(span, SSLIOStream__do_ssl_handshake, FD(self->base.name));

	self->handshake_reading = false;
	self->handshake_writing = false;
	result = handshake_step(self);
	if (result == SSL_WANTS_READ || result == SSL_WANTS_WRITE)
		return 0;
	return SPAN_STATUS(span, result < 0 ? handshake_failed(self) : handshake_done(self));
}

static int handle_read(struct iostream *stream)
{
	SPAN(span, SSLIOStream__handle_read, FD(stream->name));

	if (of(stream)->accepting)
		return SPAN_STATUS(span, do_ssl_handshake(of(stream)));
	return SPAN_STATUS(span, iostream__handle_read(stream));
}

static int handle_write(struct iostream *stream)
{
	SPAN(span, SSLIOStream__handle_write, FD(stream->name));

	if (of(stream)->accepting)
		return SPAN_STATUS(span, do_ssl_handshake(of(stream)));
	return SPAN_STATUS(span, iostream__handle_write(stream));
}

/*
 * The socket is wrapped here, and not by a callback of the connection, because
 * _handle_write comes in the same turn.  4.3 makes its streams of connected
 * sockets, so that only 3.1 comes here.
 */
static int handle_connect(struct iostream *stream)
{
	struct ssliostream *self = of(stream);
	SPAN(span, SSLIOStream__handle_connect, FD(stream->name));

	self->socket = netutil_ssl_wrap_socket(stream->fd, &self->options, self->server_hostname);
	if (!self->socket)
		return SPAN_RAISED(span);
	return SPAN_STATUS(span, iostream__handle_connect(stream));
}

int ssliostream_connect(struct iostream *stream, const struct resolved_address *address,
			const char *server_hostname, struct callback *callback)
{
	struct ssliostream *self = of(stream);
	char text[ADDRESS_TEXT_MAX];

	resolved_address_text(address, text);
	SPAN(span, SSLIOStream_connect, FD(stream->name), TEXT(text),
	     FN(callback_function(callback)), WHEN(server_hostname, TEXT(server_hostname)));
	iostream__set_callback(&self->connect_callback, callback, span.id);
	free(self->server_hostname);
	self->server_hostname = text_duplicate(server_hostname);
	return SPAN_STATUS(span, iostream_connect(stream, address, NULL));
}

/* What ssl_read() or ssl_write() came to, as a field of type count. */
static ssize_t count_of(ssize_t n)
{
	const struct exc *exc = exc_current();
	const char *reason;

	if (n >= 0)
		return n;
	if (n == SSL_WANTS_READ || n == SSL_WANTS_WRITE)
		return n == SSL_WANTS_READ ? -EMIT_TLS_WANT_READ : -EMIT_TLS_WANT_WRITE;
	if (!is_ssl_error(exc))
		return -exc->number;
	if (exc->class == EXC_SSL_EOF_ERROR)
		return -EMIT_TLS_EOF;
	reason = ssl_error_reason(exc);
	return reason && strcmp(reason, "UNEXPECTED_EOF_WHILE_READING") == 0 ? -EMIT_TLS_CUT_OFF
									     : -EMIT_TLS_ERROR;
}

/* The peer is gone without a word: the stream is closed, and its error says so. */
static int end_ragged(struct iostream *stream)
{
	return close_with(of(stream), exc_take());
}

static ssize_t read_from_fd(struct iostream *stream, char *room)
{
	ssize_t n;
	SPAN(span, SSLIOStream_read_from_fd, FD(stream->name));

	if (of(stream)->accepting)
		return 0;
	n = ssl_read(of(stream)->socket, room, stream->read_chunk_size);
	EMIT(ssl_read, FD(stream->name), INT(stream->read_chunk_size), INT(count_of(n)),
	     WHEN(n > 0 && emit_keeps_all(), BYTES(room, n)));
	if (n == SSL_WANTS_READ)
		return 0;
	if (n == SSL_WANTS_WRITE)
		exc_raise_take(exc_new(EXC_SSL_ERROR, 0, "The operation did not complete (write)"));
	if (n == -1 && of(stream)->options.ends_ragged && ssl_is_cut_off(exc_current()))
		return SPAN_STATUS(span, end_ragged(stream));
	if (n < 0)
		return SPAN_RAISED(span);
	if (n > 0)
		stream->received = span.id;
	if (n == 0 && iostream_close(stream) < 0)
		return SPAN_RAISED(span);
	return n;
}

static ssize_t write_to_fd(struct iostream *stream, const char *data, size_t length)
{
	ssize_t n;
	SPAN_OF(span, ssl_write_to_fd, FD(stream->name));

	if (!of(stream)->socket) {
		exc_raise(EXC_ATTRIBUTE_ERROR, "'NoneType' object has no attribute 'send'");
		return SPAN_RAISED(span);
	}
	n = ssl_write(of(stream)->socket, data, length);
	EMIT(ssl_write, FD(stream->name), INT(length), INT(count_of(n)),
	     WHEN(n > 0 && emit_keeps_all(), BYTES(data, n)));
	if (n == -1)
		return SPAN_RAISED(span);
	/* the stream tries again when the loop finds it writable */
	return n > 0 ? n : 0;
}

static void close_fd(struct iostream *stream)
{
	ssl_socket_free(of(stream)->socket);
	of(stream)->socket = NULL;
	iostream__close_fd(stream);
}

/* SSL_ERROR_EOF counts as a reset where resets of all kinds do. */
static bool is_connreset(const struct iostream *stream, const struct exc *exc)
{
	if (exc->class == EXC_SSL_EOF_ERROR && generation()->traits->timeouts_are_resets)
		return true;
	return !is_ssl_error(exc) && iostream__is_connreset(stream, exc);
}

static void abandon(struct iostream *stream)
{
	callback_unref(iostream__take_callback(&of(stream)->connect_callback));
}

static void release(struct iostream *stream)
{
	struct ssliostream *self = of(stream);

	ssl_socket_free(self->socket);
	ssl_options_release(&self->options);
	free(self->server_hostname);
}

static const struct iostream_class iostream_ssl_class = {
	.handle_read = handle_read,
	.handle_write = handle_write,
	.handle_connect = handle_connect,
	.read_from_fd = read_from_fd,
	.write_to_fd = write_to_fd,
	.close_fd = close_fd,
	.get_fd_error = iostream__get_fd_error,
	.is_connreset = is_connreset,
	.reading = reading,
	.writing = writing,
	.abandon = abandon,
	.release = release,
};

static struct ssliostream *init(struct ioloop *loop, int fd, int family, size_t max_buffer_size,
				const struct ssl_options *options)
{
	struct ssliostream *self = core_alloc(sizeof(*self));

	self->options = ssl_options_copy(options);
	self->accepting = true;
	iostream__init(&self->base, &iostream_ssl_class, loop, fd, family, max_buffer_size);
	return self;
}

struct iostream *ssliostream_new(struct ioloop *loop, int fd, int family, size_t max_buffer_size,
				 const struct ssl_options *options)
{
	SPAN(span, SSLIOStream___init__, FD(descriptor_name(fd)));

	return &init(loop, fd, family, max_buffer_size, options)->base;
}

struct iostream *ssliostream_open(struct ioloop *loop, int family, size_t max_buffer_size,
				  const struct ssl_options *options)
{
	int fd = iostream__socket(family);

	return fd < 0 ? NULL : ssliostream_new(loop, fd, family, max_buffer_size, options);
}

/* Takes the descriptor away from a stream, which is as good as closed then. */
static int take_fd(struct iostream *plain)
{
	int fd = plain->fd;

	plain->fd = -1;
	plain->closed = true;
	return fd;
}

struct iostream *ssliostream_new_connected(struct iostream *plain,
					   const struct ssl_options *options,
					   struct ssl_socket *socket, struct callback *callback)
{
	struct ssliostream *self;
	SPAN(span, SSLIOStream___init__, FD(plain->name));

	self = init(plain->loop, take_fd(plain), plain->family, plain->max_buffer_size, options);
	self->base.read_chunk_size = plain->read_chunk_size;
	self->socket = socket;
	self->connect_callback = callback;
	callback->asked_by = span.id;
	/* the loop finds it writable at once, and so the handshake begins */
	if (iostream__add_io_state(&self->base, IOLOOP_WRITE) < 0) {
		iostream_unref(&self->base);
		(void)SPAN_RAISED(span);
		return NULL;
	}
	return &self->base;
}
