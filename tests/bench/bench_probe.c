/*
 * bench_probe.c - what it costs to be watched by the kernel probe.
 *
 * A loop of write, epoll_wait and read on a pipe, the densest that an event
 * loop can be, is run bare, while the probe watches another process, under
 * the probe, and under strace and bpftrace where they are installed, several
 * times in turn; the fastest of each is told.
 *
 *     bench_probe              all of it
 *     bench_probe loop N       the loop alone: prints nanoseconds a call
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "trace/probe.h"

#define LOOPS 300000
#define ROUNDS 7
#define CALLS 3                  /* in a loop */

static uint64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Nanoseconds a call. */
static double loop(int count)
{
	struct epoll_event event = { .events = EPOLLIN };
	int ends[2], epoll = epoll_create1(0);
	uint64_t began;
	char byte = 0;

	if (epoll < 0 || pipe(ends) < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event) < 0)
		abort();
	began = clock_now();
	for (int i = 0; i < count; i++)
		if (write(ends[1], &byte, 1) != 1 || epoll_wait(epoll, &event, 1, -1) != 1 ||
		    read(ends[0], &byte, 1) != 1)
			abort();
	return (double)(clock_now() - began) / count / CALLS;
}

/* The loop in a child; probe may be NULL, traced says whether the child is its target. */
static double loop_in_child(struct probe *probe, bool traced, double *shared)
{
	uint64_t lost;
	int gate[2];
	pid_t pid;

	if (pipe(gate) < 0 || (pid = fork()) < 0)
		abort();
	if (pid == 0) {
		char byte;

		if (read(gate[0], &byte, 1) != 1)
			_exit(1);
		*shared = loop(LOOPS);
		_exit(0);
	}
	if (probe)
		probe_target(probe, traced ? pid : getpid(), false);
	if (write(gate[1], "", 1) != 1)
		abort();
	close(gate[0]);
	close(gate[1]);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		usleep(4000);
		if (!probe)
			continue;
		probe_drain(probe, clock_now());
		while (probe_peek(probe, &lost))
			probe_take(probe);
	}
	if (probe) {
		probe_target(probe, 0, false);
		probe_drain(probe, UINT64_MAX);
		while (probe_peek(probe, &lost))
			probe_take(probe);
	}
	return *shared;
}

/* The loop under another program; negative if that is not installed. */
static double loop_under(const char *command, const char *self, int count)
{
	char line[1024];
	double ns = -1;
	FILE *out;

	snprintf(line, sizeof(line), command, self, count);
	out = popen(line, "r");
	if (!out)
		return -1;
	while (fgets(line, sizeof(line), out))
		if (sscanf(line, "ns %lf", &ns) == 1)
			break;
	while (fgets(line, sizeof(line), out))
		;
	pclose(out);
	return ns;
}

static void least(double *best, double value)
{
	if (value > 0 && (*best == 0 || value < *best))
		*best = value;
}

static void tell(const char *what, double ns, double bare)
{
	if (ns > 0)
		printf("%-44s %8.0f ns a call %6.2f x\n", what, ns, ns / bare);
	else
		printf("%-44s not here\n", what);
}

static void all(const char *self, double *shared)
{
	double bare = 0, traced = 0, untraced = 0, strace = 0, bpftrace = 0;
	struct probe_counts counts = { 0 }, total = { 0 };
	struct probe_reason reason;
	struct probe *probe;

	for (int i = 0; i < ROUNDS; i++) {
		least(&bare, loop_in_child(NULL, false, shared));
		if (probe_open(&probe, NULL, &reason) < 0) {
			printf("probe: not here: %s\n", reason.sentence);
			return;
		}
		least(&untraced, loop_in_child(probe, false, shared));
		least(&traced, loop_in_child(probe, true, shared));
		probe_counts(probe, &counts);
		total.produced += counts.produced;
		total.dropped += counts.dropped;
		probe_close(probe);
	}
	least(&strace, loop_under("strace -f -o /dev/null %s loop %d 2>/dev/null", self, 20000));
	least(&bpftrace, loop_under("bpftrace -q -e 'tracepoint:raw_syscalls:sys_enter"
				    " { @[args->id] = count(); }' -c '%s loop %d' 2>/dev/null",
				    self, LOOPS));
	tell("write, epoll_wait, read: bare", bare, bare);
	tell("  the probe watches another process", untraced, bare);
	tell("  under the probe", traced, bare);
	tell("  under strace -f", strace, bare);
	tell("  under bpftrace, counting", bpftrace, bare);
	printf("not traced: %.0f ns more a call; traced: %llu calls, %llu lost\n",
	       untraced - bare, (unsigned long long)total.produced,
	       (unsigned long long)total.dropped);
}

int main(int argc, char **argv)
{
	double *shared;

	if (argc == 3 && strcmp(argv[1], "loop") == 0) {
		printf("ns %f\n", loop(atoi(argv[2])));
		return 0;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	all(argv[0], shared);
	return 0;
}
