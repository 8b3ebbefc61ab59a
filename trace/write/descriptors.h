/*
 * descriptors.h - what a program's descriptor numbers mean at the moment.
 *
 * The kernel reuses numbers; a system call only knows the number.  This table
 * follows what made each (socket, accept, pipe ...), which object of the trace
 * it is once the program has spoken of it, and by what it is known to epoll.
 * Rows that came before the program's first word about a descriptor are kept
 * here, to be written again when it has a name.  One thread.
 */
#ifndef LOOPSCOPE_TRACE_WRITE_DESCRIPTORS_H
#define LOOPSCOPE_TRACE_WRITE_DESCRIPTORS_H

#include <stdbool.h>
#include <stdint.h>

struct objects;
struct probe_call;

struct descriptors;

/* A row that still lacks a name: its call, and where it stands. */
struct descriptors_pending {
	struct descriptors_pending *next;
	uint64_t seq;
	struct probe_call *call; /* a copy */
};

/* The objects are borrowed: those of class fd tell what the program calls its own. */
int descriptors_new(struct descriptors **out, struct objects *objects);
void descriptors_free(struct descriptors *descriptors);

/*
 * Takes notice of one more descriptor that the program has named since the last call.
 * Returns its number, or -1 when no descriptor has it.
 */
int descriptors_notice(struct descriptors *descriptors);

/* A call made this descriptor; is_epoll: it is an epoll set. */
void descriptors_made(struct descriptors *descriptors, int fd, bool is_epoll);
/*
 * A call showed that it is an epoll set, whatever made it.  Each has the lowest
 * number that is free: epoll, epoll#2 ...
 */
void descriptors_is_set(struct descriptors *descriptors, int fd);
/* Is it the first, or not known to be one? */
bool descriptors_is_first_set(const struct descriptors *descriptors, int fd);
/* A call made these two, that belong together. */
void descriptors_made_pair(struct descriptors *descriptors, int first, int second);
/* This number now means what that one means, whatever it meant before. */
void descriptors_duplicated(struct descriptors *descriptors, int from, int to);
void descriptors_closed(struct descriptors *descriptors, int fd);
void descriptors_closed_range(struct descriptors *descriptors, uint32_t first, uint32_t last);
/* From first to last: is it to be closed when the program is replaced? */
void descriptors_mark(struct descriptors *descriptors, uint32_t first, uint32_t last, bool ends);
/* The program has been replaced: what was marked is closed. */
void descriptors_replaced(struct descriptors *descriptors);
/* epoll_ctl has registered it with this data in that set. */
void descriptors_registered(struct descriptors *descriptors, int set, int fd, uint64_t data);

/* The row of its object, 0 if it has none (yet). */
uint32_t descriptors_object(const struct descriptors *descriptors, int fd);

/* May it still get a name?  Then rows about it are worth keeping. */
bool descriptors_is_nameless(const struct descriptors *descriptors, int fd);

/* Its name, or the number; out has SYSCALLS_NAME. */
void descriptors_name(const struct descriptors *descriptors, int fd, char *out);
/* The same for what epoll_wait on that set returned. */
void descriptors_ready_name(const struct descriptors *descriptors, int set, uint64_t data,
			    char *out);

/* Keeps a copy of the call; too many for one descriptor, or without memory, it is let go. */
void descriptors_keep(struct descriptors *descriptors, int fd, uint64_t seq,
		      const struct probe_call *call);

/* Takes what was kept for this descriptor, the latest first; free with descriptors_drop(). */
struct descriptors_pending *descriptors_take_kept(struct descriptors *descriptors, int fd);
void descriptors_drop(struct descriptors_pending *list);

#endif
