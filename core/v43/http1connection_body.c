/*
 * http1connection_body.c - HTTP1Connection._read_body: the coroutines that read
 * a body of known length, in chunks, or up to the close.
 *
 * All hand what they read to the delegate as it comes, and go on when it has
 * dealt with it.
 */
#include <string.h>

#include "core/iostream.h"
#include "core/python/alloc.h"
#include "core/python/exc.h"
#include "core/python/python.h"
#include "core/v43/http1connection_internal.h"
#include "trace/emit/emit.h"

/* The locals of each of them. */
struct body {
	struct gen gen;
	struct http1connection *connection; /* a reference, as the next */
	struct http_delegate *delegate;
	int64_t left;  /* of the body, or of the chunk */
	int64_t total; /* of the chunks so far */
	struct future *wait;
};

/* So much of what is left is asked for at once. */
static struct future *read_piece(const struct body *self)
{
	return iostream_read_bytes_future(
		self->connection->stream,
		self->left < HTTP1_CHUNK_SIZE ? self->left : HTTP1_CHUNK_SIZE, true);
}

/* Hands the piece to the delegate. */
static int give_piece(struct body *self, const struct value *piece)
{
	self->left -= (int64_t)piece->bytes.length;
	return http1connection__log_exceptions(self->delegate->class->data_received(
		self->delegate, piece->bytes.data, piece->bytes.length, &self->wait));
}

static struct future *take_wait(struct body *self)
{
	struct future *wait = self->wait;

	self->wait = NULL;
	return wait;
}

/* The delegate failed while it was waited for. */
static int delegate_failed(struct gen *gen)
{
	return http1connection__log_exceptions(gen_raise(gen));
}

static int read_fixed_body(struct gen *gen)
{
	struct body *self = (struct body *)gen;

	GEN_BEGIN(gen);
	while (self->left > 0) {
		GEN_YIELD(gen, read_piece(self));
		if (give_piece(self, gen->sent) < 0)
			return GEN_RAISED;
		if (!self->wait)
			continue;
		GEN_TRY_YIELD(gen, take_wait(self));
		if (gen->thrown)
			return delegate_failed(gen);
	}
	GEN_END(gen);
}

/* A line before a chunk: its length becomes what is left. */
static int take_chunk_length(struct body *self, const struct value *line)
{
	const char *text = line->bytes.data;
	size_t length = line->bytes.length;

	python_strip(&text, &length);
	if (python_int(text, length, 16, &self->left) < 0)
		return -1;
	/* the original reads for ever, without a turn of the loop */
	if (self->left < 0)
		return exc_raise(EXC_HTTP_INPUT_ERROR, "negative length of a chunk");
	self->total += self->left;
	if (self->total > self->connection->max_body_size)
		return exc_raise(EXC_HTTP_INPUT_ERROR, "chunked body too large");
	return 0;
}

/* What ends a chunk. */
static int check_crlf(const struct value *crlf)
{
	if (memcmp(crlf->bytes.data, "\r\n", 2) == 0)
		return 0;
	return exc_raise(EXC_ASSERTION_ERROR, "%s", "");
}

static int read_chunked_body(struct gen *gen)
{
	struct body *self = (struct body *)gen;

	GEN_BEGIN(gen);
	for (;;) {
		GEN_YIELD(gen, iostream_read_until_future(self->connection->stream, "\r\n", 2, 64));
		if (take_chunk_length(self, gen->sent) < 0)
			return GEN_RAISED;
		/* the last chunk; trailers are never read */
		if (self->left == 0)
			return GEN_FINISHED;
		while (self->left) {
			GEN_YIELD(gen, read_piece(self));
			if (give_piece(self, gen->sent) < 0)
				return GEN_RAISED;
			if (!self->wait)
				continue;
			GEN_TRY_YIELD(gen, take_wait(self));
			if (gen->thrown)
				return delegate_failed(gen);
		}
		GEN_YIELD(gen, iostream_read_bytes_future(self->connection->stream, 2, false));
		if (check_crlf(gen->sent) < 0)
			return GEN_RAISED;
	}
	GEN_END(gen);
}

/* The delegate is not waited for here, in the original neither. */
static int read_body_until_close(struct gen *gen)
{
	struct body *self = (struct body *)gen;

	GEN_BEGIN(gen);
	GEN_YIELD(gen, iostream_read_until_close_future(self->connection->stream));
	if (self->connection->refuses_cut_off &&
	    iostream_check_cut_off(self->connection->stream) < 0)
		return GEN_RAISED;
	if (give_piece(self, gen->sent) < 0)
		return GEN_RAISED;
	GEN_END(gen);
}

static void body_release(struct gen *gen)
{
	struct body *self = (struct body *)gen;

	http1connection_unref(self->connection);
	http_delegate_unref(self->delegate);
	future_unref(self->wait);
	free(self);
}

/* 1 = *length is the Content-Length, 0 = there is no such header, -1 raised. */
static int content_length_of(const struct http1connection *connection, struct http_headers *headers,
			     int64_t *length)
{
	const char *value;

	if (!http_headers_contains(headers, "Content-Length"))
		return 0;
	if (http_headers_contains(headers, "Transfer-Encoding"))
		return exc_raise(EXC_HTTP_INPUT_ERROR,
				 "Response with both Transfer-Encoding and Content-Length");
	if (http_merge_content_lengths(headers, EXC_HTTP_INPUT_ERROR) < 0)
		return -1;
	value = http_headers_get(headers, "Content-Length");
	if (python_int(value, strlen(value), 10, length) < 0)
		return -1;
	if (*length > connection->max_body_size)
		return exc_raise(EXC_HTTP_INPUT_ERROR, "Content-Length too long");
	return 1;
}

static bool is_chunked(const struct http_headers *headers)
{
	const char *encoding = http_headers_get(headers, "Transfer-Encoding");

	return encoding && strcmp(encoding, "chunked") == 0;
}

/* Which coroutine reads the body, and of what length.  0, or -1 raised. */
static int choose(const struct http1connection *connection, int code, struct http_headers *headers,
		  struct body *self)
{
	int has_length = content_length_of(connection, headers, &self->left);

	if (has_length < 0)
		return -1;
	if (code == 204 &&
	    (http_headers_contains(headers, "Transfer-Encoding") || (has_length && self->left)))
		return exc_raise(EXC_HTTP_INPUT_ERROR, "Response with code %d should not have body",
				 code);
	if (has_length || code == 204)
		gen_init(&self->gen, read_fixed_body, KIND_HTTP1Connection__read_fixed_body, NULL);
	else if (is_chunked(headers))
		gen_init(&self->gen, read_chunked_body, KIND_HTTP1Connection__read_chunked_body,
			 NULL);
	else
		gen_init(&self->gen, read_body_until_close,
			 KIND_HTTP1Connection__read_body_until_close, NULL);
	return 0;
}

struct future *http1connection__read_body(struct http1connection *connection, int code,
					  struct http_headers *headers,
					  struct http_delegate *delegate)
{
	struct body *self = core_alloc(sizeof(*self));
	struct future *future;
	SPAN(span, HTTP1Connection__read_body, INT(code));

	if (choose(connection, code, headers, self) < 0) {
		free(self);
		(void)SPAN_RAISED(span);
		return NULL;
	}
	self->gen.release = body_release;
	self->connection = http1connection_ref(connection);
	self->delegate = http_delegate_ref(delegate);
	future = gen_coroutine(&self->gen);
	if (!future)
		(void)SPAN_RAISED(span);
	return future;
}
