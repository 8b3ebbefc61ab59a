/*
 * ask.c - asks the recorder for the descriptors of ring and span map.
 *
 * All this happens before main(), while the recorder may be gone, stopped or
 * of another mind: then the program runs without being traced.
 */
#include "trace/emit/internal.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE 5 /* seconds */

void emit__own_calls(bool own)
{
	prctl(RING_PRCTL_OWN, own, 0, 0, 0);
}

/* A socket at which the recorder will answer, or -1. */
static int connect_to(const char *name)
{
	struct timeval patience = { .tv_sec = PATIENCE };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(name);
	socklen_t bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	/* abstract: the name stands behind a zero byte */
	if (length < RING_SOCKET_BYTES) {
		memcpy(address.sun_path + 1, name, length);
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		if (connect(fd, (struct sockaddr *)&address, bytes) == 0)
			return fd;
	}
	close(fd);
	return -1;
}

/* What came with the answer; returns how many. */
static unsigned take_descriptors(struct msghdr *message, int *fds)
{
	struct cmsghdr *rights = CMSG_FIRSTHDR(message);
	size_t bytes;

	if (!rights || rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS)
		return 0;
	bytes = rights->cmsg_len - CMSG_LEN(0);
	memcpy(fds, CMSG_DATA(rights), bytes);
	return (unsigned)(bytes / sizeof(*fds));
}

unsigned emit__ask_recorder(const char *name, int *fds)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(RING_SOCKET_FDS * sizeof(*fds))];
	char byte;
	struct iovec one = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &one,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	int fd = connect_to(name);
	unsigned count = 0;
	ssize_t n;

	if (fd < 0)
		return 0;
	do
		n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		count = take_descriptors(&message, fds);
	close(fd);
	return count;
}
