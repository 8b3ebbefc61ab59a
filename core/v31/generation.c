/*
 * generation.c - what makes up generation 3.1.
 */
#include "core/v31/generation.h"

#include "core/v31/gen_runner.h"
#include "core/v31/gen_yield.h"
#include "core/v31/iostream_read.h"
#include "core/v31/simple_httpclient_connection.h"

static const struct generation_traits traits = {
#define TRAIT(type, name, v12, v31, v43, why) .name = (v31),
#include "core/generation.def"
};

static const struct generation_kinds kinds = {
#define KIND_OF(name, v31, v43) .name = (v31),
#include "core/generation.def"
};

const struct generation generation_31 = {
	.name = "3.1",
	.traits = &traits,
	.kinds = &kinds,
	.reading = {
		.handle_read = v31_handle_read,
		.try_inline = v31_try_inline_read,
		.finish_until_close = v31_finish_until_close,
		.take_rest = v31_take_rest,
	},
	.gen = {
		.coroutine = v31_coroutine,
		.coroutine_calling = v31_coroutine_calling,
		.engine = v31_engine,
		.task = v31_task,
	},
	.http_connection = v31_http_connection,
};
