/*
 * generation.c - what makes up generation 4.3.
 */
#include "core/v43/generation.h"

#include "core/v43/gen.h"
#include "core/v43/gen_runner.h"
#include "core/v43/iostream_read.h"
#include "core/v43/simple_httpclient_connection.h"

static const struct generation_traits traits = {
#define TRAIT(type, name, v12, v31, v43, why) .name = (v43),
#include "core/generation.def"
};

static const struct generation_kinds kinds = {
#define KIND_OF(name, v31, v43) .name = (v43),
#include "core/generation.def"
};

const struct generation generation_43 = {
	.name = "4.3",
	.traits = &traits,
	.kinds = &kinds,
	.reading = {
		.handle_read = v43_handle_read,
		.try_inline = v43_try_inline_read,
		.finish_until_close = v43_finish_until_close,
		.take_rest = v43_take_rest,
	},
	.gen = {
		.coroutine = v43_coroutine,
		.coroutine_calling = v43_coroutine_calling,
		.engine = v43_engine,
		.task = v43_task,
		.convert_yielded = gen_convert_yielded,
	},
	.http_connection = v43_http_connection,
};
