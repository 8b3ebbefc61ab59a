/*
 * ring_file.h - the ring as a file beside its trace: TRACE-ring.
 *
 * The recorder makes it, allocated in full (a hole would kill the program with
 * SIGBUS on a full disk), and holds an OFD lock on it for as long as it lives.
 * When the recorder died the file stays and is read by whoever recovers the
 * trace: then it is read into memory, never mapped, because a file of unknown
 * origin may shrink or have holes.
 */
#ifndef LOOPSCOPE_TRACE_RECORD_RING_FILE_H
#define LOOPSCOPE_TRACE_RECORD_RING_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/emit/ring.h"

struct ring_file {
	struct ring_header *header; /* a shared mapping, or a copy of the file */
	uint32_t slots;             /* a thread; checked, unlike what header says */
	size_t bytes;
	int fd; /* holds the lock */
	bool is_copy;
	char *path;
};

struct ring_options {
	uint32_t slots; /* a power of two, from RING_SLOTS_MIN */
	uint32_t payload_limit;
	enum ring_on_full on_full;
	bool checking; /* the loop shall report its state, see emit_checking() */
	bool hold;     /* the program shall stand still at its first event */
};

/*
 * Makes the ring of that trace, locked and empty, with fewer slots if there is
 * no room for as many as were asked for.  *full: not even the smallest fits.
 */
int ring_file_create(struct ring_file **out, const char *trace, const struct ring_options *options,
		     bool *full, char **error);

/*
 * What a dead recorder left: locked, and copied into memory after telling a
 * program that may still run to write no more.  Returns 1 if there is a ring,
 * 0 if no such file exists (*out is NULL), -1 with *error set, also when its
 * recorder is alive.
 */
int ring_file_take_over(struct ring_file **out, const char *trace, char **error);

/*
 * Clears the way for a new recording: removes a ring without unread events.
 * -1 with *error set if a recorder holds it, if it has unread events of a
 * trace that exists, or if it is not a ring.
 */
int ring_file_clear(const char *trace, bool trace_exists, char **error);

/* A second descriptor for the program, whose locks are not ours.  Negative errno. */
int ring_file_open_again(const struct ring_file *ring);

/* Unlinks the file.  The mapping stays. */
void ring_file_remove(struct ring_file *ring);

/* Unmaps and closes, which lets go of the lock.  NULL is allowed. */
void ring_file_free(struct ring_file *ring);

#endif
