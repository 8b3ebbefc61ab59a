/*
 * probe.bpf.c - the part of the recorder that runs inside the kernel.
 *
 * Four tracepoints.  sys_enter notes when a traced thread's call began, sys_exit
 * joins that with arguments and result, reads from the caller's memory what can
 * be known only now (the ready list, the accepted address ...), and puts one
 * record into the ring buffer.  sched_process_exec starts the tracing where
 * the program starts, sched_process_exit tells of calls that never returned.
 *
 * The first thing that every handler does is to leave: a process that is not
 * traced pays for one comparison.  Nobody is woken for a record; the recorder
 * comes by every few milliseconds.  A record that finds no room is counted,
 * and the number that its thread's calls bear shows where it is missing.
 */
#include <stdbool.h>

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "trace/probe/kernel.h"
#include "trace/probe/record.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define EPOLL_CTL_DEL 2
#define NR_PRCTL 157

/* Written by the recorder, through its mapping of these variables. */
volatile __u32 target;         /* the traced process, 0 for none */
volatile __u32 waits_for_exec; /* 1: it is still the recorder's own child */

/* The recorder's pid namespace, 0 where that is the first; set before loading. */
const volatile __u64 namespace_dev;
const volatile __u64 namespace_inode;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20); /* the recorder may ask for another size */
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct probe_count);
} counts SEC(".maps");

struct span_table {
	struct probe_span entry[PROBE_SPANS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct span_table);
} spans SEC(".maps");

/* A thread between the entry of a call and its return. */
struct thread_state {
	__u64 entered;
	__u64 number;    /* calls so far */
	__u32 call;      /* enum call; 0: in none that is recorded */
	__u32 span_slot; /* where this thread was found last */
	__u32 thread;    /* its id, as its records had it */
	__u32 own;       /* 1: what it calls is the recording's own, and not recorded */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread_state);
} threads SEC(".maps");

struct call_shape {
	__u8 call;
	__u8 capture;
	__u8 at;
};

/*
 * Volatile so that the compiler does not reason with the contents: the bounds
 * checks that it would then drop are those that the kernel's verifier asks for.
 */
static const volatile struct call_shape shapes[PROBE_NR_MAX] = {
#define SYSCALL(index, nr, name, means, fd, capture, at, ...) [nr] = { (index), (capture), (at) },
#include "trace/probe/syscalls.def"
#undef SYSCALL
};

static const volatile struct call_shape captures[CALL_END] = {
#define SYSCALL(index, nr, name, means, fd, capture, at, ...)                                      \
	[index] = { (index), (capture), (at) },
#include "trace/probe/syscalls.def"
#undef SYSCALL
};

/* The current thread: process in the high half, thread in the low, as the recorder counts. */
static __always_inline __u64 current_ids(void)
{
	struct bpf_pidns_info ids = {};

	if (!namespace_inode)
		return bpf_get_current_pid_tgid();
	if (bpf_get_ns_current_pid_tgid(namespace_dev, namespace_inode, &ids, sizeof(ids)))
		return 0;
	return (__u64)ids.tgid << 32 | ids.pid;
}

static __always_inline bool is_traced(__u64 ids)
{
	return target && ids >> 32 == target && !waits_for_exec;
}

static __always_inline void count(bool stored)
{
	__u32 zero = 0;
	struct probe_count *mine = bpf_map_lookup_elem(&counts, &zero);

	if (!mine)
		return;
	mine->produced++;
	mine->dropped += !stored;
}

/* The span that the thread says it is in; its place is remembered. */
static __always_inline __u64 current_span(struct thread_state *state, __u32 thread)
{
	__u32 zero = 0, slot = state->span_slot;
	struct span_table *table = bpf_map_lookup_elem(&spans, &zero);

	if (!table)
		return 0;
	if (slot < PROBE_SPANS && table->entry[slot].thread == thread)
		return table->entry[slot].span;
	for (slot = 0; slot < PROBE_SPANS; slot++)
		if (table->entry[slot].thread == thread) {
			state->span_slot = slot;
			return table->entry[slot].span;
		}
	return 0;
}

/* Arguments are still in the registers that brought them: only ax is new at the return. */
static __always_inline __u64 argument(const struct pt_regs *regs, __u32 n)
{
	switch (n) {
	case 0:
		return regs->di;
	case 1:
		return regs->si;
	case 2:
		return regs->dx;
	case 3:
		return regs->r10;
	case 4:
		return regs->r8;
	default:
		return regs->r9;
	}
}

/* A thread says whose its calls are from here on. */
static __always_inline void hear_whose(const struct pt_regs *regs)
{
	struct thread_state *state;

	if ((__u32)argument(regs, 0) != PROBE_PRCTL_OWN)
		return;
	state = bpf_task_storage_get(&threads, (void *)bpf_get_current_task_btf(), 0,
				     BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (state)
		state->own = argument(regs, 1) == 1;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_enter, struct pt_regs *regs, long nr)
{
	__u64 ids = current_ids();
	struct task_struct *task;
	struct thread_state *state;
	__u32 call;

	if (!is_traced(ids))
		return 0;
	/* x32 calls have a high bit set and end here too */
	if ((__u64)nr >= PROBE_NR_MAX)
		return 0;
	call = shapes[nr].call;
	if (nr == NR_PRCTL)
		hear_whose(regs);
	if (!call)
		return 0;
	task = (void *)bpf_get_current_task_btf();
	if (task->thread_info.status & TS_COMPAT)
		return 0;
	state = bpf_task_storage_get(&threads, (void *)task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!state) {
		count(false);
		return 0;
	}
	state->call = call;
	state->entered = bpf_ktime_get_ns();
	return 0;
}

/* How many bytes to capture, and from where; 0 for none. */
static __always_inline __u32 capture_size(const struct pt_regs *regs,
					  const volatile struct call_shape *shape, long result,
					  __u64 *from)
{
	__u32 at = shape->at, length = 0;

	*from = argument(regs, at);
	switch (shape->capture) {
	case CAPTURE_EVENT:
		return regs->si == EPOLL_CTL_DEL ? 0 : sizeof(struct probe_ready);
	case CAPTURE_READY:
		if (result <= 0)
			return 0;
		if (result > PROBE_READY_MAX)
			result = PROBE_READY_MAX;
		return (__u32)result * sizeof(struct probe_ready);
	case CAPTURE_PAIR:
		return result == 0 ? 2 * sizeof(__u32) : 0;
	case CAPTURE_ADDRESS_OUT:
	case CAPTURE_OPTION_OUT:
		if (result < 0 || !*from ||
		    bpf_probe_read_user(&length, sizeof(length), (void *)argument(regs, at + 1)))
			return 0;
		break;
	case CAPTURE_ADDRESS:
	case CAPTURE_OPTION:
		length = *from ? (__u32)argument(regs, at + 1) : 0;
		break;
	}
	return length < PROBE_SMALL ? length : PROBE_SMALL;
}

static __always_inline void fill_head(struct probe_record *record, const struct thread_state *state,
				      __u32 thread, __u64 span, __u16 what, __u32 size)
{
	record->number = state->number;
	record->span = span;
	record->thread = thread;
	record->what = what;
	record->size = (__u16)size;
	record->time = bpf_ktime_get_ns();
}

static __always_inline void fill_call(struct probe_call *call, const struct thread_state *state,
				      const struct pt_regs *regs, long result, __u8 flags)
{
	call->entered = state->entered;
	call->result = result;
	for (__u32 n = 0; n < 6; n++)
		call->arg[n] = argument(regs, n);
	call->id = (__u16)state->call;
	call->captured = 0;
	call->flags = flags;
}

/* epoll_pwait2 alone has its timeout in memory. */
static __always_inline __u64 read_timeout(__u64 from)
{
	__s64 when[2];

	if (!from)
		return PROBE_NO_TIMEOUT;
	if (bpf_probe_read_user(when, sizeof(when), (void *)from) || when[0] < 0 || when[1] < 0 ||
	    when[1] >= 1000000000)
		return PROBE_BAD_TIMEOUT;
	if (when[0] >= 1ll << 33)
		return PROBE_NO_TIMEOUT;
	return (__u64)when[0] * 1000000000 + (__u64)when[1];
}

/* Room for a call that captures so much.  Sizes must be known when the probe is loaded. */
static __always_inline void *reserve_call(__u32 captured)
{
	const __u32 call = sizeof(struct probe_record);

	if (captured == 0)
		return bpf_ringbuf_reserve(&records, call, 0);
	if (captured <= PROBE_TINY)
		return bpf_ringbuf_reserve(&records, call + PROBE_TINY, 0);
	if (captured <= PROBE_SMALL)
		return bpf_ringbuf_reserve(&records, call + PROBE_SMALL, 0);
	return bpf_ringbuf_reserve(&records, call + PROBE_LARGE, 0);
}

static __always_inline void capture(struct probe_record *record, __u32 size, __u64 from)
{
	if (bpf_probe_read_user(record->call.data, size, (void *)from)) {
		record->call.flags |= PROBE_UNREADABLE;
	} else {
		record->call.captured = (__u16)size;
		record->size += (__u16)size;
	}
}

/* Reports the call that `state` holds, as having come to `result`. */
static __always_inline void report(struct thread_state *state, const struct pt_regs *regs,
				   __u32 thread, long result, __u8 flags)
{
	const volatile struct call_shape *shape;
	struct probe_record *record;
	__u32 call = state->call, size = 0;
	__u64 from = 0, span;

	if (call >= CALL_END)
		return;
	if (state->own)
		return;
	span = current_span(state, thread);
	shape = &captures[call];
	if (!flags && shape->capture)
		size = capture_size(regs, shape, result, &from);
	state->number++;
	state->thread = thread;
	record = reserve_call(size);
	count(record != NULL);
	if (!record)
		return;
	fill_call(&record->call, state, regs, result, flags);
	fill_head(record, state, thread, span, PROBE_CALL, sizeof(*record));
	if (size > PROBE_SMALL && size <= PROBE_LARGE)
		capture(record, size, from);
	else if (size > PROBE_TINY && size <= PROBE_SMALL)
		capture(record, size, from);
	else if (size > 0 && size <= PROBE_TINY)
		capture(record, size, from);
	if (call == CALL_epoll_pwait2)
		record->call.arg[3] = read_timeout(record->call.arg[3]);
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_exit, struct pt_regs *regs, long result)
{
	__u64 ids = current_ids();
	struct thread_state *state;

	if (!is_traced(ids))
		return 0;
	state = bpf_task_storage_get(&threads, (void *)bpf_get_current_task_btf(), 0, 0);
	if (!state || !state->call)
		return 0;
	report(state, regs, (__u32)ids, result, 0);
	state->call = CALL_NONE;
	return 0;
}

/*
 * Not a call, so not counted: it tells whether the last ones of this thread
 * arrived, and that its numbers begin anew should there be more.
 */
static __always_inline void tell_end(struct thread_state *state, __u32 thread, __u16 what)
{
	struct probe_record *record = bpf_ringbuf_reserve(&records, PROBE_HEAD, 0);

	if (record) {
		fill_head(record, state, thread, 0, what, PROBE_HEAD);
		bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	}
	state->number = 0;
}

/*
 * The program has replaced whatever the recorder started: from here on it is
 * the one to watch, and what its thread said about spans is no longer so.
 * A thread that was not the process's first has just become that, id and all.
 */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec)
{
	__u64 ids = current_ids();
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	__u32 zero = 0;
	struct thread_state *state;
	struct span_table *table;

	if (!target || ids >> 32 != target)
		return 0;
	if (!waits_for_exec) {
		state = bpf_task_storage_get(&threads, (void *)task, 0,
					     BPF_LOCAL_STORAGE_GET_F_CREATE);
		if (state)
			tell_end(state, state->thread ? state->thread : (__u32)ids, PROBE_EXEC);
	}
	waits_for_exec = 0;
	table = bpf_map_lookup_elem(&spans, &zero);
	if (!table)
		return 0;
	for (__u32 slot = 0; slot < PROBE_SPANS; slot++) {
		table->entry[slot].thread = 0;
		table->entry[slot].span = 0;
	}
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_thread_end)
{
	__u64 ids = current_ids();
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	struct thread_state *state;

	if (!is_traced(ids))
		return 0;
	state = bpf_task_storage_get(&threads, (void *)task, 0, 0);
	if (!state)
		return 0;
	if (state->call)
		report(state, (void *)bpf_task_pt_regs((void *)task), (__u32)ids, 0,
		       PROBE_NEVER_RETURNED);
	state->call = CALL_NONE;
	tell_end(state, (__u32)ids, PROBE_THREAD_END);
	return 0;
}
