/*
 * loop_kit.c - see loop_kit.h.
 */
#include "samples/loop/loop_kit.h"

#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/platform/descriptor.h"

/* "user.name", as the trace knows a function of the program. */
static uint16_t user_name(const char *name)
{
	char full[RING_NAME_BYTES];

	snprintf(full, sizeof(full), "user.%s", name);
	return emit_name(full, "");
}

void say(const char *what)
{
	EMIT_NAMED(user_name(what));
}

void loop_kit_queue(const char *name, callback_call_fn *step)
{
	/* a loop that is closing refuses; these programs never close theirs */
	if (ioloop_add_callback(ioloop_instance(), callback_new(step, NULL, NULL, user_name(name)),
				VALUE_OF_NONE) < 0)
		exc_clear();
}

struct timeout *loop_kit_in_ms(const char *name, callback_call_fn *step, int ms)
{
	struct ioloop *loop = ioloop_instance();

	return ioloop_add_timeout(loop, ioloop_time(loop) + (uint64_t)(ms * INT64_C(1000000)),
				  callback_new(step, NULL, NULL, user_name(name)));
}

void watch(int fd, uint32_t events, callback_call_fn *step, void *self)
{
	struct callback *handler = callback_new(step, self, NULL, user_name("handler"));

	if (ioloop_add_handler(ioloop_instance(), fd, handler, events) < 0)
		exc_clear();
}

void stop(void)
{
	ioloop_stop(ioloop_instance());
}

void start(void)
{
	if (ioloop_start(ioloop_instance()) < 0)
		exc_clear();
}

void block_ms(int ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&left, &left) < 0)
		continue;
}

int pair_open(struct pair *pair)
{
	int ends[2];

	/* the loop's own descriptors come first: the order of dispatch depends on numbers */
	ioloop_instance();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	pair->end = ends[0];
	pair->peer = ends[1];
	descriptor_new(pair->end);
	descriptor_new(pair->peer);
	return 0;
}

void pair_send(int fd)
{
	/* a single byte into an empty socket: nothing that could fail or be cut short */
	if (send(fd, "x", 1, MSG_NOSIGNAL) < 0)
		say("send-failed");
}

int pair_receive(int fd)
{
	char bytes[10];

	return (int)recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
}

void pair_close(int fd)
{
	descriptor_closed(fd);
	close(fd);
}
