/*
 * loop_kit.h - the few words in which the loop programs are written.
 */
#ifndef LOOPSCOPE_SAMPLES_LOOP_LOOP_KIT_H
#define LOOPSCOPE_SAMPLES_LOOP_LOOP_KIT_H

#include <stdint.h>

#include "core/ioloop.h"
#include "trace/emit/emit.h"

/* A callback of a program. */
#define STEP(name)                                                                                 \
	static int name(void *self __attribute__((unused)),                                        \
			struct value *argument __attribute__((unused)))

/* Records the event "user.what". */
void say(const char *what);

/* Queues step, to be known as "user.name". */
#define queue(step) loop_kit_queue(#step, (step))
void loop_kit_queue(const char *name, callback_call_fn *step);

/* Has step called in so many milliseconds.  The handle is the caller's. */
#define in_ms(ms, step) loop_kit_in_ms(#step, (step), (ms))
struct timeout *loop_kit_in_ms(const char *name, callback_call_fn *step, int ms);

/* Has step(self, fd and events) called, as "user.handler". */
void watch(int fd, uint32_t events, callback_call_fn *step, void *self);

void stop(void);
void start(void);

/* Does nothing for so many milliseconds, as a long computation would. */
void block_ms(int ms);

/* Two connected sockets. */
struct pair {
	int end;
	int peer;
};

/* 0, or -1.  What is sent to one comes out of the other. */
int pair_open(struct pair *pair);
void pair_send(int fd);
int pair_receive(int fd); /* the number of bytes */
void pair_close(int fd);

#endif
