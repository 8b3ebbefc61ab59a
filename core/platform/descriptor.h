/*
 * descriptor.h - which socket a descriptor number means.
 *
 * The kernel reuses numbers; a trace must not.  Whoever makes a descriptor
 * says so here, and gets the name that events carry (emit_descriptor()).
 * A descriptor nobody announced is named on first use.  Any thread.
 */
#ifndef LOOPSCOPE_CORE_PLATFORM_DESCRIPTOR_H
#define LOOPSCOPE_CORE_PLATFORM_DESCRIPTOR_H

#include <stdint.h>

/* fd was just made: a new name for it. */
uint64_t descriptor_new(int fd);

/* The name of fd now. */
uint64_t descriptor_name(int fd);

/* fd is, from now on, an end of the loop's waker: EMIT_WAKER or EMIT_WAKER_WRITER. */
void descriptor_waker(int fd, uint64_t end);

/* fd was closed: its next use is another object. */
void descriptor_closed(int fd);

#endif
