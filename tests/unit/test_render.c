/*
 * test_render.c - every type of field as the recorded sequences have it, and
 * garbage.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "trace/base/safe.h"
#include "trace/emit/emit.h"
#include "trace/words/render.h"

static struct render *render;
static struct objects *objects;
static struct render_result result;

/* A record under construction. */
static uint64_t args[CATALOG_NUMERIC_MAX];
static unsigned arg_count, present;
static char payload[RING_PAYLOAD_MAX];
static size_t payload_bytes;

static int setup(void **state)
{
	(void)state;
	result.text = malloc(RENDER_BYTES);
	return render_new(&render) < 0 || objects_new(&objects) < 0 || !result.text ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	free(result.text);
	objects_free(objects);
	render_free(render);
	return 0;
}

static void begin(void)
{
	arg_count = present = 0;
	payload_bytes = 0;
}

static void number(unsigned field, uint64_t value)
{
	args[arg_count++] = value;
	present |= 1u << field;
}

static void bytes(unsigned field, const void *data, uint32_t stored, uint32_t total)
{
	struct ring_text head = { .total = total, .stored = stored };

	memcpy(payload + payload_bytes, &head, sizeof(head));
	memcpy(payload + payload_bytes + sizeof(head), data, stored);
	payload_bytes += sizeof(head) + stored;
	present |= 1u << field;
}

static void text(unsigned field, const char *words)
{
	bytes(field, words, (uint32_t)strlen(words), (uint32_t)strlen(words));
}

static struct render_record record(void)
{
	return (struct render_record){
		.arg = args, .present = present, .payload = payload, .payload_bytes = payload_bytes
	};
}

static void expect(unsigned kind, const char *words)
{
	struct render_record r = record();

	render_event(render, render_find(render, kind), objects, &r, &result);
	result.text[result.length] = '\0';
	assert_string_equal(result.text, words);
}

static void expect_return(unsigned kind, const char *words)
{
	struct render_record r = record();

	render_return(render, render_find(render, kind), objects, &r, &result);
	result.text[result.length] = '\0';
	assert_string_equal(result.text, words);
}

static void expect_one(unsigned kind, uint64_t value, const char *words)
{
	begin();
	number(0, value);
	expect(kind, words);
}

static void test_objects(void **state)
{
	(void)state;
	begin();
	number(0, emit_descriptor(EMIT_WAKER, 5));
	number(1, EPOLLIN);
	expect(KIND_loop_dispatch, "fd=waker; events=READ");
	assert_int_equal(result.number[0], 1);
	assert_int_equal(result.numbers, 3);
	expect_one(KIND_sock_close, emit_descriptor(1, 7), "fd=fd#1");
	expect_one(KIND_sock_close, emit_descriptor(2, 7), "fd=fd#2");
	expect_one(KIND_sock_close, emit_descriptor(1, 7), "fd=fd#1");
	assert_int_equal(result.number[0], 2);
	expect_one(KIND_sock_close, emit_descriptor(EMIT_WAKER_WRITER, 6), "fd=waker_w");
	begin();
	number(0, 77);
	number(1, EMIT_VALUE(EMIT_VALUE_LIST, 1));
	expect(KIND__DummyFuture_set_result, "future=future#1; result=list(1)");
	begin();
	number(0, 5);
	number(1, 9);
	expect(KIND_Runner_register_callback, "runner=runner#1; key=key#1");
	expect_one(KIND_YieldFuture_start, 0, "future=None");
}

static void test_masks(void **state)
{
	static const struct {
		uint64_t mask;
		const char *words;
	} cases[] = {
		{ 0, "NONE" },
		{ 1, "READ" },
		{ 4, "WRITE" },
		{ 5, "READ|WRITE" },
		{ 0x1c, "WRITE|ERROR" },
		{ 0x19, "READ|ERROR" },
		{ 8, "ERROR(ERR)" },
		{ 0x10, "ERROR(HUP)" },
		{ 0x2019, "READ|ERROR|RDHUP" },
		{ 0x201d, "READ|WRITE|ERROR|RDHUP" },
		{ 0x2001, "READ|RDHUP" },
		{ 0x80000001, "READ|0x80000000" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char words[64];

		begin();
		number(0, emit_descriptor(1, 7));
		number(1, cases[i].mask);
		snprintf(words, sizeof(words), "fd=fd#1; state=%s", cases[i].words);
		expect(KIND_BaseIOStream__add_io_state, words);
	}
}

static void test_functions(void **state)
{
	uint64_t wrapped =
		emit_wrap(KIND_run_on_executor_wrapper_lambda, KIND__HTTPConnection__on_resolve);

	(void)state;
	expect_one(KIND_gen_create, 0, "gen=None");
	expect_one(KIND_IOLoop__run_callback, wrapped,
		   "callback=concurrent.run_on_executor.wrapper.<lambda>("
		   "simple_httpclient._HTTPConnection._on_resolve)");
	expect_one(KIND_IOLoop__run_callback, emit_wrap(KIND_IOLoop_add_future_lambda, wrapped),
		   "callback=ioloop.IOLoop.add_future.<lambda>("
		   "concurrent.run_on_executor.wrapper.<lambda>("
		   "simple_httpclient._HTTPConnection._on_resolve))");
	expect_one(KIND_gen_create, RING_NAME_FIRST, "gen=function#4096");
	assert_int_equal(render_add_name(render, "user.download n:int", 96), 0);
	expect_one(KIND_gen_create, RING_NAME_FIRST, "gen=user.download");
	expect_one(RING_NAME_FIRST, 12, "n=12");
	assert_null(render_find(render, RING_NAME_FIRST + 1));
	assert_null(render_find(render, 999));
}

static void test_numbers(void **state)
{
	(void)state;
	begin();
	number(0, 3);
	number(1, 83);
	number(2, 83);
	expect(KIND_sock_send, "fd=fd#1; bytes=83; result=83");
	args[2] = (uint64_t)-EAGAIN;
	expect(KIND_sock_send, "fd=fd#1; bytes=83; result=EAGAIN");
	args[2] = (uint64_t)-EMIT_TLS_WANT_WRITE;
	expect(KIND_ssl_write, "fd=fd#1; bytes=83; result=WANT_WRITE");
	args[1] = 4096;
	args[2] = (uint64_t)-EMIT_TLS_WANT_READ;
	expect(KIND_ssl_read, "fd=fd#1; max=4096; result=WANT_READ");
	args[2] = (uint64_t)-EMIT_TLS_EOF;
	expect(KIND_ssl_read, "fd=fd#1; max=4096; result=EOF");
	args[2] = (uint64_t)-EMIT_TLS_CUT_OFF;
	expect(KIND_ssl_read, "fd=fd#1; max=4096; result=SSLError(UNEXPECTED_EOF_WHILE_READING)");
	args[2] = (uint64_t)-EMIT_TLS_ERROR;
	expect(KIND_ssl_read, "fd=fd#1; max=4096; result=SSLError");
	args[2] = (uint64_t) - (EMIT_TLS_ERROR + 1);
	expect(KIND_ssl_read, "fd=fd#1; max=4096; result=4101");
	begin();
	number(0, 3);
	text(1, "127.0.0.1:80");
	number(2, (uint64_t)-EINPROGRESS);
	expect(KIND_sock_connect, "fd=fd#1; addr=127.0.0.1:80; result=EINPROGRESS");
	begin();
	number(0, 3);
	number(1, 0);
	number(2, ECONNREFUSED);
	expect(KIND_sock_getsockopt, "fd=fd#1; opt=SO_ERROR; result=ECONNREFUSED");
	args[2] = 0;
	expect(KIND_sock_getsockopt, "fd=fd#1; opt=SO_ERROR; result=0");
	begin();
	number(0, 3);
	number(1, AF_INET6);
	expect(KIND_sock_socket, "fd=fd#1; family=INET6");
	begin();
	number(0, 0);
	number(1, 3);
	number(2, EPOLLIN | EPOLLERR | EPOLLHUP);
	number(3, 0);
	expect(KIND_epoll_ctl, "op=ADD; fd=fd#1; events=READ|ERROR; result=OK");
	/* DEL has no events: what follows moves up in arg, not in the row */
	begin();
	number(0, 2);
	number(1, 3);
	number(3, 0);
	expect(KIND_epoll_ctl, "op=DEL; fd=fd#1; result=OK");
	assert_int_equal(result.numbers, 1 | 2 | 8);
}

static void test_times(void **state)
{
	static const struct {
		int64_t ns;
		const char *words;
	} cases[] = {
		{ 20000000000, "20s" },
		{ 400000000, "0.4s" },
		{ 150000000, "0.15s" },
		{ -1000000000, "-1s" },
		{ 0, "0s" },
		{ 299999999, "0.3s" },
		{ 1500000, "0.002s" },
		{ -250000000, "-0.25s" },
		{ 3600000000000, "3600s" },
		{ 1234567000000000, "1.23457e+06s" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char words[128];

		begin();
		number(0, 4);
		number(1, (uint64_t)cases[i].ns);
		number(2, KIND__HTTPConnection__on_timeout);
		snprintf(words, sizeof(words),
			 "timeout=timeout#1; after=%s; callback="
			 "simple_httpclient._HTTPConnection._on_timeout",
			 cases[i].words);
		expect(KIND_PollIOLoop_add_timeout, words);
	}
	begin();
	number(0, KIND_user_call);
	number(1, 49999600);
	expect(KIND_PeriodicCallback___init__, "callback=user.call; every=50ms");
	expect_one(KIND_loop_poll, 0, "timeout=0");
	expect_one(KIND_loop_poll, EMIT_UNTIL_NOTHING, "timeout=3600");
	expect_one(KIND_loop_poll, 4, "timeout=until:timeout#1");
	expect_one(KIND_loop_poll, 9, "timeout=until:timeout#2");
}

static void test_values(void **state)
{
	static const struct {
		uint64_t value;
		const char *words;
	} cases[] = {
		{ EMIT_VALUE(EMIT_VALUE_NONE, 0), "value=None" },
		{ EMIT_VALUE(EMIT_VALUE_BOOL, 1), "value=True" },
		{ EMIT_VALUE(EMIT_VALUE_BOOL, 0), "value=False" },
		{ EMIT_VALUE(EMIT_VALUE_INT, -12), "value=-12" },
		{ EMIT_VALUE(EMIT_VALUE_RESPONSE, 200), "value=HTTPResponse(200)" },
		{ EMIT_VALUE(EMIT_VALUE_BYTES, 5), "value=bytes(5)" },
		{ EMIT_VALUE(EMIT_VALUE_STR, 6), "value=str(6)" },
		{ EMIT_VALUE(EMIT_VALUE_OBJECT, 0), "value=object" },
		{ EMIT_VALUE(EMIT_VALUE_TUPLE, 3), "value=tuple(3)" },
		{ EMIT_VALUE(EMIT_VALUE_REAL, 100), "value=0.1" },
		{ EMIT_VALUE(EMIT_VALUE_REAL, -2500), "value=-2.5" },
		{ EMIT_VALUE(EMIT_VALUE_DICT, 0), "value=dict" },
		{ EMIT_VALUE(EMIT_VALUE_FUNCTION, 0), "value=function" },
		{ EMIT_VALUE(EMIT_VALUE_CALLBACK, 0), "value=Callback" },
		{ EMIT_VALUE(EMIT_VALUE_WAIT, 0), "value=Wait" },
		{ EMIT_VALUE(EMIT_VALUE_WAIT_ALL, 0), "value=WaitAll" },
		{ EMIT_VALUE(EMIT_VALUE_TASK, 0), "value=Task" },
		{ EMIT_VALUE(EMIT_VALUE_TASK + 1, 0), "value=object" },
		{ UINT64_MAX, "value=object" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_one(KIND_coroutine_wrapper_final_callback, cases[i].value, cases[i].words);
	begin();
	number(0, 200);
	text(1, "None");
	expect(KIND_AsyncHTTPClient_fetch_handle_response,
	       "response=HTTPResponse(200); error=None");
}

/* A stream's descriptor is the object that other rows name, however often reused. */
static void test_stream_values(void **state)
{
	const uint64_t descriptor = emit_descriptor(UINT32_MAX - 2, 0xfffffe);

	(void)state;
	expect_one(KIND_sock_close, descriptor, "fd=fd#1");
	expect_one(KIND_coroutine_wrapper_final_callback, emit_value_stream(descriptor),
		   "value=stream(fd#1)");
	expect_one(KIND_coroutine_wrapper_final_callback, emit_value_stream(emit_descriptor(2, 7)),
		   "value=stream(fd#2)");
	expect_one(KIND_sock_close, emit_descriptor(2, 7), "fd=fd#2");
}

/* What a generator yields is a future as a rule; the row stores that one as an object. */
static void test_yielded(void **state)
{
	(void)state;
	begin();
	number(0, KIND_user_call);
	number(1, 77);
	expect(KIND_gen_yield, "gen=user.call; future=future#1");
	assert_int_equal(result.number[1], 1);
	args[1] = 0;
	expect(KIND_gen_yield, "gen=user.call; future=None");
	assert_int_equal(result.number[1], 0);
	args[1] = EMIT_VALUE(EMIT_VALUE_LIST, 2);
	expect(KIND_gen_yield, "gen=user.call; future=list(2)");
	assert_int_equal(result.number[1], 0);
	args[1] = EMIT_VALUE(EMIT_VALUE_INT, 42);
	expect(KIND_gen_yield, "gen=user.call; future=42");
	args[1] = EMIT_VALUE(EMIT_VALUE_TASK, 0);
	expect(KIND_gen_yield, "gen=user.call; future=Task");
}

static void test_ready(void **state)
{
	struct ring_ready ready[2] = {
		{ emit_descriptor(EMIT_WAKER, 5), EPOLLIN },
		{ emit_descriptor(1, 7), EPOLLOUT },
	};

	(void)state;
	begin();
	number(0, 2);
	bytes(1, ready, sizeof(ready), sizeof(ready));
	expect_return(KIND_loop_poll, "n=2; events=waker:READ,fd#1:WRITE");
	begin();
	number(0, 0);
	bytes(1, ready, 0, 0);
	expect_return(KIND_loop_poll, "n=0; events=-");
	number(2, EINTR);
	expect_return(KIND_loop_poll, "n=0; events=-; error=EINTR");
	begin();
	expect_return(KIND_PollIOLoop_start, "");
}

static void test_escapes(void **state)
{
	(void)state;
	begin();
	text(0, "1;n\x01"
		"a\tb\\\r\n\xc3\xa9");
	expect(KIND__HTTPConnection__on_chunk_length, "line=1\\x3bn\\x01a\\tb\\\\\\r\\n\\xc3\\xa9");
	begin();
	text(0, "h\xc3\xa9;\xff\x7f");
	expect(KIND_run_note, "text=h\xc3\xa9\\x3b\\xff\\x7f");
	begin();
	bytes(0, "abc", 3, 100);
	expect(KIND_run_note, "text=abc...");
}

static void test_data(void **state)
{
	(void)state;
	begin();
	number(0, 1);
	number(1, 4096);
	number(2, 5);
	bytes(3, "hello", 5, 5);
	expect(KIND_sock_recv, "fd=fd#1; max=4096; result=5");
	assert_int_equal(result.data_count, 1);
	assert_string_equal(result.data[0].field, "data");
	assert_memory_equal(result.data[0].bytes, "hello", 5);
	assert_int_equal(result.data[0].total, 5);
}

static void test_ret(void **state)
{
	static const struct {
		unsigned kind;
		uint64_t value;
		const char *words;
	} cases[] = {
		{ KIND_Runner_is_ready, 1, "True" },
		{ KIND_BaseIOStream__read_from_buffer, EMIT_VALUE(EMIT_VALUE_BOOL, 1), "True" },
		{ KIND_BaseIOStream__read_to_buffer, EMIT_VALUE(EMIT_VALUE_INT, 82), "82" },
		{ KIND_BaseIOStream__read_to_buffer, EMIT_VALUE(EMIT_VALUE_NONE, 0), "None" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		render_ret(render, render_find(render, cases[i].kind), objects, cases[i].value,
			   &result);
		result.text[result.length] = '\0';
		assert_string_equal(result.text, cases[i].words);
	}
}

/* Random records of every kind: whatever comes out is bounded, one line of text. */
static void test_garbage(void **state)
{
	unsigned seed = 20131;
	size_t count;
	const struct catalog_kind *kinds = catalog_all(&count);

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		const struct render_kind *kind =
			render_find(render, kinds[(unsigned)rand_r(&seed) % count].number);
		struct render_record r;

		begin();
		for (unsigned i = 0; i < CATALOG_NUMERIC_MAX; i++)
			args[i] = (uint64_t)rand_r(&seed) << (rand_r(&seed) % 40);
		present = (unsigned)rand_r(&seed) & 0xff;
		payload_bytes = (unsigned)rand_r(&seed) % 300;
		for (size_t i = 0; i < payload_bytes; i++)
			payload[i] = (char)(rand_r(&seed) >> 3);
		if (round % 2 && payload_bytes >= 8)
			memset(payload + 1, 0, 3);
		r = record();
		render_event(render, kind, objects, &r, &result);
		assert_true(result.length <= RENDER_BYTES);
		assert_null(memchr(result.text, '\n', result.length));
		assert_null(memchr(result.text, '\t', result.length));
		render_return(render, kind, objects, &r, &result);
		assert_true(result.length <= RENDER_BYTES);
	}
	/* the largest payload, all of it escaped fourfold */
	begin();
	memset(payload, 0x01, sizeof(payload));
	bytes(0, payload + 100, 0, UINT32_MAX);
	((struct ring_text *)(void *)payload)->stored = UINT32_MAX;
	payload_bytes = sizeof(payload);
	struct render_record r = record();
	render_event(render, render_find(render, KIND_run_note), objects, &r, &result);
	assert_true(result.length > RING_PAYLOAD_MAX * 3 && result.length <= RENDER_BYTES);
}

static void test_safe_text(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "plain", "plain" },
		{ "\x1b[31m", "\\x1b[31m" },
		{ "h\xc3\xa9", "h\xc3\xa9" },
		{ "\xc2\x9b", "\\u{9b}" },
		{ "\xe2\x80\xae", "\\u{202e}" },
		{ "\xff", "\\xff" },
		{ "\xc0\x80", "\\xc0\\x80" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
		{ "a\tb\n", "a\\x09b\\x0a" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = safe_text(out, sizeof(out), cases[i].in, strlen(cases[i].in));

		assert_string_equal(out, cases[i].out);
		assert_int_equal(n, strlen(cases[i].out));
	}
	/* cut at a character, never inside one, and nothing slips in after the cut */
	assert_int_equal(safe_text(out, 3,
				   "ab\xc3\xa9"
				   "c",
				   5),
			 5);
	assert_string_equal(out, "ab");
	assert_int_equal(safe_text(NULL, 0, "abc", 3), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_objects, setup, teardown),
		cmocka_unit_test_setup_teardown(test_masks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_functions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_times, setup, teardown),
		cmocka_unit_test_setup_teardown(test_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stream_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_yielded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ready, setup, teardown),
		cmocka_unit_test_setup_teardown(test_escapes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_data, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ret, setup, teardown),
		cmocka_unit_test_setup_teardown(test_garbage, setup, teardown),
		cmocka_unit_test(test_safe_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
