/*
 * http_peer.c - both ends of a fetch in one loop.
 */
#define _GNU_SOURCE 1
#include "tests/unit/kit/http_peer.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/netutil.h"
#include "core/platform/descriptor.h"

struct connection {
	struct connection *next;
	struct http_peer *f;
	int fd; /* -1 once closed */
	const char *rest;
	size_t rest_length;
	int wait;
};

static void end_connection(struct connection *peer)
{
	struct linger hard = { 1, 0 };
	struct http_peer *f = peer->f;

	if (f->end == PEER_HOLDS)
		return;
	if (f->end == PEER_RESETS)
		setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	descriptor_closed(peer->fd);
	close(peer->fd);
	peer->fd = -1;
}

/* Sends what comes after the cut, some turns after what comes before it. */
static int send_later(void *self, struct value *argument)
{
	struct connection *peer = self;

	(void)argument;
	if (--peer->wait > 0)
		return ioloop_add_callback(peer->f->loop, callback_new(send_later, peer, NULL, 1),
					   VALUE_OF_NONE);
	/* the client may have gone: that is its right */
	send(peer->fd, peer->rest, peer->rest_length, MSG_NOSIGNAL);
	end_connection(peer);
	return 0;
}

static int answer_request(void *self, struct value *argument)
{
	struct connection *peer = self;
	struct http_peer *f = peer->f;
	const char *response = f->connections > 1 && f->second ? f->second : f->response;
	size_t length = response == f->response ? f->length : strlen(response);
	size_t cut = f->cut < length ? f->cut : length;
	char request[1024] = "";

	(void)argument;
	if (recv(peer->fd, request, sizeof(request) - 1, 0) > 0 && f->connections <= 2)
		memcpy(f->requests[f->connections - 1], request, sizeof(request));
	ioloop_remove_handler(f->loop, peer->fd);
	send(peer->fd, response, cut, MSG_NOSIGNAL);
	peer->rest = response + cut;
	peer->rest_length = length - cut;
	peer->wait = 6;
	return send_later(peer, argument);
}

static int accept_client(void *self, struct value *argument)
{
	struct http_peer *f = self;
	struct connection *peer = calloc(1, sizeof(*peer));
	int room = 200000;

	(void)argument;
	peer->f = f;
	peer->next = f->peers;
	f->peers = peer;
	peer->fd = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(peer->fd >= 0);
	/* both ends are in one thread: no send may have to wait */
	setsockopt(peer->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	f->connections++;
	return ioloop_add_handler(f->loop, peer->fd, callback_new(answer_request, peer, NULL, 1),
				  IOLOOP_READ);
}

int http_peer_setup(void **state)
{
	struct http_peer *f = calloc(1, sizeof(*f));
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t size = sizeof(in);

	assert_int_equal(ioloop_new(&f->loop, NULL), 0);
	f->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(f->listener, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(getsockname(f->listener, (struct sockaddr *)&in, &size), 0);
	assert_int_equal(listen(f->listener, 16), 0);
	f->port = ntohs(in.sin_port);
	snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%u/", f->port);
	assert_int_equal(ioloop_add_handler(f->loop, f->listener,
					    callback_new(accept_client, f, NULL, 1), IOLOOP_READ),
			 0);
	*state = f;
	return 0;
}

static void forget_outcome(struct http_peer *f)
{
	http_response_unref(f->got);
	exc_unref(f->raised);
	f->got = NULL;
	f->raised = NULL;
	f->streamed[0] = '\0';
}

int http_peer_teardown(void **state)
{
	struct http_peer *f = *state;

	forget_outcome(f);
	httpclient_close(httpclient_instance(f->loop));
	ioloop_free(f->loop);
	close(f->listener);
	while (f->peers) {
		struct connection *peer = f->peers;

		f->peers = peer->next;
		if (peer->fd >= 0)
			close(peer->fd);
		free(peer);
	}
	netutil_resolve_reset();
	httpclient_configure(NULL);
	free(f);
	return 0;
}

/* The end of a fetch, as a coroutine would see it. */
static int ended(void *self, struct value *argument)
{
	struct http_peer *f = self;
	struct value *result;

	forget_outcome(f);
	if (future_result(argument->future, &result) == 0)
		f->got = http_response_ref(result->response);
	else
		f->raised = exc_take();
	if (--f->pending == 0)
		ioloop_stop(f->loop);
	return 0;
}

/* Starts a fetch of request, which is taken. */
void http_peer_start(struct http_peer *f, struct http_request *request)
{
	struct future *future = httpclient_fetch(httpclient_instance(f->loop), request, NULL);

	assert_non_null(future);
	f->pending++;
	assert_int_equal(ioloop_add_future(f->loop, future, callback_new(ended, f, NULL, 1)), 0);
	future_unref(future);
	http_request_unref(request);
}

/* A request that ends within 10 seconds, whatever the peer does. */
struct http_request *http_peer_request(struct http_peer *f, const char *path)
{
	char url[256];
	struct http_request *request;

	snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", f->port, path);
	request = http_request_new(url);
	request->request_timeout = 10 * SECOND;
	return request;
}

void http_peer_answer(struct http_peer *f, const char *response)
{
	f->response = response;
	f->length = strlen(response);
	f->cut = f->length;
}

void http_peer_fetch(struct http_peer *f, struct http_request *request)
{
	f->connections = 0;
	http_peer_start(f, request);
	assert_int_equal(ioloop_start(f->loop), 0);
	assert_int_equal(f->pending, 0);
}

void http_peer_assert_body(struct http_peer *f, int code, const char *body)
{
	assert_null(f->raised);
	assert_non_null(f->got);
	assert_int_equal(f->got->code, code);
	assert_int_equal(f->got->body_length, strlen(body));
	assert_string_equal(f->got->body, body);
}
