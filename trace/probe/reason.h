/*
 * reason.h - why the probe cannot run here, in a sentence.
 *
 * The kernel says EPERM for many things; the rest is found by looking around.
 */
#ifndef LOOPSCOPE_TRACE_PROBE_REASON_H
#define LOOPSCOPE_TRACE_PROBE_REASON_H

#include "trace/probe/probe.h"

#define PROBE_BTF_FILE "/sys/kernel/btf/vmlinux"

/* The command that gives the recorder what it needs, as sentences name it. */
#define PROBE_GRANT "sudo setcap cap_bpf,cap_perfmon+ep"

/* What can be known without trying.  0, or -1 with *reason filled in. */
int probe_reason_before(struct probe_reason *reason);

/*
 * What an attempt that came to `error` (negative) means; complaint is what
 * libbpf said last, or "".  Fills *reason in and returns -1.
 */
int probe_reason_after(struct probe_reason *reason, int error, const char *complaint);

/* Is the kernel in confidentiality lockdown? */
bool probe_is_locked_down(void);

/* The recorder's own path, for the command that grants it something; out is set always. */
void probe_own_path(char *out, size_t size);

#endif
