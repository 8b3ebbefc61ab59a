/*
 * handover.c - the recorder's end of the socket at which programs ask for their
 * ring.
 */
#include "trace/record/handover.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "trace/base/failure.h"

#define ASKED_AT_ONCE 16 /* the rest is answered at the next pass */

static int make_name(char *name)
{
	uint64_t secret[2];

	if (getrandom(secret, sizeof(secret), 0) != sizeof(secret))
		return -1;
	snprintf(name, RING_SOCKET_BYTES, "loopscope-%016llx%016llx", (unsigned long long)secret[0],
		 (unsigned long long)secret[1]);
	return 0;
}

int handover_open(struct handover *handover, int ring_fd, int spans_fd, char **error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t length;

	*handover = (struct handover){ .ring_fd = ring_fd, .spans_fd = spans_fd };
	handover->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (handover->listener < 0 || make_name(handover->name) < 0)
		goto failed;
	length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(handover->name));
	/* abstract: the name stands behind a zero byte */
	memcpy(address.sun_path + 1, handover->name, strlen(handover->name));
	if (bind(handover->listener, (struct sockaddr *)&address, length) == 0 &&
	    listen(handover->listener, ASKED_AT_ONCE) == 0)
		return 0;
failed:
	failure(error, "cannot offer the ring to the program: %s", strerror(errno));
	handover_close(handover);
	return -1;
}

static bool may_have(int asking, pid_t program, uid_t uid)
{
	struct ucred who;
	socklen_t length = sizeof(who);

	return getsockopt(asking, SOL_SOCKET, SO_PEERCRED, &who, &length) == 0 &&
	       (who.pid == program || who.uid == uid);
}

/* One byte, for descriptors do not travel alone.  Who does not read is not waited for. */
static void hand_over(const struct handover *handover, int asking)
{
	int given[RING_SOCKET_FDS] = { handover->ring_fd, handover->spans_fd };
	size_t bytes = (handover->spans_fd < 0 ? 1 : RING_SOCKET_FDS) * sizeof(given[0]);
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(given))] = { 0 };
	struct iovec one = { .iov_base = (char[]){ 'r' }, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &one,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = CMSG_SPACE(bytes) };
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(bytes);
	memcpy(CMSG_DATA(rights), given, bytes);
	while (sendmsg(asking, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EINTR)
		;
}

void handover_serve(const struct handover *handover, pid_t program, uid_t uid)
{
	for (int n = 0; handover->listener >= 0 && n < ASKED_AT_ONCE; n++) {
		int asking = accept4(handover->listener, NULL, NULL, SOCK_CLOEXEC);

		if (asking < 0)
			return;
		if (may_have(asking, program, uid))
			hand_over(handover, asking);
		close(asking);
	}
}

void handover_close(struct handover *handover)
{
	if (handover->listener >= 0)
		close(handover->listener);
	if (handover->ring_fd >= 0)
		close(handover->ring_fd);
	*handover = HANDOVER_NOTHING;
}
