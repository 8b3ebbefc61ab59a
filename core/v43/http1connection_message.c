/*
 * http1connection_message.c - HTTP1Connection._read_message: one message from
 * its first line to its last byte, as one coroutine.
 *
 * The original's body is a try with an except and a finally.  Here it is a row
 * of steps; an exception in one of them, or at the yield after it, leads to
 * message_raised(), which is that except and that finally.
 */
#include <string.h>

#include "core/iostream.h"
#include "core/log.h"
#include "core/python/alloc.h"
#include "core/python/exc.h"
#include "core/python/python.h"
#include "core/python/text.h"
#include "core/simple_httpclient_internal.h"
#include "core/v43/http1connection_internal.h"
#include "trace/emit/emit.h"

/* The locals of _read_message. */
struct message {
	struct gen gen;
	struct http1connection *connection; /* a reference, as the next */
	struct http_delegate *delegate;
	struct http_start_line line;
	struct http_headers *headers;
	bool need_delegate_close; /* the delegate knows of the message and not yet of its end */
	struct future *wait;      /* what a step leaves to be yielded; NULL: nothing */
};

/* A step, and the yield of what it leaves to wait for. */
#define STEP(self, step)                                                                           \
	do {                                                                                       \
		if ((step) < 0)                                                                    \
			return message_raised(self);                                               \
		if ((self)->wait) {                                                                \
			GEN_TRY_YIELD(&(self)->gen, message_wait(self));                           \
			if ((self)->gen.thrown)                                                    \
				return message_thrown(self);                                       \
		}                                                                                  \
	} while (0)

static struct future *message_wait(struct message *self)
{
	struct future *wait = self->wait;

	self->wait = NULL;
	return wait;
}

/* future, made by a step, is to be yielded.  0, or -1 if it is NULL, which is raised. */
static int message_yields(struct message *self, struct future *future)
{
	self->wait = future;
	return future ? 0 : -1;
}

/* The finally.  0, or -1 raised. */
static int message_finally(struct message *self)
{
	if (self->need_delegate_close &&
	    http1connection__log_exceptions(
		    self->delegate->class->on_connection_close(self->delegate)) < 0)
		return -1;
	return http1connection__clear_callbacks(self->connection);
}

/* raise gen.Return(whole), through the finally. */
static int message_return(struct message *self, bool whole)
{
	if (message_finally(self) < 0)
		return GEN_RAISED;
	GEN_RETURN(&self->gen, VALUE_OF_BOOL(whole));
}

/* except HTTPInputError. */
static int message_malformed(struct message *self)
{
	struct exc *exc = exc_take();

	log_message(LOG_LEVEL_INFO, LOGGER_GENERAL, "Malformed HTTP message from %s: %s",
		    "Malformed HTTP message: %s", exc->text);
	exc_unref(exc);
	return http1connection_close(self->connection);
}

/* The current exception: is excepted, or leaves by the finally. */
static int message_raised(struct message *self)
{
	struct exc *exc;

	if (exc_current()->class == EXC_HTTP_INPUT_ERROR && message_malformed(self) == 0)
		return message_return(self, false);
	exc = exc_take();
	if (message_finally(self) < 0) {
		exc_unref(exc);
		return GEN_RAISED;
	}
	exc_raise_take(exc);
	return GEN_RAISED;
}

/* The same for one that came at a yield. */
static int message_thrown(struct message *self)
{
	(void)gen_raise(&self->gen);
	return message_raised(self);
}

static int read_head(struct message *self)
{
	return message_yields(self, iostream_read_until_regex_future(
					    self->connection->stream, HTTP_END_OF_HEADERS,
					    "end-of-headers", self->connection->max_header_size));
}

/* HTTPHeaders.parse(data[eol:]). */
static int parse_lines(struct message *self, const char *data, size_t eol, size_t length)
{
	char *repr;

	if (http_headers_parse(&self->headers, data + eol, length - eol) == 0)
		return 0;
	if (exc_current()->class != EXC_VALUE_ERROR)
		return -1;
	/* data[eol:100] */
	if (length > 100)
		length = 100;
	repr = python_repr(data + eol, eol < length ? length - eol : 0);
	exc_raise(EXC_HTTP_INPUT_ERROR, "Malformed HTTP headers: %s", repr);
	free(repr);
	return -1;
}

/* The first line, which the caller frees, and self->headers.  NULL = raised. */
static char *parse_head(struct message *self, const struct value *data)
{
	size_t length, skip, first;
	char *text, *line = NULL;
	SPAN(span, HTTP1Connection__parse_headers, INT(data->bytes.length));

	text = http_latin1_to_utf8(data->bytes.data, data->bytes.length, &length);
	text[length] = '\0';
	/* some servers leave a newline behind the message before */
	skip = strspn(text, "\r\n");
	first = strcspn(text + skip, "\n");
	if (parse_lines(self, text + skip, first, length - skip) == 0) {
		while (first && text[skip + first - 1] == '\r')
			first--;
		line = text_copy(text + skip, first);
	} else {
		(void)SPAN_RAISED(span);
	}
	free(text);
	return line;
}

/* _can_keep_alive: a client's connection serves one request (no_keep_alive). */
static void cannot_keep_alive(void)
{
	SPAN(span, HTTP1Connection__can_keep_alive);

	(void)SPAN_RET(span, 0);
}

/* The head has come: takes it apart and tells the delegate. */
static int headers_received(struct message *self)
{
	char *line = parse_head(self, self->gen.sent);
	int status = line ? http_start_line_parse(&self->line, line) : -1;

	free(line);
	if (status < 0)
		return -1;
	cannot_keep_alive();
	self->need_delegate_close = true;
	return http1connection__log_exceptions(self->delegate->class->headers_received(
		self->delegate, &self->line, self->headers));
}

static bool is_informational(const struct message *self)
{
	return self->line.code >= 100 && self->line.code < 200;
}

/* After a 1xx comes the message proper, which is read by another call of this coroutine. */
static int read_next_message(struct message *self)
{
	if (http_headers_contains(self->headers, "Content-Length") ||
	    http_headers_contains(self->headers, "Transfer-Encoding"))
		return exc_raise(EXC_HTTP_INPUT_ERROR, "Response code %d cannot have body",
				 self->line.code);
	return message_yields(self,
			      http1connection__read_message(self->connection, self->delegate));
}

/* A 1xx, too, is taken to have a body: when the next message is read the stream is closed. */
static int read_body(struct message *self)
{
	if (self->connection->is_head || self->line.code == 304)
		return 0;
	return message_yields(self, http1connection__read_body(self->connection, self->line.code,
							       self->headers, self->delegate));
}

/* The message is whole.  If the request is not sent yet, the end of that is waited for. */
static int body_received(struct message *self)
{
	struct http1connection *connection = self->connection;

	self->need_delegate_close = false;
	if (http1connection__log_exceptions(self->delegate->class->finish(self->delegate)) < 0)
		return -1;
	if (!connection->finish_future || iostream_closed(connection->stream))
		return 0;
	if (iostream_set_close_callback(connection->stream, http1connection__on_close(connection)) <
	    0)
		return -1;
	return message_yields(self, future_ref(connection->finish_future));
}

static int read_message(struct gen *gen)
{
	struct message *self = (struct message *)gen;

	GEN_BEGIN(gen);
	STEP(self, read_head(self));
	STEP(self, headers_received(self));
	if (is_informational(self))
		STEP(self, read_next_message(self));
	STEP(self, read_body(self));
	STEP(self, body_received(self));
	/* _disconnect_on_finish, which a client always wants */
	STEP(self, http1connection_close(self->connection));
	return message_return(self, true);
	GEN_END(gen);
}

static void message_release(struct gen *gen)
{
	struct message *self = (struct message *)gen;

	http1connection_unref(self->connection);
	http_delegate_unref(self->delegate);
	http_start_line_release(&self->line);
	http_headers_free(self->headers);
	future_unref(self->wait);
	free(self);
}

struct future *http1connection__read_message(struct http1connection *connection,
					     struct http_delegate *delegate)
{
	struct message *self = core_alloc(sizeof(*self));

	gen_init(&self->gen, read_message, KIND_HTTP1Connection__read_message, NULL);
	self->gen.release = message_release;
	self->connection = http1connection_ref(connection);
	self->delegate = http_delegate_ref(delegate);
	return gen_coroutine(&self->gen);
}
