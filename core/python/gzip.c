/*
 * gzip.c - decompression piece by piece, within bounds.
 */
#define ZLIB_CONST 1
#include "core/python/gzip.h"

#include <stdbool.h>
#include <zlib.h>

#include "core/python/alloc.h"
#include "core/python/exc.h"

#define STEP 16384
/* What zlib takes at once: its lengths are 32 bits wide. */
#define INPUT_MAX (1u << 30)

struct gzip_decompressor {
	z_stream stream;
	bool ended;
};

struct gzip_decompressor *gzip_decompressor_new(void)
{
	struct gzip_decompressor *gzip = core_alloc(sizeof(*gzip));

	/* 16 more than the window's bits: a gzip header is expected */
	if (inflateInit2(&gzip->stream, 16 + MAX_WBITS) != Z_OK) {
		free(gzip);
		exc_raise(EXC_MEMORY_ERROR, "Can't allocate memory for decompression object");
		return NULL;
	}
	return gzip;
}

void gzip_decompressor_free(struct gzip_decompressor *gzip)
{
	if (!gzip)
		return;
	inflateEnd(&gzip->stream);
	free(gzip);
}

static int raise_zlib_error(const z_stream *stream, int code)
{
	if (stream->msg)
		return exc_raise(EXC_ZLIB_ERROR, "Error %d while decompressing: %.200s", code,
				 stream->msg);
	return exc_raise(EXC_ZLIB_ERROR, "Error %d while decompressing", code);
}

/* One inflate() into *out: 1 = there may be more, 0 = not now, -1 raised. */
static int step(struct gzip_decompressor *gzip, struct buffer *out, size_t limit)
{
	char *room = buffer_reserve(out, STEP);
	int code;

	if (!room)
		return exc_raise(EXC_MEMORY_ERROR, "%s", "");
	gzip->stream.next_out = (Bytef *)room;
	gzip->stream.avail_out = STEP;
	code = inflate(&gzip->stream, Z_SYNC_FLUSH);
	buffer_extend(out, STEP - gzip->stream.avail_out);
	gzip->ended = code == Z_STREAM_END;
	if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
		return raise_zlib_error(&gzip->stream, code);
	if (out->size > limit)
		return exc_raise(EXC_VALUE_ERROR, "decompressed body larger than %zu bytes", limit);
	return !gzip->ended && gzip->stream.avail_out == 0;
}

int gzip_decompress_some(struct gzip_decompressor *gzip, const char **data, size_t *length,
			 struct buffer *out, size_t most)
{
	uInt n = *length < INPUT_MAX ? (uInt)*length : INPUT_MAX;
	char *room = buffer_reserve(out, most);
	int code;

	if (!room)
		return exc_raise(EXC_MEMORY_ERROR, "%s", "");
	gzip->stream.next_in = (const Bytef *)*data;
	gzip->stream.avail_in = n;
	gzip->stream.next_out = (Bytef *)room;
	gzip->stream.avail_out = (uInt)most;
	code = gzip->ended ? Z_STREAM_END : inflate(&gzip->stream, Z_SYNC_FLUSH);
	buffer_extend(out, most - gzip->stream.avail_out);
	gzip->ended = code == Z_STREAM_END;
	if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
		return raise_zlib_error(&gzip->stream, code);
	/* what follows the end is unused data, which nobody asks for */
	n -= gzip->ended ? 0 : gzip->stream.avail_in;
	*data += n;
	*length -= n;
	return 0;
}

int gzip_decompress(struct gzip_decompressor *gzip, const void *data, size_t length,
		    struct buffer *out, size_t limit)
{
	const char *next = data;

	while (length && !gzip->ended) {
		uInt n = length < INPUT_MAX ? (uInt)length : INPUT_MAX;
		int more;

		gzip->stream.next_in = (const Bytef *)next;
		gzip->stream.avail_in = n;
		do
			more = step(gzip, out, limit);
		while (more > 0);
		if (more < 0)
			return -1;
		next += n;
		length -= n;
	}
	return 0;
}
