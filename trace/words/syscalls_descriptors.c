/*
 * syscalls_descriptors.c - what calls do to descriptors: which they make,
 * close, double, and what else they tell.
 */
#include "trace/words/syscalls_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/epoll.h>
#include <sys/socket.h>

unsigned syscalls_made(const struct probe_call *call, int made[2])
{
	if ((call->flags & ~PROBE_UNREADABLE) || call->result < 0)
		return 0;
	switch (call->id) {
	case CALL_socket:
	case CALL_accept:
	case CALL_accept4:
	case CALL_epoll_create:
	case CALL_epoll_create1:
		made[0] = (int)call->result;
		return 1;
	case CALL_pipe:
	case CALL_pipe2:
	case CALL_socketpair:
		made[0] = syscalls__captured(call, 0, -1);
		made[1] = syscalls__captured(call, 1, -1);
		return made[0] >= 0 && made[1] >= 0 ? 2 : 0;
	}
	return 0;
}

/* Whether a call of this kind went well; only then do its arguments mean anything. */
static bool succeeded(const struct probe_call *call)
{
	return !(call->flags & ~PROBE_UNREADABLE) && call->result >= 0;
}

bool syscalls_duplicated(const struct probe_call *call, int *from, int *to)
{
	int command = syscalls__argument(call, 1);

	*from = syscalls__argument(call, 0);
	*to = (int)call->result;
	if (!succeeded(call) || *from == *to)
		return false;
	switch (call->id) {
	case CALL_dup:
	case CALL_dup2:
	case CALL_dup3:
		return true;
	case CALL_fcntl:
		return command == F_DUPFD || command == F_DUPFD_CLOEXEC;
	}
	return false;
}

bool syscalls_closed_range(const struct probe_call *call, uint32_t *first, uint32_t *last)
{
	*first = (uint32_t)call->arg[0];
	*last = (uint32_t)call->arg[1];
	return call->id == CALL_close_range && succeeded(call) &&
	       !(call->arg[2] & CLOSE_RANGE_CLOEXEC);
}

bool syscalls_marked(const struct probe_call *call, uint32_t *first, uint32_t *last, bool *ends)
{
	uint64_t flags = 0, bit = O_CLOEXEC;

	_Static_assert(O_CLOEXEC == SOCK_CLOEXEC && O_CLOEXEC == EPOLL_CLOEXEC, "one bit for all");
	if (!succeeded(call))
		return false;
	*first = *last = (uint32_t)call->result;
	switch (call->id) {
	case CALL_socket:
	case CALL_socketpair:
	case CALL_pipe2:
		flags = call->arg[1];
		break;
	case CALL_accept4:
		flags = call->arg[3];
		break;
	case CALL_epoll_create1:
		flags = call->arg[0];
		break;
	case CALL_dup3:
		flags = call->arg[2];
		break;
	case CALL_fcntl:
		if (syscalls__argument(call, 1) == F_DUPFD_CLOEXEC) {
			flags = bit;
			break;
		}
		if (syscalls__argument(call, 1) != F_SETFD)
			return false;
		*first = *last = (uint32_t)call->arg[0];
		*ends = (call->arg[2] & FD_CLOEXEC) != 0;
		return true;
	case CALL_close_range:
		*first = (uint32_t)call->arg[0];
		*last = (uint32_t)call->arg[1];
		*ends = true;
		return (call->arg[2] & CLOSE_RANGE_CLOEXEC) != 0;
	}
	*ends = true;
	return (flags & bit) != 0;
}

int syscalls_descriptor(const struct probe_call *call)
{
	const struct syscalls_row *row = syscalls_find(call->id);
	int made[2];

	if (!row)
		return -1;
	if (row->descriptor >= 0)
		return syscalls__argument(call, (unsigned)row->descriptor);
	return syscalls_made(call, made) == 1 ? made[0] : -1;
}

int syscalls_set(const struct probe_call *call)
{
	bool is_about_set = syscalls__is_wait(call) || call->id == CALL_epoll_ctl;

	/* no more is asked of a result than that the kernel took it for a set */
	if (!is_about_set || call->flags & PROBE_NEVER_RETURNED || call->result < 0)
		return -1;
	return syscalls__argument(call, 0);
}

bool syscalls_ends_wait(const struct probe_call *call)
{
	return syscalls__is_wait(call) && !(call->flags & PROBE_NEVER_RETURNED) &&
	       (call->result >= 0 || call->result == -EINTR);
}
