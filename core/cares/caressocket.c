/*
 * caressocket.c - the sockets of c-ares, made and used here in its place, so
 * that a trace shows what it asks and what it hears.
 *
 * They are what its own would be: non-blocking and closed by exec.  c-ares
 * reads errno after each of these.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/cares/internal.h"
#include "core/netutil.h"
#include "core/platform/descriptor.h"
#include "trace/emit/emit.h"

static ares_socket_t open_socket(int domain, int type, int protocol, void *user)
{
	int fd = socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

	(void)user;
	if (fd >= 0)
		EMIT(cares_socket, FD(descriptor_new(fd)), INT(domain), INT(type == SOCK_DGRAM));
	return fd;
}

static int close_socket(ares_socket_t fd, void *user)
{
	(void)user;
	EMIT(cares_close, FD(descriptor_name(fd)));
	descriptor_closed(fd);
	return close(fd);
}

static int connect_socket(ares_socket_t fd, const struct sockaddr *address, ares_socklen_t length,
			  void *user)
{
	struct resolved_address peer = { .family = address->sa_family, .length = length };
	char text[ADDRESS_TEXT_MAX];
	int error;

	(void)user;
	memcpy(&peer.address, address, length);
	resolved_address_text(&peer, text);
	error = connect(fd, address, length) < 0 ? errno : 0;
	EMIT(cares_connect, FD(descriptor_name(fd)), TEXT(text), INT(-error));
	errno = error;
	return error ? -1 : 0;
}

static ares_ssize_t receive(ares_socket_t fd, void *buffer, size_t size, int flags,
			    struct sockaddr *from, ares_socklen_t *length, void *user)
{
	ssize_t n = recvfrom(fd, buffer, size, flags, from, length);
	int error = n < 0 ? errno : 0;

	(void)user;
	EMIT(cares_recv, FD(descriptor_name(fd)), INT(size), INT(error ? -error : n),
	     WHEN(n > 0, BYTES(buffer, n)));
	errno = error;
	return n;
}

static size_t total(const struct iovec *pieces, int count)
{
	size_t bytes = 0;

	for (int i = 0; i < count; i++)
		bytes += pieces[i].iov_len;
	return bytes;
}

static ares_ssize_t send_pieces(ares_socket_t fd, const struct iovec *pieces, int count, void *user)
{
	const struct msghdr message = { .msg_iov = (struct iovec *)(uintptr_t)pieces,
					.msg_iovlen = (size_t)count };
	ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL);
	int error = n < 0 ? errno : 0;

	(void)user;
	/* one datagram is one piece, and so is nearly all that goes over TCP */
	EMIT(cares_send, FD(descriptor_name(fd)), INT(total(pieces, count)),
	     INT(error ? -error : n), WHEN(n > 0 && count == 1, BYTES(pieces[0].iov_base, n)));
	errno = error;
	return n;
}

void caresresolver__use_sockets(ares_channel channel)
{
	static const struct ares_socket_functions functions = {
		.asocket = open_socket,
		.aclose = close_socket,
		.aconnect = connect_socket,
		.arecvfrom = receive,
		.asendv = send_pieces,
	};

	ares_set_socket_functions(channel, &functions, NULL);
}
