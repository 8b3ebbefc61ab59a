/*
 * internal.h - shared by the files of the recorder and of recover alone.
 */
#ifndef LOOPSCOPE_TRACE_RECORD_INTERNAL_H
#define LOOPSCOPE_TRACE_RECORD_INTERNAL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "trace/record/record.h"

struct drain;
struct identity;
struct store;
struct writer;

/* True if the name would be found by execvp(); otherwise *error says why not. */
bool record__can_run(const char *program, char **error);

/*
 * What a program is started with.  Our own client gets fixed descriptors and no
 * privilege; any other keeps what it would have had without us.
 */
struct record_start {
	char *const *argv;
	bool client;
	const struct identity *identity;
	const char *socket;                       /* not the client: where to ask; "": nowhere */
	int ring_fd;                              /* the client's RING_FD; -1: without */
	int spans_fd;                             /* its RING_SPANS_FD; -1: without */
	const sigset_t *mask;                     /* its signal mask */
	void (*forked)(void *context, pid_t pid); /* called before it may call execve() */
	void *context;
};

/*
 * A file that may not grow is an error here and no signal; the program is started
 * with SIGXFSZ as it was.  Call this once.
 */
void record__ignore_size_limit(void);

/* Starts the program.  Returns its pid once it runs, or -1. */
pid_t record__spawn(const struct record_start *start, char **error);

/*
 * A process that runs already.  Returns its pidfd, or -1 with a sentence: no
 * process has that number, it is a thread of the kernel, or the caller may not
 * look into it.
 */
int record__attach_open(pid_t pid, char **error);
bool record__attached_ended(int pidfd);
/* Its command line as an argv; NULL without memory. */
char **record__attached_command(pid_t pid);
void record__attached_command_free(char **argv);
/* Names what it has open: its epoll sets, and what they watch. */
struct kernel_source;
void record__attached_know(struct kernel_source *kernel, pid_t pid);

/* What is known before the program starts. */
int record__put_facts(struct store *store, const struct record_options *options, char **error);

/* "exited 0", "killed by SIGKILL"; out has RECORD_HOW_BYTES. */
#define RECORD_HOW_BYTES 48
void record__how(int wait_status, char *out);
int record__exit_status(int wait_status);

/*
 * The last transaction of a recording: the row run.end, what is known
 * afterwards, and away with the cursors; from then on the ring is not needed.
 * status is the program's, negative if it is not known.
 */
int record__put_end(struct store *store, struct writer *writer, uint64_t time, uint32_t thread,
		    const char *how, int status, uint64_t lost, char **error);

/* Fills `sources` with the text around every place in `sites` that can be found. */
int record__put_sources(struct store *store, char **error);

/* Lines "KEY<TAB>VALUE" from a pipe, kept as run facts. */
struct record_notes {
	int fd; /* -1: at its end, or never there */
	char *line;
	size_t length, capacity;
};

/*
 * Reads what is there without waiting and stores whole lines within the
 * writer's transaction; writer NULL: reads and forgets.
 */
int record__read_notes(struct record_notes *notes, struct store *store, struct writer *writer,
		       char **error);
void record__notes_release(struct record_notes *notes);

/* Turns \n \t \r \\ \xHH back into bytes, in place; returns the length. */
size_t record__unescape(char *text, size_t length);

#endif
