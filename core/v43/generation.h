/*
 * generation.h - Tornado 4.3: futures and coroutines all the way.
 */
#ifndef LOOPSCOPE_CORE_V43_GENERATION_H
#define LOOPSCOPE_CORE_V43_GENERATION_H

#include "core/generation.h"

/* For generation_use(). */
extern const struct generation generation_43;

#endif
