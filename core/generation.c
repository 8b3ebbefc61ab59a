/*
 * generation.c - the differences, one generation a block.
 */
#include "core/generation.h"

#include <string.h>

const struct generation generation_31 = {
	.name = "3.1",
	.timeouts_due_after_callbacks = true,
	.read_chunk_size = 4096,
	.max_buffer_size = 104857600,
};

static const struct generation *const generations[] = { &generation_31 };

static const struct generation *current = &generation_31;

const struct generation *generation(void)
{
	return current;
}

void generation_choose(const struct generation *chosen)
{
	current = chosen;
}

const struct generation *generation_find(const char *name)
{
	for (size_t i = 0; i < sizeof(generations) / sizeof(generations[0]); i++)
		if (!strcmp(generations[i]->name, name))
			return generations[i];
	return NULL;
}
