/*
 * fold_kernel.c - the kernel's side: what it was told to watch, and what
 * sockets there are. The program's own socket events tell it, and the kernel's
 * where it was watched; where both do they agree.
 */
#include "trace/replay/internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "trace/kinds/row.h"

enum { OP_ADD, OP_MOD, OP_DEL };

/* A descriptor in one epoll set; in the first set the key is the descriptor. */
static int64_t interest_key(int64_t set, int64_t fd)
{
	return (int64_t)((uint64_t)fd + ((uint64_t)set - 1) * (1ull << 34));
}

static struct replay_interest *interest_of(struct replay *replay, int64_t set, int64_t fd)
{
	return replay__interest(replay, interest_key(set, fd));
}

static void watch(struct replay *replay, const struct replay_row *row, int64_t set, int64_t fd,
		  int op, int64_t events)
{
	struct replay_table *table = &replay->state.interest;
	struct replay_interest *interest = interest_of(replay, set, fd);

	if (op == OP_DEL) {
		if (interest)
			replay__drop(replay, table, &interest->key);
		return;
	}
	interest = replay__interest_here(replay, interest_key(set, fd));
	if (!interest)
		return;
	interest->fd = fd;
	interest->set = set;
	interest->events = events;
	interest->seq = row->seq;
	if (set > replay->state.now.sets)
		replay->state.now.sets = set;
}

/* Takes off the list what is about this descriptor, or stands in this set; 0 is any. */
static void unwatch(struct replay *replay, int64_t fd, int64_t set)
{
	struct replay_table *table = &replay->state.interest;

	for (size_t i = table->count; i-- > 0;) {
		struct replay_interest *interest = REPLAY_AT(struct replay_interest, table, i);

		if (fd ? interest->fd == fd : interest->set == set)
			replay__drop(replay, table, &interest->key);
	}
}

/*
 * epoll.ctl(op, fd, events, result).  It does not say which set: where the
 * kernel's row has just told of another than the first, that is the one.
 */
static void epoll_ctl_event(struct replay *replay, const struct replay_row *row,
			    struct replay_span *span)
{
	const struct replay_table *table = &replay->state.interest;
	int64_t set = 1;

	(void)span;
	if (!(row->has & 2) || row->a[3] != 0 || row->a[0] < OP_ADD || row->a[0] > OP_DEL)
		return;
	for (size_t i = 0; replay->state.now.sets > 1 && i < table->count; i++) {
		const struct replay_interest *w = REPLAY_AT(struct replay_interest, table, i);

		if (w->fd == row->a[1] && w->set > 1)
			set = w->set;
	}
	if (set == 1 || row->a[0] != OP_DEL)
		watch(replay, row, set, row->a[1], (int)row->a[0], row->a[2]);
}

/* A new socket, by its family and whether it is a stream or of datagrams. */
static void socket_made(struct replay *replay, const struct replay_row *row, bool internet,
			bool stream, bool datagrams)
{
	struct replay_socket *socket;

	replay__socket_made(replay, row, row->a[0],
			    internet && stream ? REPLAY_TCP_CLOSED : REPLAY_TCP_NONE);
	socket = replay__socket(replay, row->a[0]);
	if (socket)
		socket->udp = internet && datagrams;
}

/* socket(fd, family, type): those without a type are the port's own, streams */
static void socket_event(struct replay *replay, const struct replay_row *row,
			 struct replay_span *span)
{
	bool datagrams = (row->has & 4) && row->a[2] == 1;

	(void)span;
	if ((row->has & 1) && !replay__socket(replay, row->a[0]))
		socket_made(replay, row, row->a[1] == AF_INET || row->a[1] == AF_INET6, !datagrams,
			    datagrams);
}

/* connect(fd, addr, result) */
static void connect_event(struct replay *replay, const struct replay_row *row,
			  struct replay_span *span)
{
	(void)span;
	replay__socket_connect(replay, row, row->a[1]);
}

/* The kernel takes what is closed off every epoll set. */
void replay__kernel_closed(struct replay *replay, int64_t fd)
{
	struct replay_socket *socket = replay__socket(replay, fd);
	struct replay_interest *interest;

	if (socket)
		replay__drop(replay, &replay->state.sockets, &socket->fd);
	if (replay->state.now.sets > 1) {
		unwatch(replay, fd, 0);
		return;
	}
	interest = interest_of(replay, 1, fd);
	if (interest)
		replay__drop(replay, &replay->state.interest, &interest->key);
}

/* ---- rows of the kernel: fd, result, and the arguments in the detail */

/* A field of the detail; it ends with a semicolon or with the detail.  "" if it is not there. */
static const char *part(const struct replay_row *row, const char *key)
{
	return row_text(row->detail, key).text;
}

/* Of which the program never spoke: the kernel's n is the object -1 - n; 0 if it is no n. */
static int64_t unnamed(const char *text)
{
	char *end;
	long fd = strtol(text, &end, 10);

	return end == text || fd < 0 || fd > INT32_MAX ? 0 : -1 - fd;
}

/*
 * The row with its descriptor as an object.  One of which the program never
 * spoke has none, and stands in the detail by its number: "fd=6; ...".
 */
static struct replay_row named(const struct replay_row *row)
{
	struct replay_row copy = *row;

	if ((copy.has & 1) || !row_has(copy.detail, "fd"))
		return copy;
	copy.a[0] = unnamed(part(row, "fd"));
	if (copy.a[0])
		copy.has |= 1;
	return copy;
}

/* "epoll" is 1, "epoll#2" is 2; 0 for what is no set. */
static int64_t set_number(const char *text)
{
	long long number;

	if (strncmp(text, "epoll", 5) != 0)
		return 0;
	if (text[5] != '#')
		return 1;
	number = strtoll(text + 6, NULL, 10);
	return number > 1 && number <= INT32_MAX ? number : 0;
}

/* IN|OUT|ERR: the masks of epoll_ctl as its row has them. */
static int64_t parse_bits(const char *text)
{
	static const struct {
		const char *word;
		int64_t bit;
	} words[] = {
		{ "IN", EPOLLIN },
		{ "PRI", EPOLLPRI },
		{ "OUT", EPOLLOUT },
		{ "ERR", EPOLLERR },
		{ "HUP", EPOLLHUP },
		{ "RDHUP", EPOLLRDHUP },
		{ "ET", (int64_t)EPOLLET },
		{ "ONESHOT", EPOLLONESHOT },
		{ "EXCLUSIVE", EPOLLEXCLUSIVE },
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

/* "fd=fd#1; args=ADD OUT|ERR|HUP; result=0", and " set=epoll#2" behind the mask */
static void kernel_epoll_ctl(struct replay *replay, const struct replay_row *bare,
			     struct replay_span *span)
{
	static const char *const ops[] = { "ADD", "MOD", "DEL" };
	struct replay_row row = named(bare);
	const char *arguments = part(&row, "args"), *named_set = strstr(arguments, " set=");
	int64_t set = named_set ? set_number(named_set + strlen(" set=")) : 1;

	(void)span;
	if (!set || !(row.has & 1) || row.a[1] != 0)
		return;
	for (int op = OP_ADD; op <= OP_DEL; op++)
		if (strncmp(arguments, ops[op], 3) == 0)
			watch(replay, &row, set, row.a[0], op,
			      arguments[3] == ' ' ? parse_bits(arguments + 4) : 0);
}

/* A call gave out this number: what had it before is gone, whoever closed it. */
static void made_anew(struct replay *replay, int64_t fd)
{
	if (fd < 0)
		replay__kernel_closed(replay, fd);
}

/* "fd=6; args=INET STREAM NONBLOCK; result=OK" */
static void kernel_socket(struct replay *replay, const struct replay_row *bare,
			  struct replay_span *span)
{
	struct replay_row row = named(bare);
	const char *arguments = part(&row, "args");
	const char *type = arguments + strcspn(arguments, " ");
	/* another protocol than the usual one is named */
	bool usual = !strstr(arguments, " protocol=");
	bool internet = strncmp(arguments, "INET ", 5) == 0 || strncmp(arguments, "INET6 ", 6) == 0;

	(void)span;
	if (!(row.has & 1) || row.a[1] < 0)
		return;
	made_anew(replay, row.a[0]);
	if (!replay__socket(replay, row.a[0]))
		socket_made(replay, &row, internet && usual, strncmp(type, " STREAM", 7) == 0,
			    strncmp(type, " DGRAM", 6) == 0);
}

/*
 * "fd=5; args=127.0.0.1:4711; result=7": what it returned is a socket like the
 * one that listened; if nothing is known of that, its peer's address tells.
 */
static void kernel_accept(struct replay *replay, const struct replay_row *bare,
			  struct replay_span *span)
{
	struct replay_row row = named(bare);
	const struct replay_socket *listening = replay__socket(replay, row.a[0]);
	const char *peer = part(&row, "args");
	int64_t fd = row.a[1] < 0 ? 0 : unnamed(part(&row, "result"));

	(void)span;
	if (!fd)
		return;
	made_anew(replay, fd);
	if (listening)
		replay__socket_made(replay, &row, fd,
				    listening->state == REPLAY_TCP_NONE ? REPLAY_TCP_NONE
									: REPLAY_TCP_ESTABLISHED);
	else if (*peer == '[' || (*peer >= '0' && *peer <= '9'))
		replay__socket_made(replay, &row, fd, REPLAY_TCP_ESTABLISHED);
}

/* Two descriptors in a0 and a1, by number */
static void kernel_pair(struct replay *replay, const struct replay_row *row,
			struct replay_span *span)
{
	(void)span;
	for (int i = 0; i < 2; i++)
		if ((row->has >> i & 1) && row->a[i] >= 0 && row->a[i] <= INT32_MAX)
			made_anew(replay, -1 - row->a[i]);
}

static void kernel_connect(struct replay *replay, const struct replay_row *bare,
			   struct replay_span *span)
{
	struct replay_row row = named(bare);

	(void)span;
	if (strncmp(part(&row, "args"), "UNSPEC", 6) != 0)
		replay__socket_connect(replay, &row, row.a[1]);
	else if (row.a[1] == 0)
		replay__socket_set(replay, &row, REPLAY_TCP_CLOSED, 0);
}

static void kernel_listen(struct replay *replay, const struct replay_row *bare,
			  struct replay_span *span)
{
	struct replay_row row = named(bare);

	(void)span;
	if (row.a[1] == 0)
		replay__socket_set(replay, &row, REPLAY_TCP_LISTEN, 0);
}

/* The number of an error by its name as the detail has it, 0 for another word. */
static int error_number(const char *name)
{
	size_t length = strcspn(name, ";");

	for (int number = 1; number < 134; number++) {
		const char *known = strerrorname_np(number);

		if (known && strlen(known) == length && memcmp(known, name, length) == 0)
			return number;
	}
	return 0;
}

/* "args=SO_ERROR; result=ECONNREFUSED" */
static void kernel_getsockopt(struct replay *replay, const struct replay_row *bare,
			      struct replay_span *span)
{
	struct replay_row row = named(bare);
	const char *arguments = part(&row, "args"), *result = part(&row, "result");

	(void)span;
	if (row.a[1] != 0 || strncmp(arguments, "SO_ERROR", 8) != 0 || arguments[8] != ';')
		return;
	row.a[2] = error_number(result);
	if (row.a[2] || strcmp(result, "0") == 0)
		replay__kernel_getsockopt(replay, &row);
}

static void kernel_shutdown(struct replay *replay, const struct replay_row *bare,
			    struct replay_span *span)
{
	struct replay_row row = named(bare);
	const char *way = part(&row, "args");
	bool both = strncmp(way, "RDWR", 4) == 0;

	(void)span;
	if (row.a[1] == 0 && (row.has & 1))
		replay__socket_shutdown(replay, &row, both || strncmp(way, "RD;", 3) == 0,
					both || strncmp(way, "WR", 2) == 0);
}

/* Nothing that was asked for is no end of file. */
static void kernel_received(struct replay *replay, const struct replay_row *bare,
			    struct replay_span *span)
{
	struct replay_row row = named(bare);
	const char *arguments = part(&row, "args");

	(void)span;
	if (row.a[1] == 0 &&
	    (strncmp(arguments, "max=0;", 6) == 0 || strncmp(arguments, "max=0 ", 6) == 0 ||
	     strncmp(arguments, "buffers=0;", 10) == 0))
		return;
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

/* Another number for the same socket: "fd=6; args=onto=7; result=7" */
static void kernel_dup(struct replay *replay, const struct replay_row *bare,
		       struct replay_span *span)
{
	struct replay_row row = named(bare);
	int64_t fd = -1 - row.a[1];
	const struct replay_socket *from;
	struct replay_socket copy, *to;

	(void)span;
	if (row.a[1] < 0 || row.a[1] > INT32_MAX || fd == row.a[0])
		return;
	made_anew(replay, fd);
	from = replay__socket(replay, row.a[0]);
	if (!from)
		return;
	copy = *from;
	copy.fd = fd;
	to = replay__socket_here(replay, fd);
	if (to)
		*to = copy;
}

static void kernel_fcntl(struct replay *replay, const struct replay_row *row,
			 struct replay_span *span)
{
	if (strncmp(part(row, "args"), "F_DUPFD", 7) == 0)
		kernel_dup(replay, row, span);
}

/* "args=3-9; result=0", "args=3- UNSHARE; ..."; to be closed by an exec is not closed yet */
static void kernel_close_range(struct replay *replay, const struct replay_row *row,
			       struct replay_span *span)
{
	const char *range = part(row, "args");
	char *end;
	long long first = strtoll(range, &end, 10), last = INT32_MAX;
	struct replay_table *sockets = &replay->state.sockets, *interest = &replay->state.interest;

	(void)span;
	if (row->a[1] != 0 || end == range || *end != '-' || strstr(range, "CLOEXEC"))
		return;
	if (end[1] >= '0' && end[1] <= '9')
		last = strtoll(end + 1, NULL, 10);
	for (size_t i = sockets->count; i-- > 0;) {
		int64_t fd = *replay_table_at(sockets, i);

		if (fd < 0 && -1 - fd >= first && -1 - fd <= last)
			replay__drop(replay, sockets, replay_table_at(sockets, i));
	}
	for (size_t i = interest->count; i-- > 0;) {
		int64_t fd = REPLAY_AT(struct replay_interest, interest, i)->fd;

		if (fd < 0 && -1 - fd >= first && -1 - fd <= last)
			replay__drop(replay, interest, replay_table_at(interest, i));
	}
}

/* "fd=epoll#2; result=OK" */
static void kernel_epoll_create(struct replay *replay, const struct replay_row *row,
				struct replay_span *span)
{
	(void)span;
	if (row_has(row->detail, "fd") && row->a[1] >= 0) {
		made_anew(replay, -1 - row->a[1]);
		unwatch(replay, 0, set_number(part(row, "fd")));
	}
}

static void kernel_close(struct replay *replay, const struct replay_row *bare,
			 struct replay_span *span)
{
	struct replay_row row = named(bare);
	int64_t set = set_number(part(&row, "fd"));

	(void)span;
	if (row.has & 1)
		replay__kernel_closed(replay, row.a[0]);
	else if (set)
		unwatch(replay, 0, set);
}

#define CALL(what, function)                                                                       \
	{                                                                                          \
		.means = MEANS_CALL_##what, .apply = (function), .wants_detail = true              \
	}

const struct replay_rule replay__kernel_rules[] = {
	{ .means = MEANS_INTEREST_CHANGED, .apply = epoll_ctl_event },
	{ .means = MEANS_SOCKET_MADE, .apply = socket_event },
	{ .means = MEANS_SOCKET_CONNECTS, .apply = connect_event },
	{ .means = MEANS_CALL_MAKES_PAIR, .apply = kernel_pair },
	CALL(MAKES_SET, kernel_epoll_create),
	CALL(CHANGES_SET, kernel_epoll_ctl),
	CALL(MAKES_SOCKET, kernel_socket),
	CALL(ACCEPTS, kernel_accept),
	CALL(CONNECTS, kernel_connect),
	CALL(LISTENS, kernel_listen),
	CALL(READS_OPTION, kernel_getsockopt),
	CALL(SHUTS_DOWN, kernel_shutdown),
	CALL(RECEIVES, kernel_received),
	CALL(SENDS, kernel_sent),
	CALL(CONTROLS, kernel_fcntl),
	CALL(DUPLICATES, kernel_dup),
	CALL(CLOSES_RANGE, kernel_close_range),
	CALL(CLOSES, kernel_close),
	{ 0 },
};
