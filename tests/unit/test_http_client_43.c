/*
 * test_http_client_43.c - the HTTP client of 4.3 against a peer in the same
 * loop, which sends a scripted response in two parts, cut anywhere, or a hostile
 * one.  Whatever comes, the fetch's future is resolved.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/httpclient.h"
#include "core/v43/generation.h"
#include "tests/unit/kit/http_hostile.h"
#include "tests/unit/kit/http_peer.h"

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

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
	fetch_every_cut(*state, CHUNKED "5\r\nhello\r\n 6 \r\n world\r\n0\r\n\r\n", "hello world");
}

static void test_continue(void **state)
{
	fetch_every_cut(*state,
			"HTTP/1.1 100 Continue\r\n\r\n"
			"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
			"ok");
}

static void test_until_close(void **state)
{
	fetch_every_cut(*state, "HTTP/1.0 200 OK\n\nhello\n", "hello\n");
}

/* Fetches response; the fetch ends with this exception, at the latest by its timeout. */
static void assert_raised(struct http_peer *f, const char *response, const char *raised)
{
	struct http_request *request = http_peer_request(f, "/");

	http_peer_answer(f, response);
	request->request_timeout = SECOND / 5;
	http_peer_fetch(f, request);
	assert_null(f->got);
	assert_non_null(f->raised);
	assert_string_equal(exc_describe(f->raised), raised);
}

/* What is no HTTP is logged, and the fetch left to its timeout; what is half of it is a close. */
static void test_errors(void **state)
{
	static const char closed[] = "HTTPError(HTTP 599: Connection closed)";
	static const char timeout[] = "HTTPError(HTTP 599: Timeout)";
	static const struct {
		const char *response;
		const char *raised;
	} cases[] = {
		{ "", "HTTPError(HTTP 599: Stream closed)" },
		{ "HTTP/1.1 200 OK\r\n", "HTTPError(HTTP 599: Stream closed)" },
		{ "HTTP/1.1 404 Nope\r\n\r\n", "HTTPError(HTTP 404: Nope)" },
		{ "HTTP/1.1 200\r\n\r\n", timeout },
		{ "HTTP/2 200 OK\r\n\r\n", timeout },
		{ "HTTP/1.1 200 OK\r\nbad\r\n\r\n", timeout },
		{ "HTTP/1.1 200 OK\r\n bad\r\n\r\n", "KeyError(None)" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n", closed },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc", closed },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nab", closed },
		{ "HTTP/1.1 204 OK\r\nContent-Length: 2\r\n\r\nab", closed },
		{ "HTTP/1.1 102 Wait\r\nContent-Length: 2\r\n\r\nab", closed },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: x\r\n\r\na", closed },
		{ CHUNKED "zz\r\n", closed },
		{ CHUNKED "-5\r\nabc", closed },
		{ CHUNKED "2\r\nabcd", closed },
		{ CHUNKED "ffffffffffffffffffff\r\nabcd", closed },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_raised(*state, cases[i].response, cases[i].raised);
}

static void test_max_header_size(void **state)
{
	struct http_peer *f = *state;

	httpclient_configure(&(struct httpclient_options){ .max_header_size = 30 });
	http_peer_answer(f, "HTTP/1.1 200 OK\r\nX: 4567890\r\n\r\n");
	http_peer_fetch(f, http_peer_request(f, "/"));
	assert_string_equal(
		exc_describe(f->raised),
		"UnsatisfiableReadError(delimiter <_sre.SRE_Pattern object> not found within 30 bytes)");
	http_peer_answer(f, "HTTP/1.1 200 OK\r\nX: 456789\r\n\r\n");
	http_peer_fetch(f, http_peer_request(f, "/"));
	http_peer_assert_body(f, 200, "");
}

static void test_chunk_line_too_long(void **state)
{
	struct http_peer *f = *state;
	char response[256];

	snprintf(response, sizeof(response), CHUNKED "2;%062d\r\nok\r\n0\r\n\r\n", 1);
	/* the stream's error meets the delegate, which raises it: it is logged there */
	assert_raised(f, response, "_QuietException()");
}

static void test_max_body_size(void **state)
{
	struct http_peer *f = *state;

	httpclient_configure(&(struct httpclient_options){ .max_body_size = 4 });
	assert_raised(f, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		      "HTTPError(HTTP 599: Connection closed)");
	assert_raised(f, CHUNKED "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n",
		      "HTTPError(HTTP 599: Connection closed)");
	http_peer_answer(f, CHUNKED "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n");
	http_peer_fetch(f, http_peer_request(f, "/"));
	http_peer_assert_body(f, 200, "abcd");
}

static int keep_any(void *self, struct value *argument)
{
	struct http_peer *f = self;
	struct value *result;

	assert_int_equal(future_result(argument->future, &result), 0);
	f->got = http_response_ref(result->response);
	ioloop_stop(f->loop);
	return 0;
}

/* raise_error=False: a 404 is a response as any other, and so is a 599. */
static void fetch_any(struct http_peer *f, struct http_request *request, int code)
{
	struct future *future = httpclient_fetch_any(httpclient_instance(f->loop), request, NULL);

	assert_int_equal(ioloop_add_future(f->loop, future, callback_new(keep_any, f, NULL, 1)), 0);
	future_unref(future);
	http_request_unref(request);
	assert_int_equal(ioloop_start(f->loop), 0);
	assert_int_equal(f->got->code, code);
	http_response_unref(f->got);
	f->got = NULL;
}

static void test_raise_error(void **state)
{
	struct http_peer *f = *state;

	http_peer_answer(f, "HTTP/1.1 404 Nope\r\nContent-Length: 4\r\n\r\ngone");
	fetch_any(f, http_peer_request(f, "/"), 404);
	fetch_any(f, http_request_new("gopher://x/"), 599);
}

static void test_bad_requests(void **state)
{
	struct http_peer *f = *state;
	struct http_request *request = http_peer_request(f, "/");

	http_request_set_body(request, "x", 1);
	http_peer_fetch(f, request);
	assert_string_equal(exc_describe(f->raised),
			    "ValueError(Body must be None for method GET (unless "
			    "allow_nonstandard_methods is true))");
	http_peer_fetch(f, http_peer_request(f, "/a\nb"));
	assert_string_equal(exc_describe(f->raised),
			    "ValueError(Newline in header: 'GET /a\\nb HTTP/1.1')");
	/* without a length the body goes in chunks */
	request = http_peer_request(f, "/");
	http_request_set_text(&request->method, "POST");
	request->allow_nonstandard_methods = true;
	http_peer_answer(f, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	http_peer_fetch(f, request);
	assert_non_null(strstr(f->requests[0], "\r\nTransfer-Encoding: chunked\r\n"));
	assert_non_null(strstr(f->requests[0], "\r\n\r\n0\r\n\r\n"));
}

/* The answer comes while the request is still being sent. */
static void test_early_answer(void **state)
{
	struct http_peer *f = *state;
	struct http_request *request = http_peer_request(f, "/");
	size_t size = 16u << 20;
	char *body = calloc(1, size);

	http_request_set_text(&request->method, "POST");
	http_request_set_body(request, body, size);
	free(body);
	http_peer_answer(f, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno");
	f->end = PEER_HOLDS;
	http_peer_fetch(f, request);
	http_peer_assert_body(f, 200, "no");
}

static void test_queue_timeout(void **state)
{
	struct http_peer *f = *state;
	struct http_request *request = http_peer_request(f, "/");

	httpclient_configure(&(struct httpclient_options){ .max_clients = 1 });
	http_peer_answer(f, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab");
	f->end = PEER_HOLDS;
	request->request_timeout = SECOND / 5;
	http_peer_start(f, request);
	for (int i = 0; i < 3; i++) {
		request = http_peer_request(f, "/");
		request->connect_timeout = SECOND / 20;
		http_peer_start(f, request);
	}
	assert_int_equal(ioloop_start(f->loop), 0);
	assert_int_equal(f->pending, 0);
	assert_int_equal(f->connections, 1);
}

static int stop_now(void *self, struct value *argument)
{
	(void)argument;
	ioloop_stop(self);
	return 0;
}

/* Whatever a fetch waits for when the loop is freed, nothing leaks. */
static void abandon(struct http_peer *f, const char *response)
{
	httpclient_configure(&(struct httpclient_options){ .max_clients = 3 });
	http_peer_answer(f, response);
	f->end = PEER_HOLDS;
	for (int i = 0; i < 6; i++)
		http_peer_start(f, http_peer_request(f, "/"));
	timeout_unref(ioloop_add_timeout(f->loop, ioloop_time(f->loop) + SECOND / 20,
					 callback_new(stop_now, f->loop, NULL, 1)));
	assert_int_equal(ioloop_start(f->loop), 0);
	http_peer_start(f, http_peer_request(f, "/"));
	assert_int_equal(f->pending, 7);
}

static void test_abandoned_in_headers(void **state)
{
	abandon(*state, "HTTP/1.1 200 OK\r\n");
}

static void test_abandoned_in_body(void **state)
{
	abandon(*state, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab");
}

static void test_abandoned_in_chunks(void **state)
{
	abandon(*state, CHUNKED "2\r\nab");
}

static void test_hostile(void **state)
{
	http_hostile(*state, 200, SECOND / 50);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, http_peer_setup, http_peer_teardown)

int main(void)
{
	generation_use(&generation_43);
	const struct CMUnitTest tests[] = {
		TEST(test_content_length),
		TEST(test_chunked),
		TEST(test_continue),
		TEST(test_until_close),
		TEST(test_errors),
		TEST(test_max_header_size),
		TEST(test_chunk_line_too_long),
		TEST(test_max_body_size),
		TEST(test_raise_error),
		TEST(test_bad_requests),
		TEST(test_early_answer),
		TEST(test_queue_timeout),
		TEST(test_abandoned_in_headers),
		TEST(test_abandoned_in_body),
		TEST(test_abandoned_in_chunks),
		TEST(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
