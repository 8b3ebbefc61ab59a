/*
 * poller.h - the poller that a loop has unless it is given another: epoll.
 */
#ifndef LOOPSCOPE_CORE_POLLER_H
#define LOOPSCOPE_CORE_POLLER_H

#include "core/ioloop.h"

/* Makes an epoll descriptor; poller->close lets go of it.  0 or -errno. */
int poller_epoll_init(struct ioloop_poller *poller);

#endif
