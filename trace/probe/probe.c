/*
 * probe.c - opens the probe, aims it and closes it; drain.c empties it.
 */
#include "trace/probe/internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/probe/reason.h"

/* The inode that the first pid namespace always has. */
#define FIRST_PID_NAMESPACE 0xeffffffcul

/* libbpf prints; the last thing that it complained about is kept for a sentence. */
static char last_complaint[160];

static int keep_complaint(enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (level == LIBBPF_WARN) {
		vsnprintf(last_complaint, sizeof(last_complaint), format, arguments);
		last_complaint[strcspn(last_complaint, "\n")] = '\0';
	}
	return 0;
}

/*
 * The kernel counts processes from its first namespace; a recorder inside a
 * container has other numbers for them and must say which are meant.
 */
static void set_namespace(struct probe_bpf *bpf)
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) < 0 || st.st_ino == FIRST_PID_NAMESPACE)
		return;
	bpf->rodata->namespace_dev = st.st_dev;
	bpf->rodata->namespace_inode = st.st_ino;
}

static int load(struct probe *probe, uint32_t ring_bytes)
{
	int error;

	probe->bpf = probe_bpf__open();
	if (!probe->bpf)
		return -errno;
	set_namespace(probe->bpf);
	error = bpf_map__set_max_entries(probe->bpf->maps.records, ring_bytes);
	if (error)
		return error;
	error = probe_bpf__load(probe->bpf);
	if (error)
		return error;
	return probe_bpf__attach(probe->bpf);
}

static int prepare_counts(struct probe *probe)
{
	int cpus = libbpf_num_possible_cpus();

	if (cpus < 0)
		return cpus;
	probe->cpus = (unsigned)cpus;
	probe->count = calloc(probe->cpus, sizeof(*probe->count));
	return probe->count ? 0 : -ENOMEM;
}

static int prepare_ring(struct probe *probe)
{
	probe->ring = ring_buffer__new(bpf_map__fd(probe->bpf->maps.records), probe__receive, probe,
				       NULL);
	return probe->ring ? 0 : -errno;
}

int probe_open(struct probe **out, const struct probe_options *options, struct probe_reason *reason)
{
	uint32_t bytes = options && options->ring_bytes ? options->ring_bytes : PROBE_RING_BYTES;
	struct probe *probe;
	int error;

	*out = NULL;
	memset(reason, 0, sizeof(*reason));
	last_complaint[0] = '\0';
	if (probe_reason_before(reason) < 0)
		return -1;
	libbpf_set_print(keep_complaint);
	probe = calloc(1, sizeof(*probe));
	error = probe ? load(probe, bytes) : -ENOMEM;
	if (!error)
		error = prepare_counts(probe);
	if (!error)
		error = prepare_ring(probe);
	if (error) {
		probe_close(probe);
		return probe_reason_after(reason, error, last_complaint);
	}
	*out = probe;
	return 0;
}

void probe_close(struct probe *probe)
{
	if (!probe)
		return;
	ring_buffer__free(probe->ring);
	probe_bpf__destroy(probe->bpf);
	free(probe->count);
	free(probe->bytes);
	free(probe->item);
	free(probe->thread);
	free(probe);
}

void probe_target(struct probe *probe, pid_t pid, bool from_exec)
{
	/* never, even for a moment, a process that is not meant */
	probe->bpf->bss->target = 0;
	probe->bpf->bss->waits_for_exec = from_exec;
	__sync_synchronize();
	probe->bpf->bss->target = (uint32_t)pid;
}

int probe_spans_fd(const struct probe *probe)
{
	return bpf_map__fd(probe->bpf->maps.spans);
}

void probe_counts(const struct probe *probe, struct probe_counts *counts)
{
	uint32_t zero = 0;

	*counts = (struct probe_counts){ .drained = probe->drained, .placed = probe->placed };
	if (bpf_map_lookup_elem(bpf_map__fd(probe->bpf->maps.counts), &zero, probe->count) < 0)
		return;
	for (unsigned cpu = 0; cpu < probe->cpus; cpu++) {
		counts->produced += probe->count[cpu].produced;
		counts->dropped += probe->count[cpu].dropped;
	}
}
