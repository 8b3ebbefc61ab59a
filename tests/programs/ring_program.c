/*
 * ring_program.c - a traced program for tests of the recorder: emits numbered
 * events and keeps count of them where a test can see it.
 *
 *     ring_program [-t THREADS] [-n EVENTS] [-k EVENTS] [-p MICROSECONDS]
 *                  [-b BYTES] [-r] [-w] [-x] [-d] [-c FILE] [-l] [-e COMMAND]
 *
 * -n  events of each thread       -k  kill -9 oneself when the first has made so many
 * -p  pause after every 64        -b  bytes that every event carries
 * -r  wait until the recorder has read it all before ending
 * -w  wait for a byte on stdin before the first event
 * -x  close all descriptors first
 * -d  damage the ring first, and go on when the recorder has seen that
 * -l  print the numbers of the descriptors first, and where the recorder is
 * -e  become a shell that runs this command instead of ending
 * -c  a file to map; its uint64_t [thread] counts events committed
 *
 * The i-th event of thread t is user.response with fetch=t, code=i, within a
 * span.  Prints "done" when all were emitted, so that a test sees that the
 * program came to no harm.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "trace/emit/emit.h"
#include "trace/emit/internal.h"

#define THREADS_MAX 16

static struct {
	unsigned threads;
	unsigned long events, kill_at, pause, bytes;
	bool wait_read, wait_input, close_all, damage, list;
	const char *command;
	_Atomic uint64_t *committed;
} options = { .threads = 1, .events = 1000 };

static char filler[65536];

static void emit_one(unsigned thread, unsigned long i)
{
	SPAN(span, user_call);

	if (options.bytes)
		EMIT(sock_recv, FD(emit_descriptor(1 + thread, 7)), INT(65536), INT(options.bytes),
		     BYTES(filler, options.bytes));
	EMIT(user_response, INT(thread), INT(i), INT(0));
}

static void *emit_all(void *argument)
{
	unsigned thread = (unsigned)(uintptr_t)argument;

	for (unsigned long i = 0; i < options.events; i++) {
		emit_one(thread, i);
		atomic_store(&options.committed[thread], i + 1);
		if (options.kill_at && thread == 0 && i + 1 == options.kill_at)
			kill(getpid(), SIGKILL);
		if (options.pause && i % 64 == 63)
			usleep((useconds_t)options.pause);
	}
	return NULL;
}

/* Makes the recorder disbelieve this thread's ring, and waits until it does. */
static void damage_cursors(void)
{
	struct ring_header *header = emit__ring.header;
	struct ring_thread *mine = header ? ring_threads(header) : NULL;
	uint64_t head;

	if (!mine)
		exit(2);
	emit_one(0, 0);
	head = atomic_load(&mine->head);
	atomic_store(&mine->head, head + (1u << 30));
	for (int tries = 0; tries < 10000 && atomic_load(&mine->tail) <= head; tries++)
		usleep(1000);
}

static void wait_until_read(void)
{
	struct ring_header *header = emit__ring.header;

	for (unsigned i = 0; header && i < RING_THREADS; i++) {
		struct ring_thread *t = &ring_threads(header)[i];

		for (int tries = 0; tries < 10000 && atomic_load(&t->tail) < atomic_load(&t->head);
		     tries++)
			usleep(1000);
	}
}

/* What main() finds: "0 1 2 recorder=(null)". */
static void list(void)
{
	for (int fd = 0; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d ", fd);
	printf("recorder=%s\n", getenv(RING_SOCKET_ENV));
	fflush(stdout);
}

static void map_committed(const char *path)
{
	int fd = path ? open(path, O_RDWR | O_CREAT, 0600) : -1;
	int flags = path ? MAP_SHARED : MAP_SHARED | MAP_ANONYMOUS;

	if (path && (fd < 0 || ftruncate(fd, 4096) < 0))
		exit(2);
	options.committed = mmap(NULL, 4096, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (options.committed == MAP_FAILED)
		exit(2);
	if (fd >= 0)
		close(fd);
}

static void parse(int argc, char **argv)
{
	const char *path = NULL;
	int option;

	while ((option = getopt(argc, argv, "t:n:k:p:b:rwxdlc:e:")) != -1) {
		unsigned long number = optarg ? strtoul(optarg, NULL, 10) : 0;

		switch (option) {
		case 't':
			options.threads = number < THREADS_MAX ? (unsigned)number : THREADS_MAX;
			break;
		case 'n':
			options.events = number;
			break;
		case 'k':
			options.kill_at = number;
			break;
		case 'p':
			options.pause = number;
			break;
		case 'b':
			options.bytes = number < sizeof(filler) ? number : sizeof(filler);
			break;
		case 'r':
			options.wait_read = true;
			break;
		case 'w':
			options.wait_input = true;
			break;
		case 'x':
			options.close_all = true;
			break;
		case 'd':
			options.damage = true;
			break;
		case 'l':
			options.list = true;
			break;
		case 'e':
			options.command = optarg;
			break;
		case 'c':
			path = optarg;
			break;
		default:
			exit(2);
		}
	}
	map_committed(path);
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS_MAX];
	char byte;

	parse(argc, argv);
	if (options.list)
		list();
	memset(filler, 'x', sizeof(filler));
	if (options.wait_input && read(0, &byte, 1) < 0)
		return 2;
	if (options.damage)
		damage_cursors();
	if (options.close_all)
		closefrom(3);
	for (unsigned t = 1; t < options.threads; t++)
		if (pthread_create(&threads[t], NULL, emit_all, (void *)(uintptr_t)t) != 0)
			return 2;
	emit_all(NULL);
	for (unsigned t = 1; t < options.threads; t++)
		pthread_join(threads[t], NULL);
	if (options.wait_read)
		wait_until_read();
	if (options.command)
		execlp("sh", "sh", "-c", options.command, (char *)NULL);
	puts("done");
	return 0;
}
