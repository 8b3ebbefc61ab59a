/*
 * internal.h - the walks, each from its own .c file, for the table of them all.
 */
#ifndef LOOPSCOPE_TRACE_WALK_INTERNAL_H
#define LOOPSCOPE_TRACE_WALK_INTERNAL_H

struct walk;

extern const struct walk walk_client_3x, walk_client_4x;

#endif
