/*
 * fake_loop.c - see fake_loop.h.
 */
#include "core/log.h"
#include "tests/unit/kit/fake_loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct fake_loop *logging;

static uint64_t fake_clock(void *user)
{
	return ((struct fake_loop *)user)->now;
}

static int fake_control(void *self, int fd, uint32_t events)
{
	(void)fd;
	(void)events;
	return ((struct fake_loop *)self)->refuse;
}

static int fake_remove(void *self, int fd)
{
	(void)fd;
	return ((struct fake_loop *)self)->refuse;
}

static int fake_poll(void *self, struct poller_ready *ready, int room, uint64_t timeout_ns)
{
	struct fake_loop *fake = self;
	int n = fake->ready_count;
	int failure = fake->failure;

	assert_true(n <= room);
	assert_true(fake->polls < 100); /* a loop that never ends is a failure, not a wait */
	fake->timeouts[fake->polls++ % FAKE_EVENTS_MAX] = timeout_ns;
	if (failure) {
		fake->failure = 0;
		return failure;
	}
	memcpy(ready, fake->ready, (size_t)n * sizeof(*ready));
	fake->ready_count = 0;
	if (n == 0 && timeout_ns > fake->early) {
		fake->now += timeout_ns - fake->early;
		fake->early = 0;
	}
	return n;
}

static void fake_close(void *self)
{
	(void)self;
}

static void fake_log(const char *level, const char *logger, const char *text)
{
	snprintf(logging->logged, sizeof(logging->logged), "%s %s %s", level, logger, text);
	logging->log_lines++;
}

void fake_loop_open(struct fake_loop *fake)
{
	struct poller poller = {
		.add = fake_control,
		.modify = fake_control,
		.remove = fake_remove,
		.poll = fake_poll,
		.close = fake_close,
		.self = fake,
	};
	struct ioloop_options options = {
		.poller = &poller,
		.clock = fake_clock,
		.clock_user = fake,
	};

	memset(fake, 0, sizeof(*fake));
	fake->now = 1000000 * FAKE_MS;
	logging = fake;
	log_to(fake_log);
	assert_int_equal(ioloop_new(&fake->loop, &options), 0);
}

void fake_loop_close(struct fake_loop *fake)
{
	ioloop_free(fake->loop);
	log_to(NULL);
}

void fake_loop_note(struct fake_loop *fake, const char *word)
{
	size_t n = strlen(fake->log);

	assert_true(n + strlen(word) + 2 < sizeof(fake->log));
	snprintf(fake->log + n, sizeof(fake->log) - n, "%s%s", n ? " " : "", word);
}

static int fake_step_call(void *self, struct value *argument)
{
	struct fake_step *step = self;

	(void)argument;
	fake_loop_note(step->fake, step->word);
	return step->also ? step->also(step) : 0;
}

static void fake_step_release(void *self)
{
	((struct fake_step *)self)->released++;
}

struct callback *fake_callback(struct fake_step *step)
{
	return callback_new(fake_step_call, step, fake_step_release, 1);
}

void fake_queue(struct fake_step *step)
{
	assert_int_equal(ioloop_add_callback(step->fake->loop, fake_callback(step), VALUE_OF_NONE),
			 0);
}

struct timeout *fake_timeout(struct fake_step *step, int64_t in_ms)
{
	uint64_t now = ioloop_time(step->fake->loop);

	step->timeout = ioloop_add_timeout(
		step->fake->loop, now + (uint64_t)(in_ms * (int64_t)FAKE_MS), fake_callback(step));
	return step->timeout;
}

int fake_stop(struct fake_step *step)
{
	ioloop_stop(step->fake->loop);
	return 0;
}

int fake_raise(struct fake_step *step)
{
	return exc_raise(EXC_VALUE_ERROR, "%s", step->word);
}
