/*
 * 06_timeout_fires.c - a request's timeout is a timeout of the loop, as any other.
 *
 *     build/loopscope serve samples/06_timeout_fires.scn &        prints the URL
 *     build/loopscope record -- build/samples/06_timeout_fires URL
 *     build/loopscope steps loopscope.db
 *
 * Watch: the server never answers, and yet nothing blocks: a timer of our own fires
 * meanwhile.  Then _on_timeout does what a peer's close does: it closes the stream,
 * and an exception becomes the response.
 */
#include <stdio.h>

#include "core/httpclient.h"
#include "core/ioloop.h"
#include "core/v31/generation.h"

#define MS(n) (INT64_C(1000000) * (n))

static int meanwhile(void *self, struct value *argument)
{
	(void)self, (void)argument;
	puts("the loop goes on");
	return 0;
}

static int answered(void *loop, struct value *argument)
{
	struct exc *error = http_response_error(argument->response);

	puts(error ? exc_printable(error) : "it answered");
	exc_unref(error);
	ioloop_stop(loop);
	return 0;
}

int main(int argc, char **argv)
{
	generation_use(&generation_31);
	struct ioloop *loop = ioloop_instance();
	struct http_request *request = http_request_new(argc > 1 ? argv[1] : "http://127.0.0.1/");

	request->request_timeout = MS(300);
	future_unref(httpclient_fetch(
		httpclient_instance(loop), request,
		callback_new(answered, loop, NULL, emit_name("user.answered", ""))));
	http_request_unref(request);
	timeout_unref(ioloop_add_timeout(
		loop, ioloop_time(loop) + MS(100),
		callback_new(meanwhile, NULL, NULL, emit_name("user.meanwhile", ""))));
	ioloop_start(loop);
	httpclient_close(httpclient_instance(loop));
	ioloop_instance_free();
	return 0;
}
