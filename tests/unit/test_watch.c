/*
 * test_watch.c - the watch over a ring's header, and the peer with it, against
 * a small loop of real epoll_wait() calls that writes the header as a recorded
 * one does.
 */
#include "samples/scenario/watch.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "trace/emit/ring.h"

#define LOOKS 100000000u /* so often is a state looked for before the test fails */

/* A ring file in a folder of its own, its header mapped for writing. */
struct file {
	char folder[64];
	char path[80];
	struct ring_header *header;
	struct watch *watch;
};

static int make_file(void **state)
{
	struct file *file = calloc(1, sizeof(*file));

	*state = file;
	if (!file)
		return -1;
	strcpy(file->folder, "/tmp/loopscope-watch-XXXXXX");
	if (!mkdtemp(file->folder))
		return -1;
	snprintf(file->path, sizeof(file->path), "%s/ring", file->folder);
	return watch_new(&file->watch, file->path);
}

static void write_header(struct file *file)
{
	FILE *made = fopen(file->path, "w+e");

	assert_non_null(made);
	assert_int_equal(ftruncate(fileno(made), sizeof(struct ring_header)), 0);
	file->header = mmap(NULL, sizeof(*file->header), PROT_READ | PROT_WRITE, MAP_SHARED,
			    fileno(made), 0);
	assert_true(file->header != MAP_FAILED);
	fclose(made);
}

/* The header as this process's loop thread would have it. */
static void attach(struct file *file)
{
	struct ring_header *header = file->header;

	memcpy(header->magic, RING_MAGIC, sizeof(header->magic));
	header->abi = RING_ABI;
	header->program_pid = (uint32_t)getpid();
	header->loop_thread = (uint32_t)getpid();
	header->attached = 1;
}

static int drop_file(void **state)
{
	struct file *file = *state;

	watch_free(file->watch);
	if (file->header)
		munmap(file->header, sizeof(*file->header));
	unlink(file->path);
	rmdir(file->folder);
	free(file);
	return 0;
}

static int settled(const struct file *file, uint64_t *polls)
{
	const struct peer_watch *watch = watch_interface(file->watch);

	return watch->settled(watch->user, polls);
}

static bool gone(const struct file *file)
{
	const struct peer_watch *watch = watch_interface(file->watch);

	return watch->gone(watch->user);
}

static void test_file_appears_later(void **state)
{
	struct file *file = *state;
	uint64_t polls = 0;

	assert_true(settled(file, &polls) < 0);
	assert_false(gone(file));
	write_header(file);
	assert_true(settled(file, &polls) < 0); /* no magic yet */
	attach(file);
	file->header->loop_state = RING_LOOP_RUNNING;
	file->header->poll_count = 3;
	assert_int_equal(settled(file, &polls), 0);
	assert_int_equal(polls, 3);
}

static void test_foreign_file_is_left_alone(void **state)
{
	struct file *file = *state;
	uint64_t polls = 0;

	write_header(file);
	attach(file);
	file->header->abi = RING_ABI + 1;
	assert_true(settled(file, &polls) < 0);
	file->header->abi = RING_ABI;
	assert_int_equal(truncate(file->path, 100), 0);
	assert_true(settled(file, &polls) < 0);
	assert_int_equal(truncate(file->path, sizeof(struct ring_header)), 0);
}

/* The header alone does not do: this thread runs, whatever is written there. */
static void test_running_thread_is_not_settled(void **state)
{
	struct file *file = *state;
	uint64_t polls = 0;

	write_header(file);
	attach(file);
	file->header->loop_state = RING_LOOP_POLL_WAIT;
	assert_int_equal(settled(file, &polls), 0);
	file->header->loop_thread = UINT32_MAX;
	assert_int_equal(settled(file, &polls), 0);
}

static void test_gone(void **state)
{
	struct file *file = *state;
	pid_t child;

	write_header(file);
	attach(file);
	assert_false(gone(file));
	file->header->loop_state = RING_LOOP_STOPPED;
	assert_true(gone(file));
	file->header->loop_state = RING_LOOP_RUNNING;
	file->header->program_gone = 1;
	assert_true(gone(file));
	file->header->program_gone = 0;
	assert_false(gone(file));

	child = fork();
	if (!child)
		_exit(0);
	assert_true(child > 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	file->header->program_pid = (uint32_t)child;
	assert_true(gone(file));
	file->header->program_pid = UINT32_MAX;
	assert_false(gone(file));
}

/* A loop over one socket; counts what each poll brought. */
struct loop {
	struct ring_header *header;
	int fd;
	char heard[256]; /* what came, a bar after each poll */
	size_t length;
};

static void loop_consume(struct loop *loop, ssize_t *last)
{
	ssize_t room = (ssize_t)(sizeof(loop->heard) - loop->length) - 1;

	*last = recv(loop->fd, loop->heard + loop->length, (size_t)room, MSG_DONTWAIT);
	if (*last <= 0)
		return;
	loop->length += (size_t)*last;
	loop->heard[loop->length++] = '|';
}

static void *run_loop(void *argument)
{
	struct loop *loop = argument;
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	ssize_t last = 1;

	epoll_ctl(epoll, EPOLL_CTL_ADD, loop->fd, &event);
	loop->header->loop_thread = (uint32_t)syscall(SYS_gettid);
	/* a loop often polls without waiting first, which must not count as waiting */
	while (last > 0) {
		int ready;

		loop->header->poll_count++;
		loop->header->loop_state = RING_LOOP_POLL_NOW;
		ready = epoll_wait(epoll, &event, 1, 0);
		if (!ready) {
			loop->header->poll_count++;
			loop->header->loop_state = RING_LOOP_POLL_WAIT;
			epoll_wait(epoll, &event, 1, 20000);
		}
		loop->header->loop_state = RING_LOOP_RUNNING;
		loop_consume(loop, &last);
	}
	loop->header->loop_state = RING_LOOP_STOPPED;
	close(epoll);
	return NULL;
}

static void test_waiting_thread_is_settled(void **state)
{
	struct file *file = *state;
	int pair[2];
	struct loop loop = { 0 };
	pthread_t thread;
	uint64_t polls = 0;
	int answer = 0;

	write_header(file);
	attach(file);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	loop.header = file->header;
	loop.fd = pair[0];
	assert_int_equal(pthread_create(&thread, NULL, run_loop, &loop), 0);
	for (unsigned i = 0; i < LOOKS && answer <= 0; i++)
		answer = settled(file, &polls);
	assert_int_equal(answer, 1);
	assert_int_equal(polls, 2);
	close(pair[1]);
	pthread_join(thread, NULL);
	assert_int_equal(settled(file, &polls), 0);
	assert_true(gone(file));
	close(pair[0]);
}

static void *run_peer(void *peer)
{
	return (void *)(intptr_t)peer_run(peer);
}

static int connect_to(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void test_each_segment_is_one_poll(void **state)
{
	static const char text[] = "accept\nsend \"a\"\npause 60s\nsend \"b\"\nsend \"cc\"\n"
				   "send \"d\"\npause 60s\nsend-close \"e\"\n";
	struct file *file = *state;
	struct peer_options options = PEER_OPTIONS_INIT;
	struct scenario_error error;
	struct scenario *scenario;
	pthread_t thread;
	void *result;

	write_header(file);
	attach(file);
	options.watch = watch_interface(file->watch);
	options.skip_pauses = true;
	assert_int_equal(scenario_parse(&scenario, text, sizeof(text) - 1, &error), 0);
	for (int round = 0; round < 20; round++) {
		struct loop loop = { .header = file->header };
		struct peer *peer;

		file->header->loop_state = RING_LOOP_NONE;
		assert_int_equal(peer_new(&peer, scenario, &options, &error), 0);
		assert_int_equal(pthread_create(&thread, NULL, run_peer, peer), 0);
		loop.fd = connect_to(peer_port(peer));
		run_loop(&loop);
		pthread_join(thread, &result);
		assert_null(result);
		assert_string_equal(loop.heard, "a|b|cc|d|e|");
		close(loop.fd);
		peer_free(peer);
	}
	scenario_free(scenario);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_file_appears_later, make_file, drop_file),
		cmocka_unit_test_setup_teardown(test_foreign_file_is_left_alone, make_file,
						drop_file),
		cmocka_unit_test_setup_teardown(test_running_thread_is_not_settled, make_file,
						drop_file),
		cmocka_unit_test_setup_teardown(test_gone, make_file, drop_file),
		cmocka_unit_test_setup_teardown(test_waiting_thread_is_settled, make_file,
						drop_file),
		cmocka_unit_test_setup_teardown(test_each_segment_is_one_poll, make_file,
						drop_file),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
