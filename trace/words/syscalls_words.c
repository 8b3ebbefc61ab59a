/*
 * syscalls_words.c - the names of the numbers that system calls take.
 */
#include "trace/words/syscalls_words.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>

const struct syscalls_word syscalls_epoll_bits[] = {
	{ EPOLLIN, "IN" },         { EPOLLPRI, "PRI" },
	{ EPOLLOUT, "OUT" },       { EPOLLERR, "ERR" },
	{ EPOLLHUP, "HUP" },       { EPOLLRDHUP, "RDHUP" },
	{ EPOLLRDNORM, "RDNORM" }, { EPOLLRDBAND, "RDBAND" },
	{ EPOLLWRNORM, "WRNORM" }, { EPOLLWRBAND, "WRBAND" },
	{ EPOLLMSG, "MSG" },       { EPOLLEXCLUSIVE, "EXCLUSIVE" },
	{ EPOLLWAKEUP, "WAKEUP" }, { EPOLLONESHOT, "ONESHOT" },
	{ EPOLLET, "ET" },         { 0 },
};
const struct syscalls_word syscalls_epoll_operations[] = {
	{ EPOLL_CTL_ADD, "ADD" },
	{ EPOLL_CTL_MOD, "MOD" },
	{ EPOLL_CTL_DEL, "DEL" },
	{ 0 },
};
const struct syscalls_word syscalls_families[] = {
	{ AF_UNSPEC, "UNSPEC" }, { AF_UNIX, "UNIX" },       { AF_INET, "INET" },
	{ AF_INET6, "INET6" },   { AF_NETLINK, "NETLINK" }, { 0 },
};
const struct syscalls_word syscalls_socket_types[] = {
	{ SOCK_STREAM, "STREAM" },
	{ SOCK_DGRAM, "DGRAM" },
	{ SOCK_RAW, "RAW" },
	{ SOCK_SEQPACKET, "SEQPACKET" },
	{ 0 },
};
const struct syscalls_word syscalls_socket_flags[] = {
	{ SOCK_NONBLOCK, "NONBLOCK" },
	{ SOCK_CLOEXEC, "CLOEXEC" },
	{ 0 },
};
const struct syscalls_word syscalls_message_flags[] = {
	{ MSG_OOB, "OOB" },
	{ MSG_PEEK, "PEEK" },
	{ MSG_DONTWAIT, "DONTWAIT" },
	{ MSG_WAITALL, "WAITALL" },
	{ MSG_NOSIGNAL, "NOSIGNAL" },
	{ MSG_MORE, "MORE" },
	{ MSG_TRUNC, "TRUNC" },
	{ MSG_DONTROUTE, "DONTROUTE" },
	{ MSG_CTRUNC, "CTRUNC" },
	{ MSG_EOR, "EOR" },
	{ MSG_CONFIRM, "CONFIRM" },
	{ MSG_ERRQUEUE, "ERRQUEUE" },
	{ MSG_WAITFORONE, "WAITFORONE" },
	{ MSG_BATCH, "BATCH" },
	{ MSG_ZEROCOPY, "ZEROCOPY" },
	{ MSG_FASTOPEN, "FASTOPEN" },
	{ MSG_CMSG_CLOEXEC, "CMSG_CLOEXEC" },
	{ 0 },
};
const struct syscalls_word syscalls_directions[] = {
	{ SHUT_RD, "RD" },
	{ SHUT_WR, "WR" },
	{ SHUT_RDWR, "RDWR" },
	{ 0 },
};
const struct syscalls_word syscalls_fcntl_commands[] = {
	{ F_DUPFD, "F_DUPFD" },
	{ F_GETFD, "F_GETFD" },
	{ F_SETFD, "F_SETFD" },
	{ F_GETFL, "F_GETFL" },
	{ F_SETFL, "F_SETFL" },
	{ F_GETLK, "F_GETLK" },
	{ F_SETLK, "F_SETLK" },
	{ F_SETLKW, "F_SETLKW" },
	{ F_OFD_GETLK, "F_OFD_GETLK" },
	{ F_OFD_SETLK, "F_OFD_SETLK" },
	{ F_DUPFD_CLOEXEC, "F_DUPFD_CLOEXEC" },
	{ F_GETPIPE_SZ, "F_GETPIPE_SZ" },
	{ F_SETPIPE_SZ, "F_SETPIPE_SZ" },
	{ F_SETOWN, "F_SETOWN" },
	{ F_GETOWN, "F_GETOWN" },
	{ F_SETSIG, "F_SETSIG" },
	{ F_GETSIG, "F_GETSIG" },
	{ F_SETOWN_EX, "F_SETOWN_EX" },
	{ F_GETOWN_EX, "F_GETOWN_EX" },
	{ F_SETLEASE, "F_SETLEASE" },
	{ F_GETLEASE, "F_GETLEASE" },
	{ F_NOTIFY, "F_NOTIFY" },
	{ F_ADD_SEALS, "F_ADD_SEALS" },
	{ F_GET_SEALS, "F_GET_SEALS" },
	{ F_GET_RW_HINT, "F_GET_RW_HINT" },
	{ F_SET_RW_HINT, "F_SET_RW_HINT" },
	{ F_GET_FILE_RW_HINT, "F_GET_FILE_RW_HINT" },
	{ F_SET_FILE_RW_HINT, "F_SET_FILE_RW_HINT" },
	{ 0 },
};
const struct syscalls_word syscalls_seals[] = {
	{ F_SEAL_SEAL, "SEAL" },
	{ F_SEAL_SHRINK, "SHRINK" },
	{ F_SEAL_GROW, "GROW" },
	{ F_SEAL_WRITE, "WRITE" },
	{ F_SEAL_FUTURE_WRITE, "FUTURE_WRITE" },
	{ 0 },
};
const struct syscalls_word syscalls_file_flags[] = {
	{ O_WRONLY, "O_WRONLY" },     { O_RDWR, "O_RDWR" },   { O_APPEND, "O_APPEND" },
	{ O_NONBLOCK, "O_NONBLOCK" }, { O_ASYNC, "O_ASYNC" }, { 0 },
};
const struct syscalls_word syscalls_open_flags[] = {
	{ O_NONBLOCK, "NONBLOCK" },
	{ O_CLOEXEC, "CLOEXEC" },
	{ O_DIRECT, "DIRECT" },
	{ 0 },
};
const struct syscalls_word syscalls_range_flags[] = {
	{ CLOSE_RANGE_UNSHARE, "UNSHARE" },
	{ CLOSE_RANGE_CLOEXEC, "CLOEXEC" },
	{ 0 },
};
/* Errors inside the kernel: the call will be made again when a signal has been handled. */
const struct syscalls_word syscalls_restarts[] = {
	{ 512, "ERESTARTSYS" },
	{ 513, "ERESTARTNOINTR" },
	{ 514, "ERESTARTNOHAND" },
	{ 516, "ERESTART_RESTARTBLOCK" },
	{ 0 },
};

const char *syscalls_word(const struct syscalls_word *words, uint32_t number)
{
	for (; words->name; words++)
		if (words->number == number)
			return words->name;
	return NULL;
}
