/*
 * generation.h - in what the generations of Tornado differ, as data.
 *
 * The modules that generations share are written once.  Where one of them
 * behaves differently, it asks the field below that names the difference; all
 * that changed from one generation to the next can be read in generation.c.
 */
#ifndef LOOPSCOPE_CORE_GENERATION_H
#define LOOPSCOPE_CORE_GENERATION_H

#include <stddef.h>

struct generation {
	/* iostream */
	size_t read_chunk_size; /* the most that one recv asks for */
	size_t max_buffer_size; /* beyond this a read closes the stream */
};

/* The generation that this process behaves as: 3.1. */
const struct generation *generation(void);

#endif
