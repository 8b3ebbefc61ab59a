/*
 * epoll.c - tornado.platform.epoll: level-triggered epoll.
 */
#include "core/platform/poller.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/platform/descriptor.h"
#include "core/python/alloc.h"
#include "trace/emit/emit.h"

struct poller_epoll {
	int fd;
	struct epoll_event events[POLLER_READY_MAX];
};

/* The words that a row has for the operation. */
enum { ROW_ADD, ROW_MODIFY, ROW_REMOVE };

static int poller_epoll_control(struct poller_epoll *epoll, int op, int fd, uint32_t events)
{
	static const int rows[] = {
		[EPOLL_CTL_ADD] = ROW_ADD,
		[EPOLL_CTL_MOD] = ROW_MODIFY,
		[EPOLL_CTL_DEL] = ROW_REMOVE,
	};
	struct epoll_event event = { .events = events, .data.fd = fd };
	int status = epoll_ctl(epoll->fd, op, fd, &event) < 0 ? -errno : 0;

	EMIT(epoll_ctl, INT(rows[op]), FD(descriptor_name(fd)),
	     WHEN(op != EPOLL_CTL_DEL, INT(events)), INT(status));
	return status;
}

static int poller_epoll_add(void *self, int fd, uint32_t events)
{
	return poller_epoll_control(self, EPOLL_CTL_ADD, fd, events);
}

static int poller_epoll_modify(void *self, int fd, uint32_t events)
{
	return poller_epoll_control(self, EPOLL_CTL_MOD, fd, events);
}

static int poller_epoll_remove(void *self, int fd)
{
	return poller_epoll_control(self, EPOLL_CTL_DEL, fd, 0);
}

/*
 * Rounded up: a poll cut to whole milliseconds would end just before the
 * deadline, and the loop would spin until it has passed.
 */
static int poller_epoll_milliseconds(uint64_t timeout_ns)
{
	uint64_t ms = timeout_ns / 1000000 + (timeout_ns % 1000000 != 0);

	if (timeout_ns == UINT64_MAX)
		return -1;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

static int poller_epoll_poll(void *self, struct poller_ready *ready, int room, uint64_t timeout_ns)
{
	struct poller_epoll *epoll = self;
	int n = epoll_wait(epoll->fd, epoll->events,
			   room < POLLER_READY_MAX ? room : POLLER_READY_MAX,
			   poller_epoll_milliseconds(timeout_ns));

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++)
		ready[i] =
			(struct poller_ready){ epoll->events[i].data.fd, epoll->events[i].events };
	return n;
}

static void poller_epoll_close(void *self)
{
	struct poller_epoll *epoll = self;

	close(epoll->fd);
	free(epoll);
}

int poller_epoll_init(struct poller *poller)
{
	struct poller_epoll *epoll;
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0)
		return -errno;
	epoll = core_alloc(sizeof(*epoll));
	epoll->fd = fd;
	*poller = (struct poller){
		.add = poller_epoll_add,
		.modify = poller_epoll_modify,
		.remove = poller_epoll_remove,
		.poll = poller_epoll_poll,
		.close = poller_epoll_close,
		.self = epoll,
	};
	return 0;
}
