/*
 * kernel.h - the kernel's rows in a recording: the probe as a source.
 *
 * With `auto` a recording goes on without them and says why; with `require` it
 * does not begin.  One thread, the recorder's.
 */
#ifndef LOOPSCOPE_TRACE_RECORD_KERNEL_H
#define LOOPSCOPE_TRACE_RECORD_KERNEL_H

#include <stdbool.h>
#include <sys/types.h>

#include "trace/probe/probe.h"
#include "trace/record/record.h"

struct drain;
struct kernel_source;
struct store;
struct writer;

/*
 * Loads the probe unless `off`.  *out is NULL without it, and *reason says why
 * (empty when it was not wanted).  -1: it is required and cannot be had.
 */
int record__kernel_open(struct kernel_source **out, const struct record_options *options,
			struct probe_reason *reason);
void record__kernel_free(struct kernel_source *kernel);

/* Run facts: kernel_rows on or off, and kernel_reason.  kernel may be NULL. */
int record__kernel_put_facts(const struct kernel_source *kernel, struct store *store,
			     const struct probe_reason *reason, char **error);

/* From now on its records join those of the drain; all three outlive it. */
int record__kernel_join(struct kernel_source *kernel, struct writer *writer, struct drain *drain,
			char **error);

/* For the program: what it maps as RING_SPANS_FD, -1 if kernel is NULL. */
int record__kernel_spans_fd(const struct kernel_source *kernel);

/* This child will be the program as soon as it calls execve(). */
void record__kernel_target(struct kernel_source *kernel, pid_t pid);

/* This process runs already; it is watched from now on. */
void record__kernel_attach(struct kernel_source *kernel, pid_t pid);
/* It has had this epoll set, which watches that descriptor, since before. */
void record__kernel_know_set(struct kernel_source *kernel, int set);
void record__kernel_know_watched(struct kernel_source *kernel, int set, int fd, uint64_t data);

/* The program has trace points of its own; see writer_calls_program_speaks(). */
void record__kernel_program_speaks(struct kernel_source *kernel);

/* The program is gone: what the kernel still holds is all that there will be. */
void record__kernel_program_gone(struct kernel_source *kernel);

/*
 * After the last record was taken: rows that still lack a name, a gap for
 * calls missing nobody knows where, and the run facts kernel_calls and
 * kernel_lost.
 */
int record__kernel_finish(struct kernel_source *kernel, struct store *store, char **error);

#endif
