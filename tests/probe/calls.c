/*
 * calls.c - a child that waits to be traced and then makes the calls that the
 * tests expect.
 */
#include "tests/probe/calls.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "trace/emit/clock.h"
#include "trace/probe/record.h"

void child_start(struct child *child, void (*body)(void *context), void *context)
{
	int gate[2];

	if (pipe2(gate, O_CLOEXEC) < 0)
		abort();
	child->pid = fork();
	if (child->pid < 0)
		abort();
	if (child->pid == 0) {
		struct pollfd wait = { .fd = gate[0], .events = POLLIN };

		/* not a call that is recorded, whether tracing has begun or not */
		if (poll(&wait, 1, -1) != 1)
			_exit(1);
		body(context);
		_exit(0);
	}
	close(gate[0]);
	child->gate = gate[1];
}

void child_go(struct child *child)
{
	if (write(child->gate, "", 1) != 1)
		abort();
	close(child->gate);
}

int child_is_gone(struct child *child)
{
	return waitpid(child->pid, NULL, WNOHANG) == child->pid;
}

/* By number, not through libc, which may choose another call. */
static long call(long nr, long a, long b, long c, long d, long e, long f)
{
	return syscall(nr, a, b, c, d, e, f);
}
#define CALL_(nr, a, b, c, d, e, f, ...)                                                           \
	call((nr), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define CALL(...) CALL_(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

static void stream_calls(void)
{
	struct iovec vector = { "x", 1 };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
	int pair[2];
	char byte;
	struct iovec into = { &byte, 1 };
	struct msghdr received = { .msg_iov = &into, .msg_iovlen = 1 };

	CALL(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, pair);
	CALL(SYS_sendto, pair[0], "x", 1);
	CALL(SYS_recvfrom, pair[1], &byte, 1);
	CALL(SYS_sendmsg, pair[0], &message);
	CALL(SYS_recvmsg, pair[1], &received);
	CALL(SYS_write, pair[0], "x", 1);
	CALL(SYS_read, pair[1], &byte, 1);
	CALL(SYS_writev, pair[0], &vector, 1);
	CALL(SYS_readv, pair[1], &into, 1);
	CALL(SYS_fcntl, pair[0], F_GETFL);
	CALL(SYS_shutdown, pair[0], SHUT_WR);
	CALL(SYS_close, pair[0]);
	CALL(SYS_close, pair[1]);
}

static void socket_calls(void)
{
	struct sockaddr_in here = { .sin_family = AF_INET };
	socklen_t length = sizeof(here);
	int one = 1, error;
	socklen_t error_length = sizeof(error);
	long s = CALL(SYS_socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CALL(SYS_setsockopt, s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	CALL(SYS_bind, s, &here, sizeof(here));
	CALL(SYS_listen, s, 128);
	CALL(SYS_accept, s, &here, &length);
	CALL(SYS_accept4, s, 0, 0, SOCK_NONBLOCK);
	CALL(SYS_connect, s, &here, sizeof(here));
	CALL(SYS_getsockopt, s, SOL_SOCKET, SO_ERROR, &error, &error_length);
	CALL(SYS_close, s);
}

static void epoll_calls(void)
{
	struct epoll_event event = { .events = EPOLLIN }, ready[8];
	struct timespec none = { 0 };
	long epoll = CALL(SYS_epoll_create1, 0);
	long other = CALL(SYS_epoll_create, 1);
	int ends[2];

	CALL(SYS_pipe, ends);
	event.data.fd = ends[0];
	CALL(SYS_epoll_ctl, epoll, EPOLL_CTL_ADD, ends[0], &event);
	CALL(SYS_epoll_wait, epoll, ready, 8, 0);
	CALL(SYS_epoll_pwait, epoll, ready, 8, 0);
	CALL(SYS_epoll_pwait2, epoll, ready, 8, &none);
	CALL(SYS_close, ends[0]);
	CALL(SYS_close, ends[1]);
	CALL(SYS_pipe2, ends, O_CLOEXEC);
	CALL(SYS_close, ends[0]);
	CALL(SYS_close, ends[1]);
	CALL(SYS_close, epoll);
	CALL(SYS_close, other);
}

static void number_calls(void)
{
	long first = CALL(SYS_dup, 0);

	CALL(SYS_dup2, 0, first);
	CALL(SYS_dup3, 0, first, O_CLOEXEC);
	CALL(SYS_close_range, 1000000, 1000001, 0);
	CALL(SYS_close, first);
}

void calls_make(void *context)
{
	int count = *(int *)context;

	for (int i = 0; i < count; i++) {
		stream_calls();
		socket_calls();
		epoll_calls();
		number_calls();
	}
}

unsigned calls_expected(unsigned call)
{
	return call == CALL_close ? 10 : 1;
}
