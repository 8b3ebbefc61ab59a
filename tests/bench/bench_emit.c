/*
 * bench_emit.c - what a trace point costs: recording, beside the bare read of
 * the clock; not recording, beside a call of an empty function.  Each figure
 * is the median of five rounds taken in turn.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "trace/emit/clock.h"
#include "trace/emit/emit.h"

#define ROUNDS 5
#define COUNT 4000000u
#define BATCH 8192u

static struct ring_header *header;

static double seconds(void)
{
	return (double)clock_now() / CLOCK_SECOND;
}

/* The reader's part: everything published counts as consumed. */
static void consume(void)
{
	struct ring_thread *cursors = ring_threads(header);

	atomic_store(&cursors->tail, atomic_load(&cursors->head));
}

static double measure_clock(void)
{
	struct timespec now;
	double began = seconds();

	for (unsigned i = 0; i < COUNT; i++) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		__asm__ volatile("" ::"r"(&now) : "memory");
	}
	return (seconds() - began) / COUNT * 1e9;
}

static double measure_events(void)
{
	double began = seconds();

	for (unsigned i = 0; i < COUNT; i += BATCH) {
		for (unsigned j = 0; j < BATCH; j++)
			EMIT(loop_dispatch, FD(j), INT(1));
		consume();
	}
	return (seconds() - began) / COUNT * 1e9;
}

/*
 * Both begin a cache line: a branch that crosses one would cost a nanosecond
 * more, by where it happens to lie.
 */
#define MEASURED __attribute__((noinline, aligned(64)))

static MEASURED void empty_call(unsigned i)
{
	__asm__ volatile("" ::"r"(i));
}

static MEASURED void trace_point(unsigned i)
{
	EMIT(loop_dispatch, FD(i), INT(1));
	__asm__ volatile("" ::"r"(i));
}

static double measure_call(void (*function)(unsigned))
{
	double began = seconds();

	for (unsigned i = 0; i < COUNT * 4; i++)
		function(i);
	return (seconds() - began) / (COUNT * 4) * 1e9;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values)
{
	qsort(values, ROUNDS, sizeof(*values), compare);
	return values[ROUNDS / 2];
}

static struct ring_header *make_ring(void)
{
	size_t size = ring_file_bytes(RING_SLOTS);
	struct ring_header *made = mmap(NULL, size, PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (made == MAP_FAILED)
		exit(2);
	memcpy(made->magic, RING_MAGIC, sizeof(made->magic));
	made->abi = RING_ABI;
	made->slots_per_thread = RING_SLOTS;
	made->file_bytes = size;
	made->payload_limit = 4096;
	return made;
}

int main(void)
{
	double clock_ns[ROUNDS], event_ns[ROUNDS], empty_ns[ROUNDS], idle_ns[ROUNDS];
	double c, e, n, i;

	header = make_ring();
	for (unsigned r = 0; r < ROUNDS; r++) {
		empty_ns[r] = measure_call(empty_call);
		idle_ns[r] = measure_call(trace_point);
	}
	if (!emit_attach(header))
		return 2;
	for (unsigned r = 0; r < ROUNDS; r++) {
		clock_ns[r] = measure_clock();
		event_ns[r] = measure_events();
	}
	c = median(clock_ns);
	e = median(event_ns);
	n = median(empty_ns);
	i = median(idle_ns);
	printf("event recorded        %6.1f ns   clock read %6.1f ns   +%.1f ns, x%.2f"
	       "   (to reach: +10 ns)\n",
	       e, c, e - c, e / c);
	printf("event not recorded    %6.2f ns   empty call %6.2f ns   %+.2f ns, x%.2f"
	       "   (to reach: +1 ns)\n",
	       i, n, i - n, i / n);
	return atomic_load(&ring_threads(header)->lost) == 0 ? 0 : 1;
}
