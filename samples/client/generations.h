/*
 * generations.h - the generations of Tornado that this client can behave as.
 */
#ifndef LOOPSCOPE_SAMPLES_CLIENT_GENERATIONS_H
#define LOOPSCOPE_SAMPLES_CLIENT_GENERATIONS_H

struct generation;

/* The generation of that name ("3.1"), for generation_use(); NULL if no generation has it. */
const struct generation *generation_find(const char *name);

/* The names of all, as a sentence has them ("3.1, 4.3"); a static text. */
const char *generation_names(void);

#endif
