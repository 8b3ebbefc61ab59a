/*
 * guard.h - mapped files of others, which these may cut short at any time.
 *
 * Who reads a page that its file has lost gets SIGBUS.  A guarded mapping turns
 * into zeros instead, all of it, and says that it was lost.  The handler is the
 * process's: nothing else may want SIGBUS.  One thread.
 */
#ifndef LOOPSCOPE_TRACE_BASE_GUARD_H
#define LOOPSCOPE_TRACE_BASE_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#define GUARDS 4 /* mappings at a time */

/* Guards what mmap() returned, until it is released.  One too many is not guarded. */
void guard_mapping(void *start, size_t bytes);

/* Was its file cut, and has somebody noticed? */
bool guard_is_lost(const void *start);

/* Call this before munmap(). */
void guard_release(const void *start);

#endif
