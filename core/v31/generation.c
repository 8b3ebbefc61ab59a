/*
 * generation.c - what makes up generation 3.1.
 */
#include "core/v31/generation.h"

#include "core/v31/gen_runner.h"
#include "core/v31/iostream_read.h"
#include "core/v31/simple_httpclient_connection.h"

static const struct generation_traits traits = {
	.read_chunk_size = 4096,
	.max_buffer_size = 104857600,
};

const struct generation generation_31 = {
	.name = "3.1",
	.traits = &traits,
	.reading = {
		.handle_read = v31_handle_read,
		.try_inline = v31_try_inline_read,
		.finish_until_close = v31_finish_until_close,
		.take_rest = v31_take_rest,
	},
	.gen = {
		.coroutine = v31_coroutine,
	},
	.http_connection = v31_http_connection,
};
