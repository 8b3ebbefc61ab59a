/*
 * test_http_client.c - the HTTP client against a peer in the same loop, which
 * sends a scripted response in two parts, cut anywhere, or a hostile one.
 * Whatever comes, the fetch's future is resolved.
 */
#include "core/httpclient.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include <cmocka.h>

#include "core/netutil.h"
#include "core/v31/generation.h"
#include "tests/unit/kit/http_hostile.h"
#include "tests/unit/kit/http_peer.h"

/* Fetches response cut at every byte. */
static void fetch_every_cut(struct http_peer *f, const char *response, const char *body)
{
	http_peer_answer(f, response);
	for (size_t cut = 0; cut <= f->length; cut++) {
		f->cut = cut;
		http_peer_fetch(f, http_peer_request(f, "/"));
		http_peer_assert_body(f, 200, body);
	}
}

static void test_content_length(void **state)
{
	fetch_every_cut(*state, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello",
			"hello");
}

static void test_chunked(void **state)
{
	fetch_every_cut(*state,
			"HTTP/1.1 100 Continue\r\n\r\n"
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
			"5\r\nhello\r\n 6 \r\n world\r\n0\r\n\r\n",
			"hello world");
}

static void test_until_close(void **state)
{
	fetch_every_cut(*state, "HTTP/1.0 200 OK\n\nhello\n", "hello\n");
}

static void test_request(void **state)
{
	struct http_peer *f = *state;
	struct http_request *request = http_peer_request(f, "/a?b=c#d");
	char host[32];

	http_peer_answer(f, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	http_request_set_text(&request->method, "POST");
	http_request_set_text(&request->auth_username, "user");
	http_request_set_text(&request->auth_password, "secret");
	http_request_set_text(&request->user_agent, "unit/1");
	http_request_set_body(request, "x=1", 3);
	http_headers_add(request->headers, "x-two", "1");
	http_headers_add(request->headers, "x-two", "2");
	http_peer_fetch(f, request);
	http_peer_assert_body(f, 200, "");
	snprintf(host, sizeof(host), "\r\nHost: 127.0.0.1:%u\r\n", f->port);
	assert_ptr_equal(strstr(f->requests[0], "POST /a?b=c HTTP/1.1\r\n"), f->requests[0]);
	assert_non_null(strstr(f->requests[0], host));
	assert_non_null(strstr(f->requests[0], "\r\nAuthorization: Basic dXNlcjpzZWNyZXQ=\r\n"));
	assert_non_null(strstr(f->requests[0], "\r\nUser-Agent: unit/1\r\n"));
	assert_non_null(strstr(f->requests[0], "\r\nX-Two: 1\r\nX-Two: 2\r\n"));
	assert_non_null(strstr(f->requests[0], "\r\nContent-Length: 3\r\n"));
	assert_non_null(strstr(f->requests[0], "\r\n\r\nx=1"));
}

/* Responses that end in an exception, and which. */
static void test_errors(void **state)
{
	static const struct {
		const char *response;
		const char *raised;
	} cases[] = {
		{ "", "HTTPError(HTTP 599: Connection closed)" },
		{ "HTTP/1.1 200 OK\r\n", "HTTPError(HTTP 599: Connection closed)" },
		{ "HTTP/1.1 404 Nope\r\n\r\n", "HTTPError(HTTP 404: Not Found)" },
		{ "HTTP/1.1 200\r\n\r\n", "AssertionError()" },
		{ "HTTP/2 200 OK\r\n\r\n", "AssertionError()" },
		{ "HTTP/1.1 200 OK\r\nbad\r\n\r\n",
		  "ValueError(need more than 1 value to unpack)" },
		{ "HTTP/1.1 200 OK\r\n bad\r\n\r\n", "KeyError(None)" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n",
		  "ValueError(invalid literal for int() with base 10: 'ten')" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
		  "ValueError(Multiple unequal Content-Lengths: '2,3')" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nab",
		  "HTTPError(HTTP 599: Connection closed)" },
		{ "HTTP/1.1 204 OK\r\nContent-Length: 2\r\n\r\nab",
		  "ValueError(Response with code 204 should not have body)" },
		{ "HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n", "KeyError('Location')" },
		{ "HTTP/1.1 301 Moved\r\nLocation: http://[x/\r\nContent-Length: 0\r\n\r\n",
		  "ValueError(Invalid IPv6 URL)" },
		{ "HTTP/1.1 301 Moved\r\nLocation: ftp://x/\r\nContent-Length: 0\r\n\r\n",
		  "ValueError(Unsupported url scheme: ftp://x/)" },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		  "ValueError(invalid literal for int() with base 16: 'zz')" },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabc",
		  "AssertionError()" },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nabc",
		  "AssertionError()" },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd",
		  "AssertionError()" },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		  "ffffffffffffffffffff\r\nabcd",
		  "HTTPError(HTTP 599: Connection closed)" },
		{ "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip at all",
		  "error(Error -3 while decompressing: incorrect header check)" },
		{ "HTTP/1.1 99999999999999999999 OK\r\n\r\n",
		  "HTTPError(HTTP 2147483647: Unknown)" },
	};
	struct http_peer *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		http_peer_answer(f, cases[i].response);
		http_peer_fetch(f, http_peer_request(f, "/"));
		assert_null(f->got);
		assert_non_null(f->raised);
		assert_string_equal(exc_describe(f->raised), cases[i].raised);
	}
}

/* The HTTPError of a status has the response. */
static void test_status_error_has_response(void **state)
{
	struct http_peer *f = *state;

	http_peer_answer(f, "HTTP/1.1 404 Nope\r\nContent-Length: 4\r\n\r\ngone");
	http_peer_fetch(f, http_peer_request(f, "/x"));
	assert_int_equal(f->raised->number, 404);
	assert_string_equal(http_error_response(f->raised)->reason, "Nope");
	assert_string_equal(http_error_response(f->raised)->body, "gone");
}

static void test_bad_requests(void **state)
{
	struct http_peer *f = *state;
	struct http_request *request;

	http_peer_answer(f, "");
	http_peer_fetch(f, http_request_new("ftp://127.0.0.1/"));
	assert_string_equal(exc_describe(f->raised),
			    "ValueError(Unsupported url scheme: ftp://127.0.0.1/)");
	http_peer_fetch(f, http_request_new("http://127.0.0.1/\xff"));
	assert_string_equal(exc_describe(f->raised),
			    "UnicodeDecodeError('utf8' codec can't decode byte 0xff in position "
			    "17: invalid start byte)");
	http_peer_fetch(f, http_request_new("https:///"));
	assert_int_equal(f->raised->class, EXC_GAIERROR);
	http_peer_fetch(f, http_request_new("http:///"));
	assert_int_equal(f->raised->class, EXC_GAIERROR);
	request = http_peer_request(f, "/");
	http_request_set_text(&request->method, "BREW");
	http_peer_fetch(f, request);
	assert_string_equal(exc_describe(f->raised), "KeyError('unknown method BREW')");
	request = http_peer_request(f, "/");
	http_request_set_body(request, "x", 1);
	http_peer_fetch(f, request);
	assert_string_equal(exc_describe(f->raised), "AssertionError()");
	request = http_peer_request(f, "/");
	http_headers_add(request->headers, "X", "a\nb");
	http_peer_fetch(f, request);
	assert_string_equal(exc_describe(f->raised), "ValueError(Newline in header: 'X: a\\nb')");
}

static void test_reset(void **state)
{
	struct http_peer *f = *state;

	http_peer_answer(f, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab");
	f->end = PEER_RESETS;
	http_peer_fetch(f, http_peer_request(f, "/"));
	assert_string_equal(exc_describe(f->raised),
			    "HTTPError(HTTP 599: [Errno 104] Connection reset by peer)");
}

static void test_timeout(void **state)
{
	struct http_peer *f = *state;
	struct http_request *request = http_peer_request(f, "/");

	http_peer_answer(f, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab");
	f->end = PEER_HOLDS;
	request->request_timeout = SECOND / 20;
	http_peer_fetch(f, request);
	assert_string_equal(exc_describe(f->raised), "HTTPError(HTTP 599: Timeout)");
}

/* After 303 a POST becomes a GET; the answer knows where it came from. */
static void test_redirect(void **state)
{
	struct http_peer *f = *state;
	struct http_request *request = http_peer_request(f, "/old/x");
	char url[64];

	http_peer_answer(f, "HTTP/1.1 303 See\r\nLocation: ../new\r\nContent-Length: 0\r\n\r\n");
	f->second = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew";
	http_request_set_text(&request->method, "POST");
	http_request_set_body(request, "x=1", 3);
	http_peer_fetch(f, request);
	assert_int_equal(f->connections, 2);
	http_peer_assert_body(f, 200, "new");
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/new", f->port);
	assert_string_equal(f->got->effective_url, url);
	assert_non_null(strstr(f->got->request->url, "/old/x"));
	assert_ptr_equal(strstr(f->requests[1], "GET /new HTTP/1.1\r\n"), f->requests[1]);
	assert_null(strstr(f->requests[1], "Content-"));
}

static void test_redirect_loop_ends(void **state)
{
	struct http_peer *f = *state;

	http_peer_answer(f, "HTTP/1.1 301 Moved\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
	http_peer_fetch(f, http_peer_request(f, "/"));
	assert_string_equal(exc_describe(f->raised), "HTTPError(HTTP 301: Moved Permanently)");
}

static int collect(void *self, struct value *argument)
{
	struct http_peer *f = self;

	strncat(f->streamed, "[", 2);
	strncat(f->streamed, argument->bytes.data, 100);
	strncat(f->streamed, "]", 2);
	return 0;
}

static int check_streamed(void *self, struct value *argument)
{
	struct http_peer *f = self;

	(void)argument;
	ioloop_stop(f->loop);
	return 0;
}

static void test_streaming_and_header_callback(void **state)
{
	struct http_peer *f = *state;
	struct http_request *request = http_peer_request(f, "/");
	struct future *future;

	http_peer_answer(f, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
			    "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
	http_request_set_streaming_callback(request, callback_new(collect, f, NULL, 1));
	http_request_set_header_callback(request, callback_new(collect, f, NULL, 1));
	future = httpclient_fetch(httpclient_instance(f->loop), request,
				  callback_new(check_streamed, f, NULL, 1));
	http_request_unref(request);
	assert_int_equal(ioloop_start(f->loop), 0);
	assert_true(future_done(future));
	future_unref(future);
	assert_string_equal(f->streamed, "[HTTP/1.1 200 OK\r\n][Transfer-Encoding: chunked\r\n]"
					 "[\r\n][ab][c]");
}

/* data as gzip, behind a head with its length. */
static size_t gzip_response(const void *data, size_t length, char *out, size_t size)
{
	char packed[70000];
	z_stream stream = { .next_in = (Bytef *)(uintptr_t)data,
			    .avail_in = (uInt)length,
			    .next_out = (Bytef *)packed,
			    .avail_out = sizeof(packed) };
	int n;

	assert_int_equal(
		deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	n = snprintf(out, size,
		     "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %lu\r\n\r\n",
		     stream.total_out);
	memcpy(out + n, packed, stream.total_out);
	return (size_t)n + stream.total_out;
}

static int keep_response(void *self, struct value *argument)
{
	struct http_peer *f = self;

	f->got = http_response_ref(argument->response);
	ioloop_stop(f->loop);
	return 0;
}

/* The time of an error that is no HTTPError counts from when the request was made. */
static void test_request_time_of_error(void **state)
{
	struct http_peer *f = *state;
	struct http_request *request = http_request_new("gopher://x/");
	const struct timespec pause = { .tv_nsec = 20000000 };

	nanosleep(&pause, NULL);
	future_unref(httpclient_fetch(httpclient_instance(f->loop), request,
				      callback_new(keep_response, f, NULL, 1)));
	http_request_unref(request);
	assert_int_equal(ioloop_start(f->loop), 0);
	assert_int_equal(f->got->code, 599);
	assert_int_equal(f->got->error->class, EXC_VALUE_ERROR);
	assert_in_range(f->got->request_time, 20000000, 10 * SECOND);
}

static void test_gzip(void **state)
{
	struct http_peer *f = *state;
	char response[80000];

	f->length = gzip_response("hello hello", 11, response, sizeof(response));
	f->response = response;
	for (f->cut = 0; f->cut <= f->length; f->cut++) {
		http_peer_fetch(f, http_peer_request(f, "/"));
		http_peer_assert_body(f, 200, "hello hello");
	}
}

/* 110 MB of zeros come as 110 KB; 100 MB is where it ends. */
static void test_gzip_bomb(void **state)
{
	struct http_peer *f = *state;
	size_t size = 110u << 20, room = 300000;
	char *zeros = calloc(1, size);
	char *response = malloc(room);
	z_stream stream = { .next_in = (Bytef *)zeros, .avail_in = (uInt)size };
	size_t n = (size_t)sprintf(response, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n");

	stream.next_out = (Bytef *)response + n;
	stream.avail_out = (uInt)(room - n);
	assert_int_equal(
		deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	f->length = n + stream.total_out;
	deflateEnd(&stream);
	free(zeros);
	f->response = response;
	f->cut = f->length;
	http_peer_fetch(f, http_peer_request(f, "/"));
	assert_string_equal(exc_describe(f->raised),
			    "ValueError(decompressed body larger than 104857600 bytes)");
	free(response);
}

static void test_queue(void **state)
{
	struct http_peer *f = *state;

	httpclient_configure(&(struct httpclient_options){ .max_clients = 1 });
	http_peer_answer(f, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	for (int i = 0; i < 3; i++)
		http_peer_start(f, http_peer_request(f, "/"));
	/* those that fail at once must not hold up, or nest without end */
	for (int i = 0; i < 300; i++)
		http_peer_start(f, http_request_new("gopher://x/"));
	http_peer_start(f, http_peer_request(f, "/"));
	assert_int_equal(ioloop_start(f->loop), 0);
	assert_int_equal(f->pending, 0);
	http_peer_assert_body(f, 200, "ok");
}

/* Its resolver goes at once: what was not looked up yet ends with an error. */
static void test_close(void **state)
{
	struct http_peer *f = *state;

	httpclient_configure(&(struct httpclient_options){ .max_clients = 1 });
	http_peer_answer(f, "HTTP/1.1 301 M\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n");
	http_peer_start(f, http_peer_request(f, "/"));
	httpclient_close(httpclient_instance(f->loop));
	assert_int_equal(ioloop_start(f->loop), 0);
	assert_string_equal(exc_describe(f->raised),
			    "AttributeError('NoneType' object has no attribute 'submit')");
	assert_int_equal(f->connections, 1);
	/* the second waits in the queue, and ends ahead of the one that lets it run */
	http_peer_answer(f, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	http_peer_start(f, http_peer_request(f, "/"));
	http_peer_start(f, http_peer_request(f, "/"));
	httpclient_close(httpclient_instance(f->loop));
	assert_int_equal(ioloop_start(f->loop), 0);
	http_peer_assert_body(f, 200, "ok");
	assert_int_equal(f->pending, 0);
	assert_int_equal(f->connections, 2);
	/* the loop's next client is a new one */
	http_peer_fetch(f, http_peer_request(f, "/"));
	http_peer_assert_body(f, 200, "ok");
}

static int stop_now(void *self, struct value *argument)
{
	(void)argument;
	ioloop_stop(self);
	return 0;
}

/* Whatever a fetch waits for when the loop is freed, nothing leaks. */
static void test_abandoned(void **state)
{
	struct http_peer *f = *state;

	httpclient_configure(&(struct httpclient_options){ .max_clients = 3 });
	http_peer_answer(f, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab");
	f->end = PEER_HOLDS;
	for (int i = 0; i < 6; i++)
		http_peer_start(f, http_peer_request(f, "/"));
	timeout_unref(ioloop_add_timeout(f->loop, ioloop_time(f->loop) + SECOND / 20,
					 callback_new(stop_now, f->loop, NULL, 1)));
	assert_int_equal(ioloop_start(f->loop), 0);
	http_peer_start(f, http_peer_request(f, "/"));
	assert_int_equal(f->pending, 7);
}

static void test_hostile(void **state)
{
	http_hostile(*state, 500, 10 * SECOND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, http_peer_setup, http_peer_teardown)

int main(void)
{
	generation_use(&generation_31);
	const struct CMUnitTest tests[] = {
		TEST(test_content_length),
		TEST(test_chunked),
		TEST(test_until_close),
		TEST(test_request),
		TEST(test_errors),
		TEST(test_status_error_has_response),
		TEST(test_bad_requests),
		TEST(test_reset),
		TEST(test_timeout),
		TEST(test_redirect),
		TEST(test_redirect_loop_ends),
		TEST(test_streaming_and_header_callback),
		TEST(test_request_time_of_error),
		TEST(test_gzip),
		TEST(test_gzip_bomb),
		TEST(test_queue),
		TEST(test_close),
		TEST(test_abandoned),
		TEST(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
