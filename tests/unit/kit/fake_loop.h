/*
 * fake_loop.h - a loop whose poller and clock belong to the test: nothing
 * waits, and time moves only when the loop would have slept.
 */
#ifndef LOOPSCOPE_TESTS_UNIT_KIT_FAKE_LOOP_H
#define LOOPSCOPE_TESTS_UNIT_KIT_FAKE_LOOP_H

#include <stdint.h>

#include "core/ioloop.h"

#define FAKE_MS UINT64_C(1000000)
#define FAKE_EVENTS_MAX 16

struct fake_loop {
	struct ioloop *loop;
	uint64_t now;   /* the clock; starts at 1000 s */
	uint64_t early; /* a sleeping poll comes back so much too soon, once */
	int failure;    /* the next poll returns this -errno */
	struct poller_ready ready[FAKE_EVENTS_MAX]; /* what the next poll returns */
	int ready_count;
	uint64_t timeouts[FAKE_EVENTS_MAX]; /* what the last polls were asked for */
	int polls;
	int refuse;       /* add, modify and remove return this */
	char log[512];    /* what happened, by the test's own words */
	char logged[512]; /* the last line that the loop logged */
	int log_lines;
};

void fake_loop_open(struct fake_loop *fake);
void fake_loop_close(struct fake_loop *fake);

/* Adds a word to the log. */
void fake_loop_note(struct fake_loop *fake, const char *word);

/* A callback of this loop: notes `word`, then does `also` (may be NULL). */
struct fake_step {
	struct fake_loop *fake;
	const char *word;
	int (*also)(struct fake_step *step);
	struct timeout *timeout;
	int fd;
	int released;
};

struct callback *fake_callback(struct fake_step *step);
void fake_queue(struct fake_step *step);
struct timeout *fake_timeout(struct fake_step *step, int64_t in_ms);

int fake_stop(struct fake_step *step);
int fake_raise(struct fake_step *step);

#endif
