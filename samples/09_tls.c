/*
 * 09_tls.c - a TLS handshake is a few more turns of the same loop.
 *
 *     build/loopscope serve tests/golden/scenarios/https-get.scn &        prints the URL
 *     build/loopscope record -- build/samples/09_tls URL tests/golden/scenarios/tls/ca.pem
 *     build/loopscope steps loopscope.db
 *
 * Watch: the stream connects as any other; then start_tls takes its descriptor from
 * the loop and gives it to a stream of TLS.  OpenSSL does not wait: it says WANT_READ,
 * the loop polls, and the handshake goes on where it was.  Only then is the request sent.
 */
#include <stdio.h>

#include "core/httpclient.h"
#include "core/ioloop.h"
#include "core/v43/generation.h"

static int answered(void *loop, struct value *argument)
{
	struct exc *error = http_response_error(argument->response);

	puts(error ? exc_printable(error) : argument->response->body);
	exc_unref(error);
	ioloop_stop(loop);
	return 0;
}

int main(int argc, char **argv)
{
	generation_use(&generation_43);
	struct ioloop *loop = ioloop_instance();
	struct http_request *request = http_request_new(argc > 1 ? argv[1] : "https://localhost/");

	/* whom to trust; and 4.3.0 would take the certificate of any host that they have signed */
	http_request_set_text(&request->ca_certs, argc > 2 ? argv[2] : NULL);
	request->is_careful = true;
	future_unref(httpclient_fetch(
		httpclient_instance(loop), request,
		callback_new(answered, loop, NULL, emit_name("user.answered", ""))));
	http_request_unref(request);
	ioloop_start(loop);
	httpclient_close(httpclient_instance(loop));
	ioloop_instance_free();
	return 0;
}
