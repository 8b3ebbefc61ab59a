/*
 * bench_probe.c - what it costs to be watched by the kernel probe.
 *
 * A loop of write, epoll_wait and read on a pipe, the densest that an event
 * loop can be, is run bare, while the probe watches another process, under
 * the probe, and under strace and bpftrace where they are installed, in turn,
 * round after round.  What is told is the median of each, and the median of
 * the rounds' ratios to the bare loop of the same round: machines drift.
 *
 *     bench_probe              all of it
 *     bench_probe loop N       the loop alone: prints nanoseconds a call
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "trace/emit/clock.h"
#include "trace/probe/probe.h"

#define LOOPS 300000
#define ROUNDS 5
#define CALLS 3 /* in a loop */

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

enum way { BARE, UNTRACED, TRACED, STRACE, BPFTRACE, WAYS };

static const char *const names[WAYS] = {
	[BARE] = "write, epoll_wait, read: bare",
	[UNTRACED] = "  the probe watches another process",
	[TRACED] = "  under the probe",
	[STRACE] = "  under strace -f",
	[BPFTRACE] = "  under bpftrace, counting",
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *values)
{
	double sorted[ROUNDS];

	memcpy(sorted, values, sizeof(sorted));
	qsort(sorted, ROUNDS, sizeof(*sorted), compare);
	return sorted[ROUNDS / 2];
}

/* bpftrace finds its tracepoints in tracefs, which it gets in a namespace of its own. */
static double loop_under_bpftrace(const char *self)
{
	return loop_under(
		"unshare -m sh -c \"mount -t tracefs none /sys/kernel/tracing; exec "
		"bpftrace -q -e 'tracepoint:raw_syscalls:sys_enter { @[args->id] = count(); }' "
		"-c '%s loop %d'\" 2>/dev/null",
		self, LOOPS / 10);
}

static bool one_round(const char *self, double *shared, int round, double ns[WAYS][ROUNDS],
		      struct probe_counts *total)
{
	struct probe_counts counts = { 0 };
	struct probe_reason reason;
	struct probe *probe;

	ns[BARE][round] = loop_in_child(NULL, false, shared);
	if (probe_open(&probe, NULL, &reason) < 0) {
		printf("probe: not here: %s\n", reason.sentence);
		return false;
	}
	ns[UNTRACED][round] = loop_in_child(probe, false, shared);
	ns[TRACED][round] = loop_in_child(probe, true, shared);
	probe_counts(probe, &counts);
	total->produced += counts.produced;
	total->dropped += counts.dropped;
	probe_close(probe);
	ns[STRACE][round] =
		loop_under("strace -f -o /dev/null %s loop %d 2>/dev/null", self, LOOPS / 50);
	ns[BPFTRACE][round] = loop_under_bpftrace(self);
	return true;
}

static void tell(enum way way, double ns[WAYS][ROUNDS], const char *goal)
{
	double ratio[ROUNDS];

	for (int i = 0; i < ROUNDS; i++)
		ratio[i] = ns[way][i] / ns[BARE][i];
	if (median(ns[way]) > 0)
		printf("%-38s %8.0f ns a call   x%.2f%s\n", names[way], median(ns[way]),
		       median(ratio), goal);
	else
		printf("%-38s not here\n", names[way]);
}

static void all(const char *self, double *shared)
{
	double ns[WAYS][ROUNDS], more[ROUNDS];
	struct probe_counts total = { 0 };

	for (int i = 0; i < ROUNDS; i++) {
		if (!one_round(self, shared, i, ns, &total))
			return;
		more[i] = ns[UNTRACED][i] - ns[BARE][i];
	}
	for (enum way way = BARE; way < WAYS; way++)
		tell(way, ns, way == TRACED ? "   (to reach: x2.20, nothing lost)" : "");
	printf("  not traced: %.0f ns more a call   (to reach: 200 ns)\n", median(more));
	printf("  traced: %llu calls, %llu lost\n", (unsigned long long)total.produced,
	       (unsigned long long)total.dropped);
}

int main(int argc, char **argv)
{
	double *shared;

	if (argc == 3 && strcmp(argv[1], "loop") == 0) {
		printf("ns %f\n", loop(atoi(argv[2])));
		return 0;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		return 1;
	all(argv[0], shared);
	return 0;
}
