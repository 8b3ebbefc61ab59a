/*
 * recorder.h - the command line of loopscope-record, as the commands that run
 * something under it put it together.
 */
#ifndef LOOPSCOPE_TRACE_CMD_RECORDER_H
#define LOOPSCOPE_TRACE_CMD_RECORDER_H

#include <stdbool.h>

#include "trace/cmd/options.h"

#define RECORDER_ARGS_MAX 64

/* Options that record, fetch and play share; their ids stand above other ids. */
enum {
	RECORDER_OUTPUT = 1000,
	RECORDER_KERNEL,
	RECORDER_ON_FULL,
	RECORDER_PAYLOAD,
	RECORDER_CHECKING,
};

#define RECORDER_ROWS                                                                              \
	{ RECORDER_OUTPUT, 'o', "output", "TRACE",                                                 \
	  "the trace to write (default ./loopscope.db)" },                                         \
		{ RECORDER_KERNEL, 0, "kernel", "auto|require|off",                                \
		  "also record what the kernel sees; require refuses to run without" },            \
		{ RECORDER_ON_FULL, 0, "on-full", "wait|drop",                                     \
		  "when the ring is full: hold the program up, or lose events and say so" },       \
		{ RECORDER_PAYLOAD, 0, "payload", "none|all|N",                                    \
		  "bytes kept of the data that an event carries (default 4096)" },                 \
	{                                                                                          \
		RECORDER_CHECKING, 0, "checking", NULL,                                            \
			"have the loop report its state after each turn, for 'loopscope check'"    \
	}

struct recorder {
	const char *output;            /* the trace; borrowed */
	char *argv[RECORDER_ARGS_MAX]; /* [0] is the path; owned, NULL-ended */
	int argc;
};

/* Finds loopscope-record.  0, or the exit status after a sentence. */
int recorder_init(struct recorder *recorder);
void recorder_release(struct recorder *recorder);

/* Takes one of the shared options, for options_take().  user is a struct recorder. */
int recorder_take(void *user, int id, const struct options *options);

/* Adds one argument. */
int recorder_add(struct recorder *recorder, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The program will be our own client, with its fixed descriptors and without privilege. */
int recorder_runs_client(struct recorder *recorder);

/* Whether a recording was asked for: a file for it, or the kernel's view. */
bool recorder_is_asked(const struct recorder *recorder);

/*
 * Takes away what a recorder that died left at the output's place, as the next
 * recorder would: for whoever opens the ring by its name before that has made
 * its own.  Refuses, with a sentence, what holds unread events.
 */
int recorder_clear(const struct recorder *recorder);

/* Adds "--" and the program to run, whose words are borrowed; then becomes the
 * recorder.  Returns only with trouble. */
int recorder_become(struct recorder *recorder, char *const *program);

#endif
