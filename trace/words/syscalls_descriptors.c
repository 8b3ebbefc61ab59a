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

unsigned syscalls_made(const struct probe_record *record, int made[2])
{
	if ((record->flags & ~PROBE_UNREADABLE) || record->result < 0)
		return 0;
	switch (record->call) {
	case CALL_socket:
	case CALL_accept:
	case CALL_accept4:
	case CALL_epoll_create:
	case CALL_epoll_create1:
		made[0] = (int)record->result;
		return 1;
	case CALL_pipe:
	case CALL_pipe2:
	case CALL_socketpair:
		made[0] = syscalls__captured(record, 0, -1);
		made[1] = syscalls__captured(record, 1, -1);
		return made[0] >= 0 && made[1] >= 0 ? 2 : 0;
	}
	return 0;
}

/* Whether a call of this kind went well; only then do its arguments mean anything. */
static bool succeeded(const struct probe_record *record)
{
	return !(record->flags & ~PROBE_UNREADABLE) && record->result >= 0;
}

bool syscalls_duplicated(const struct probe_record *record, int *from, int *to)
{
	int command = syscalls__argument(record, 1);

	*from = syscalls__argument(record, 0);
	*to = (int)record->result;
	if (!succeeded(record) || *from == *to)
		return false;
	switch (record->call) {
	case CALL_dup:
	case CALL_dup2:
	case CALL_dup3:
		return true;
	case CALL_fcntl:
		return command == F_DUPFD || command == F_DUPFD_CLOEXEC;
	}
	return false;
}

bool syscalls_closed_range(const struct probe_record *record, uint32_t *first, uint32_t *last)
{
	*first = (uint32_t)record->arg[0];
	*last = (uint32_t)record->arg[1];
	return record->call == CALL_close_range && succeeded(record) &&
	       !(record->arg[2] & CLOSE_RANGE_CLOEXEC);
}

bool syscalls_marked(const struct probe_record *record, uint32_t *first, uint32_t *last, bool *ends)
{
	uint64_t flags = 0, bit = O_CLOEXEC;

	_Static_assert(O_CLOEXEC == SOCK_CLOEXEC && O_CLOEXEC == EPOLL_CLOEXEC, "one bit for all");
	if (!succeeded(record))
		return false;
	*first = *last = (uint32_t)record->result;
	switch (record->call) {
	case CALL_socket:
	case CALL_socketpair:
	case CALL_pipe2:
		flags = record->arg[1];
		break;
	case CALL_accept4:
		flags = record->arg[3];
		break;
	case CALL_epoll_create1:
		flags = record->arg[0];
		break;
	case CALL_dup3:
		flags = record->arg[2];
		break;
	case CALL_fcntl:
		if (syscalls__argument(record, 1) == F_DUPFD_CLOEXEC) {
			flags = bit;
			break;
		}
		if (syscalls__argument(record, 1) != F_SETFD)
			return false;
		*first = *last = (uint32_t)record->arg[0];
		*ends = (record->arg[2] & FD_CLOEXEC) != 0;
		return true;
	case CALL_close_range:
		*first = (uint32_t)record->arg[0];
		*last = (uint32_t)record->arg[1];
		*ends = true;
		return (record->arg[2] & CLOSE_RANGE_CLOEXEC) != 0;
	}
	*ends = true;
	return (flags & bit) != 0;
}

int syscalls_descriptor(const struct probe_record *record)
{
	const struct syscalls_row *row = syscalls_find(record->call);
	int made[2];

	if (!row)
		return -1;
	if (row->descriptor >= 0)
		return syscalls__argument(record, (unsigned)row->descriptor);
	return syscalls_made(record, made) == 1 ? made[0] : -1;
}

int syscalls_set(const struct probe_record *record)
{
	bool is_about_set = syscalls__is_wait(record) || record->call == CALL_epoll_ctl;

	/* no more is asked of a result than that the kernel took it for a set */
	if (!is_about_set || record->flags & PROBE_NEVER_RETURNED || record->result < 0)
		return -1;
	return syscalls__argument(record, 0);
}

bool syscalls_ends_wait(const struct probe_record *record)
{
	return syscalls__is_wait(record) && !(record->flags & PROBE_NEVER_RETURNED) &&
	       (record->result >= 0 || record->result == -EINTR);
}
