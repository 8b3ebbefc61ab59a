/*
 * client_port.c - the port's client for bench_client.py, of either generation:
 * fetches so many pages, so many at a time.
 */
#include <string.h>

#include "core/httpclient.h"
#include "core/ioloop.h"
#include "core/v31/generation.h"
#include "core/v43/generation.h"
#include "tests/bench/client_cost.h"

static void ask(struct client_cost *cost);

static int answered(void *self, struct value *argument)
{
	struct client_cost *cost = self;

	if (argument->response->code == 200)
		cost->answered++;
	if (cost->asked < cost->requests)
		ask(cost);
	else if (cost->answered == cost->requests || argument->response->code != 200)
		ioloop_stop(ioloop_current());
	return 0;
}

static void ask(struct client_cost *cost)
{
	struct http_request *request;
	char url[64];

	cost->asked++;
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", cost->port);
	request = http_request_new(url);
	future_unref(httpclient_fetch(
		httpclient_instance(NULL), request,
		callback_new(answered, cost, NULL, emit_name("user.answered", ""))));
	http_request_unref(request);
}

int main(int argc, char **argv)
{
	generation_use(argc > 4 && strcmp(argv[4], "4.3") == 0 ? &generation_43 : &generation_31);
	struct client_cost cost = client_cost_begin(argc, argv);

	httpclient_configure(&(struct httpclient_options){ .max_clients = (size_t)cost.at_a_time });
	for (int i = 0; i < cost.at_a_time && cost.asked < cost.requests; i++)
		ask(&cost);
	ioloop_start(ioloop_current());
	return client_cost_end(&cost);
}
