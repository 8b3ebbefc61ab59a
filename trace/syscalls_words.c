/* The names of the numbers that system calls take. */
#include "trace/syscalls_words.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#ifndef TCP_ULP
#define TCP_ULP 31
#endif

const struct syscalls_word syscalls_epoll_bits[] = {
	{ EPOLLIN, "IN" }, { EPOLLPRI, "PRI" }, { EPOLLOUT, "OUT" }, { EPOLLERR, "ERR" },
	{ EPOLLHUP, "HUP" }, { EPOLLRDHUP, "RDHUP" }, { EPOLLRDNORM, "RDNORM" },
	{ EPOLLRDBAND, "RDBAND" }, { EPOLLWRNORM, "WRNORM" }, { EPOLLWRBAND, "WRBAND" },
	{ EPOLLMSG, "MSG" }, { EPOLLEXCLUSIVE, "EXCLUSIVE" }, { EPOLLWAKEUP, "WAKEUP" },
	{ EPOLLONESHOT, "ONESHOT" }, { EPOLLET, "ET" }, { 0 },
};
const struct syscalls_word syscalls_epoll_operations[] = {
	{ EPOLL_CTL_ADD, "ADD" }, { EPOLL_CTL_MOD, "MOD" }, { EPOLL_CTL_DEL, "DEL" }, { 0 },
};
const struct syscalls_word syscalls_families[] = {
	{ AF_UNSPEC, "UNSPEC" }, { AF_UNIX, "UNIX" }, { AF_INET, "INET" },
	{ AF_INET6, "INET6" }, { AF_NETLINK, "NETLINK" }, { 0 },
};
const struct syscalls_word syscalls_socket_types[] = {
	{ SOCK_STREAM, "STREAM" }, { SOCK_DGRAM, "DGRAM" }, { SOCK_RAW, "RAW" },
	{ SOCK_SEQPACKET, "SEQPACKET" }, { 0 },
};
const struct syscalls_word syscalls_socket_flags[] = {
	{ SOCK_NONBLOCK, "NONBLOCK" }, { SOCK_CLOEXEC, "CLOEXEC" }, { 0 },
};
const struct syscalls_word syscalls_message_flags[] = {
	{ MSG_OOB, "OOB" }, { MSG_PEEK, "PEEK" }, { MSG_DONTWAIT, "DONTWAIT" },
	{ MSG_WAITALL, "WAITALL" }, { MSG_NOSIGNAL, "NOSIGNAL" }, { MSG_MORE, "MORE" },
	{ MSG_TRUNC, "TRUNC" }, { 0 },
};
const struct syscalls_word syscalls_directions[] = {
	{ SHUT_RD, "RD" }, { SHUT_WR, "WR" }, { SHUT_RDWR, "RDWR" }, { 0 },
};
const struct syscalls_word syscalls_fcntl_commands[] = {
	{ F_DUPFD, "F_DUPFD" }, { F_GETFD, "F_GETFD" }, { F_SETFD, "F_SETFD" },
	{ F_GETFL, "F_GETFL" }, { F_SETFL, "F_SETFL" }, { F_GETLK, "F_GETLK" },
	{ F_SETLK, "F_SETLK" }, { F_SETLKW, "F_SETLKW" }, { F_OFD_GETLK, "F_OFD_GETLK" },
	{ F_OFD_SETLK, "F_OFD_SETLK" }, { F_DUPFD_CLOEXEC, "F_DUPFD_CLOEXEC" },
	{ F_GETPIPE_SZ, "F_GETPIPE_SZ" }, { F_SETPIPE_SZ, "F_SETPIPE_SZ" }, { 0 },
};
const struct syscalls_word syscalls_file_flags[] = {
	{ O_WRONLY, "O_WRONLY" }, { O_RDWR, "O_RDWR" }, { O_APPEND, "O_APPEND" },
	{ O_NONBLOCK, "O_NONBLOCK" }, { O_ASYNC, "O_ASYNC" }, { 0 },
};
const struct syscalls_word syscalls_open_flags[] = {
	{ O_NONBLOCK, "NONBLOCK" }, { O_CLOEXEC, "CLOEXEC" }, { O_DIRECT, "DIRECT" }, { 0 },
};
const struct syscalls_word syscalls_range_flags[] = {
	{ CLOSE_RANGE_UNSHARE, "UNSHARE" }, { CLOSE_RANGE_CLOEXEC, "CLOEXEC" }, { 0 },
};
static const struct syscalls_word socket_options[] = {
	{ SO_ERROR, "SO_ERROR" }, { SO_REUSEADDR, "SO_REUSEADDR" }, { SO_TYPE, "SO_TYPE" },
	{ SO_BROADCAST, "SO_BROADCAST" }, { SO_SNDBUF, "SO_SNDBUF" }, { SO_RCVBUF, "SO_RCVBUF" },
	{ SO_KEEPALIVE, "SO_KEEPALIVE" }, { SO_LINGER, "SO_LINGER" },
	{ SO_REUSEPORT, "SO_REUSEPORT" }, { SO_RCVTIMEO, "SO_RCVTIMEO" },
	{ SO_SNDTIMEO, "SO_SNDTIMEO" }, { SO_ACCEPTCONN, "SO_ACCEPTCONN" },
	{ SO_PROTOCOL, "SO_PROTOCOL" }, { SO_DOMAIN, "SO_DOMAIN" },
	{ SO_PEERCRED, "SO_PEERCRED" }, { 0 },
};
static const struct syscalls_word tcp_options[] = {
	{ TCP_NODELAY, "TCP_NODELAY" }, { TCP_MAXSEG, "TCP_MAXSEG" }, { TCP_CORK, "TCP_CORK" },
	{ TCP_KEEPIDLE, "TCP_KEEPIDLE" }, { TCP_KEEPINTVL, "TCP_KEEPINTVL" },
	{ TCP_KEEPCNT, "TCP_KEEPCNT" }, { TCP_DEFER_ACCEPT, "TCP_DEFER_ACCEPT" },
	{ TCP_INFO, "TCP_INFO" }, { TCP_QUICKACK, "TCP_QUICKACK" },
	{ TCP_USER_TIMEOUT, "TCP_USER_TIMEOUT" }, { TCP_FASTOPEN, "TCP_FASTOPEN" },
	{ TCP_ULP, "TCP_ULP" }, { 0 },
};
static const struct syscalls_word ip_options[] = {
	{ IP_TOS, "IP_TOS" }, { IP_TTL, "IP_TTL" }, { IP_RECVERR, "IP_RECVERR" },
	{ IP_PKTINFO, "IP_PKTINFO" }, { 0 },
};
static const struct syscalls_word ipv6_options[] = {
	{ IPV6_V6ONLY, "IPV6_V6ONLY" }, { IPV6_RECVERR, "IPV6_RECVERR" },
	{ IPV6_RECVPKTINFO, "IPV6_RECVPKTINFO" }, { 0 },
};

/* Errors inside the kernel: the call will be made again when a signal has been handled. */
const struct syscalls_word syscalls_restarts[] = {
	{ 512, "ERESTARTSYS" }, { 513, "ERESTARTNOINTR" }, { 514, "ERESTARTNOHAND" },
	{ 516, "ERESTART_RESTARTBLOCK" }, { 0 },
};

const char *syscalls_word(const struct syscalls_word *words, uint32_t number)
{
	for (; words->name; words++)
		if (words->number == number)
			return words->name;
	return NULL;
}

const struct syscalls_word *syscalls_options(uint32_t level)
{
	static const struct syscalls_word none[] = { { 0 } };

	switch (level) {
	case SOL_SOCKET: return socket_options;
	case IPPROTO_TCP: return tcp_options;
	case IPPROTO_IP: return ip_options;
	case IPPROTO_IPV6: return ipv6_options;
	}
	return none;
}
