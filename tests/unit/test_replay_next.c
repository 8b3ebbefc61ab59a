/*
 * test_replay_next.c - what the loop does next, by where in its turn it stands
 * and what it holds.
 */
#include "trace/replay/next.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/kit/replay_kit.h"
#include "trace/emit/catalog.h"

#define STREAM 2

static struct replay_next next_at(int64_t seq)
{
	struct replay_next next;
	char *error = NULL;

	at(seq);
	if (replay_next(replay, &next, &error) < 0)
		fail_msg("%s", error);
	return next;
}

static int64_t queue(void)
{
	return span(KIND_PollIOLoop_add_callback, "93, NULL, NULL, NULL");
}

static int64_t turn(int n)
{
	char values[64];

	snprintf(values, sizeof(values), "%d, NULL, NULL, NULL", n);
	return instant(KIND_loop_iteration, values);
}

static int64_t run(int64_t asked_by)
{
	return row_of(THREAD, KIND_IOLoop__run_callback, RING_BEGIN, asked_by,
		      "93, NULL, NULL, NULL", "");
}

static int64_t polled(const char *events)
{
	return row_of(THREAD, KIND_loop_poll, RING_END, 0, NOTHING, events);
}

static void before_the_loop_the_program_goes_on(void **state)
{
	int64_t queued = queue(), here = instant(KIND_sock_socket, NOTHING);
	struct replay_next next = next_at(here);

	(void)state;
	assert_int_equal(next.is, REPLAY_NEXT_PROGRAM);
	assert_int_equal(next.callback->seq, queued);
}

static void a_turn_runs_what_was_queued_before_it(void **state)
{
	int64_t first = queue(), second = queue(), start = begin(KIND_PollIOLoop_start, NOTHING);
	int64_t turn_1 = turn(1), ran = run(first), third = queue();
	struct replay_next next = next_at(start);

	(void)state;
	assert_int_equal(next.is, REPLAY_NEXT_CALLBACK);
	assert_true(next.new_turn);
	next = next_at(turn_1);
	assert_int_equal(next.is, REPLAY_NEXT_CALLBACK);
	assert_false(next.new_turn);
	assert_int_equal(next.callback->seq, first);
	next = next_at(ran);
	assert_int_equal(next.is, REPLAY_NEXT_CALLBACK);
	assert_int_equal(next.callback->seq, second);
	end(ran);
	ran = run(second);
	/* what was queued meanwhile waits for the next turn, and the poll does not wait */
	next = next_at(ran);
	assert_int_equal(next.is, REPLAY_NEXT_POLL);
	assert_int_equal(next.callback->seq, third);
}

static void what_is_due_runs_before_the_poll(void **state)
{
	int64_t ran, queued;
	struct replay_next next;

	(void)state;
	add_timeout(7, 50);
	queued = queue();
	begin(KIND_PollIOLoop_start, NOTHING);
	turn(1);
	ran = run(queued);
	next = next_at(ran);
	assert_int_equal(next.is, REPLAY_NEXT_TIMEOUT);
	assert_int_equal(next.timeout->timeout, 7);
	assert_true(replay_left(replay, next.timeout) <= 0);
}

static void a_poll_lasts_until_the_first_timeout(void **state)
{
	int64_t poll;
	struct replay_next next;

	(void)state;
	span(KIND_PollIOLoop_add_timeout, "7, 9000000, 113, 9001000");
	span(KIND_PollIOLoop_add_timeout, "8, 5000000, 113, 5002000");
	span(KIND_PollIOLoop_add_timeout, "9, 1000000, 113, 1003000");
	span(KIND_PollIOLoop_remove_timeout, "9, NULL, NULL, NULL");
	begin(KIND_PollIOLoop_start, NOTHING);
	next = next_at(turn(1));
	assert_int_equal(next.is, REPLAY_NEXT_POLL);
	assert_null(next.callback);
	assert_int_equal(next.timeout->timeout, 8);
	poll = begin(KIND_loop_poll, NOTHING);
	next = next_at(poll);
	assert_int_equal(next.is, REPLAY_NEXT_POLLING);
	assert_int_equal(next.poll, poll);
	assert_int_equal(next.timeout->timeout, 8);
}

/* 4.3 takes what is due before the callbacks, and drops cancelled timeouts only then. */
static void a_turn_that_took_its_timeouts_looks_at_no_later_ones(void **state)
{
	int64_t queued, ran;
	struct replay_next next;

	(void)state;
	span(KIND_PollIOLoop_call_at, "7, 1000000, 113, 1001000");
	span(KIND_PollIOLoop_call_at, "8, 4500, 113, 6500"); /* due behind loop.due */
	queued = queue();
	begin(KIND_PollIOLoop_start, NOTHING);
	turn(1);
	ran = instant(KIND_loop_due, "0, 0, 2, NULL");
	assert_int_equal(next_at(ran).is, REPLAY_NEXT_CALLBACK);
	ran = run(queued);
	next = next_at(ran);
	assert_int_equal(next.is, REPLAY_NEXT_POLL);
	assert_int_equal(next.timeout->timeout, 8);
}

static void a_cancelled_timeout_bounds_the_poll_of_its_turn(void **state)
{
	int64_t removed, poll, due;
	struct replay_next next;

	(void)state;
	span(KIND_PollIOLoop_call_at, "7, 1000000, 113, 1001000");
	span(KIND_PollIOLoop_call_at, "8, 9000000, 113, 9002000");
	begin(KIND_PollIOLoop_start, NOTHING);
	turn(1);
	instant(KIND_loop_due, "0, 0, 2, NULL");
	removed = span(KIND_PollIOLoop_remove_timeout, "7, NULL, NULL, NULL");
	poll = begin(KIND_loop_poll, NOTHING);
	next = next_at(removed);
	assert_int_equal(next.is, REPLAY_NEXT_POLL);
	assert_int_equal(next.timeout->timeout, 7);
	assert_int_equal(next_at(poll).timeout->timeout, 7);
	polled("n=0; events=-");
	end(poll);
	turn(2);
	due = instant(KIND_loop_due, "0, 1, 1, NULL");
	assert_int_equal(next_at(due).timeout->timeout, 8);
}

static void what_is_ready_is_dispatched_then_a_turn_begins(void **state)
{
	int64_t poll, returned, dispatched, handler, queued;
	struct replay_next next;

	(void)state;
	sql("INSERT INTO objects VALUES (%d, 'fd', 1, 'fd#1', 7, 1)", STREAM);
	span(KIND_PollIOLoop_add_handler, "2, 1, 93, NULL");
	begin(KIND_PollIOLoop_start, NOTHING);
	turn(1);
	poll = begin(KIND_loop_poll, NOTHING);
	returned = polled("n=1; events=fd#1:READ");
	end(poll);
	dispatched = instant(KIND_loop_dispatch, "2, 1, NULL, NULL");
	handler = begin(KIND_BaseIOStream__handle_events, "2, 1, NULL, NULL");
	queued = queue();
	end(handler);
	assert_int_equal(next_at(returned).is, REPLAY_NEXT_DISPATCH);
	next = next_at(dispatched);
	assert_int_equal(next.is, REPLAY_NEXT_HANDLER);
	assert_int_equal(next.fd, STREAM);
	next = next_at(queued);
	assert_int_equal(next.is, REPLAY_NEXT_CALLBACK);
	assert_true(next.new_turn);
	assert_int_equal(next.callback->seq, queued);
}

static void after_stop_the_turn_ends_without_a_poll(void **state)
{
	int64_t queued = queue(), start = begin(KIND_PollIOLoop_start, NOTHING), ran, stopped;
	int64_t returned, after;

	(void)state;
	turn(1);
	ran = run(queued);
	stopped = span(KIND_PollIOLoop_stop, NOTHING);
	end(ran);
	returned = row_of(THREAD, KIND_PollIOLoop_start, RING_END, 0, NOTHING, "");
	end(start);
	after = instant(KIND_sock_socket, NOTHING);
	assert_int_equal(next_at(ran).is, REPLAY_NEXT_POLL);
	assert_int_equal(next_at(stopped).is, REPLAY_NEXT_RETURN);
	assert_int_equal(next_at(returned).is, REPLAY_NEXT_RETURNED);
	assert_int_equal(next_at(after).is, REPLAY_NEXT_RETURNED);
}

static void a_stop_from_before_ends_the_loop_at_once(void **state)
{
	(void)state;
	queue();
	span(KIND_PollIOLoop_stop, NOTHING);
	assert_int_equal(next_at(begin(KIND_PollIOLoop_start, NOTHING)).is, REPLAY_NEXT_RETURN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(before_the_loop_the_program_goes_on),
		TEST(a_turn_runs_what_was_queued_before_it),
		TEST(what_is_due_runs_before_the_poll),
		TEST(a_poll_lasts_until_the_first_timeout),
		TEST(a_turn_that_took_its_timeouts_looks_at_no_later_ones),
		TEST(a_cancelled_timeout_bounds_the_poll_of_its_turn),
		TEST(what_is_ready_is_dispatched_then_a_turn_begins),
		TEST(after_stop_the_turn_ends_without_a_poll),
		TEST(a_stop_from_before_ends_the_loop_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
