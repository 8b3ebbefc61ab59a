/*
 * internal.h - shared by the files of the probe's library alone.
 */
#ifndef LOOPSCOPE_TRACE_PROBE_INTERNAL_H
#define LOOPSCOPE_TRACE_PROBE_INTERNAL_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/* Generated code; its warnings are not ours. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wshadow"
#include "gen/probe.skel.h"
#pragma GCC diagnostic pop

#include "trace/probe/probe.h"

/* A record in hand: where its bytes lie, and what it is ordered by. */
struct probe_item {
	uint64_t time;
	size_t offset; /* into probe.bytes */
	uint64_t lost; /* calls of its thread missing before it */
};

/* How far a thread's calls have been seen. */
struct probe_thread {
	uint32_t thread;
	uint64_t number;
};

struct probe {
	struct probe_bpf *bpf;
	struct ring_buffer *ring;
	unsigned cpus;
	struct probe_count *count; /* room for one a CPU */

	char *bytes; /* the records in hand, as they came */
	size_t used, capacity;
	struct probe_item *item; /* [first..end) in order of time */
	size_t first, end, room;
	uint64_t bound;
	bool failed;   /* no memory for a record */
	size_t budget; /* records that this drain may still take */

	struct probe_thread *thread;
	size_t threads, thread_room;
	uint64_t drained, placed;
};

/* Takes one record out of the kernel's ring buffer: a ring_buffer_sample_fn. */
int probe__receive(void *context, void *data, size_t size);

#endif
