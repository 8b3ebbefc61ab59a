/*
 * record.h - the recorder: runs a program and writes down what it says.
 *
 * The program has what it would have had without us: descriptors, identity,
 * capabilities, limits.  Its environment has one variable more, RING_SOCKET_ENV,
 * which is gone before main() if it is linked with our trace points.  Under sudo
 * it runs as the user who called.  Whatever befalls the recording, the program
 * runs to its own end.
 *
 * Our own client is another case, for the numbers of its descriptors are those
 * of the original: it gets the ring as RING_FD, the span map as RING_SPANS_FD
 * while the kernel watches too, its standard descriptors and nothing else, no
 * capability among it and no way to gain one.
 *
 * Of a process that runs already only the kernel's view can be had, from the
 * moment that it is attached to.  Nothing is changed about that process.
 */
#ifndef LOOPSCOPE_TRACE_RECORD_RECORD_H
#define LOOPSCOPE_TRACE_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "trace/record/ring_file.h"

struct store;

enum record_kernel { RECORD_KERNEL_AUTO, RECORD_KERNEL_REQUIRE, RECORD_KERNEL_OFF };

/* Everything is borrowed for the time of the call. */
struct record_options {
	const char *trace; /* the file to make */
	enum record_kernel kernel;
	uint32_t kernel_ring; /* bytes of the probe's buffer, a power of two; 0: usual */
	void (*remark)(const char *sentence); /* told why there are no kernel rows; may be NULL */
	struct ring_options ring;
	pid_t reader;             /* our parent, reading along: without him the program is
					    let go; 0: nobody does */
	const char *const *facts; /* "KEY=VALUE" */
	size_t fact_count;
	int notes;         /* descriptor to read notes from, or -1 */
	char *const *argv; /* the program, ended by NULL ... */
	bool client;       /* it is our own client */
	const char *user;  /* runs it, by name or number; NULL: the caller */
	pid_t attach;      /* ... or 0, or a process that runs already */
};

/* What record_run() returns: exit codes. */
enum { RECORD_DONE = 0, RECORD_TROUBLE = 2, RECORD_UNABLE = 3 };

/*
 * Records one run.  A process that runs already is watched until it ends or a
 * signal says that it is enough; its status is not known, and *status is 0.
 * RECORD_DONE: *status is the program's, as a shell would
 * give it (128 + n if a signal ended it).  Otherwise *error is a sentence: the
 * program was not started, or was left to run to its end while the recording
 * had to stop.  Blocks and handles SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT
 * and SIGPIPE meanwhile.  One thread, once a process.
 */
int record_run(const struct record_options *options, int *status, char **error);

/*
 * Fills the table `sources` of a store open for writing with the text around
 * every place that emitted, as far as our sources can be found.
 */
int record_put_sources(struct store *store, char **error);

#endif
