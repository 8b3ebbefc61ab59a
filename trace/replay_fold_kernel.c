/*
 * The kernel's side: what it was told to watch, and how sockets stand.  The
 * program's own socket events tell it, and the kernel's where it was watched;
 * where both do they agree.  TCP's state is what these calls let one know.
 */
#include "trace/replay_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum { OP_ADD, OP_MOD, OP_DEL };

static struct replay_socket *socket_of(struct replay *replay, int64_t fd)
{
	return (struct replay_socket *)(void *)replay_table_find(&replay->state.sockets, fd);
}

/* The errno of a result below zero; 0 if it is none that the kernel has. */
static int64_t errno_of(int64_t result)
{
	return result < 0 && result >= -4095 ? -result : 0;
}

static void set_state(struct replay *replay, const struct replay_row *row, enum replay_tcp state,
		      int64_t error)
{
	struct replay_socket *socket = socket_of(replay, row->a[0]);

	if (!socket)
		return;
	socket->state = state;
	socket->error = error;
	socket->seq = row->seq;
}

static void watch(struct replay *replay, const struct replay_row *row, int64_t fd, int op,
		  int64_t events)
{
	struct replay_table *table = &replay->state.interest;
	struct replay_interest *interest;

	if (op == OP_DEL) {
		int64_t *gone = replay_table_find(table, fd);

		if (gone)
			replay__drop(replay, table, gone);
		return;
	}
	interest = (struct replay_interest *)(void *)replay__row(replay, table, fd);
	if (!interest)
		return;
	interest->events = events;
	interest->seq = row->seq;
}

/* epoll.ctl(op, fd, events, result) */
static void epoll_ctl_event(struct replay *replay, const struct replay_row *row,
			    struct replay_span *span)
{
	(void)span;
	if ((row->has & 2) && row->a[3] == 0 && row->a[0] >= OP_ADD && row->a[0] <= OP_DEL)
		watch(replay, row, row->a[1], (int)row->a[0], row->a[2]);
}

/* socket(fd, family) */
static void made(struct replay *replay, const struct replay_row *row, struct replay_span *span)
{
	struct replay_socket *socket;

	(void)span;
	if (!(row->has & 1) || socket_of(replay, row->a[0]))
		return;
	socket = (struct replay_socket *)(void *)replay__row(replay, &replay->state.sockets,
							     row->a[0]);
	if (socket)
		socket->seq = row->seq;
}

static void connecting(struct replay *replay, const struct replay_row *row, int64_t result)
{
	if (result == 0)
		set_state(replay, row, REPLAY_TCP_ESTABLISHED, 0);
	else if (result == -EINPROGRESS)
		set_state(replay, row, REPLAY_TCP_SYN_SENT, 0);
	else
		set_state(replay, row, REPLAY_TCP_FAILED, errno_of(result));
}

/* connect(fd, addr, result) */
static void connect_event(struct replay *replay, const struct replay_row *row,
			  struct replay_span *span)
{
	(void)span;
	connecting(replay, row, row->a[1]);
}

void replay__kernel_getsockopt(struct replay *replay, const struct replay_row *row)
{
	const struct replay_socket *socket = socket_of(replay, row->a[0]);

	if (row->a[2])
		set_state(replay, row, REPLAY_TCP_FAILED, row->a[2]);
	else if (socket && socket->state == REPLAY_TCP_SYN_SENT)
		set_state(replay, row, REPLAY_TCP_ESTABLISHED, 0);
}

void replay__kernel_received(struct replay *replay, const struct replay_row *row, int64_t result)
{
	const struct replay_socket *socket = socket_of(replay, row->a[0]);

	if (!socket)
		return;
	if (result == 0)
		set_state(replay, row, REPLAY_TCP_CLOSE_WAIT, 0);
	else if (result < 0 && result != -EAGAIN && result != -EINTR)
		set_state(replay, row, REPLAY_TCP_FAILED, errno_of(result));
	else if (result > 0 && socket->state < REPLAY_TCP_ESTABLISHED)
		set_state(replay, row, REPLAY_TCP_ESTABLISHED, 0);
}

void replay__kernel_sent(struct replay *replay, const struct replay_row *row, int64_t result)
{
	const struct replay_socket *socket = socket_of(replay, row->a[0]);

	if (!socket)
		return;
	if (result < 0 && result != -EAGAIN && result != -EINTR)
		set_state(replay, row, REPLAY_TCP_FAILED, errno_of(result));
	else if (result > 0 && socket->state < REPLAY_TCP_ESTABLISHED)
		set_state(replay, row, REPLAY_TCP_ESTABLISHED, 0);
}

/* The kernel takes what is closed off every epoll set. */
void replay__kernel_closed(struct replay *replay, int64_t fd)
{
	int64_t *socket = replay_table_find(&replay->state.sockets, fd);
	int64_t *interest = replay_table_find(&replay->state.interest, fd);

	if (socket)
		replay__drop(replay, &replay->state.sockets, socket);
	if (interest)
		replay__drop(replay, &replay->state.interest, interest);
}

/* ---- rows of the kernel: fd, result, and the arguments in the detail */

/*
 * The row with its descriptor as an object.  One of which the program never
 * spoke has none, and stands in the detail by its number: "fd=6; ...".
 */
static struct replay_row named(const struct replay_row *row)
{
	struct replay_row copy = *row;
	char *end;
	long fd;

	if ((copy.has & 1) || !copy.detail || strncmp(copy.detail, "fd=", 3) != 0)
		return copy;
	fd = strtol(copy.detail + 3, &end, 10);
	if (end == copy.detail + 3 || fd < 0 || fd > INT32_MAX)
		return copy;
	copy.a[0] = -1 - fd;
	copy.has |= 1;
	return copy;
}

/* IN|OUT|ERR: the masks of epoll_ctl as its row has them. */
static int64_t parse_bits(const char *text)
{
	static const struct { const char *word; int64_t bit; } words[] = {
		{ "IN", EPOLLIN }, { "PRI", EPOLLPRI }, { "OUT", EPOLLOUT }, { "ERR", EPOLLERR },
		{ "HUP", EPOLLHUP }, { "RDHUP", EPOLLRDHUP }, { "ET", (int64_t)EPOLLET },
		{ "ONESHOT", EPOLLONESHOT }, { "EXCLUSIVE", EPOLLEXCLUSIVE },
	};
	int64_t mask = 0;

	for (;;) {
		size_t length = strcspn(text, "|; ");

		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (strlen(words[i].word) == length &&
			    memcmp(words[i].word, text, length) == 0)
				mask |= words[i].bit;
		if (text[length] != '|')
			return mask;
		text += length + 1;
	}
}

/* "fd=fd#1; args=ADD OUT|ERR|HUP; result=0" */
static void kernel_epoll_ctl(struct replay *replay, const struct replay_row *bare,
			     struct replay_span *span)
{
	static const char *const ops[] = { "ADD", "MOD", "DEL" };
	struct replay_row row = named(bare);
	const char *arguments = row.detail ? strstr(row.detail, "args=") : NULL;

	(void)span;
	if (!arguments || !(row.has & 1) || row.a[1] != 0)
		return;
	arguments += strlen("args=");
	for (int op = OP_ADD; op <= OP_DEL; op++)
		if (strncmp(arguments, ops[op], 3) == 0)
			watch(replay, &row, row.a[0], op,
			      arguments[3] == ' ' ? parse_bits(arguments + 4) : 0);
}

static void kernel_socket(struct replay *replay, const struct replay_row *bare,
			  struct replay_span *span)
{
	struct replay_row row = named(bare);

	made(replay, &row, span);
}

/* What it returned has a name only where the listening one has. */
static void kernel_accept(struct replay *replay, const struct replay_row *bare,
			  struct replay_span *span)
{
	struct replay_row row = *bare;

	if ((row.has & 1) || row.a[1] < 0 || row.a[1] > INT32_MAX)
		return;
	row.a[0] = -1 - row.a[1];
	row.has |= 1;
	made(replay, &row, span);
	set_state(replay, &row, REPLAY_TCP_ESTABLISHED, 0);
}

static void kernel_connect(struct replay *replay, const struct replay_row *bare,
			   struct replay_span *span)
{
	struct replay_row row = named(bare);

	(void)span;
	connecting(replay, &row, row.a[1]);
}

static void kernel_listen(struct replay *replay, const struct replay_row *bare,
			  struct replay_span *span)
{
	struct replay_row row = named(bare);

	(void)span;
	if (row.a[1] == 0)
		set_state(replay, &row, REPLAY_TCP_LISTEN, 0);
}

static void kernel_received(struct replay *replay, const struct replay_row *bare,
			    struct replay_span *span)
{
	struct replay_row row = named(bare);

	(void)span;
	if (row.has & 2)
		replay__kernel_received(replay, &row, row.a[1]);
}

static void kernel_sent(struct replay *replay, const struct replay_row *bare,
			struct replay_span *span)
{
	struct replay_row row = named(bare);

	(void)span;
	if (row.has & 2)
		replay__kernel_sent(replay, &row, row.a[1]);
}

static void kernel_close(struct replay *replay, const struct replay_row *bare,
			 struct replay_span *span)
{
	struct replay_row row = named(bare);

	(void)span;
	if (row.has & 1)
		replay__kernel_closed(replay, row.a[0]);
}

#define KERNEL(call, function) \
	{ .symbol = "kernel_" call, .apply = (function), .wants_detail = true }

const struct replay_rule replay__kernel_rules[] = {
	{ .symbol = "epoll_ctl", .apply = epoll_ctl_event },
	{ .symbol = "sock_socket", .apply = made },
	{ .symbol = "sock_connect", .apply = connect_event },
	KERNEL("epoll_ctl", kernel_epoll_ctl),
	KERNEL("socket", kernel_socket),
	KERNEL("accept", kernel_accept),
	KERNEL("accept4", kernel_accept),
	KERNEL("connect", kernel_connect),
	KERNEL("listen", kernel_listen),
	KERNEL("recvfrom", kernel_received),
	KERNEL("sendto", kernel_sent),
	KERNEL("close", kernel_close),
	{ 0 },
};
