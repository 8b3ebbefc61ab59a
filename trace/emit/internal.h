/*
 * internal.h - what the files of this room share.
 */
#ifndef LOOPSCOPE_TRACE_EMIT_INTERNAL_H
#define LOOPSCOPE_TRACE_EMIT_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "trace/emit/emit.h"

/* The mapping, and what of it every thread needs. */
struct emit_ring {
	struct ring_header *header;
	uint64_t slots;
	unsigned payload_slots_max;
	struct ring_span *spans; /* NULL: nobody asks which span a thread is in */
	atomic_bool reader_gone;
	unsigned generation; /* counts attachments: old thread state is void */
};
extern struct emit_ring emit__ring;

/* Bit n of [kind]: its n-th field is bytes of the network, under payload_limit. */
#define EMIT_DATA_KINDS 512
extern uint8_t emit__data_fields[EMIT_DATA_KINDS];

/* All trace points of the program, gathered by the linker. */
extern const struct emit_site __start_loopscope_sites[] __attribute__((weak));
extern const struct emit_site __stop_loopscope_sites[] __attribute__((weak));

/*
 * The recorder's answer at the socket of that name: the number of descriptors in
 * fds, which has RING_SOCKET_FDS, the ring's first.  They are the caller's.  0:
 * the recorder is gone, or does not answer.
 */
unsigned emit__ask_recorder(const char *name, int *fds);

/* From now on, or no more: this thread's calls are the recording's own. */
void emit__own_calls(bool own);

/* In a child of fork(): the ring belongs to the process that attached. */
void emit__after_fork(void);

#endif
