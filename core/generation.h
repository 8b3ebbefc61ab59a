/*
 * generation.h - in what the generations of Tornado differ, as data.
 *
 * The modules that generations share are written once.  Where one of them
 * behaves differently, it asks the field below that names the difference; all
 * that changed from one generation to the next can be read in generation.c.
 */
#ifndef LOOPSCOPE_CORE_GENERATION_H
#define LOOPSCOPE_CORE_GENERATION_H

#include <stdbool.h>
#include <stddef.h>

struct generation {
	const char *name; /* as given to -g: "3.1" */

	/* ioloop */
	bool timeouts_due_after_callbacks; /* which timeouts are due is decided after the callbacks ran */

	/* iostream */
	size_t read_chunk_size; /* the most that one recv asks for */
	size_t max_buffer_size; /* beyond this a read closes the stream */
};

extern const struct generation generation_31;

/* The generation that this process behaves as; 3.1 until another is chosen. */
const struct generation *generation(void);

/* Chooses it, before the first loop is made. */
void generation_choose(const struct generation *chosen);

/* The generation of that name, or NULL. */
const struct generation *generation_find(const char *name);

#endif
