/*
 * probe.h - the kernel's view of a traced program, as the recorder drains it.
 *
 * Opens, loads and attaches trace/probe/probe.bpf.c and hands over its records in
 * order of time.  Needs CAP_BPF and CAP_PERFMON, and nothing of it reaches the
 * traced program but one mapped page in which it says what it is doing.
 *
 *     probe_open, probe_target, then every few milliseconds
 *     probe_drain; while ((record = probe_peek(...))) ... probe_take;
 *     probe_close
 *
 * The library of the recorder alone: it links libbpf.  One thread.
 */
#ifndef LOOPSCOPE_TRACE_PROBE_PROBE_H
#define LOOPSCOPE_TRACE_PROBE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "trace/probe/record.h"

struct probe;

/* Why the kernel's view cannot be had. */
enum probe_trouble {
	PROBE_READY_TO_RUN,
	PROBE_NO_BTF,       /* the kernel does not describe its own types */
	PROBE_NO_PRIVILEGE, /* CAP_BPF or CAP_PERFMON is missing */
	PROBE_REFUSED,      /* bpf() is denied all the same: seccomp, a container */
	PROBE_LOCKED_DOWN,  /* the kernel runs in confidentiality lockdown */
	PROBE_UNSUPPORTED,  /* the kernel is too old, or built without */
};

#define PROBE_SENTENCE 320

struct probe_reason {
	enum probe_trouble trouble;
	char sentence[PROBE_SENTENCE]; /* what is missing and what would give it; no full stop */
};

#define PROBE_RING_BYTES (8u << 20)
#define PROBE_RING_BYTES_MIN 4096u

struct probe_options {
	uint32_t ring_bytes; /* a power of two; 0: PROBE_RING_BYTES */
};

/* What was counted in the kernel, and what became of it here. */
struct probe_counts {
	uint64_t produced; /* calls that ended in the traced program */
	uint64_t dropped;  /* of these, found no room */
	uint64_t drained;  /* of these, received */
	uint64_t placed;   /* of the dropped, where they are missing is known */
};

/*
 * Loads and attaches the probe; it traces nobody yet.  options may be NULL.
 * Returns 0, or -1 with *reason filled in; then nothing is left behind.
 */
int probe_open(struct probe **out, const struct probe_options *options,
	       struct probe_reason *reason);

/* Detaches and frees everything.  NULL is allowed. */
void probe_close(struct probe *probe);

/*
 * Traces all threads of this process, in place of any other; 0 traces nobody.
 * from_exec: only once it has called execve(), which is how a child of the
 * recorder becomes the program.
 */
void probe_target(struct probe *probe, pid_t pid, bool from_exec);

/*
 * The descriptor through which a program maps its page of struct probe_span,
 * read and write, shared, at offset 0.  Owned by the probe, close-on-exec.
 */
int probe_spans_fd(const struct probe *probe);

/*
 * Takes what the kernel has ready.  `now` is CLOCK_MONOTONIC as read before
 * the call; UINT64_MAX says that nothing more will come.  Invalidates what
 * probe_peek() gave.  Returns 0, or -ENOMEM.
 */
int probe_drain(struct probe *probe, uint64_t now);

/*
 * The earliest record in hand that nothing still to come can precede, or NULL.
 * *lost: how many calls of its thread are missing right before it.  A record
 * may be no call but the end of a thread, or of the program that it ran: see
 * probe_record.what.
 */
const struct probe_record *probe_peek(const struct probe *probe, uint64_t *lost);
void probe_take(struct probe *probe);

/* No record that comes later is earlier than this. */
uint64_t probe_bound(const struct probe *probe);

/*
 * The counts so far.  Once the program is gone and drained: produced = drained
 * + dropped, and dropped - placed are missing nobody knows where.
 */
void probe_counts(const struct probe *probe, struct probe_counts *counts);

/*
 * What of the kernel's permissions is missing, without loading anything.
 * NULL if nothing is; else a few words for a sentence, such as "CAP_BPF".
 */
const char *probe_missing_capabilities(void);

#endif
