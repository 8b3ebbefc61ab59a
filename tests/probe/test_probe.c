/*
 * test_probe.c - the probe by itself: what a child did is what is recorded.
 *
 * Runs where bpf() is permitted; elsewhere says why not.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/probe/calls.h"
#include "tests/probe/tap.h"
#include "trace/emit/clock.h"
#include "trace/probe/probe.h"
#include "trace/words/syscalls.h"

#define EACH 23

/* What was seen of a run. */
struct seen {
	uint64_t of_call[CALL_END];
	uint64_t records, lost, gaps, ends, disordered, last_time;
	struct probe_record kept[256];
	unsigned kept_count;
};

static void take_all(struct probe *probe, struct seen *seen)
{
	const struct probe_record *record;
	uint64_t lost;

	while ((record = probe_peek(probe, &lost))) {
		seen->disordered += record->time < seen->last_time;
		seen->last_time = record->time;
		seen->lost += lost;
		seen->gaps += lost > 0;
		if (record->what != PROBE_CALL) {
			seen->ends++;
		} else {
			seen->records++;
			seen->of_call[record->call.id < CALL_END ? record->call.id : 0]++;
			if (seen->kept_count < 256)
				seen->kept[seen->kept_count++] = *record;
		}
		probe_take(probe);
	}
}

/* Runs a child under the probe to its end; drains meanwhile unless paused. */
static void run(struct probe *probe, void (*body)(void *), void *context, bool paused,
		struct seen *seen)
{
	struct child child;
	bool gone;

	memset(seen, 0, sizeof(*seen));
	child_start(&child, body, context);
	probe_target(probe, child.pid, false);
	child_go(&child);
	do {
		gone = child_is_gone(&child);
		if (!paused) {
			probe_drain(probe, clock_now());
			take_all(probe, seen);
		}
		if (!gone)
			usleep(2000);
	} while (!gone);
	probe_drain(probe, UINT64_MAX);
	take_all(probe, seen);
	probe_target(probe, 0, false);
}

static struct probe *open_probe(uint32_t ring_bytes)
{
	struct probe_options options = { .ring_bytes = ring_bytes };
	struct probe_reason reason;
	struct probe *probe;

	if (probe_open(&probe, &options, &reason) == 0)
		return probe;
	tap_skip_all(reason.sentence);
	exit(0);
}

static bool all_there(const struct seen *seen, unsigned each)
{
	for (unsigned call = 1; call < CALL_END; call++) {
		uint64_t expected = (uint64_t)each * calls_expected(call);

		if (seen->of_call[call] == expected)
			continue;
		printf("# %s: %llu instead of %llu\n", syscalls_find(call)->name,
		       (unsigned long long)seen->of_call[call], (unsigned long long)expected);
		return false;
	}
	return true;
}

static void test_each_kind(int runs)
{
	int count = EACH, good = 0;

	for (int i = 0; i < runs; i++) {
		struct probe *probe = open_probe(0);
		struct probe_counts counts;
		struct seen seen;

		run(probe, calls_make, &count, false, &seen);
		probe_counts(probe, &counts);
		good += all_there(&seen, EACH) && seen.disordered == 0 && seen.lost == 0 &&
			counts.produced == seen.records && counts.dropped == 0 &&
			counts.drained == seen.records && seen.ends == 1;
		probe_close(probe);
	}
	ok(good == runs, "%d calls of each kind, all there, once, in order: %d of %d runs", EACH,
	   good, runs);
}

static void test_small_ring(void)
{
	struct probe *probe = open_probe(PROBE_RING_BYTES_MIN);
	struct probe_counts counts;
	struct seen seen;
	int count = 500;

	run(probe, calls_make, &count, true, &seen);
	probe_counts(probe, &counts);
	ok(counts.produced == (uint64_t)count * (CALL_END - 2 + calls_expected(CALL_close)),
	   "all calls are counted");
	ok(counts.dropped > 0, "a paused reader and the smallest ring lose calls");
	ok(counts.produced == seen.records + counts.dropped, "produced = stored + dropped");
	ok(seen.lost == counts.placed && counts.placed <= counts.dropped, "gaps add up");
	probe_close(probe);
}

/* The reader comes, but too seldom: holes between records, and all of them placed. */
static void body_slowly(void *context)
{
	int gate = *(int *)context;
	char byte;

	for (int i = 0; i < 20; i++) {
		for (int n = 0; n < 200; n++)
			syscall(SYS_fcntl, 0, 1);
		/* a call that is not recorded would do too, this one waits for the reader */
		if (read(gate, &byte, 1) != 1)
			_exit(1);
	}
}

static void test_holes(void)
{
	struct probe *probe = open_probe(PROBE_RING_BYTES_MIN);
	struct probe_counts counts;
	struct seen seen = { 0 };
	struct child child;
	int gate[2];

	if (pipe(gate) < 0)
		abort();
	child_start(&child, body_slowly, gate);
	probe_target(probe, child.pid, false);
	child_go(&child);
	for (int i = 0; i < 20; i++) {
		do {
			usleep(100);
			probe_counts(probe, &counts);
		} while (counts.produced < (uint64_t)i * 201 + 200);
		probe_drain(probe, clock_now());
		take_all(probe, &seen);
		if (write(gate[1], "", 1) != 1)
			abort();
	}
	while (!child_is_gone(&child))
		usleep(100);
	probe_drain(probe, UINT64_MAX);
	take_all(probe, &seen);
	probe_counts(probe, &counts);
	ok(counts.produced == 20 * 201, "%d calls counted", 20 * 201);
	ok(seen.gaps == 20, "each time there is one gap: %d", (int)seen.gaps);
	ok(seen.lost == counts.dropped && counts.produced == seen.records + seen.lost,
	   "every lost call has its place");
	probe_close(probe);
}

static void *thread_calls(void *context)
{
	calls_make(context);
	return NULL;
}

static void body_threads(void *context)
{
	pthread_t thread[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, thread_calls, context);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
}

static void test_threads(void)
{
	struct probe *probe = open_probe(0);
	struct seen seen;
	int count = EACH;

	run(probe, body_threads, &count, false, &seen);
	/* threads that share descriptors disturb each other's results, not the counts */
	ok(all_there(&seen, 4 * EACH) && seen.lost == 0, "four threads, every call once");
	ok(seen.ends == 4 && seen.disordered == 0, "four threads ended, all in order of time");
	probe_close(probe);
}

static void body_spans(void *context)
{
	struct probe_span *span = context;

	span[3].thread = (uint32_t)getpid();
	for (unsigned i = 1; i <= 5; i++) {
		span[3].span = 1000 + i;
		syscall(SYS_fcntl, 0, 1);
	}
	span[3].span = 0;
	syscall(SYS_fcntl, 0, 1);
}

static void test_spans(void)
{
	struct probe *probe = open_probe(0);
	struct seen seen;
	bool good = true;
	void *page = mmap(NULL, PROBE_SPANS * sizeof(struct probe_span), PROT_READ | PROT_WRITE,
			  MAP_SHARED, probe_spans_fd(probe), 0);

	if (!ok(page != MAP_FAILED, "the page of spans can be mapped"))
		return;
	run(probe, body_spans, page, false, &seen);
	for (unsigned i = 0; i < 6; i++)
		good &= seen.kept[i].span == (i < 5 ? 1001 + i : 0);
	ok(good && seen.records == 6, "each call bears the span that its thread was in");
	munmap(page, PROBE_SPANS * sizeof(struct probe_span));
	probe_close(probe);
}

static void body_killed(void *context)
{
	char byte;

	(void)context;
	if (read(0, &byte, 0) == 0)
		kill(getpid(), SIGKILL);
}

static void body_exec(void *context)
{
	syscall(SYS_fcntl, 0, 1);
	execl("/bin/true", "true", (char *)NULL);
	(void)context;
}

static void test_exec(void)
{
	struct probe *probe = open_probe(0);
	struct seen seen = { 0 };
	struct child child;

	child_start(&child, body_exec, NULL);
	probe_target(probe, child.pid, true);
	child_go(&child);
	while (!child_is_gone(&child))
		usleep(100);
	probe_drain(probe, UINT64_MAX);
	take_all(probe, &seen);
	ok(seen.of_call[CALL_fcntl] == 0, "what a child does before execve() is not recorded");
	ok(seen.of_call[CALL_read] > 0 && seen.of_call[CALL_close] > 0,
	   "what the program's loader does is");
	probe_close(probe);
}

static void *calls_and_exec(void *context)
{
	for (int i = 0; i < EACH; i++)
		syscall(SYS_fcntl, 0, 1);
	execl("/bin/true", "true", (char *)NULL);
	return context;
}

/* The kernel gives the first thread's id to the one that calls exec. */
static void body_thread_exec(void *context)
{
	pthread_t thread;

	syscall(SYS_fcntl, 0, 1);
	pthread_create(&thread, NULL, calls_and_exec, context);
	pthread_join(thread, NULL);
}

static void test_thread_exec(void)
{
	struct probe *probe = open_probe(0);
	struct seen seen;

	run(probe, body_thread_exec, NULL, false, &seen);
	ok(seen.of_call[CALL_fcntl] >= 1 + EACH && seen.of_call[CALL_read] > 0,
	   "another thread calls exec: its calls, and those of the program");
	ok(seen.lost == 0, "nothing is taken for lost then: %d", (int)seen.lost);
	probe_close(probe);
}

static void test_untraced(void)
{
	struct probe *probe = open_probe(0);
	struct probe_counts counts;
	struct child child;
	int count = EACH;

	child_start(&child, calls_make, &count);
	probe_target(probe, getpid(), false);
	child_go(&child);
	while (!child_is_gone(&child))
		;
	probe_target(probe, 0, false);
	probe_drain(probe, UINT64_MAX);
	probe_counts(probe, &counts);
	/* our own: the write to the gate and its close; waitpid is not recorded */
	ok(counts.produced == 2, "another process leaves no record: %d of our own",
	   (int)counts.produced);
	probe_close(probe);
}

static void body_blocked(void *context)
{
	struct itimerval soon = { .it_value = { .tv_usec = 20000 } };
	int ends[2];
	char byte;

	(void)context;
	if (pipe(ends) < 0)
		_exit(1);
	setitimer(ITIMER_REAL, &soon, NULL);
	if (read(ends[0], &byte, 1) < 0)
		_exit(1);
}

static void test_killed(void)
{
	struct probe *probe = open_probe(0);
	const struct probe_record *last;
	struct seen seen;

	run(probe, body_killed, NULL, false, &seen);
	ok(seen.of_call[CALL_read] == 1 && seen.ends == 1,
	   "a killed program's calls are all there");
	run(probe, body_blocked, NULL, false, &seen);
	last = &seen.kept[seen.kept_count ? seen.kept_count - 1 : 0];
	ok(seen.of_call[CALL_read] == 1 && last->call.id == CALL_read &&
		   (last->call.result < 0 || last->call.flags & PROBE_NEVER_RETURNED),
	   "so is the one that it was killed in");
	probe_close(probe);
}

int main(int argc, char **argv)
{
	const char *runs = getenv("LOOPSCOPE_TEST_RUNS");

	(void)argc;
	(void)argv;
	test_each_kind(runs ? atoi(runs) : 20);
	test_small_ring();
	test_holes();
	test_threads();
	test_spans();
	test_exec();
	test_thread_exec();
	test_untraced();
	test_killed();
	return tap_end();
}
