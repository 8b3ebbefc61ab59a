/*
 * gzip.h - tornado.util.GzipDecompressor: a zlib.decompressobj that reads gzip.
 */
#ifndef LOOPSCOPE_CORE_PYTHON_GZIP_H
#define LOOPSCOPE_CORE_PYTHON_GZIP_H

#include <stddef.h>

#include "core/python/buffer.h"

struct gzip_decompressor;

/* NULL = MemoryError raised. */
struct gzip_decompressor *gzip_decompressor_new(void);
void gzip_decompressor_free(struct gzip_decompressor *gzip);

/*
 * decompress(): appends to *out what data gives now.  What follows the end of
 * the gzip stream is ignored, and one that ends early is no error: flush()
 * would find neither.  -1 raised: zlib.error, or ValueError when *out would
 * grow beyond `limit` bytes.
 */
int gzip_decompress(struct gzip_decompressor *gzip, const void *data, size_t length,
		    struct buffer *out, size_t limit);

/*
 * decompress() with a max_length: appends at most so many bytes to *out.  *data
 * and *length become what is not consumed yet (unconsumed_tail).  With no data
 * at all it gives what zlib still holds, as flush() does.  -1 raised: zlib.error.
 */
int gzip_decompress_some(struct gzip_decompressor *gzip, const char **data, size_t *length,
			 struct buffer *out, size_t most);

#endif
