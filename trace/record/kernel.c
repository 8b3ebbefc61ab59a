/*
 * kernel.c - the probe as one more source of the merge, and what it lost as
 * gaps.
 */
#include "trace/record/kernel.h"

#include <stdlib.h>

#include "trace/base/failure.h"
#include "trace/emit/ring.h"
#include "trace/record/drain.h"
#include "trace/record/source.h"
#include "trace/store/store.h"
#include "trace/write/calls.h"
#include "trace/write/writer.h"

_Static_assert(sizeof(struct ring_span) == sizeof(struct probe_span) && RING_THREADS == PROBE_SPANS,
	       "program and probe share one array");
_Static_assert(RING_PRCTL_OWN == PROBE_PRCTL_OWN, "program and probe agree on a word");

struct kernel_source {
	struct source source; /* first: they are the same object */
	struct probe *probe;
	struct drain *drain;
	struct writer *writer;
	struct writer_calls *calls;
	bool program_gone;
};

static const char lost_reason[] = "the kernel's buffer was full";

/* What stands in front, or what is promised when nothing does. */
static void find_next(struct kernel_source *kernel)
{
	uint64_t lost;
	const struct probe_record *record = probe_peek(kernel->probe, &lost);

	kernel->source.next = record ? record->time : SOURCE_NEVER;
	kernel->source.bound = probe_bound(kernel->probe);
}

static int look(struct source *source, uint64_t now, char **error)
{
	struct kernel_source *kernel = (struct kernel_source *)source;

	if (probe_drain(kernel->probe, kernel->program_gone ? UINT64_MAX : now) < 0)
		return failure(error, "out of memory");
	find_next(kernel);
	return 0;
}

static int take(struct source *source, char **error)
{
	struct kernel_source *kernel = (struct kernel_source *)source;
	uint64_t lost;
	const struct probe_record *record = probe_peek(kernel->probe, &lost);

	if (lost && writer_gap(kernel->writer, record->thread, "kernel", (int64_t)lost, lost_reason,
			       error) < 0)
		return -1;
	if (record->what == PROBE_EXEC)
		writer_calls_replaced(kernel->calls);
	if (record->what == PROBE_CALL && writer_calls_put(kernel->calls, record, error) < 0)
		return -1;
	probe_take(kernel->probe);
	find_next(kernel);
	return drain_commit_if_large(kernel->drain, error);
}

int record__kernel_open(struct kernel_source **out, const struct record_options *options,
			struct probe_reason *reason)
{
	struct probe_options probe_options = { .ring_bytes = options->kernel_ring };
	struct kernel_source *kernel;

	*out = NULL;
	*reason = (struct probe_reason){ 0 };
	if (options->kernel == RECORD_KERNEL_OFF)
		return 0;
	kernel = calloc(1, sizeof(*kernel));
	if (!kernel)
		return options->kernel == RECORD_KERNEL_REQUIRE ? -1 : 0;
	kernel->source.look = look;
	kernel->source.take = take;
	kernel->source.next = SOURCE_NEVER;
	if (probe_open(&kernel->probe, &probe_options, reason) < 0) {
		free(kernel);
		return options->kernel == RECORD_KERNEL_REQUIRE ? -1 : 0;
	}
	*out = kernel;
	return 0;
}

void record__kernel_free(struct kernel_source *kernel)
{
	if (!kernel)
		return;
	writer_calls_free(kernel->calls);
	probe_close(kernel->probe);
	free(kernel);
}

int record__kernel_put_facts(const struct kernel_source *kernel, struct store *store,
			     const struct probe_reason *reason, char **error)
{
	const char *why = *reason->sentence ? reason->sentence : "not asked for";

	if (store_put_fact(store, "kernel_rows", kernel ? "on" : "off", error) < 0)
		return -1;
	return kernel ? 0 : store_put_fact(store, "kernel_reason", why, error);
}

int record__kernel_join(struct kernel_source *kernel, struct writer *writer, struct drain *drain,
			char **error)
{
	if (!kernel)
		return 0;
	kernel->drain = drain;
	kernel->writer = writer;
	if (writer_calls_new(&kernel->calls, writer, error) < 0)
		return -1;
	if (drain_add_source(drain, &kernel->source) < 0)
		return failure(error, "too many sources of records");
	return 0;
}

int record__kernel_spans_fd(const struct kernel_source *kernel)
{
	return kernel ? probe_spans_fd(kernel->probe) : -1;
}

void record__kernel_target(struct kernel_source *kernel, pid_t pid)
{
	if (kernel)
		probe_target(kernel->probe, pid, true);
}

void record__kernel_attach(struct kernel_source *kernel, pid_t pid)
{
	probe_target(kernel->probe, pid, false);
}

void record__kernel_know_set(struct kernel_source *kernel, int set)
{
	writer_calls_know_set(kernel->calls, set);
}

void record__kernel_know_watched(struct kernel_source *kernel, int set, int fd, uint64_t data)
{
	writer_calls_know_watched(kernel->calls, set, fd, data);
}

void record__kernel_program_speaks(struct kernel_source *kernel)
{
	if (kernel)
		writer_calls_program_speaks(kernel->calls);
}

void record__kernel_program_gone(struct kernel_source *kernel)
{
	if (!kernel)
		return;
	/* one that is let go of runs on, and its number may be another's soon */
	probe_target(kernel->probe, 0, false);
	kernel->program_gone = true;
}

int record__kernel_finish(struct kernel_source *kernel, struct store *store, char **error)
{
	struct probe_counts counts;
	uint64_t elsewhere;

	if (!kernel)
		return 0;
	probe_counts(kernel->probe, &counts);
	elsewhere = counts.dropped > counts.placed ? counts.dropped - counts.placed : 0;
	if (writer_begin(kernel->writer, error) < 0 ||
	    writer_calls_finish(kernel->calls, error) < 0)
		return -1;
	if (elsewhere &&
	    writer_gap(kernel->writer, 0, "kernel", (int64_t)elsewhere, lost_reason, error) < 0)
		return -1;
	if (store_put_fact_number(store, "kernel_calls", (int64_t)counts.produced, error) < 0)
		return -1;
	return store_put_fact_number(store, "kernel_lost", (int64_t)counts.dropped, error);
}
