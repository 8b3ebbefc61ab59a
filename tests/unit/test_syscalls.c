/*
 * test_syscalls.c - system calls as words: the table, what records decode to,
 * hostile records.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "trace/emit/emit.h"
#include "trace/words/objects.h"
#include "trace/words/syscalls.h"
#include "trace/write/descriptors.h"

#define EAGAIN_RESULT (-11)

static void name_descriptor(void *context, int fd, char *out)
{
	(void)context;
	snprintf(out, SYSCALLS_NAME, "fd#%d", fd);
}

static bool is_first_set(void *context, int fd)
{
	(void)context;
	return fd < 100;
}

static void name_ready(void *context, int set, uint64_t data, char *out)
{
	(void)set;
	name_descriptor(context, (int)data, out);
}

static const struct syscalls_names names = { name_descriptor, name_ready, is_first_set, NULL };

/* A record with room for anything that may be captured. */
static struct probe_call *record_of(unsigned call, int64_t result, const void *data,
				    size_t captured)
{
	struct probe_call *record = calloc(1, sizeof(*record) + PROBE_LARGE);

	assert_non_null(record);
	record->id = (uint16_t)call;
	record->result = result;
	record->captured = (uint16_t)captured;
	if (data)
		memcpy(record->data, data, captured);
	return record;
}

static void expect(struct probe_call *record, const char *arguments, const char *result)
{
	char out[SYSCALLS_TEXT];

	assert_int_equal(syscalls_arguments(record, &names, out), strlen(arguments));
	assert_string_equal(out, arguments);
	assert_int_equal(syscalls_result(record, &names, out), strlen(result));
	assert_string_equal(out, result);
	free(record);
}

static void the_table_is_whole(void **state)
{
	static const struct {
		const char *name;
		long nr;
	} numbers[] = {
#define SYSCALL(index, number, name, ...) { #name, (number) },
#include "trace/probe/syscalls.def"
#undef SYSCALL
	};

	(void)state;
	assert_null(syscalls_find(CALL_NONE));
	assert_null(syscalls_find(CALL_END));
	assert_int_equal(numbers[CALL_epoll_ctl - 1].nr, SYS_epoll_ctl);
	for (unsigned call = 1; call < CALL_END; call++) {
		const struct syscalls_row *row = syscalls_find(call);

		assert_non_null(row);
		assert_string_equal(row->name, numbers[call - 1].name);
		assert_true(numbers[call - 1].nr < PROBE_NR_MAX);
		assert_true(strlen(row->english) > 20 && strlen(row->chinese) > 20);
		for (unsigned other = 1; other < call; other++) {
			assert_string_not_equal(row->name, syscalls_find(other)->name);
			assert_string_not_equal(row->english, syscalls_find(other)->english);
			assert_int_not_equal(numbers[call - 1].nr, numbers[other - 1].nr);
		}
	}
}

static void numbers_are_those_of_the_machine(void **state)
{
	(void)state;
#define SYSCALL(index, number, name, ...) assert_int_equal(number, SYS_##name);
#include "trace/probe/syscalls.def"
#undef SYSCALL
}

static void epoll_is_decoded(void **state)
{
	struct probe_ready ready[2] = { { EPOLLIN, 5 }, { EPOLLOUT | EPOLLERR | EPOLLHUP, 7 } };
	struct probe_ready watched = { EPOLLIN | EPOLLRDHUP | EPOLLET, 7 };
	struct probe_call *record = record_of(CALL_epoll_ctl, 0, &watched, sizeof(watched));

	(void)state;
	record->arg[1] = EPOLL_CTL_ADD;
	record->arg[2] = 7;
	assert_int_equal(syscalls_descriptor(record), 7);
	expect(record, "ADD IN|RDHUP|ET", "0");
	record = record_of(CALL_epoll_ctl, 0, NULL, 0);
	record->arg[1] = EPOLL_CTL_DEL;
	expect(record, "DEL", "0");
	watched.data = 0xabcdef0000ull;
	record = record_of(CALL_epoll_ctl, -9, &watched, sizeof(watched));
	record->arg[1] = EPOLL_CTL_MOD;
	record->arg[2] = 7;
	expect(record, "MOD IN|RDHUP|ET data=0xabcdef0000", "EBADF");
	record = record_of(CALL_epoll_wait, 2, ready, sizeof(ready));
	record->arg[3] = 20000;
	expect(record, "timeout=20000ms", "fd#5:IN,fd#7:OUT|ERR|HUP");
	record = record_of(CALL_epoll_pwait, 70, ready, sizeof(ready));
	record->arg[3] = (uint64_t)-1;
	expect(record, "timeout=none", "fd#5:IN,fd#7:OUT|ERR|HUP,68 more");
	record = record_of(CALL_epoll_pwait2, 0, NULL, 0);
	record->arg[3] = 1500000;
	expect(record, "timeout=1500000ns", "0");
	record = record_of(CALL_epoll_wait, 0, NULL, 0);
	record->flags = PROBE_NEVER_RETURNED;
	expect(record, "timeout=0", "BLOCKED");
}

static void sockets_are_decoded(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(8888) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(80),
				    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int refused = 111, one = 1, pair[2] = { 8, 9 };
	struct probe_call *record = record_of(CALL_socket, 7, NULL, 0);

	(void)state;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	record->arg[0] = AF_INET;
	record->arg[1] = SOCK_STREAM | SOCK_NONBLOCK;
	assert_int_equal(syscalls_descriptor(record), 7);
	expect(record, "INET STREAM NONBLOCK", "OK");
	expect(record_of(CALL_connect, -115, &in, sizeof(in)), "127.0.0.1:8888", "EINPROGRESS");
	expect(record_of(CALL_bind, 0, &in6, sizeof(in6)), "[::1]:80", "0");
	expect(record_of(CALL_accept4, 12, &in, sizeof(in)), "127.0.0.1:8888", "fd#12");
	expect(record_of(CALL_accept, EAGAIN_RESULT, NULL, 0), "", "EAGAIN");
	expect(record_of(CALL_socketpair, 0, pair, sizeof(pair)), "fd#8,fd#9", "0");
	record = record_of(CALL_getsockopt, 0, &refused, sizeof(refused));
	record->arg[1] = SOL_SOCKET;
	record->arg[2] = SO_ERROR;
	expect(record, "SO_ERROR", "ECONNREFUSED");
	record = record_of(CALL_setsockopt, 0, &one, sizeof(one));
	record->arg[1] = IPPROTO_TCP;
	record->arg[2] = TCP_NODELAY;
	expect(record, "TCP_NODELAY=1", "0");
	record = record_of(CALL_sendto, 83, &in, sizeof(in));
	record->arg[2] = 83;
	record->arg[3] = MSG_NOSIGNAL;
	expect(record, "len=83 NOSIGNAL to 127.0.0.1:8888", "83");
	record = record_of(CALL_recvfrom, EAGAIN_RESULT, NULL, 0);
	record->arg[2] = 4096;
	expect(record, "max=4096", "EAGAIN");
	expect(record_of(CALL_read, -512, NULL, 0), "max=0", "ERESTARTSYS");
}

static void expect_option(int level, int option, const void *value, size_t length,
			  const char *shown)
{
	struct probe_call *record = record_of(CALL_setsockopt, 0, value, length);

	record->arg[1] = (uint64_t)level;
	record->arg[2] = (uint64_t)option;
	expect(record, shown, "0");
}

static void options_have_names_and_values(void **state)
{
	int one = 1, linger[2] = { 1, 5 }, off[2] = { 0, 5 };
	int64_t time[2] = { 2, 500000 };
	unsigned char tos = 16, info[64] = { 1 };
	uint64_t cookie = 0x1234;

	(void)state;
	expect_option(SOL_SOCKET, SO_PASSCRED, &one, sizeof(one), "SO_PASSCRED=1");
	expect_option(SOL_SOCKET, SO_PRIORITY, &one, sizeof(one), "SO_PRIORITY=1");
	expect_option(SOL_SOCKET, SO_COOKIE, &cookie, sizeof(cookie), "SO_COOKIE=0x1234");
	expect_option(SOL_SOCKET, SO_LINGER, linger, sizeof(linger), "SO_LINGER=5s");
	expect_option(SOL_SOCKET, SO_LINGER, off, sizeof(off), "SO_LINGER=off");
	expect_option(SOL_SOCKET, SO_RCVTIMEO, time, sizeof(time), "SO_RCVTIMEO=2.500000s");
	expect_option(SOL_SOCKET, SO_BINDTODEVICE, "lo", 3, "SO_BINDTODEVICE=lo");
	expect_option(SOL_SOCKET, SO_BINDTODEVICE, "a;b\33", 4, "SO_BINDTODEVICE=a?b?");
	expect_option(IPPROTO_TCP, TCP_CONGESTION, "cubic\0\0\0", 8, "TCP_CONGESTION=cubic");
	expect_option(IPPROTO_TCP, TCP_NOTSENT_LOWAT, &one, sizeof(one), "TCP_NOTSENT_LOWAT=1");
	expect_option(IPPROTO_TCP, TCP_INFO, info, sizeof(info), "TCP_INFO");
	expect_option(IPPROTO_IP, IP_TOS, &tos, sizeof(tos), "IP_TOS=16");
	expect_option(IPPROTO_IP, IP_FREEBIND, &one, sizeof(one), "IP_FREEBIND=1");
	expect_option(IPPROTO_IPV6, IPV6_UNICAST_HOPS, &one, sizeof(one), "IPV6_UNICAST_HOPS=1");
	expect_option(IPPROTO_IP, 200, &one, sizeof(one), "level=0 option=200=1");
}

static void flags_have_names(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(53) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct probe_ready ready = { EPOLLIN, 5 };
	struct probe_call *record = record_of(CALL_accept4, 12, &in, sizeof(in));
	int pair[2] = { 8, 9 };

	(void)state;
	record->arg[3] = SOCK_NONBLOCK | SOCK_CLOEXEC;
	expect(record, "0.0.0.0:53 NONBLOCK|CLOEXEC", "fd#12");
	record = record_of(CALL_accept4, 12, NULL, 0);
	record->arg[3] = SOCK_CLOEXEC;
	expect(record, "CLOEXEC", "fd#12");
	record = record_of(CALL_pipe2, 0, pair, sizeof(pair));
	record->arg[1] = O_CLOEXEC | O_NONBLOCK;
	expect(record, "fd#8,fd#9 NONBLOCK|CLOEXEC", "0");
	record = record_of(CALL_epoll_create1, 4, NULL, 0);
	record->arg[0] = EPOLL_CLOEXEC;
	expect(record, "CLOEXEC", "OK");
	record = record_of(CALL_recvfrom, 5, &in, sizeof(in));
	record->arg[2] = 512;
	record->arg[3] = MSG_ERRQUEUE | MSG_CMSG_CLOEXEC;
	expect(record, "max=512 ERRQUEUE|CMSG_CLOEXEC from 0.0.0.0:53", "5");
	record = record_of(CALL_fcntl, 0, NULL, 0);
	record->arg[1] = F_SETSIG;
	record->arg[2] = 10;
	expect(record, "F_SETSIG 10", "0");
	record = record_of(CALL_fcntl, 0, NULL, 0);
	record->arg[1] = F_ADD_SEALS;
	record->arg[2] = F_SEAL_SHRINK | F_SEAL_GROW;
	expect(record, "F_ADD_SEALS SHRINK|GROW", "0");
	record = record_of(CALL_socket, 7, NULL, 0);
	record->arg[0] = AF_INET;
	record->arg[1] = SOCK_STREAM;
	record->arg[2] = 262;
	expect(record, "INET STREAM protocol=262", "OK");
	record = record_of(CALL_epoll_wait, 1, &ready, sizeof(ready));
	record->arg[2] = 1;
	expect(record, "timeout=0 max=1", "fd#5:IN");
	record = record_of(CALL_epoll_pwait2, -22, NULL, 0);
	record->arg[3] = PROBE_BAD_TIMEOUT;
	expect(record, "timeout=?", "EINVAL");
	/* longer than what the probe keeps */
	memset(un.sun_path, 'x', sizeof(un.sun_path));
	record = record_of(CALL_connect, 0, &un, PROBE_SMALL);
	expect(record, "unix:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...",
	       "0");
}

static void hostile_text_is_made_harmless(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "a\33[2J;\t\\z" };
	struct sockaddr_un hidden = { .sun_family = AF_UNIX, .sun_path = "\0name" };

	(void)state;
	expect(record_of(CALL_connect, 0, &un, 13), "unix:a?[2J???z", "0");
	expect(record_of(CALL_connect, 0, &hidden, 7), "unix:@name", "0");
}

/* Whatever a record holds, the words fit and stay within it. */
static void any_bytes_are_decoded_within_bounds(void **state)
{
	char out[SYSCALLS_TEXT];
	int made[2];

	(void)state;
	srandom(20);
	for (unsigned i = 0; i < 20000; i++) {
		size_t captured = (size_t)random() % (PROBE_LARGE + 1);
		/* as large as it says, so that a sanitizer sees a step beyond */
		struct probe_call *record = calloc(1, sizeof(*record) + captured);
		unsigned char *bytes = (unsigned char *)record;

		assert_non_null(record);
		for (size_t at = 0; at < sizeof(*record) + captured; at++)
			bytes[at] = (unsigned char)(random() % 3 ? random() : 0);
		record->id = (uint16_t)((unsigned)random() % (CALL_END + 2));
		record->captured = (uint16_t)captured;
		assert_true(syscalls_arguments(record, &names, out) < SYSCALLS_TEXT);
		assert_true(syscalls_result(record, &names, out) < SYSCALLS_TEXT);
		syscalls_descriptor(record);
		syscalls_made(record, made);
		free(record);
	}
}

static void expect_name(struct descriptors *descriptors, int fd, const char *expected)
{
	char name[SYSCALLS_NAME];

	descriptors_name(descriptors, fd, name);
	assert_string_equal(name, expected);
}

static void a_number_is_a_new_socket_after_close(void **state)
{
	struct descriptors *descriptors;
	struct objects *objects;

	(void)state;
	assert_int_equal(objects_new(&objects), 0);
	assert_int_equal(descriptors_new(&descriptors, objects), 0);
	descriptors_made(descriptors, 7, false);
	assert_true(descriptors_is_nameless(descriptors, 7));
	expect_name(descriptors, 7, "7");
	objects_number(objects, OBJECT_FD, emit_descriptor(1, 7));
	assert_int_equal(descriptors_notice(descriptors), 7);
	assert_int_equal(descriptors_notice(descriptors), -1);
	expect_name(descriptors, 7, "fd#1");
	descriptors_closed(descriptors, 7);
	expect_name(descriptors, 7, "7");
	/* the program's word may be read before the call that it is about */
	objects_number(objects, OBJECT_FD, emit_descriptor(2, 7));
	assert_int_equal(descriptors_notice(descriptors), 7);
	descriptors_made(descriptors, 7, false);
	expect_name(descriptors, 7, "fd#2");
	descriptors_made(descriptors, 7, false);
	expect_name(descriptors, 7, "7");
	descriptors_free(descriptors);
	objects_free(objects);
}

static void both_ends_of_the_waker_are_named(void **state)
{
	struct descriptors *descriptors;
	struct objects *objects;
	char name[SYSCALLS_NAME];

	(void)state;
	assert_int_equal(objects_new(&objects), 0);
	assert_int_equal(descriptors_new(&descriptors, objects), 0);
	descriptors_made(descriptors, 4, true);
	descriptors_made_pair(descriptors, 5, 6);
	objects_number(objects, OBJECT_FD, emit_descriptor((uint32_t)EMIT_WAKER, 5));
	assert_int_equal(descriptors_notice(descriptors), 5);
	assert_int_equal(descriptors_notice(descriptors), 6);
	expect_name(descriptors, 4, "epoll");
	expect_name(descriptors, 5, "waker");
	expect_name(descriptors, 6, "waker_w");
	descriptors_registered(descriptors, 4, 5, 0xdeadbeef12345678ull);
	descriptors_ready_name(descriptors, 4, 0xdeadbeef12345678ull, name);
	assert_string_equal(name, "waker");
	descriptors_ready_name(descriptors, 4, 5, name);
	assert_string_equal(name, "0x5");
	/* the same data means something else in another set */
	descriptors_is_set(descriptors, 9);
	descriptors_registered(descriptors, 9, 6, 0xdeadbeef12345678ull);
	descriptors_ready_name(descriptors, 9, 0xdeadbeef12345678ull, name);
	assert_string_equal(name, "waker_w");
	descriptors_ready_name(descriptors, 4, 0xdeadbeef12345678ull, name);
	assert_string_equal(name, "waker");
	expect_name(descriptors, 9, "epoll#2");
	assert_true(descriptors_is_first_set(descriptors, 4));
	assert_false(descriptors_is_first_set(descriptors, 9));
	descriptors_free(descriptors);
	objects_free(objects);
}

static void numbers_change_hands_without_a_close(void **state)
{
	struct descriptors *descriptors;
	struct objects *objects;

	(void)state;
	assert_int_equal(objects_new(&objects), 0);
	assert_int_equal(descriptors_new(&descriptors, objects), 0);
	for (int fd = 5; fd < 9; fd++) {
		descriptors_made(descriptors, fd, false);
		objects_number(objects, OBJECT_FD, emit_descriptor((uint32_t)fd - 4, fd));
		assert_int_equal(descriptors_notice(descriptors), fd);
	}
	descriptors_made(descriptors, 4, true);
	expect_name(descriptors, 6, "fd#2");
	descriptors_duplicated(descriptors, 5, 6);
	expect_name(descriptors, 6, "6");
	/* a set has two numbers; its name is free again when both are closed */
	descriptors_duplicated(descriptors, 4, 7);
	expect_name(descriptors, 7, "epoll");
	descriptors_closed(descriptors, 4);
	descriptors_made(descriptors, 4, true);
	expect_name(descriptors, 4, "epoll#2");
	descriptors_closed_range(descriptors, 7, UINT32_MAX);
	expect_name(descriptors, 7, "7");
	expect_name(descriptors, 8, "8");
	descriptors_made(descriptors, 9, true);
	expect_name(descriptors, 9, "epoll");
	descriptors_mark(descriptors, 4, 9, true);
	descriptors_mark(descriptors, 4, 4, false);
	descriptors_replaced(descriptors);
	expect_name(descriptors, 9, "9");
	expect_name(descriptors, 5, "5");
	expect_name(descriptors, 4, "epoll#2");
	descriptors_free(descriptors);
	objects_free(objects);
}

/* What a call says about numbers besides the one that it is about. */
static void numbers_are_followed(void **state)
{
	struct probe_call *record = record_of(CALL_dup2, 7, NULL, 0);
	uint32_t first, last;
	bool ends;
	int from, to;

	(void)state;
	record->arg[0] = 5;
	record->arg[1] = 7;
	assert_true(syscalls_duplicated(record, &from, &to));
	assert_true(from == 5 && to == 7);
	record->result = 5;
	assert_false(syscalls_duplicated(record, &from, &to));
	record->result = 7;
	expect(record, "onto=7", "7");
	record = record_of(CALL_dup3, -9, NULL, 0);
	record->arg[1] = 7;
	record->arg[2] = O_CLOEXEC;
	assert_false(syscalls_duplicated(record, &from, &to));
	assert_false(syscalls_marked(record, &first, &last, &ends));
	expect(record, "onto=7 CLOEXEC", "EBADF");
	record = record_of(CALL_close_range, 0, NULL, 0);
	record->arg[0] = 3;
	record->arg[1] = UINT32_MAX;
	assert_true(syscalls_closed_range(record, &first, &last));
	assert_true(first == 3 && last == UINT32_MAX);
	record->arg[2] = 4;
	assert_false(syscalls_closed_range(record, &first, &last));
	assert_true(syscalls_marked(record, &first, &last, &ends) && ends && first == 3);
	expect(record, "3- CLOEXEC", "0");
	record = record_of(CALL_fcntl, 0, NULL, 0);
	record->arg[0] = 3;
	record->arg[1] = F_SETFD;
	assert_true(syscalls_marked(record, &first, &last, &ends) && !ends && last == 3);
	record->arg[1] = F_DUPFD_CLOEXEC;
	record->result = 9;
	assert_true(syscalls_duplicated(record, &from, &to) && to == 9);
	assert_true(syscalls_marked(record, &first, &last, &ends) && ends && first == 9);
	free(record);
}

static void numbers_out_of_range_are_borne(void **state)
{
	static const int numbers[] = { -1, -100, 65536, INT32_MAX, INT32_MIN };
	struct probe_call *record = record_of(CALL_read, 1, NULL, 0);
	struct descriptors *descriptors;
	struct objects *objects;

	(void)state;
	assert_int_equal(objects_new(&objects), 0);
	assert_int_equal(descriptors_new(&descriptors, objects), 0);
	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		descriptors_made(descriptors, numbers[i], false);
		descriptors_made_pair(descriptors, numbers[i], 3);
		descriptors_registered(descriptors, 3, numbers[i], 1);
		descriptors_is_set(descriptors, numbers[i]);
		descriptors_keep(descriptors, numbers[i], 1, record);
		assert_int_equal(descriptors_object(descriptors, numbers[i]), 0);
		assert_null(descriptors_take_kept(descriptors, numbers[i]));
		descriptors_closed(descriptors, numbers[i]);
	}
	for (unsigned i = 0; i < 100; i++)
		descriptors_keep(descriptors, 3, i, record);
	descriptors_free(descriptors);
	objects_free(objects);
	free(record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_whole),
		cmocka_unit_test(numbers_are_those_of_the_machine),
		cmocka_unit_test(epoll_is_decoded),
		cmocka_unit_test(sockets_are_decoded),
		cmocka_unit_test(options_have_names_and_values),
		cmocka_unit_test(flags_have_names),
		cmocka_unit_test(hostile_text_is_made_harmless),
		cmocka_unit_test(any_bytes_are_decoded_within_bounds),
		cmocka_unit_test(a_number_is_a_new_socket_after_close),
		cmocka_unit_test(both_ends_of_the_waker_are_named),
		cmocka_unit_test(numbers_change_hands_without_a_close),
		cmocka_unit_test(numbers_are_followed),
		cmocka_unit_test(numbers_out_of_range_are_borne),
	};

	return cmocka_run_group_tests_name("syscalls", tests, NULL, NULL);
}
