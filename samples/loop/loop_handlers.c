/*
 * loop_handlers.c - programs about add_handler and the order of dispatch.
 *
 * A descriptor whose handler is still registered at the end stays open, with
 * the loop, until the process ends.
 */
#include "samples/loop/loop_internal.h"

#include <errno.h>

#include "core/generation.h"
#include "samples/loop/loop_kit.h"

/* One of two ready descriptors. */
struct side {
	const char *name;
	struct pair pair;
	struct side *other;
};

static struct side sides[2] = {
	{ .name = "a", .other = &sides[1] },
	{ .name = "b", .other = &sides[0] },
};
static int handled;

/* Makes both readable, then watches a before b. */
static int watch_both(callback_call_fn *handler)
{
	handled = 0;
	if (pair_open(&sides[0].pair) < 0 || pair_open(&sides[1].pair) < 0)
		return -1;
	pair_send(sides[0].pair.peer);
	pair_send(sides[1].pair.peer);
	watch(sides[0].pair.end, IOLOOP_READ, handler, &sides[0]);
	watch(sides[1].pair.end, IOLOOP_READ, handler, &sides[1]);
	return 0;
}

/* Watch: poll returns a and b, but b's handler is called first: see dict_ready.h. */
STEP(receive)
{
	const struct side *side = self;
	int n = pair_receive(side->pair.end);

	EMIT_NAMED(emit_name("user.handler", "which:str bytes:int"), TEXT(side->name), INT(n));
	if (++handled == 2)
		stop();
	return 0;
}

int two_ready_order(void)
{
	if (watch_both(receive) < 0)
		return 2;
	start();
	pair_close(sides[1].pair.peer);
	pair_close(sides[0].pair.peer);
	return 0;
}

/* Watch: b's handler takes a out of the loop, and a's event goes with it. */
STEP(finish)
{
	say("finish");
	stop();
	return 0;
}

STEP(remove_both)
{
	const struct side *side = self;

	EMIT_NAMED(emit_name("user.handler", "which:str"), TEXT(side->name));
	ioloop_remove_handler(ioloop_instance(), side->other->pair.end);
	ioloop_remove_handler(ioloop_instance(), side->pair.end);
	queue(finish);
	return 0;
}

int remove_ready_handler(void)
{
	if (watch_both(remove_both) < 0)
		return 2;
	start();
	for (int i = 1; i >= 0; i--) {
		pair_close(sides[i].pair.peer);
		pair_close(sides[i].pair.end);
	}
	return 0;
}

/* Watch: update_handler is an epoll_ctl(MOD); nothing is ready to read until then. */
STEP(write_then_read)
{
	const struct pair *pair = self;
	uint32_t events = argument->ready.events;

	EMIT_NAMED(emit_name("user.handler", "events:int"), INT(events));
	if (events & IOLOOP_WRITE) {
		if (ioloop_update_handler(ioloop_instance(), pair->end, IOLOOP_READ) < 0)
			return -1;
		pair_send(pair->peer);
		return 0;
	}
	pair_receive(pair->end);
	ioloop_remove_handler(ioloop_instance(), pair->end);
	stop();
	return 0;
}

int update_handler(void)
{
	struct pair pair;

	if (pair_open(&pair) < 0)
		return 2;
	watch(pair.end, IOLOOP_WRITE, write_then_read, &pair);
	start();
	pair_close(pair.end);
	pair_close(pair.peer);
	return 0;
}

/* Watch: the handler raised and read nothing, so the next poll reports it again. */
static struct pair one;

STEP(raise_first)
{
	handled++;
	EMIT_NAMED(emit_name("user.handler", "n:int"), INT(handled));
	if (handled == 1)
		return exc_raise(EXC_RUNTIME_ERROR, "first call");
	pair_receive(one.end);
	stop();
	return 0;
}

/*
 * The peer is a local variable of the program.  In 3.1 start() itself logs what a
 * handler raised, and its traceback keeps the frames of all who called.
 */
static void leave_peer(void)
{
	if (generation()->traits->reports_handler_errors_as_callbacks)
		pair_close(one.peer);
}

int handler_exception(void)
{
	handled = 0;
	if (pair_open(&one) < 0)
		return 2;
	pair_send(one.peer);
	watch(one.end, IOLOOP_READ, raise_first, NULL);
	start();
	leave_peer();
	return 0;
}

/* Watch: a stop() in a handler comes before the next turn's callbacks, which still run. */
STEP(later)
{
	say("later");
	return 0;
}

STEP(handle_and_stop)
{
	say("handler");
	pair_receive(one.end);
	queue(later);
	stop();
	return 0;
}

int stop_in_handler(void)
{
	if (pair_open(&one) < 0)
		return 2;
	pair_send(one.peer);
	watch(one.end, IOLOOP_READ, handle_and_stop, NULL);
	start();
	say("returned");
	pair_close(one.peer);
	return 0;
}

/* Watch: EPIPE from a handler is passed over, any other error is logged. */
STEP(raise_twice)
{
	static const int errors[] = { EPIPE, EBADF };

	handled++;
	EMIT_NAMED(emit_name("user.handler", "n:int"), INT(handled));
	if (handled <= 2)
		return exc_raise_errno(EXC_SOCKET_ERROR, errors[handled - 1]);
	pair_receive(one.end);
	stop();
	return 0;
}

int handler_epipe(void)
{
	handled = 0;
	if (pair_open(&one) < 0)
		return 2;
	pair_send(one.peer);
	watch(one.end, IOLOOP_READ, raise_twice, NULL);
	start();
	leave_peer();
	return 0;
}

/* Watch: what a handler queues runs in the next turn, before the next poll. */
STEP(cb)
{
	say("cb");
	pair_send(one.peer);
	return 0;
}

STEP(receive_and_queue)
{
	EMIT_NAMED(emit_name("user.handler", "bytes:int"), INT(pair_receive(one.end)));
	if (++handled == 1)
		queue(cb);
	else
		stop();
	return 0;
}

int handler_adds_callback(void)
{
	handled = 0;
	if (pair_open(&one) < 0)
		return 2;
	pair_send(one.peer);
	watch(one.end, IOLOOP_READ, receive_and_queue, NULL);
	start();
	return 0;
}

/* Watch: close() gives back waker and epoll; with all_fds the watched descriptor too. */
STEP(receive_and_stop)
{
	say("handler");
	pair_receive(one.end);
	stop();
	return 0;
}

int close_all_fds(void)
{
	if (pair_open(&one) < 0)
		return 2;
	watch(one.end, IOLOOP_READ, receive_and_stop, NULL);
	pair_send(one.peer);
	start();
	say("returned");
	ioloop_close(ioloop_instance(), true);
	say("closed");
	pair_close(one.peer);
	return 0;
}

STEP(only_stop)
{
	say("handler");
	stop();
	return 0;
}

int close_plain(void)
{
	if (pair_open(&one) < 0)
		return 2;
	watch(one.end, IOLOOP_READ, only_stop, NULL);
	pair_send(one.peer);
	start();
	ioloop_close(ioloop_instance(), false);
	EMIT_NAMED(emit_name("user.still-open", "bytes:int"), INT(pair_receive(one.end)));
	pair_close(one.end);
	pair_close(one.peer);
	return 0;
}
