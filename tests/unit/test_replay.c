/*
 * test_replay.c - every rule, on traces made by hand.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "tests/unit/kit/replay_kit.h"
#include "trace/emit/emit.h"

#define ERROR_BITS (EPOLLERR | EPOLLHUP)

/* ---- the loop */

static void test_queue(void **state)
{
	const struct replay_state *s;
	int64_t first, second, third, refused;

	(void)state;
	first = span(KIND_PollIOLoop_add_callback, "113, NULL, NULL, NULL");
	second = span(KIND_PollIOLoop_add_callback, "114, NULL, NULL, NULL");
	third = span(KIND_PollIOLoop_add_callback, "113, NULL, NULL, NULL");
	refused = begin(KIND_PollIOLoop_add_callback, "115, NULL, NULL, NULL");
	sql("INSERT INTO ends VALUES (%lld, 0, %lld, NULL, 1)", (long long)refused,
	    (long long)refused);
	assert_int_equal(at(refused)->callbacks.count, 4);
	instant(KIND_loop_iteration, NOTHING);
	s = at(last_seq);
	assert_int_equal(s->callbacks.count, 3);
	assert_int_equal(ROW(replay_callback, s->callbacks, 0)->seq, first);
	assert_int_equal(ROW(replay_callback, s->callbacks, 1)->function, 114);

	/* the middle one, by who asked */
	end(row_of(THREAD, KIND_IOLoop__run_callback, RING_BEGIN, second, "114, NULL, NULL, NULL",
		   ""));
	s = at(last_seq);
	assert_int_equal(s->callbacks.count, 2);
	assert_int_equal(ROW(replay_callback, s->callbacks, 1)->seq, third);

	/* unknown who asked: the first of that function */
	span(KIND_IOLoop__run_callback, "113, NULL, NULL, NULL");
	s = at(last_seq);
	assert_int_equal(s->callbacks.count, 1);
	assert_int_equal(ROW(replay_callback, s->callbacks, 0)->seq, third);

	/* older than the turn before: it ran, whatever the trace says */
	instant(KIND_loop_iteration, NOTHING);
	assert_int_equal(at(last_seq)->callbacks.count, 0);
}

/* 4.3's add_callback_from_signal asks add_callback: one function is queued, by the inner call. */
static void test_queued_from_a_signal(void **state)
{
	int64_t outer = begin(KIND_PollIOLoop_add_callback_from_signal, "113, NULL, NULL, NULL");
	int64_t inner = span(KIND_PollIOLoop_add_callback, "113, NULL, NULL, NULL");
	const struct replay_state *s = at(inner);

	(void)state;
	end(outer);
	assert_int_equal(s->callbacks.count, 1);
	assert_int_equal(ROW(replay_callback, s->callbacks, 0)->seq, inner);
}

static void test_a_new_future_is_pending(void **state)
{
	int64_t made = instant(KIND_Future___init__, "5, NULL, NULL, NULL");
	const struct replay_state *s = at(made);

	(void)state;
	assert_int_equal(s->futures.count, 1);
	assert_int_equal(ROW(replay_future, s->futures, 0)->seq, made);
	assert_int_equal(ROW(replay_future, s->futures, 0)->outcome, REPLAY_PENDING);
}

static void test_handlers_and_ready(void **state)
{
	const struct replay_state *s;

	(void)state;
	sql("INSERT INTO objects VALUES (1, 'fd', 0, 'waker', %lld, 1), (2, 'fd', 1, 'fd#1', %lld,"
	    " 1), (3, 'fd', 2, 'fd#2', %lld, 1)",
	    (long long)(EMIT_WAKER << 32 | 5), 1ll << 32 | 7, 2ll << 32 | 8);
	span(KIND_PollIOLoop_add_handler, "1, 1, 37, NULL");
	span(KIND_PollIOLoop_add_handler, "2, 1, 48, NULL");
	span(KIND_PollIOLoop_add_handler, "3, 4, 48, NULL");
	span(KIND_PollIOLoop_update_handler, "2, 5, NULL, NULL");
	s = at(last_seq);
	assert_int_equal(s->handlers.count, 3);
	assert_int_equal(ROW(replay_handler, s->handlers, 0)->descriptor, 5);
	assert_int_equal(ROW(replay_handler, s->handlers, 1)->number, 1);
	assert_int_equal(ROW(replay_handler, s->handlers, 1)->events,
			 EPOLLIN | EPOLLOUT | ERROR_BITS);
	assert_int_equal(ROW(replay_handler, s->handlers, 1)->seq, last_seq);

	begin(KIND_loop_poll, NOTHING);
	row_of(THREAD, KIND_loop_poll, RING_END, 0, "4, NULL, NULL, NULL",
	       "n=4; events=waker:READ,fd#2:READ|ERROR(HUP),fd#1:WRITE|0x2000,fd#9:READ");
	s = at(last_seq);
	assert_int_equal(s->ready.count, 4);
	assert_int_equal(ROW(replay_ready, s->ready, 0)->fd, 1);
	assert_int_equal(ROW(replay_ready, s->ready, 1)->fd, 3);
	assert_int_equal(ROW(replay_ready, s->ready, 1)->events, EPOLLIN | EPOLLHUP);
	assert_int_equal(ROW(replay_ready, s->ready, 2)->events, EPOLLOUT | 0x2000);
	assert_int_equal(ROW(replay_ready, s->ready, 3)->fd, 0);
	instant(KIND_loop_dispatch, "3, 1, NULL, NULL");
	assert_int_equal(at(last_seq)->ready.count, 3);
	span(KIND_PollIOLoop_remove_handler, "2, NULL, NULL, NULL");
	s = at(last_seq);
	assert_int_equal(s->ready.count, 2);
	assert_int_equal(s->handlers.count, 2);
	begin(KIND_loop_poll, NOTHING);
	assert_int_equal(at(last_seq)->ready.count, 0);
}

static void test_timeouts(void **state)
{
	const struct replay_timeout **sorted;
	const struct replay_state *s;
	size_t count;

	(void)state;
	add_timeout(1, 300);
	add_timeout(2, 100);
	add_timeout(3, 200);
	add_timeout(4, 100);
	span(KIND_PollIOLoop_remove_timeout, "2, NULL, NULL, NULL");
	s = at(last_seq);
	assert_int_equal(s->timeouts.count, 4);
	assert_int_equal(s->cancelled, 1);
	sorted = replay_timeouts(replay, &count);
	assert_int_equal(count, 4);
	assert_int_equal(sorted[0]->timeout, 4);
	assert_int_equal(sorted[1]->timeout, 3);
	assert_int_equal(sorted[3]->timeout, 2);
	assert_int_equal(sorted[3]->cancelled, 1);
	free(sorted);

	/* what runs takes those before it along: they were cancelled */
	span(KIND_IOLoop__run_callback, "113, 4, NULL, NULL");
	s = at(last_seq);
	assert_int_equal(s->timeouts.count, 2);
	assert_int_equal(s->cancelled, 0);

	/* a cancelled one at the top goes when the loop looks, one below stays */
	span(KIND_PollIOLoop_remove_timeout, "1, NULL, NULL, NULL");
	begin(KIND_loop_poll, NOTHING);
	assert_int_equal(at(last_seq)->timeouts.count, 2);
	span(KIND_PollIOLoop_remove_timeout, "3, NULL, NULL, NULL");
	span(KIND_PollIOLoop_remove_timeout, "3, NULL, NULL, NULL");
	assert_int_equal(at(last_seq)->cancelled, 2);
	begin(KIND_loop_poll, NOTHING);
	assert_int_equal(at(last_seq)->timeouts.count, 0);
	assert_int_equal(at(last_seq)->heap.count, 0);
}

static void test_many_cancelled_timeouts(void **state)
{
	const struct replay_state *s;
	char values[32];

	(void)state;
	sql("BEGIN");
	add_timeout(5000, 1);
	for (int i = 1; i <= 600; i++)
		add_timeout(i, 1000 + i);
	for (int i = 1; i <= 513; i++) {
		snprintf(values, sizeof(values), "%d, NULL, NULL, NULL", i);
		span(KIND_PollIOLoop_remove_timeout, values);
	}
	begin(KIND_loop_poll, NOTHING);
	sql("COMMIT");
	s = at(last_seq);
	assert_int_equal(s->timeouts.count, 601 - 513);
	assert_int_equal(s->heap.count, s->timeouts.count);
	assert_int_equal(s->cancelled, 0);
}

/* ---- the stack */

static const struct replay_table *stack(const struct replay_state *s, int64_t thread)
{
	const int64_t *row = replay_table_find(&s->threads, thread);

	return row ? replay_lists_get(&s->lists, row[1]) : NULL;
}

static void test_stack(void **state)
{
	int64_t outer, inner, open;

	(void)state;
	outer = begin(KIND_PollIOLoop_start, NOTHING);
	inner = begin(KIND_user_call, NOTHING);
	instant(KIND_log, NOTHING);
	/* the inner one claims to end behind the outer one */
	sql("INSERT INTO ends VALUES (%lld, 0, 900, NULL, 0)", (long long)inner);
	sql("INSERT INTO ends VALUES (%lld, 0, %lld, NULL, 0)", (long long)outer,
	    (long long)last_seq);
	assert_int_equal(stack(at(last_seq), THREAD)->count, 2);
	assert_int_equal(ROW(replay_span, *stack(at(inner), THREAD), 1)->seq, inner);
	/* another thread's event ends nothing here */
	row_of(THREAD + 1, KIND_log, RING_INSTANT, 0, NOTHING, "");
	assert_int_equal(stack(at(last_seq), THREAD)->count, 2);
	instant(KIND_log, NOTHING);
	assert_int_equal(stack(at(last_seq), THREAD)->count, 0);
	open = begin(KIND_user_call, NOTHING);
	sql("INSERT INTO ends VALUES (%lld, 0, -5, NULL, 0)", (long long)open);
	assert_int_equal(stack(at(open), THREAD)->count, 1);
	begin(KIND_user_call, NOTHING);
	instant(KIND_log, NOTHING);
	assert_int_equal(stack(at(last_seq), THREAD)->count, 1);
}

static void test_deep_stack(void **state)
{
	(void)state;
	sql("BEGIN");
	for (int i = 0; i < 5000; i++)
		begin(KIND_user_call, NOTHING);
	sql("COMMIT");
	assert_int_equal(stack(at(last_seq), THREAD)->count, REPLAY_SPANS_MAX);
	assert_int_equal(at(last_seq)->now.untracked, 5000 - REPLAY_SPANS_MAX);
}

/* ---- streams */

static const struct replay_stream *stream_of(const struct replay_state *s, int64_t fd)
{
	return (const struct replay_stream *)(const void *)replay_table_find(&s->streams, fd);
}

static void test_stream_connects(void **state)
{
	int64_t connecting;

	(void)state;
	instant(KIND_sock_socket, "2, 2, NULL, NULL");
	span(KIND_IOStream___init__, "2, NULL, NULL, NULL");
	assert_int_equal(stream_of(at(last_seq), 2)->phase, REPLAY_STREAM_NEW);
	begin(KIND_IOStream_connect, "2, 95, NULL, NULL");
	connecting = instant(KIND_sock_connect, "2, -115, NULL, NULL");
	assert_int_equal(stream_of(at(connecting), 2)->phase, REPLAY_STREAM_CONNECTING);
	assert_int_equal(stream_of(at(connecting), 2)->connect_function, 95);
	assert_int_equal(ROW(replay_socket, at(connecting)->sockets, 0)->state,
			 REPLAY_TCP_SYN_SENT);
	/* outside of _handle_connect SO_ERROR says nothing about it */
	instant(KIND_sock_getsockopt, "2, 0, 0, NULL");
	assert_int_equal(stream_of(at(last_seq), 2)->phase, REPLAY_STREAM_CONNECTING);
	begin(KIND_IOStream__handle_connect, "2, NULL, NULL, NULL");
	instant(KIND_sock_getsockopt, "2, 0, 0, NULL");
	assert_int_equal(stream_of(at(last_seq), 2)->phase, REPLAY_STREAM_OPEN);
	assert_int_equal(ROW(replay_socket, at(last_seq)->sockets, 0)->state,
			 REPLAY_TCP_ESTABLISHED);
}

static void test_stream_reads(void **state)
{
	const struct replay_stream *stream;
	const struct replay_table *pieces;

	(void)state;
	span(KIND_IOStream___init__, "2, NULL, NULL, NULL");
	span(KIND_BaseIOStream_read_until, "2, 106, NULL, NULL");
	stream = stream_of(at(last_seq), 2);
	assert_int_equal(stream->phase, REPLAY_STREAM_OPEN);
	assert_int_equal(stream->read, REPLAY_READ_DELIMITER);
	assert_int_equal(stream->read_seq, last_seq);
	/* a second read raises and changes nothing */
	span(KIND_BaseIOStream_read_bytes, "2, 5, 107, NULL");
	assert_int_equal(stream_of(at(last_seq), 2)->read_function, 106);
	receive(10);
	receive(20);
	receive(-11);
	assert_int_equal(stream_of(at(last_seq), 2)->received, 30);
	instant(KIND_iostream_consume, "2, 15, 15, 0");
	stream = stream_of(at(last_seq), 2);
	assert_int_equal(stream->read, REPLAY_READ_NONE);
	assert_int_equal(stream->received, 15);
	pieces = replay_lists_get(&at(last_seq)->lists, stream->list);
	assert_int_equal(pieces->count, 1);
	assert_int_equal(ROW(replay_piece, *pieces, 0)->offset, 5);
	assert_int_equal(ROW(replay_piece, *pieces, 0)->length, 15);
	/* a streamed read of 100 bytes gets 15 of them */
	span(KIND_BaseIOStream_read_bytes, "2, 100, 107, NULL");
	instant(KIND_iostream_consume, "2, 15, 0, 1");
	stream = stream_of(at(last_seq), 2);
	assert_int_equal(stream->read, REPLAY_READ_BYTES);
	assert_int_equal(stream->read_bytes, 85);
	assert_int_equal(stream->list, 0);
}

static void test_buffer_bytes(void **state)
{
	const struct replay_stream *stream;
	char bytes[32];
	bool whole;

	(void)state;
	span(KIND_IOStream___init__, "2, NULL, NULL, NULL");
	receive(5);
	sql("INSERT INTO payloads VALUES (%lld, 'data', 5, 'hello')", (long long)last_seq);
	receive(6);
	sql("INSERT INTO payloads VALUES (%lld, 'data', 6, ' wo')", (long long)last_seq);
	stream = stream_of(at(last_seq), 2);
	assert_int_equal(replay_bytes(replay, stream->list, bytes, sizeof(bytes), &whole), 8);
	assert_memory_equal(bytes, "hello wo", 8);
	assert_false(whole);
	instant(KIND_iostream_consume, "2, 2, 9, 0");
	stream = stream_of(at(last_seq), 2);
	assert_int_equal(replay_bytes(replay, stream->list, bytes, 4, &whole), 4);
	assert_memory_equal(bytes, "llo ", 4);
}

static void test_stream_writes(void **state)
{
	(void)state;
	span(KIND_IOStream___init__, "2, NULL, NULL, NULL");
	span(KIND_BaseIOStream_write, "2, 100, 113, NULL");
	instant(KIND_sock_send, "2, 100, 60, NULL");
	assert_int_equal(stream_of(at(last_seq), 2)->unsent, 40);
	instant(KIND_sock_send, "2, 40, -11, NULL");
	instant(KIND_sock_send, "2, 40, 40, NULL");
	assert_int_equal(stream_of(at(last_seq), 2)->unsent, 0);
	assert_int_equal(stream_of(at(last_seq), 2)->write_function, 113);
	span(KIND_BaseIOStream__run_callback, "2, 113, NULL, NULL");
	assert_int_equal(stream_of(at(last_seq), 2)->write_function, 0);
}

static void test_stream_callbacks_and_close(void **state)
{
	int64_t queued, ran, run, read;

	(void)state;
	span(KIND_IOStream___init__, "2, NULL, NULL, NULL");
	span(KIND_BaseIOStream_set_close_callback, "2, 101, NULL, NULL");
	span(KIND_BaseIOStream_read_until_close, "2, 104, NULL, NULL");
	run = begin(KIND_BaseIOStream__run_callback, "2, 113, NULL, NULL");
	queued = begin(KIND_PollIOLoop_add_callback, "63, NULL, NULL, NULL");
	end(queued);
	end(run);
	assert_int_equal(stream_of(at(last_seq), 2)->callbacks, 1);
	assert_int_equal(ROW(replay_callback, at(last_seq)->callbacks, 0)->fd, 2);
	instant(KIND_sock_close, "2, NULL, NULL, NULL");
	assert_int_equal(stream_of(at(last_seq), 2)->phase, REPLAY_STREAM_CLOSED);
	/* something is pending: nothing is let go of yet */
	span(KIND_BaseIOStream__maybe_run_close_callback, "2, NULL, NULL, NULL");
	assert_int_equal(stream_of(at(last_seq), 2)->read, REPLAY_READ_CLOSE);
	ran = row_of(THREAD, KIND_IOLoop__run_callback, RING_BEGIN, queued, "63, NULL, NULL, NULL",
		     "");
	span(KIND_BaseIOStream__run_callback_wrapper, "113, NULL, NULL, NULL");
	end(ran);
	assert_int_equal(stream_of(at(last_seq), 2)->callbacks, 0);
	/* while it reads to its buffer it counts itself as pending */
	read = begin(KIND_BaseIOStream__read_to_buffer, "2, NULL, NULL, NULL");
	span(KIND_BaseIOStream__maybe_run_close_callback, "2, NULL, NULL, NULL");
	end(read);
	assert_int_equal(stream_of(at(last_seq), 2)->close_function, 101);
	span(KIND_BaseIOStream__maybe_run_close_callback, "2, NULL, NULL, NULL");
	assert_int_equal(stream_of(at(last_seq), 2)->read, REPLAY_READ_NONE);
	assert_int_equal(stream_of(at(last_seq), 2)->close_function, 0);
	/* writing to a closed stream raises */
	span(KIND_BaseIOStream_write, "2, 100, NULL, NULL");
	assert_int_equal(stream_of(at(last_seq), 2)->unsent, 0);
}

/* ---- futures and coroutines */

static void test_futures(void **state)
{
	const struct replay_future *future;
	const struct replay_state *s;
	char values[32];

	(void)state;
	span(KIND__DummyFuture_add_done_callback, "1, 0, 39, NULL");
	span(KIND__DummyFuture_add_done_callback, "2, 1, 39, NULL");
	s = at(last_seq);
	assert_int_equal(s->futures.count, 1);
	future = ROW(replay_future, s->futures, 0);
	assert_int_equal(replay_lists_get(&s->lists, future->list)->count, 1);
	begin(KIND__DummyFuture_set_result, "1, 99, NULL, NULL");
	begin(KIND__DummyFuture__set_done, "1, 1, NULL, NULL");
	future = ROW(replay_future, at(last_seq)->futures, 0);
	assert_int_equal(future->outcome, REPLAY_RESULT);
	assert_int_equal(future->value, 99);
	assert_int_equal(future->list, 0);
	span(KIND__DummyFuture_set_exception, "3, NULL, NULL, NULL");
	assert_int_equal(ROW(replay_future, at(last_seq)->futures, 1)->outcome, REPLAY_EXCEPTION);
	/* of those that are done only the last are kept; a pending one stays */
	span(KIND__DummyFuture_add_done_callback, "50, 0, 39, NULL");
	for (int i = 100; i < 120; i++) {
		snprintf(values, sizeof(values), "%d, 0, NULL, NULL", i);
		span(KIND__DummyFuture_set_result, values);
	}
	s = at(last_seq);
	assert_int_equal(s->futures.count, REPLAY_HISTORY + 1);
	assert_non_null(replay_table_find(&s->futures, 50));
	assert_null(replay_table_find(&s->futures, 1));
}

static void test_coroutine(void **state)
{
	const struct replay_coroutine *c;
	int64_t run, started, yield;

	(void)state;
	span(KIND_Runner___init__, "7, 113, NULL, NULL");
	assert_int_equal(ROW(replay_coroutine, at(last_seq)->coroutines, 0)->phase,
			 REPLAY_COROUTINE_NEW);
	run = begin(KIND_Runner_run, "7, NULL, NULL, NULL");
	started = begin(KIND_gen_start, "113, NULL, NULL, NULL");
	assert_int_equal(ROW(replay_coroutine, at(last_seq)->coroutines, 0)->phase,
			 REPLAY_COROUTINE_RUNNING);
	yield = instant(KIND_gen_yield, "113, 9, NULL, NULL");
	row_of(THREAD, KIND_gen_local, RING_INSTANT, 0, NOTHING, "name=url; value=http://x/");
	end(started);
	end(run);
	c = ROW(replay_coroutine, at(last_seq)->coroutines, 0);
	assert_int_equal(c->phase, REPLAY_COROUTINE_SUSPENDED);
	assert_int_equal(c->yield, yield);
	assert_int_equal(c->future, 9);
	assert_int_equal(replay_lists_get(&at(last_seq)->lists, c->list)->count, 1);
	assert_non_null(replay_table_find(&at(last_seq)->futures, 9));
	run = begin(KIND_Runner_run, "7, NULL, NULL, NULL");
	begin(KIND_gen_resume, "113, 0, NULL, NULL");
	c = ROW(replay_coroutine, at(last_seq)->coroutines, 0);
	assert_int_equal(c->phase, REPLAY_COROUTINE_RUNNING);
	assert_int_equal(c->future, 0);
	instant(KIND_gen_finish, "113, 0, NULL, NULL");
	assert_int_equal(ROW(replay_coroutine, at(last_seq)->coroutines, 0)->phase,
			 REPLAY_COROUTINE_ENDED);
}

/* ---- fetches */

static void test_fetches(void **state)
{
	const struct replay_connection *c;
	const struct replay_state *s;
	int64_t first, resolved;

	(void)state;
	first = fetch(true);
	fetch(false);
	s = at(last_seq);
	assert_int_equal(s->now.active, 1);
	assert_int_equal(s->requests.count, 1);
	c = ROW(replay_connection, s->connections, 0);
	assert_int_equal(c->fetch, first);
	assert_int_equal(c->phase, REPLAY_RESOLVING);
	/* the callback runs on behalf of the connection that queued it */
	resolved = ROW(replay_callback, s->callbacks, 0)->seq;
	row_of(THREAD, KIND_IOLoop__run_callback, RING_BEGIN, resolved, "93, NULL, NULL, NULL", "");
	span(KIND_IOStream___init__, "2, NULL, NULL, NULL");
	span(KIND_IOStream_connect, "2, 95, NULL, NULL");
	c = ROW(replay_connection, at(last_seq)->connections, 0);
	assert_int_equal(c->phase, REPLAY_CONNECTING);
	assert_int_equal(c->fd, 2);
	span(KIND__HTTPConnection__on_connect, NOTHING);
	assert_int_equal(ROW(replay_connection, at(last_seq)->connections, 0)->phase,
			 REPLAY_REQUEST_SENT);
	span(KIND_BaseIOStream_read_until_regex, "2, 103, NULL, NULL");
	receive(50);
	assert_int_equal(ROW(replay_connection, at(last_seq)->connections, 0)->phase,
			 REPLAY_HEADERS);
	instant(KIND_iostream_consume, "2, 40, 10, 0");
	span(KIND__HTTPConnection__on_headers, "40, NULL, NULL, NULL");
	c = ROW(replay_connection, at(last_seq)->connections, 0);
	assert_int_equal(c->phase, REPLAY_BODY);
	assert_int_equal(c->head, 40);
	assert_int_equal(replay_lists_get(&at(last_seq)->lists, c->list)->count, 1);
	span(KIND__HTTPConnection__on_chunk_data, "7, NULL, NULL, NULL");
	span(KIND__HTTPConnection__on_chunk_data, "12, NULL, NULL, NULL");
	span(KIND__HTTPConnection__on_body, "15, NULL, NULL, NULL");
	c = ROW(replay_connection, at(last_seq)->connections, 0);
	assert_int_equal(c->chunks, 2);
	assert_int_equal(c->body, 15);
	span(KIND__HTTPConnection__run_callback, "200, NULL, NULL, NULL");
	span(KIND_SimpleAsyncHTTPClient__release_fetch, NOTHING);
	c = ROW(replay_connection, at(last_seq)->connections, 0);
	assert_int_equal(c->phase, REPLAY_ANSWERED);
	assert_int_equal(c->code, 200);
	assert_int_equal(at(last_seq)->now.active, 0);
}

/* 4.3 reports the pieces of a body, and its end without a length. */
static void test_body_in_pieces(void **state)
{
	const struct replay_connection *c;
	int64_t resolved;

	(void)state;
	fetch(true);
	resolved = ROW(replay_callback, at(last_seq)->callbacks, 0)->seq;
	row_of(THREAD, KIND_IOLoop__run_callback, RING_BEGIN, resolved, "93, NULL, NULL, NULL", "");
	span(KIND__HTTPConnection_data_received, "7, NULL, NULL, NULL");
	span(KIND__HTTPConnection_data_received, "-1, NULL, NULL, NULL");
	span(KIND__HTTPConnection_data_received, "5, NULL, NULL, NULL");
	span(KIND__HTTPConnection_finish, NOTHING);
	c = ROW(replay_connection, at(last_seq)->connections, 0);
	assert_int_equal(c->body, 12);
	assert_int_equal(c->chunks, 0);
}

/* ---- the kernel */

static void test_kernel(void **state)
{
	const struct replay_state *s;

	(void)state;
	instant(KIND_epoll_ctl, "0, 1, 25, 0");
	instant(KIND_epoll_ctl, "0, 2, 4, -17");
	instant(KIND_epoll_ctl, "1, 1, 29, 0");
	s = at(last_seq);
	assert_int_equal(s->interest.count, 1);
	assert_int_equal(ROW(replay_interest, s->interest, 0)->events, 29);
	row_of(THREAD, 3023, RING_INSTANT, 0, "2, 0, NULL, NULL",
	       "fd=fd#1; args=ADD OUT|ERR|HUP data=0x7; result=0");
	s = at(last_seq);
	assert_int_equal(s->interest.count, 2);
	assert_int_equal(ROW(replay_interest, s->interest, 1)->events, EPOLLOUT | ERROR_BITS);
	row_of(THREAD, 3023, RING_INSTANT, 0, "1, 0, NULL, NULL", "fd=waker; args=DEL; result=0");
	assert_int_equal(at(last_seq)->interest.count, 1);
	instant(KIND_sock_close, "2, NULL, NULL, NULL");
	assert_int_equal(at(last_seq)->interest.count, 0);
	/* of what the program does not speak, the kernel's number is the name */
	row_of(THREAD, 3023, RING_INSTANT, 0, "NULL, 0, NULL, NULL", "fd=6; args=ADD IN; result=0");
	assert_int_equal(ROW(replay_interest, at(last_seq)->interest, 0)->fd, -7);
	row_of(THREAD, 3003, RING_INSTANT, 0, "NULL, 0, NULL, NULL", "fd=6; result=0");
	assert_int_equal(at(last_seq)->interest.count, 0);
	row_of(THREAD, 3023, RING_INSTANT, 0, "NULL, 0, NULL, NULL",
	       "fd=epoll; args=ADD IN; result=0");
	assert_int_equal(at(last_seq)->interest.count, 0);
	instant(KIND_sock_socket, "4, 2, NULL, NULL");
	instant(KIND_sock_connect, "4, 0, NULL, NULL");
	instant(KIND_sock_recv, "4, 4096, 0, NULL");
	assert_int_equal(ROW(replay_socket, at(last_seq)->sockets, 0)->state,
			 REPLAY_TCP_CLOSE_WAIT);
	instant(KIND_sock_send, "4, 10, -104, NULL");
	assert_int_equal(ROW(replay_socket, at(last_seq)->sockets, 0)->error, 104);
}

/* How the socket stands that the kernel calls fd; -1 if there is none. */
static int64_t tcp(int fd)
{
	const int64_t *row = replay_table_find(&at(last_seq)->sockets, -1 - fd);

	return row ? ((const struct replay_socket *)(const void *)row)->state : -1;
}

static void test_tcp_of_strangers(void **state)
{
	int64_t since;

	(void)state;
	call(KERNEL_SOCKET, 6, "fd=6; args=INET STREAM NONBLOCK; result=OK");
	assert_int_equal(tcp(6), REPLAY_TCP_CLOSED);
	call(KERNEL_CONNECT, -115, "fd=6; args=127.0.0.1:80; result=EINPROGRESS");
	assert_int_equal(tcp(6), REPLAY_TCP_SYN_SENT);
	call(KERNEL_WRITE, -11, "fd=6; args=len=2; result=EAGAIN");
	assert_int_equal(tcp(6), REPLAY_TCP_SYN_SENT);
	call(KERNEL_GETSOCKOPT, 0, "fd=6; args=SO_ERROR; result=0");
	assert_int_equal(tcp(6), REPLAY_TCP_ESTABLISHED);
	call(KERNEL_READ, 0, "fd=6; args=max=0; result=0");
	call(KERNEL_READ, -14, "fd=6; args=max=9; result=EFAULT");
	call(KERNEL_SHUTDOWN, 0, "fd=6; args=RD; result=0");
	call(KERNEL_READ, 0, "fd=6; args=max=9; result=0");
	assert_int_equal(tcp(6), REPLAY_TCP_ESTABLISHED);
	call(KERNEL_SHUTDOWN, 0, "fd=6; args=WR; result=0");
	assert_int_equal(tcp(6), REPLAY_TCP_FIN_WAIT);
	call(KERNEL_WRITE, -32, "fd=6; args=len=2; result=EPIPE");
	assert_int_equal(tcp(6), REPLAY_TCP_FIN_WAIT);

	/* the number is given out again, though no close() was seen */
	call(KERNEL_SOCKET, 6, "fd=6; args=INET6 STREAM; result=OK");
	call(KERNEL_CONNECT, -115, "fd=6; args=[::1]:80; result=EINPROGRESS");
	call(KERNEL_GETSOCKOPT, 0, "fd=6; args=SO_ERROR; result=ECONNREFUSED");
	assert_int_equal(tcp(6), REPLAY_TCP_FAILED);
	assert_int_equal(ROW(replay_socket, at(last_seq)->sockets, 0)->error, 111);

	/* as the accepting side; and what was so first stays the place that told it */
	call(KERNEL_SOCKET, 7, "fd=7; args=INET STREAM; result=OK");
	call(KERNEL_LISTEN, 0, "fd=7; args=backlog=5; result=0");
	call(KERNEL_ACCEPT, 8, "fd=7; result=8");
	assert_int_equal(tcp(8), REPLAY_TCP_ESTABLISHED);
	since = call(KERNEL_READ, 0, "fd=8; args=max=9; result=0");
	call(KERNEL_READ, 0, "fd=8; args=max=9; result=0");
	assert_int_equal(((const struct replay_socket *)(const void *)replay_table_find(
				  &at(last_seq)->sockets, -9))
				 ->seq,
			 since);
	call(KERNEL_FCNTL, 9, "fd=8; args=F_DUPFD_CLOEXEC; result=9");
	call(KERNEL_CLOSE, 0, "fd=8; result=0");
	assert_int_equal(tcp(8), -1);
	assert_int_equal(tcp(9), REPLAY_TCP_CLOSE_WAIT);
	call(KERNEL_SHUTDOWN, 0, "fd=9; args=RDWR; result=0");
	assert_int_equal(tcp(9), REPLAY_TCP_LAST_ACK);
	/* the peer of a listening socket from before the recording */
	call(KERNEL_ACCEPT, 11, "fd=10; args=127.0.0.1:4711; result=11");
	assert_int_equal(tcp(11), REPLAY_TCP_ESTABLISHED);
	call(KERNEL_ACCEPT, 12, "fd=10; result=12");
	assert_int_equal(tcp(12), -1);
}

static void test_not_tcp(void **state)
{
	(void)state;
	call(KERNEL_SOCKET, 6, "fd=6; args=INET DGRAM; result=OK");
	call(KERNEL_CONNECT, 0, "fd=6; args=127.0.0.1:53; result=0");
	call(KERNEL_WRITE, 2, "fd=6; args=len=2; result=2");
	call(KERNEL_READ, 0, "fd=6; args=max=9; result=0");
	assert_int_equal(tcp(6), REPLAY_TCP_NONE);
	call(KERNEL_SOCKET, 7, "fd=7; args=UNIX STREAM; result=OK");
	call(KERNEL_LISTEN, 0, "fd=7; args=backlog=5; result=0");
	call(KERNEL_ACCEPT, 8, "fd=7; result=8");
	assert_int_equal(tcp(7), REPLAY_TCP_NONE);
	assert_int_equal(tcp(8), REPLAY_TCP_NONE);
	call(KERNEL_READ, 5, "fd=0; args=max=9; result=5");
	assert_int_equal(tcp(0), -1);
}

static int64_t udp(int number)
{
	const int64_t *row = replay_table_find(&at(last_seq)->sockets, -1 - number);

	return row ? ((const struct replay_socket *)(const void *)row)->udp : -1;
}

static void test_udp(void **state)
{
	(void)state;
	call(KERNEL_SOCKET, 6, "fd=6; args=INET DGRAM NONBLOCK; result=OK");
	call(KERNEL_SOCKET, 7, "fd=7; args=INET6 DGRAM; result=OK");
	call(KERNEL_SOCKET, 8, "fd=8; args=UNIX DGRAM; result=OK");
	call(KERNEL_SOCKET, 9, "fd=9; args=INET STREAM; result=OK");
	assert_int_equal(udp(6), 1);
	assert_int_equal(udp(7), 1);
	assert_int_equal(udp(8), 0);
	assert_int_equal(udp(9), 0);
}

static void test_numbers_change_hands(void **state)
{
	(void)state;
	call(KERNEL_SOCKET, 6, "fd=6; args=INET STREAM; result=OK");
	call(KERNEL_CONNECT, 0, "fd=6; args=127.0.0.1:80; result=0");
	call(KERNEL_SOCKET, 7, "fd=7; args=INET DGRAM; result=OK");
	call(KERNEL_EPOLL_CTL, 0, "fd=7; args=ADD IN; result=0");
	call(KERNEL_DUP2, 7, "fd=6; args=onto=7; result=7");
	assert_int_equal(tcp(7), REPLAY_TCP_ESTABLISHED);
	assert_int_equal(at(last_seq)->interest.count, 0);
	call(KERNEL_CLOSE_RANGE, 0, "args=3- CLOEXEC; result=0");
	assert_int_equal(tcp(7), REPLAY_TCP_ESTABLISHED);
	call(KERNEL_EPOLL_CTL, 0, "fd=7; args=ADD IN; result=0");
	call(KERNEL_CLOSE_RANGE, 0, "args=7-7; result=0");
	assert_int_equal(tcp(7), -1);
	assert_int_equal(at(last_seq)->interest.count, 0);
	assert_int_equal(tcp(6), REPLAY_TCP_ESTABLISHED);
	call(KERNEL_CLOSE_RANGE, 0, "args=3-; result=0");
	assert_int_equal(tcp(6), -1);
}

/* fd 6 in two sets; what is taken off one stays in the other. */
static void test_two_sets(void **state)
{
	const struct replay_state *s;
	uint64_t digest;

	(void)state;
	call(KERNEL_EPOLL_CTL, 0, "fd=6; args=ADD IN; result=0");
	call(KERNEL_EPOLL_CTL, 0, "fd=6; args=ADD OUT set=epoll#2; result=0");
	call(KERNEL_EPOLL_CTL, 0, "fd=7; args=ADD IN data=0x1 set=epoll#2; result=0");
	s = at(last_seq);
	assert_int_equal(s->interest.count, 3);
	assert_int_equal(ROW(replay_interest, s->interest, 1)->fd, -7);
	assert_int_equal(ROW(replay_interest, s->interest, 1)->set, 2);
	assert_int_equal(ROW(replay_interest, s->interest, 1)->events, EPOLLOUT);
	call(KERNEL_EPOLL_CTL, 0, "fd=6; args=DEL set=epoll#2; result=0");
	s = at(last_seq);
	assert_int_equal(s->interest.count, 2);
	assert_int_equal(ROW(replay_interest, s->interest, 0)->set, 1);
	digest = replay_digest(replay);
	call(KERNEL_CLOSE, 0, "fd=epoll#2; result=0");
	s = at(last_seq);
	assert_int_equal(s->interest.count, 1);
	assert_int_equal(ROW(replay_interest, s->interest, 0)->fd, -7);
	assert_true(digest_at(last_seq - 1) == digest);
	call(KERNEL_EPOLL_CTL, 0, "fd=6; args=ADD OUT set=epoll#3; result=0");
	call(KERNEL_CLOSE, 0, "fd=6; result=0");
	assert_int_equal(at(last_seq)->interest.count, 0);
	/* the program does not say which of its sets: the kernel's row has just said */
	row_of(THREAD, KERNEL_EPOLL_CTL, RING_INSTANT, 0, "1, 0, NULL, NULL",
	       "fd=fd#1; args=ADD IN set=epoll#3; result=0");
	instant(KIND_epoll_ctl, "0, 1, 1, 0");
	assert_int_equal(at(last_seq)->interest.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_queue),
		TEST(test_queued_from_a_signal),
		TEST(test_a_new_future_is_pending),
		TEST(test_handlers_and_ready),
		TEST(test_timeouts),
		TEST(test_many_cancelled_timeouts),
		TEST(test_stack),
		TEST(test_deep_stack),
		TEST(test_stream_connects),
		TEST(test_stream_reads),
		TEST(test_buffer_bytes),
		TEST(test_stream_writes),
		TEST(test_stream_callbacks_and_close),
		TEST(test_futures),
		TEST(test_coroutine),
		TEST(test_fetches),
		TEST(test_body_in_pieces),
		TEST(test_kernel),
		TEST(test_tcp_of_strangers),
		TEST(test_not_tcp),
		TEST(test_udp),
		TEST(test_two_sets),
		TEST(test_numbers_change_hands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
