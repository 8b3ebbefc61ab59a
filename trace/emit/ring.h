/*
 * ring.h - the shared mapping through which a traced program speaks.
 *
 * A ring file is made and allocated in full by the recorder before the
 * program starts; the program maps it before main() and from then on only
 * stores into memory.  The file outlives both sides: whatever was committed
 * when either of them was killed is still there to be read.
 *
 * Layout, all offsets fixed by this ABI:
 *
 *     struct ring_header
 *     struct ring_thread [RING_THREADS]      cursors, one writer each
 *     struct ring_slot   [RING_THREADS][slots_per_thread]
 *
 * A thread claims one ring_thread atomically and is its only writer; the
 * recorder is the only reader.  An event is one slot, followed at once by the
 * slots of its payload.  The writer fills the slots first and publishes them
 * by storing `head` with release order, so everything below `head` is whole:
 * a writer killed half-way has published nothing.  Cursors count slots since
 * the start and never wrap; a cursor's slot is `cursor % slots_per_thread`.
 *
 * An event is named by its id: (ring_thread index << 48 | cursor + 1).  Zero
 * is no event.
 *
 * The memory is shared with a program that may be hostile or dying: a reader
 * copies a slot before it looks at it and checks every count and index.
 */
#ifndef LOOPSCOPE_TRACE_EMIT_RING_H
#define LOOPSCOPE_TRACE_EMIT_RING_H

#include <stdatomic.h>
#include <stdint.h>

#define RING_MAGIC "loopring"
#define RING_ABI 3u

/*
 * A program gets at its ring in one of two ways.  Most ask for it before main():
 * RING_SOCKET_ENV names an abstract socket, at which the recorder answers one
 * byte with the descriptors of the ring and, where the kernel watches too, of
 * the span map.  Our own client inherits both under fixed numbers.
 */
#define RING_SOCKET_ENV "LOOPSCOPE_RECORDER"
#define RING_SOCKET_BYTES 48 /* room for its name */
#define RING_SOCKET_FDS 2
#define RING_ENV "LOOPSCOPE_RING" /* set to "3" for our client */
#define RING_FD 3
#define RING_SPANS_ENV "LOOPSCOPE_SPANS" /* set to "4" where the kernel watches too */
#define RING_SPANS_FD 4                  /* closed once mapped */

/*
 * prctl(RING_PRCTL_OWN, 1) says that what this thread calls from here on is the
 * recording's own and need not be seen; with 0, that this is over.  The kernel
 * knows no such option and does nothing; the probe watches for it.
 */
#define RING_PRCTL_OWN 0x6c6f6f70

#define RING_THREADS 8u
#define RING_SLOTS 32768u /* default slots a thread; a power of two */
#define RING_SLOTS_MIN 1024u
#define RING_SITES 1024u
#define RING_NAMES 256u       /* kinds and functions named at run time */
#define RING_NAME_FIRST 4096u /* the kind number of names[0] */
#define RING_NAME_BYTES 96u
#define RING_FACTS 4u
#define RING_FACT_BYTES 64u
#define RING_SITE_FILE_BYTES 64u
#define RING_SITE_FUNCTION_BYTES 56u

/* What the loop is doing, for peers and tests that wait for it. */
enum ring_loop {
	RING_LOOP_NONE, /* no loop was started */
	RING_LOOP_RUNNING,
	RING_LOOP_POLL_NOW,  /* in poll with timeout 0 */
	RING_LOOP_POLL_WAIT, /* in poll, able to block */
	RING_LOOP_STOPPED,   /* start() has returned */
};

/* What a full ring means. */
enum ring_on_full { RING_ON_FULL_WAIT, RING_ON_FULL_DROP };

/*
 * Where a program stands still while it is held.  It counts each such stop in
 * `stops` and waits until `passes` has come as far, or it is held no more.
 */
enum ring_hold {
	RING_HOLD_NOT,
	RING_HOLD_TURNS,     /* before each turn of the loop */
	RING_HOLD_CALLBACKS, /* before each callback and each event dispatched */
	RING_HOLD_EVENTS,    /* after each event, but for ends of spans */
};

enum ring_phase { RING_BEGIN = 1, RING_END, RING_INSTANT };

/* Bits of ring_slot.flags. */
#define RING_FLAG_CAUSE 0x01  /* its id was kept: later events may name it */
#define RING_FLAG_RAISED 0x02 /* an end by exception */
#define RING_FLAG_RETURN 0x04 /* an end with a return value in arg[0] */

/* One event: 64 bytes, one cache line. */
struct ring_slot {
	uint64_t time;          /* CLOCK_MONOTONIC, nanoseconds */
	uint64_t asked_by;      /* id of the event that requested this call, or 0 */
	uint64_t triggered_by;  /* id of the event that made it due, or 0 */
	uint64_t arg[4];        /* the numeric fields, in catalogue order */
	uint16_t kind;          /* catalogue number, or RING_NAME_FIRST + n */
	uint16_t site;          /* index into ring_header.sites */
	uint8_t phase : 2;      /* enum ring_phase; 0 marks a slot never written */
	uint8_t flags : 6;      /* RING_FLAG_* */
	uint8_t present;        /* bit n: the n-th field of the kind has a value */
	uint16_t payload_slots; /* slots that follow: see RING_PAYLOAD_SLOTS_MAX */
};
_Static_assert(sizeof(struct ring_slot) == 64, "an event is one cache line");

/*
 * Records of kind 0 are about the recording.  RING_INSTANT is a gap: arg[0]
 * events were lost at this place; those lost and not yet told so are the
 * difference to ring_thread.lost.  RING_BEGIN says that from its time on the
 * program is held, RING_END that it goes on; arg[0] is ring_header.held then.
 */

/*
 * A payload holds the text and byte fields of its event, in catalogue order:
 * for each a struct ring_text and then `stored` bytes, no padding between.
 * `total` is what there was, `stored` what was kept.
 */
struct ring_text {
	uint32_t total;
	uint32_t stored;
};
#define RING_PAYLOAD_SLOTS_MAX 4095u /* and never more than a quarter of the ring */
#define RING_PAYLOAD_MAX (RING_PAYLOAD_SLOTS_MAX * 64u)
#define RING_TEXT_MAX 65536u /* bytes kept of a text field */

/* An entry of the ready list, the only list a payload carries. */
struct ring_ready {
	uint64_t descriptor; /* emit_descriptor() */
	uint64_t events;     /* epoll mask */
};

struct ring_site {
	uint32_t line;
	uint32_t kind;
	char file[RING_SITE_FILE_BYTES];
	char function[RING_SITE_FUNCTION_BYTES];
};

struct ring_header {
	_Alignas(64) char magic[8];
	uint32_t abi;
	uint32_t slots_per_thread;
	uint64_t file_bytes;
	uint32_t on_full;       /* enum ring_on_full */
	uint32_t payload_limit; /* bytes kept of one data field; 0 none */
	uint32_t checking;      /* 1: the loop reports its state at each turn's end */

	/* written by the program when it attaches */
	uint64_t catalogue_hash;
	_Atomic uint32_t attached; /* 1 once the tables below are valid */
	_Atomic uint32_t program_pid;
	_Atomic uint32_t site_count;
	_Atomic uint32_t name_count;     /* names[0..name_count) are complete */
	_Atomic uint32_t fact_count;     /* facts[0..fact_count) are complete */
	_Atomic uint32_t claimed;        /* threads[0..claimed) have writers */
	_Atomic uint64_t unclaimed_lost; /* events of threads that found no ring */

	/* written by the loop */
	_Atomic uint32_t loop_state;  /* enum ring_loop */
	_Atomic uint32_t loop_thread; /* kernel thread id */
	_Atomic uint64_t poll_count;  /* polls begun, of either kind */

	/* written by the recorder */
	_Atomic uint32_t recorder_pid;    /* or FUTEX_OWNER_DIED */
	_Atomic uint32_t stopped_reading; /* 1: nobody reads any more, drop */
	_Atomic uint32_t program_gone;    /* 1 once the program was reaped */

	/* written by whoever steps the program, and by the loop that obeys */
	_Atomic uint32_t hold;       /* enum ring_hold */
	_Atomic uint64_t held;       /* nanoseconds spent so, left out of loop time */
	_Atomic uint64_t held_since; /* CLOCK_MONOTONIC while any thread stands still, else 0 */
	_Atomic uint64_t stops;      /* how often it has come to where it is to stand still */
	_Atomic uint64_t passes;     /* how many of these stops it may leave behind */

	struct ring_site sites[RING_SITES];
	char names[RING_NAMES][RING_NAME_BYTES];
	char facts[RING_FACTS]
		  [RING_FACT_BYTES]; /* "role=client": what the program is, see emit_fact() */
};

struct ring_thread {
	_Alignas(64) _Atomic uint64_t head; /* slots published */
	_Atomic uint64_t lost;              /* events dropped since the start */
	_Atomic uint32_t writing;           /* 1 while an event is being made */
	_Atomic uint32_t thread;            /* kernel thread id, 0 unclaimed */
	_Alignas(64) _Atomic uint64_t tail; /* slots consumed, by the recorder */
};

/*
 * Where a thread says which span it is in, for whoever watches from outside.
 * The span map is an array of these, one a thread ring; a thread that claims a
 * ring writes its kernel id, and from then on the id of its innermost open
 * span.
 */
struct ring_span {
	_Atomic uint32_t thread;
	uint32_t unused;
	_Atomic uint64_t span;
};

/*
 * Liveness, for those who have the ring in memory: recorder_pid is a word that
 * the recorder owns as if it were a robust mutex.  When the recorder dies, however,
 * the kernel sets FUTEX_OWNER_DIED there.  For those who have the file: an OFD
 * write lock on byte 0, held through a descriptor of the recorder's own.
 */

static inline uint64_t ring_file_bytes(uint32_t slots)
{
	return sizeof(struct ring_header) + RING_THREADS * sizeof(struct ring_thread) +
	       (uint64_t)RING_THREADS * slots * sizeof(struct ring_slot);
}

static inline struct ring_thread *ring_threads(struct ring_header *header)
{
	return (struct ring_thread *)(void *)(header + 1);
}

static inline struct ring_slot *ring_slots(struct ring_header *header, uint32_t thread)
{
	struct ring_slot *first = (struct ring_slot *)(void *)(ring_threads(header) + RING_THREADS);

	return first + (uint64_t)thread * header->slots_per_thread;
}

#endif
