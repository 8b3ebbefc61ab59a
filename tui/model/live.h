/*
 * live.h - a run while it happens: the program under the recorder, both our
 * children's children, held and let go through the ring's header.
 *
 * What has been recorded so far is read as snapshots, whole traces in memory,
 * so that everything that shows a trace shows them too.  The program's output
 * is kept and given out at the end; its screen is ours.  One thread.
 */
#ifndef LOOPSCOPE_TUI_MODEL_LIVE_H
#define LOOPSCOPE_TUI_MODEL_LIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "trace/emit/ring.h"

struct live;
struct store;

enum live_state {
	LIVE_HELD, /* stands still */
	LIVE_RUNNING,
	LIVE_POLLING, /* runs, and waits in poll */
	LIVE_ENDED,   /* and the recorder too: the trace is finished, unless it died */
};

/*
 * Starts the recorder, argv[0] being its path, and waits until the trace can
 * be read.  The program stands at its first event.  argv and trace are
 * borrowed for the time of the call; `complete` is that of store_open_snapshot().
 */
int live_start(struct live **out, char *const argv[], const char *trace,
	       int (*complete)(struct store *store, char **error), char **error);

/* Lets the program go, should it still be held; it then runs to its end. */
void live_free(struct live *live);

enum live_state live_state(struct live *live);

/* Whether it can be held at all: a program without trace points cannot. */
bool live_can_hold(const struct live *live);

/* The program's process, 0 if it is not known. */
pid_t live_program(const struct live *live);

/* Whether the program is there still, whoever records it. */
bool live_program_lives(const struct live *live);

/* After LIVE_ENDED: the signal that ended the recorder before its time, or 0. */
int live_recorder_died(const struct live *live);

/* A descriptor that can be read from when the recorder ends; -1: none, or it has ended. */
int live_wake(const struct live *live);

/* Whether something was recorded that the last snapshot has not, and nothing is on its way. */
bool live_has_news(struct live *live);

/* Whether all that the program has said is in the last snapshot. */
bool live_is_told(struct live *live);

/* Whether the kernel has had the time to tell its part, too; of a program that stands still. */
bool live_is_settled(struct live *live);

/* A snapshot; after the end the finished trace itself.  0 and *out NULL: just being finished. */
int live_read(struct live *live, struct store **out, char **error);

/* The first one, for which a recorder that begins or ends just now is waited for. */
int live_read_first(struct live *live, struct store **out, char **error);

/* Holds it at the next place of that sort; past one of them if it stands at one. */
void live_pass(struct live *live, enum ring_hold hold);
void live_hold(struct live *live);
void live_let_go(struct live *live);
bool live_is_held(const struct live *live);

/* Copies what the program wrote to stdout and stderr so far. */
void live_copy_output(struct live *live, FILE *out);

#endif
