/*
 * waker.c - a byte in a pipe: the one way to reach a thread that sleeps in poll.
 */
#include "core/platform/waker.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/platform/descriptor.h"
#include "trace/emit/emit.h"

int waker_init(struct waker *waker)
{
	int ends[2];

	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0)
		return -errno;
	waker->reader = ends[0];
	waker->writer = ends[1];
	descriptor_waker(waker->reader, EMIT_WAKER);
	descriptor_waker(waker->writer, EMIT_WAKER_WRITER);
	return 0;
}

void waker_release(struct waker *waker)
{
	descriptor_closed(waker->reader);
	descriptor_closed(waker->writer);
	close(waker->reader);
	close(waker->writer);
}

void waker_wake(struct waker *waker, bool other)
{
	SPAN(span, Waker_wake, WHEN(other, INT(1)));
	ssize_t n;

	/* a full pipe wakes as well as one more byte would */
	do {
		n = write(waker->writer, "x", 1);
	} while (n < 0 && errno == EINTR);
}

void waker_consume(struct waker *waker)
{
	SPAN(span, Waker_consume);
	char bytes[4096];
	ssize_t n;

	do {
		n = read(waker->reader, bytes, sizeof(bytes));
	} while (n > 0 || (n < 0 && errno == EINTR));
}
