/*
 * generation.c - the differences, one generation a block.
 */
#include "core/generation.h"

static const struct generation generation_31 = {
	.read_chunk_size = 4096,
	.max_buffer_size = 104857600,
};

const struct generation *generation(void)
{
	return &generation_31;
}
