/*
 * record.h - what the probe in the kernel tells the recorder.
 *
 * Both sides include it: trace/probe/probe.bpf.c, which runs in the kernel, and the
 * library that drains it (trace/probe/probe.h).  Everything is little-endian x86-64
 * and of fixed size; both sides are built together and never meet another
 * version of it.
 */
#ifndef LOOPSCOPE_TRACE_PROBE_RECORD_H
#define LOOPSCOPE_TRACE_PROBE_RECORD_H

#include <linux/types.h>

/* System calls that are decoded: CALL_read is an index, 1 and up; see syscalls.def. */
enum call {
	CALL_NONE,
#define SYSCALL(index, nr, name, ...) CALL_##name = (index),
#include "trace/probe/syscalls.def"
#undef SYSCALL
	CALL_END
};

#define PROBE_NR_MAX 512 /* no decoded call has a number beyond */

/* What is captured of a call's arguments, once it has returned. */
enum capture {
	CAPTURE_NONE,
	CAPTURE_EVENT,       /* struct probe_ready at argument n */
	CAPTURE_READY,       /* result of them at argument n */
	CAPTURE_ADDRESS,     /* a socket address at n, its length at n + 1 */
	CAPTURE_ADDRESS_OUT, /* the same, the length behind a pointer */
	CAPTURE_OPTION,      /* a socket option's value at n, its length at n + 1 */
	CAPTURE_OPTION_OUT,  /* the same, the length behind a pointer */
	CAPTURE_PAIR,        /* two descriptors */
};

/* An entry of a ready list, as the kernel lays out struct epoll_event. */
struct probe_ready {
	__u32 events;
	__u64 data;
} __attribute__((packed));

#define PROBE_READY_MAX 64 /* entries kept of a ready list */
#define PROBE_TINY 16      /* bytes captured: one entry, or two descriptors */
#define PROBE_SMALL 64     /* an address or an option */
#define PROBE_LARGE (PROBE_READY_MAX * sizeof(struct probe_ready))

/* What a record is about. */
enum probe_what {
	PROBE_CALL = 1,   /* a system call that ended; struct probe_call */
	PROBE_THREAD_END, /* the thread ended */
	PROBE_EXEC,       /* the thread, by the id it had, runs another program */
};

/* Bits of probe_call.flags. */
#define PROBE_NEVER_RETURNED 0x01 /* the thread ended inside the call */
#define PROBE_UNREADABLE 0x02     /* what should have been captured could not be read */

/* One system call, and what was captured of its arguments. */
struct probe_call {
	__u64 entered; /* as probe_record.time */
	__s64 result;
	__u64 arg[6];   /* of epoll_pwait2, arg[3] is the timeout itself: nanoseconds */
	__u16 id;       /* enum call */
	__u16 captured; /* bytes in data */
	__u8 flags;
	__u8 unused[3];
	__u8 data[];
};
_Static_assert(sizeof(struct probe_call) == 72, "both sides agree on the layout");

/*
 * A record: the head, which is all that draining looks at, and what its kind
 * has more.  `number` counts the calls of its thread from 1 without a hole:
 * where one is missing, a call was lost.  Of what is no call it is that of the
 * thread's last.
 */
struct probe_record {
	__u64 time; /* when it was over: CLOCK_MONOTONIC, nanoseconds */
	__u64 number;
	__u64 span; /* ring id of the span that the thread was in, or 0 */
	__u32 thread;
	__u16 what; /* enum probe_what */
	__u16 size; /* bytes of the record; the kernel's buffer may give it a few more */
	union {
		struct probe_call call;
	};
};
#define PROBE_HEAD 32 /* bytes of a record that has no more */
_Static_assert(sizeof(struct probe_record) == PROBE_HEAD + sizeof(struct probe_call),
	       "both sides agree on the layout");

#define PROBE_NO_TIMEOUT (~0ull)      /* for ever */
#define PROBE_BAD_TIMEOUT (~0ull - 1) /* it cannot be read, or is no time */

/*
 * Where a traced thread says which span it is in: entry n belongs to thread
 * ring n.  The program maps the array; the probe reads it.
 */
struct probe_span {
	__u32 thread;
	__u32 unused;
	__u64 span;
};
#define PROBE_SPANS 8 /* as many as there are thread rings */

/* prctl() with this option, which no kernel knows: are the thread's calls the recording's own? */
#define PROBE_PRCTL_OWN 0x6c6f6f70

/* Counted for each CPU; produced = stored + dropped. */
struct probe_count {
	__u64 produced;
	__u64 dropped;
};

#endif
