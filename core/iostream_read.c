/*
 * iostream_read.c - how a read of BaseIOStream is asked for.
 *
 * Every generation asks alike: the callback is kept, and with it what the read
 * is to wait for.  How the bytes are then come by is the generation's own
 * (struct generation_reading).
 */
#include "core/iostream_internal.h"

#include <stdlib.h>

#include "core/generation.h"
#include "core/python/text.h"
#include "trace/emit/emit.h"

int iostream__handle_read(struct iostream *stream)
{
	return generation()->reading.handle_read(stream);
}

/* Takes callback, also when it raises. */
static int set_read_callback(struct iostream *stream, struct callback *callback, uint64_t asked_by)
{
	SPAN(span, BaseIOStream__set_read_callback, FD(stream->name),
	     FN(callback_function(callback)));

	if (stream->read_callback) {
		callback_unref(callback);
		exc_raise(EXC_ASSERTION_ERROR, "Already reading");
		return SPAN_RAISED(span);
	}
	iostream__set_callback(&stream->read_callback, callback, asked_by);
	return 0;
}

/* re.compile(); NULL = raised. */
static pcre2_code *compile(const char *pattern)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	PCRE2_UCHAR message[128];
	PCRE2_SIZE offset;
	pcre2_code *code;
	int error;

	if (context)
		pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_NEVER_UTF, &error,
			     &offset, context);
	pcre2_compile_context_free(context);
	if (!code) {
		pcre2_get_error_message(error, message, sizeof(message));
		exc_raise(EXC_VALUE_ERROR, "%s", (const char *)message);
	}
	return code;
}

int iostream_read_until_regex(struct iostream *stream, const char *pattern, const char *name,
			      struct callback *callback)
{
	SPAN(span, BaseIOStream_read_until_regex, FD(stream->name), TEXT(name ? name : pattern),
	     FN(callback_function(callback)));

	if (set_read_callback(stream, callback, span.id) < 0)
		return SPAN_RAISED(span);
	pcre2_code_free(stream->read_regex);
	stream->read_regex = compile(pattern);
	if (!stream->read_regex)
		return SPAN_RAISED(span);
	return SPAN_STATUS(span, generation()->reading.try_inline(stream));
}

int iostream_read_until(struct iostream *stream, const void *delimiter, size_t length,
			struct callback *callback)
{
	SPAN(span, BaseIOStream_read_until, FD(stream->name), BYTES(delimiter, length),
	     FN(callback_function(callback)));

	if (set_read_callback(stream, callback, span.id) < 0)
		return SPAN_RAISED(span);
	free(stream->read_delimiter);
	stream->read_delimiter = text_copy(delimiter, length);
	stream->read_delimiter_length = length;
	stream->read_delimiter_absent = 0;
	return SPAN_STATUS(span, generation()->reading.try_inline(stream));
}

int iostream_read_bytes(struct iostream *stream, int64_t num_bytes, struct callback *callback,
			struct callback *streaming)
{
	SPAN(span, BaseIOStream_read_bytes, FD(stream->name), INT(num_bytes),
	     FN(callback_function(callback)));

	if (set_read_callback(stream, callback, span.id) < 0) {
		callback_unref(streaming);
		return SPAN_RAISED(span);
	}
	stream->read_bytes = num_bytes;
	iostream__set_callback(&stream->streaming_callback, streaming, span.id);
	return SPAN_STATUS(span, generation()->reading.try_inline(stream));
}

int iostream_read_until_close(struct iostream *stream, struct callback *callback,
			      struct callback *streaming)
{
	SPAN(span, BaseIOStream_read_until_close, FD(stream->name),
	     FN(callback_function(callback)));

	if (set_read_callback(stream, callback, span.id) < 0) {
		callback_unref(streaming);
		return SPAN_RAISED(span);
	}
	iostream__set_callback(&stream->streaming_callback, streaming, span.id);
	if (stream->closed)
		return SPAN_STATUS(span, generation()->reading.take_rest(stream));
	stream->read_until_close = true;
	return SPAN_STATUS(span, generation()->reading.try_inline(stream));
}
