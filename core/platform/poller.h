/*
 * poller.h - what a loop asks the kernel through (tornado.platform.interface),
 * and the poller that it has unless it is given another: epoll.
 */
#ifndef LOOPSCOPE_CORE_PLATFORM_POLLER_H
#define LOOPSCOPE_CORE_PLATFORM_POLLER_H

#include <stdint.h>

struct poller_ready {
	int fd;
	uint32_t events;
};

/* Ready descriptors a poll at most: what CPython's epoll.poll() asks for. */
#define POLLER_READY_MAX 1023

/* What the loop polls with; tests bring their own.  Each returns 0 or -errno. */
struct poller {
	int (*add)(void *self, int fd, uint32_t events);
	int (*modify)(void *self, int fd, uint32_t events);
	int (*remove)(void *self, int fd);
	/* timeout_ns: 0 returns at once, UINT64_MAX is without limit.  Returns the
	 * number of entries filled, or -errno. */
	int (*poll)(void *self, struct poller_ready *ready, int room, uint64_t timeout_ns);
	void (*close)(void *self);
	void *self;
};

/* Makes an epoll descriptor; poller->close lets go of it.  0 or -errno. */
int poller_epoll_init(struct poller *poller);

#endif
