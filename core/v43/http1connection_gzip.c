/*
 * http1connection_gzip.c - _GzipMessageDelegate: stands before another delegate
 * and takes Content-Encoding gzip off.
 */
#include <stdlib.h>
#include <string.h>

#include "core/python/alloc.h"
#include "core/python/buffer.h"
#include "core/python/gzip.h"
#include "core/python/text.h"
#include "core/v43/http1connection_internal.h"
#include "trace/emit/emit.h"

struct gzip_delegate {
	struct http_delegate delegate;
	struct http_delegate *inner;            /* a reference */
	struct gzip_decompressor *decompressor; /* NULL: the body is not compressed */
};

/* self.decompressor for a compressed body; the headers then say that it was. */
static int begin_decompressing(struct gzip_delegate *self, struct http_headers *headers)
{
	gzip_decompressor_free(self->decompressor);
	self->decompressor = gzip_decompressor_new();
	if (!self->decompressor)
		return -1;
	http_headers_add(headers, "X-Consumed-Content-Encoding", "gzip");
	return http_headers_delete(headers, "Content-Encoding");
}

static int headers_received(struct http_delegate *delegate, const struct http_start_line *line,
			    struct http_headers *headers)
{
	struct gzip_delegate *self = (struct gzip_delegate *)delegate;
	const char *encoding = http_headers_get(headers, "Content-Encoding");
	SPAN(span, _GzipMessageDelegate_headers_received, INT(line->code));

	if (encoding && strcmp(encoding, "gzip") == 0 && begin_decompressing(self, headers) < 0)
		return SPAN_RAISED(span);
	return SPAN_STATUS(span, self->inner->class->headers_received(self->inner, line, headers));
}

/* The locals of data_received. */
struct received {
	struct gen gen;
	struct gzip_delegate *delegate; /* a reference */
	char *chunk;                    /* owned */
	const char *rest;               /* of the chunk: the unconsumed tail */
	size_t rest_length;
	struct future *wait;
};

static struct future *take_wait(struct received *self)
{
	struct future *wait = self->wait;

	self->wait = NULL;
	return wait;
}

static int pass_on(struct received *self, const char *data, size_t length)
{
	struct http_delegate *inner = self->delegate->inner;

	return inner->class->data_received(inner, data, length, &self->wait);
}

/* Decompresses as much as is passed on at once. */
static int pass_on_some(struct received *self)
{
	struct buffer plain = { 0 };
	int status = gzip_decompress_some(self->delegate->decompressor, &self->rest,
					  &self->rest_length, &plain, HTTP1_CHUNK_SIZE);

	if (status == 0 && plain.size)
		status = pass_on(self, buffer_data(&plain), plain.size);
	buffer_release(&plain);
	return status;
}

static int data_received_body(struct gen *gen)
{
	struct received *self = (struct received *)gen;

	GEN_BEGIN(gen);
	if (!self->delegate->decompressor) {
		if (pass_on(self, self->rest, self->rest_length) < 0)
			return GEN_RAISED;
		self->rest_length = 0;
		if (self->wait)
			GEN_YIELD(gen, take_wait(self));
	}
	while (self->rest_length) {
		if (pass_on_some(self) < 0)
			return GEN_RAISED;
		if (self->wait)
			GEN_YIELD(gen, take_wait(self));
	}
	GEN_END(gen);
}

static void received_release(struct gen *gen)
{
	struct received *self = (struct received *)gen;

	http_delegate_unref(&self->delegate->delegate);
	free(self->chunk);
	future_unref(self->wait);
	free(self);
}

static int data_received(struct http_delegate *delegate, const char *data, size_t length,
			 struct future **wait)
{
	struct received *self = core_alloc(sizeof(*self));

	gen_init(&self->gen, data_received_body, KIND__GzipMessageDelegate_data_received, NULL);
	self->gen.release = received_release;
	self->delegate = (struct gzip_delegate *)http_delegate_ref(delegate);
	self->chunk = text_copy(data, length);
	self->rest = self->chunk;
	self->rest_length = length;
	*wait = gen_coroutine(&self->gen);
	return *wait ? 0 : -1;
}

/* flush(): should zlib still hold something back, it is one more piece. */
static int flush(struct gzip_delegate *self)
{
	struct buffer tail = { 0 };
	struct future *wait = NULL;
	const char *nothing = "";
	size_t length = 0;
	int status = gzip_decompress_some(self->decompressor, &nothing, &length, &tail,
					  HTTP1_CHUNK_SIZE);

	if (status == 0 && tail.size)
		status = self->inner->class->data_received(self->inner, buffer_data(&tail),
							   tail.size, &wait);
	future_unref(wait);
	buffer_release(&tail);
	return status;
}

static int finish(struct http_delegate *delegate)
{
	struct gzip_delegate *self = (struct gzip_delegate *)delegate;
	SPAN(span, _GzipMessageDelegate_finish);

	if (self->decompressor && flush(self) < 0)
		return SPAN_RAISED(span);
	return SPAN_STATUS(span, self->inner->class->finish(self->inner));
}

static int on_connection_close(struct http_delegate *delegate)
{
	struct gzip_delegate *self = (struct gzip_delegate *)delegate;
	SPAN(span, _GzipMessageDelegate_on_connection_close);

	return SPAN_STATUS(span, self->inner->class->on_connection_close(self->inner));
}

static void gzip_delegate_release(struct http_delegate *delegate)
{
	struct gzip_delegate *self = (struct gzip_delegate *)delegate;

	http_delegate_unref(self->inner);
	gzip_decompressor_free(self->decompressor);
	free(self);
}

static const struct http_delegate_class gzip_delegate_class = {
	.headers_received = headers_received,
	.data_received = data_received,
	.finish = finish,
	.on_connection_close = on_connection_close,
	.release = gzip_delegate_release,
};

struct http_delegate *http1connection__gzip_delegate(struct http_delegate *delegate)
{
	struct gzip_delegate *self = core_alloc(sizeof(*self));

	self->delegate = (struct http_delegate){ &gzip_delegate_class, 1 };
	self->inner = http_delegate_ref(delegate);
	return &self->delegate;
}
