/*
 * internal.h - what emit.c and attach.c share.
 */
#ifndef LOOPSCOPE_TRACE_EMIT_INTERNAL_H
#define LOOPSCOPE_TRACE_EMIT_INTERNAL_H

#include <stdatomic.h>
#include <sys/types.h>

#include "trace/emit/emit.h"

/* The mapping, and what of it every thread needs. */
struct emit_ring {
	struct ring_header *header;
	uint64_t slots;
	unsigned payload_slots_max;
	int fd;       /* -1: attached to memory by a test */
	dev_t device; /* what fd was when it was given to us */
	ino_t inode;
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

/* In a child of fork(): the ring belongs to the process that attached. */
void emit__after_fork(void);

#endif
