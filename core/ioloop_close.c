/*
 * ioloop_close.c - IOLoop.close: a loop gives back what it holds of the kernel.
 */
#include "core/ioloop.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/generation.h"
#include "core/ioloop_internal.h"
#include "core/log.h"
#include "core/platform/descriptor.h"
#include "trace/emit/emit.h"

static void close_descriptor(int fd)
{
	descriptor_closed(fd);
	if (close(fd) < 0)
		log_message(LOG_LEVEL_DEBUG, LOGGER_GENERAL, "error closing fd %s",
			    "error closing fd %d: %s", fd, strerror(errno));
}

static void ioloop_close_fd(int fd)
{
	SPAN(span, IOLoop_close_fd, FD(descriptor_name(fd)));

	close_descriptor(fd);
}

/* What all_fds asks for; the handlers stay, as they do in the original. */
static void ioloop_close_descriptors(struct ioloop *loop)
{
	for (size_t fd = 0; fd < loop->handler_room; fd++) {
		if (!loop->handlers[fd].callback)
			continue;
		if (generation()->traits->closes_fds_with_close_fd)
			ioloop_close_fd((int)fd);
		else
			close_descriptor((int)fd);
	}
}

/* `self._callbacks = None; self._timeouts = None`. */
static void ioloop_drop_lists(struct ioloop *loop)
{
	struct ioloop_queue callbacks;

	pthread_mutex_lock(&loop->lock);
	callbacks = loop->callbacks;
	loop->callbacks = (struct ioloop_queue){ 0 };
	pthread_mutex_unlock(&loop->lock);
	ioloop__drop_queue(&callbacks);
	timeout_heap_release(&loop->timeouts);
}

static void ioloop_close_waker(struct ioloop *loop)
{
	SPAN(span, Waker_close);

	waker_release(&loop->waker);
}

void ioloop_close(struct ioloop *loop, bool all_fds)
{
	SPAN(span, PollIOLoop_close, INT(all_fds));

	pthread_mutex_lock(&loop->lock);
	loop->closing = true;
	pthread_mutex_unlock(&loop->lock);
	ioloop_remove_handler(loop, loop->waker.reader);
	if (all_fds)
		ioloop_close_descriptors(loop);
	ioloop_close_waker(loop);
	loop->poller.close(loop->poller.self);
	loop->closed = true;
	EMIT(epoll_close);
	if (generation()->traits->drops_lists_on_close)
		ioloop_drop_lists(loop);
}
