/*
 * kernel.h - what the probe reads of the kernel's own structs.
 *
 * Only the fields that are read are named.  preserve_access_index makes the
 * loader look up each field's true offset in the running kernel's BTF, so no
 * 130,000 lines of vmlinux.h are needed and the probe fits kernels that it was
 * not built on.  For the BPF side alone.
 */
#ifndef LOOPSCOPE_TRACE_PROBE_KERNEL_H
#define LOOPSCOPE_TRACE_PROBE_KERNEL_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* The registers at a system call; arguments lie in di, si, dx, r10, r8, r9. */
struct pt_regs {
	unsigned long r10, r9, r8;
	unsigned long dx, si, di;
};

struct thread_info {
	__u32 status;
};

struct task_struct {
	struct thread_info thread_info;
};

#pragma clang attribute pop

/* Bit of thread_info.status: this is a 32-bit system call, with other numbers. */
#define TS_COMPAT 0x0002

#endif
