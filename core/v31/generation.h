/*
 * generation.h - Tornado 3.1: callbacks everywhere, and coroutines on top.
 */
#ifndef LOOPSCOPE_CORE_V31_GENERATION_H
#define LOOPSCOPE_CORE_V31_GENERATION_H

#include "core/generation.h"

/* For generation_use(). */
extern const struct generation generation_31;

#endif
