/*
 * syscalls.c - a system call taken apart by the table of calls, and
 * said.
 */
#include "trace/words/syscalls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "trace/words/syscalls_internal.h"
#include "trace/words/syscalls_words.h"

static const struct syscalls_row rows[CALL_END] = {
#define SYSCALL(index, nr, nm, mns, fd, capture, at, show, en, zh)                                 \
	[index] = { .name = #nm,                                                                   \
		    .means = MEANS_##mns,                                                          \
		    .descriptor = (fd),                                                            \
		    .english = en,                                                                 \
		    .chinese = zh },
#include "trace/probe/syscalls.def"
#undef SYSCALL
};

const struct syscalls_row *syscalls_find(unsigned call)
{
	return call > CALL_NONE && call < CALL_END ? &rows[call] : NULL;
}

/* Text that grows up to SYSCALLS_TEXT; what does not fit is left out. */
struct text {
	char *out;
	size_t length;
	const struct syscalls_names *names;
};

static void put(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct text *text, const char *format, ...)
{
	size_t room = SYSCALLS_TEXT - text->length;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text->out + text->length, room, format, arguments);
	va_end(arguments);
	if (length > 0)
		text->length += (size_t)length < room ? (size_t)length : room - 1;
}

static void put_word(struct text *text, const struct syscalls_word *words, uint32_t number)
{
	const char *name = syscalls_word(words, number);

	if (name)
		put(text, "%s", name);
	else
		put(text, "%u", number);
}

/* Bits by name joined by bars, what has no name as a number, nothing for zero. */
static void put_bits(struct text *text, const struct syscalls_word *words, uint32_t bits)
{
	const char *bar = "";

	for (; words->name; words++) {
		if (!(bits & words->number))
			continue;
		put(text, "%s%s", bar, words->name);
		bits &= ~words->number;
		bar = "|";
	}
	if (bits)
		put(text, "%s0x%x", bar, bits);
}

static void put_errno(struct text *text, int number)
{
	const char *name = strerrorname_np(number);

	if (!name)
		name = syscalls_word(syscalls_restarts, (uint32_t)number);
	if (name)
		put(text, "%s", name);
	else
		put(text, "error %d", number);
}

static void put_descriptor(struct text *text, int fd)
{
	char name[SYSCALLS_NAME];

	text->names->descriptor(text->names->context, fd, name);
	put(text, "%s", name);
}

/* A byte of the program's, made harmless; ';' would end a field. */
static void put_character(struct text *text, unsigned char byte)
{
	bool plain = byte > ' ' && byte < 0x7f && byte != ';' && byte != '\\';

	put(text, "%c", plain ? byte : '?');
}

static void put_path(struct text *text, const struct probe_call *call)
{
	size_t at = offsetof(struct sockaddr_un, sun_path);

	put(text, "unix:");
	/* an abstract name begins with a NUL */
	if (at < call->captured && call->data[at] == '\0')
		at++, put(text, "@");
	for (; at < call->captured && call->data[at]; at++)
		put_character(text, call->data[at]);
	/* the probe keeps so many bytes of an address; a name may be longer */
	if (at == PROBE_SMALL)
		put(text, "...");
}

static void show_address(struct text *text, const struct probe_call *call)
{
	char host[INET6_ADDRSTRLEN];
	struct sockaddr_in6 in6;
	struct sockaddr_in in;
	sa_family_t family;

	if (call->captured < sizeof(family))
		return;
	memcpy(&family, call->data, sizeof(family));
	if (family == AF_INET && call->captured >= sizeof(in)) {
		memcpy(&in, call->data, sizeof(in));
		inet_ntop(AF_INET, &in.sin_addr, host, sizeof(host));
		put(text, "%s:%u", host, ntohs(in.sin_port));
	} else if (family == AF_INET6 &&
		   call->captured >= offsetof(struct sockaddr_in6, sin6_scope_id)) {
		memcpy(&in6, call->data, offsetof(struct sockaddr_in6, sin6_scope_id));
		inet_ntop(AF_INET6, &in6.sin6_addr, host, sizeof(host));
		put(text, "[%s]:%u", host, ntohs(in6.sin6_port));
	} else if (family == AF_UNIX) {
		put_path(text, call);
	} else {
		put_word(text, syscalls_families, family);
	}
}

static void put_option(struct text *text, const struct probe_call *call)
{
	uint32_t level = (uint32_t)call->arg[1], option = (uint32_t)call->arg[2];
	const char *name = syscalls_word(syscalls_options(level), option);

	if (name)
		put(text, "%s", name);
	else
		put(text, "level=%u option=%u", level, option);
}

static bool is_socket_error(const struct probe_call *call)
{
	return call->id == CALL_getsockopt && call->arg[1] == SOL_SOCKET &&
	       call->arg[2] == SO_ERROR;
}

static void put_flags(struct text *text, const struct syscalls_word *words, uint32_t bits)
{
	if (!bits)
		return;
	put(text, " ");
	put_bits(text, words, bits);
}

static void show_wait(struct text *text, const struct probe_call *call)
{
	int ms = syscalls__argument(call, 3);
	uint64_t ns = call->arg[3];

	if (call->id != CALL_epoll_pwait2)
		ns = ms < 0 ? PROBE_NO_TIMEOUT : (uint64_t)ms * 1000000u;
	if (ns == PROBE_NO_TIMEOUT)
		put(text, "timeout=none");
	else if (ns == PROBE_BAD_TIMEOUT)
		put(text, "timeout=?");
	else if (ns == 0)
		put(text, "timeout=0");
	else if (ns % 1000000u == 0)
		put(text, "timeout=%llums", (unsigned long long)ns / 1000000u);
	else
		put(text, "timeout=%lluns", (unsigned long long)ns);
	/* the room for events is news when it was too small */
	if (call->result > 0 && call->result == syscalls__argument(call, 2))
		put(text, " max=%d", syscalls__argument(call, 2));
}

static void show_control(struct text *text, const struct probe_call *call)
{
	struct probe_ready event;

	put_word(text, syscalls_epoll_operations, (uint32_t)call->arg[1]);
	if (call->captured >= sizeof(event)) {
		memcpy(&event, call->data, sizeof(event));
		put(text, " ");
		put_bits(text, syscalls_epoll_bits, event.events);
		/* the usual data is the descriptor itself; anything else is news */
		if ((uint32_t)event.data != (uint32_t)call->arg[2])
			put(text, " data=0x%llx", (unsigned long long)event.data);
	}
	if (!text->names->is_first_set(text->names->context, syscalls__argument(call, 0))) {
		put(text, " set=");
		put_descriptor(text, syscalls__argument(call, 0));
	}
}

static void show_pair(struct text *text, const struct probe_call *call)
{
	int made[2];

	if (syscalls_made(call, made) != 2)
		return;
	put_descriptor(text, made[0]);
	put(text, ",");
	put_descriptor(text, made[1]);
	if (call->id == CALL_pipe2)
		put_flags(text, syscalls_open_flags, (uint32_t)call->arg[1]);
	else if (call->id == CALL_socketpair)
		put_flags(text, syscalls_socket_flags, (uint32_t)call->arg[1] & ~0xfu);
}

static void show_set(struct text *text, const struct probe_call *call)
{
	put_bits(text, syscalls_open_flags, (uint32_t)call->arg[0]);
}

static void show_fcntl(struct text *text, const struct probe_call *call)
{
	int command = syscalls__argument(call, 1);

	put_word(text, syscalls_fcntl_commands, (uint32_t)command);
	if (command == F_SETFL)
		put_flags(text, syscalls_file_flags,
			  (uint32_t)call->arg[2] & ~(uint32_t)O_LARGEFILE);
	else if (command == F_SETFD)
		put(text, " %s", call->arg[2] & FD_CLOEXEC ? "FD_CLOEXEC" : "0");
	else if (command == F_ADD_SEALS)
		put_flags(text, syscalls_seals, (uint32_t)call->arg[2]);
	else if (command == F_DUPFD || command == F_DUPFD_CLOEXEC || command == F_SETOWN ||
		 command == F_SETSIG || command == F_SETPIPE_SZ || command == F_SETLEASE)
		put(text, " %d", syscalls__argument(call, 2));
}

static void put_to(struct text *text, const struct probe_call *call)
{
	if (call->captured) {
		put(text, " to ");
		show_address(text, call);
	}
}

/* Functions named show_SHOW write the arguments; syscalls.def says which. */

static void show_blank(struct text *text, const struct probe_call *call)
{
	(void)text;
	(void)call;
}

static void show_read(struct text *text, const struct probe_call *call)
{
	put(text, "max=%llu", (unsigned long long)call->arg[2]);
}

static void show_write(struct text *text, const struct probe_call *call)
{
	put(text, "len=%llu", (unsigned long long)call->arg[2]);
}

static void show_vector(struct text *text, const struct probe_call *call)
{
	put(text, "buffers=%d", syscalls__argument(call, 2));
}

/* The one that family and type stand for, or none was asked for. */
static bool is_usual_protocol(const struct probe_call *call)
{
	int family = syscalls__argument(call, 0), type = syscalls__argument(call, 1) & 0xf;
	int protocol = syscalls__argument(call, 2);

	return protocol == 0 || ((family == AF_INET || family == AF_INET6) &&
				 ((type == SOCK_STREAM && protocol == IPPROTO_TCP) ||
				  (type == SOCK_DGRAM && protocol == IPPROTO_UDP)));
}

static void show_socket(struct text *text, const struct probe_call *call)
{
	uint32_t type = (uint32_t)call->arg[1];

	put_word(text, syscalls_families, (uint32_t)call->arg[0]);
	put(text, " ");
	put_word(text, syscalls_socket_types, type & 0xf);
	put_flags(text, syscalls_socket_flags, type & ~0xfu);
	if (!is_usual_protocol(call))
		put(text, " protocol=%d", syscalls__argument(call, 2));
}

static void show_send(struct text *text, const struct probe_call *call)
{
	show_write(text, call);
	put_flags(text, syscalls_message_flags, (uint32_t)call->arg[3]);
	put_to(text, call);
}

static void show_receive(struct text *text, const struct probe_call *call)
{
	show_read(text, call);
	put_flags(text, syscalls_message_flags, (uint32_t)call->arg[3]);
	if (call->captured) {
		put(text, " from ");
		show_address(text, call);
	}
}

static void show_accept(struct text *text, const struct probe_call *call)
{
	show_address(text, call);
	if (call->id != CALL_accept4 || !call->arg[3])
		return;
	put(text, "%s", text->length ? " " : "");
	put_bits(text, syscalls_socket_flags, (uint32_t)call->arg[3]);
}

static void show_message(struct text *text, const struct probe_call *call)
{
	put_bits(text, syscalls_message_flags, (uint32_t)call->arg[2]);
}

static void show_onto(struct text *text, const struct probe_call *call)
{
	put(text, "onto=%d", syscalls__argument(call, 1));
	if (call->id == CALL_dup3)
		put_flags(text, syscalls_open_flags, (uint32_t)call->arg[2]);
}

static void show_range(struct text *text, const struct probe_call *call)
{
	if ((uint32_t)call->arg[1] == UINT32_MAX)
		put(text, "%u-", (uint32_t)call->arg[0]);
	else
		put(text, "%u-%u", (uint32_t)call->arg[0], (uint32_t)call->arg[1]);
	put_flags(text, syscalls_range_flags, (uint32_t)call->arg[2]);
}

static void show_shutdown(struct text *text, const struct probe_call *call)
{
	put_word(text, syscalls_directions, (uint32_t)call->arg[1]);
}

static void show_listen(struct text *text, const struct probe_call *call)
{
	put(text, "backlog=%d", syscalls__argument(call, 1));
}

/* What has no text of its own, or is cut short, is left out. */
static void put_value(struct text *text, const struct probe_call *call)
{
	enum syscalls_value value =
		syscalls_option_value((uint32_t)call->arg[1], (uint32_t)call->arg[2]);
	int64_t time[2], number;

	switch (value) {
	case SYSCALLS_NUMBER:
		memcpy(&number, call->data,
		       call->captured < sizeof(number) ? call->captured : sizeof(number));
		if (call->captured == sizeof(int))
			put(text, "=%d", syscalls__captured(call, 0, 0));
		else if (call->captured == 1)
			put(text, "=%u", call->data[0]);
		else if (call->captured == sizeof(number))
			put(text, "=0x%llx", (unsigned long long)number);
		break;
	case SYSCALLS_STRING:
		put(text, "=");
		for (unsigned i = 0; i < call->captured && call->data[i]; i++)
			put_character(text, call->data[i]);
		break;
	case SYSCALLS_LINGER:
		if (call->captured >= 2 * sizeof(int) && !syscalls__captured(call, 0, 0))
			put(text, "=off");
		else if (call->captured >= 2 * sizeof(int))
			put(text, "=%ds", syscalls__captured(call, 1, 0));
		break;
	case SYSCALLS_TIME:
		if (call->captured < sizeof(time))
			break;
		memcpy(time, call->data, sizeof(time));
		put(text, "=%lld.%06llds", (long long)time[0], (long long)time[1]);
		break;
	case SYSCALLS_OPAQUE:
		break;
	}
}

/* For SO_ERROR the value is the result: it is what the caller wanted to know. */
static void show_option(struct text *text, const struct probe_call *call)
{
	put_option(text, call);
	if (call->captured && !is_socket_error(call))
		put_value(text, call);
}

/* How each call is written. */
static void (*const shows[CALL_END])(struct text *text, const struct probe_call *call) = {
#define SYSCALL(index, nr, name, means, fd, capture, at, show, ...) [index] = show_##show,
#include "trace/probe/syscalls.def"
#undef SYSCALL
};

size_t syscalls_arguments(const struct probe_call *call, const struct syscalls_names *names,
			  char *out)
{
	struct text text = { .out = out, .names = names };

	*out = '\0';
	if (syscalls_find(call->id))
		shows[call->id](&text, call);
	return text.length;
}

static bool is_accept(const struct probe_call *call)
{
	return call->id == CALL_accept || call->id == CALL_accept4;
}

/* "waker:IN,fd#1:OUT"; what was beyond the room for it is counted. */
static void put_ready(struct text *text, const struct probe_call *call)
{
	unsigned count = call->captured / (unsigned)sizeof(struct probe_ready);

	if (count > (uint64_t)call->result)
		count = (unsigned)call->result;
	for (unsigned i = 0; i < count; i++) {
		struct probe_ready ready;
		char name[SYSCALLS_NAME];

		memcpy(&ready, call->data + i * sizeof(ready), sizeof(ready));
		text->names->ready(text->names->context, syscalls__argument(call, 0), ready.data,
				   name);
		put(text, "%s%s:", i ? "," : "", name);
		put_bits(text, syscalls_epoll_bits, ready.events);
	}
	if (call->result > count)
		put(text, "%s%lld more", count ? "," : "", (long long)call->result - count);
}

size_t syscalls_result(const struct probe_call *call, const struct syscalls_names *names, char *out)
{
	struct text text = { .out = out, .names = names };
	int made[2];

	*out = '\0';
	if (call->flags & PROBE_NEVER_RETURNED)
		put(&text, "BLOCKED");
	else if (call->result < 0 && call->result >= -4095)
		put_errno(&text, (int)-call->result);
	else if (is_socket_error(call) && syscalls__captured(call, 0, 0) > 0)
		put_errno(&text, syscalls__captured(call, 0, 0));
	else if (syscalls__is_wait(call) && call->result > 0)
		put_ready(&text, call);
	else if (syscalls_made(call, made) == 1 && is_accept(call))
		put_descriptor(&text, made[0]);
	else if (syscalls_made(call, made) == 1)
		put(&text, "OK");
	else
		put(&text, "%lld", (long long)call->result);
	return text.length;
}
