/*
 * generation.c - what makes up generation 4.3.
 */
#include "core/v43/generation.h"

#include "core/v43/gen.h"
#include "core/v43/gen_runner.h"

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
	.gen = {
		.coroutine = v43_coroutine,
		.engine = v43_engine,
		.task = v43_task,
		.convert_yielded = gen_convert_yielded,
	},
};
