/*
 * 08_happy_eyeballs.c - two families race, and the first connection to stand wins.
 *
 *     build/loopscope serve samples/08_happy_eyeballs.scn &        prints the URL
 *     build/loopscope record -- build/samples/08_happy_eyeballs URL
 *     build/loopscope steps loopscope.db
 *
 * Watch: the name has an IPv4 and an IPv6 address, and the IPv4 one is silent.  After
 * 0.3 s _Connector.on_timeout begins with the other family while the first attempt
 * goes on.  With generation_31 there is one attempt, and it ends in a timeout.
 */
#include <stdio.h>
#include <string.h>

#include "core/httpclient.h"
#include "core/ioloop.h"
#include "core/netutil.h"
#include "core/v43/generation.h"

/* What the resolver says from now on, whatever name it is asked for. */
static int resolve_to_both(const char *url)
{
	char answer[80];
	int port = 80;

	sscanf(url, "http://127.0.0.1:%d", &port);
	snprintf(answer, sizeof(answer), "127.0.0.1:%d [::1]:%d", port, port);
	return netutil_resolve_all(answer);
}

static int answered(void *loop, struct value *argument)
{
	printf("%d after two attempts\n", argument->response->code);
	ioloop_stop(loop);
	return 0;
}

int main(int argc, char **argv)
{
	generation_use(&generation_43);
	const char *url = argc > 1 ? argv[1] : "http://127.0.0.1/";
	struct ioloop *loop = ioloop_instance();
	struct http_request *request = http_request_new(url);

	if (resolve_to_both(url) < 0)
		return 1;
	future_unref(httpclient_fetch(
		httpclient_instance(loop), request,
		callback_new(answered, loop, NULL, emit_name("user.answered", ""))));
	http_request_unref(request);
	ioloop_start(loop);
	httpclient_close(httpclient_instance(loop));
	ioloop_instance_free();
	return 0;
}
