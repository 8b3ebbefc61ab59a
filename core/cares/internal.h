/*
 * internal.h - what the files of this room know of each other.
 */
#ifndef LOOPSCOPE_CORE_CARES_INTERNAL_H
#define LOOPSCOPE_CORE_CARES_INTERNAL_H

#include <ares.h>

/* Has the channel ask the name servers that were named, if any were. */
void caresresolver__use_nameservers(ares_channel channel);

/* Has the channel make and use its sockets where traces see it. */
void caresresolver__use_sockets(ares_channel channel);

#endif
