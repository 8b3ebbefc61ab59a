/*
 * generations.c - the table of generations by name.
 */
#include "samples/client/generations.h"

#include <stdio.h>
#include <string.h>

#include "core/v31/generation.h"
#include "core/v43/generation.h"

static const struct generation *const generations[] = {
	&generation_31,
	&generation_43,
};
#define COUNT (sizeof(generations) / sizeof(generations[0]))

const struct generation *generation_find(const char *name)
{
	for (size_t i = 0; i < COUNT; i++)
		if (strcmp(generations[i]->name, name) == 0)
			return generations[i];
	return NULL;
}

const char *generation_names(void)
{
	static char names[32];
	size_t length = 0;

	for (size_t i = 0; i < COUNT && length < sizeof(names); i++)
		length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s",
					   i ? ", " : "", generations[i]->name);
	return names;
}
