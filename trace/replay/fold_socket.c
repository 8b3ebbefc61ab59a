/*
 * fold_socket.c - TCP's state, as far as the calls on a socket let one know it.
 * What they leave open stays as it was: a state is never guessed.
 */
#include "trace/replay/internal.h"

#include <errno.h>

#define ERRNO_MAX 4095 /* the kernel returns no result below its negative */

void replay__socket_made(struct replay *replay, const struct replay_row *row, int64_t fd,
			 enum replay_tcp state)
{
	struct replay_socket *socket = replay__socket_here(replay, fd);

	if (!socket)
		return;
	socket->state = state;
	socket->seq = row->seq;
}

void replay__socket_set(struct replay *replay, const struct replay_row *row, enum replay_tcp state,
			int64_t error)
{
	struct replay_socket *socket = replay__socket(replay, row->a[0]);

	/* only TCP's sockets have such a state, and what is so already stays as it is */
	if (!socket || socket->state == REPLAY_TCP_NONE ||
	    (socket->state == (int64_t)state && socket->error == error))
		return;
	socket->state = state;
	socket->error = error;
	socket->seq = row->seq;
}

/* Errors of the connection, not of the call that was told. */
static bool ends_connection(int64_t error)
{
	static const int errors[] = {
		ECONNRESET, ECONNREFUSED, ECONNABORTED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH,
		EHOSTDOWN,  ENETDOWN,     ENETRESET,    EPROTO,    ENOPROTOOPT,  EPIPE,
	};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i] == error)
			return true;
	return false;
}

static void failed(struct replay *replay, const struct replay_row *row, int64_t result)
{
	const struct replay_socket *socket = replay__socket(replay, row->a[0]);
	int64_t error = result >= -ERRNO_MAX ? -result : 0;

	if (!socket || !ends_connection(error))
		return;
	/* who has ended his own sending, or knows worse, learns nothing from EPIPE */
	if (error == EPIPE && socket->state >= REPLAY_TCP_FAILED)
		return;
	replay__socket_set(replay, row, REPLAY_TCP_FAILED, error);
}

/* Bytes went through: there is a connection. */
static void moved(struct replay *replay, const struct replay_row *row)
{
	const struct replay_socket *socket = replay__socket(replay, row->a[0]);

	if (socket && socket->state < REPLAY_TCP_ESTABLISHED)
		replay__socket_set(replay, row, REPLAY_TCP_ESTABLISHED, 0);
}

void replay__socket_connect(struct replay *replay, const struct replay_row *row, int64_t result)
{
	enum { RESTART = 512 }; /* ERESTARTSYS: interrupted inside the kernel */

	if (result < -ERRNO_MAX || result > 0)
		return;
	switch (-result) {
	case 0:
		replay__socket_set(replay, row, REPLAY_TCP_ESTABLISHED, 0);
		break;
	case EISCONN:
		moved(replay, row);
		break;
	case EINPROGRESS:
	case EALREADY:
	case EINTR:
	case RESTART:
		replay__socket_set(replay, row, REPLAY_TCP_SYN_SENT, 0);
		break;
	case EBADF:
	case EFAULT:
	case EINVAL:
	case ENOTSOCK:
	case EAFNOSUPPORT:
		break; /* the call was not one */
	default:
		replay__socket_set(replay, row, REPLAY_TCP_FAILED, -result);
	}
}

void replay__kernel_getsockopt(struct replay *replay, const struct replay_row *row)
{
	const struct replay_socket *socket = replay__socket(replay, row->a[0]);

	if (row->a[2])
		replay__socket_set(replay, row, REPLAY_TCP_FAILED, row->a[2]);
	else if (socket && socket->state == REPLAY_TCP_SYN_SENT)
		replay__socket_set(replay, row, REPLAY_TCP_ESTABLISHED, 0);
}

void replay__kernel_received(struct replay *replay, const struct replay_row *row, int64_t result)
{
	const struct replay_socket *socket = replay__socket(replay, row->a[0]);

	if (!socket)
		return;
	if (result < 0)
		failed(replay, row, result);
	else if (result > 0)
		moved(replay, row);
	else if (socket->deaf)
		return; /* its own doing */
	else if (socket->state == REPLAY_TCP_FIN_WAIT)
		replay__socket_set(replay, row, REPLAY_TCP_TIME_WAIT, 0);
	else if (socket->state <= REPLAY_TCP_ESTABLISHED)
		replay__socket_set(replay, row, REPLAY_TCP_CLOSE_WAIT, 0);
}

void replay__kernel_sent(struct replay *replay, const struct replay_row *row, int64_t result)
{
	if (result < 0)
		failed(replay, row, result);
	else if (result > 0)
		moved(replay, row);
}

void replay__socket_shutdown(struct replay *replay, const struct replay_row *row, bool reading,
			     bool writing)
{
	struct replay_socket *socket = replay__socket(replay, row->a[0]);

	if (!socket)
		return;
	if (socket->state == REPLAY_TCP_LISTEN && reading)
		replay__socket_set(replay, row, REPLAY_TCP_CLOSED, 0);
	else if (socket->state == REPLAY_TCP_SYN_SENT)
		replay__socket_set(replay, row, REPLAY_TCP_CLOSED, 0);
	else if (socket->state == REPLAY_TCP_ESTABLISHED && writing)
		replay__socket_set(replay, row, REPLAY_TCP_FIN_WAIT, 0);
	else if (socket->state == REPLAY_TCP_CLOSE_WAIT && writing)
		replay__socket_set(replay, row, REPLAY_TCP_LAST_ACK, 0);
	socket->deaf |= reading;
}
