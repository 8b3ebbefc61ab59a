/*
 * watch.h - a peer_watch over the ring of a recorded program.
 *
 * The loop writes into the ring's header what it does and how many polls it
 * has begun; the kernel says in /proc whether its thread sleeps.  Both must
 * agree: the header of a thread that was woken and has not run yet still says
 * that it is in poll.
 *
 * Nothing is written, and the program does not notice.
 */
#ifndef LOOPSCOPE_SAMPLES_SCENARIO_WATCH_H
#define LOOPSCOPE_SAMPLES_SCENARIO_WATCH_H

#include "samples/scenario/peer.h"

struct watch;

/*
 * A watch over the ring file at `path`, which need not exist yet: it is looked
 * for at each question until it is there and complete.  Returns 0 or -ENOMEM.
 */
int watch_new(struct watch **out, const char *path);

/* The peers that use it must have ended.  Takes NULL. */
void watch_free(struct watch *watch);

/* For peer_options.watch; lives as long as the watch. */
const struct peer_watch *watch_interface(struct watch *watch);

#endif
