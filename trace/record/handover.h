/*
 * handover.h - how a program with trace points gets ring and span map: it asks
 * at a socket of ours, before its main().
 *
 * So the program has the descriptors that it would have without us, for it
 * maps what it is given and closes all.  The socket is an abstract one: its
 * name, which RING_SOCKET_ENV tells, cannot be guessed, and nothing is left
 * behind when the recorder is killed; who asks then is refused at once.
 */
#ifndef LOOPSCOPE_TRACE_RECORD_HANDOVER_H
#define LOOPSCOPE_TRACE_RECORD_HANDOVER_H

#include <sys/types.h>

#include "trace/emit/ring.h"

struct handover {
	int listener; /* -1: nothing is handed over */
	int ring_fd;  /* owned */
	int spans_fd; /* borrowed; -1: without */
	char name[RING_SOCKET_BYTES];
};

#define HANDOVER_NOTHING ((struct handover){ .listener = -1, .ring_fd = -1, .spans_fd = -1 })

/* Takes ring_fd over, also when it fails: -1 with *error set. */
int handover_open(struct handover *handover, int ring_fd, int spans_fd, char **error);

/*
 * Answers those who ask now, without waiting: the program itself, and who has
 * the uid that the program was started with.
 */
void handover_serve(const struct handover *handover, pid_t program, uid_t uid);

void handover_close(struct handover *handover);

#endif
