/*
 * 07_redirect.c - a redirect is another request, and the program sees only its end.
 *
 *     build/loopscope serve samples/07_redirect.scn &        prints the URL
 *     build/loopscope record -- build/samples/07_redirect URL
 *     build/loopscope why loopscope.db end
 *
 * Watch: _on_body finds a 301 and hands the client a second request, with a place in
 * its queue, a connection and timeouts of its own; the first stream is closed.  The
 * callback that takes the response goes along, and is queued once, at the end.
 */
#include <stdio.h>

#include "core/httpclient.h"
#include "core/ioloop.h"
#include "core/v31/generation.h"

static int answered(void *loop, struct value *argument)
{
	const struct http_response *response = argument->response;

	printf("asked for %s\n", response->request->url);
	printf("%d from %s\n", response->code, response->effective_url);
	ioloop_stop(loop);
	return 0;
}

int main(int argc, char **argv)
{
	generation_use(&generation_31);
	struct ioloop *loop = ioloop_instance();
	struct http_request *request = http_request_new(argc > 1 ? argv[1] : "http://127.0.0.1/");

	future_unref(httpclient_fetch(
		httpclient_instance(loop), request,
		callback_new(answered, loop, NULL, emit_name("user.answered", ""))));
	http_request_unref(request);
	ioloop_start(loop);
	httpclient_close(httpclient_instance(loop));
	ioloop_instance_free();
	return 0;
}
