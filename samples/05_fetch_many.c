/*
 * 05_fetch_many.c - many fetches wait in one poll, and a list of them is one wait.
 *
 *     build/loopscope serve samples/05_fetch_many.scn &        prints the URL
 *     build/loopscope record -- build/samples/05_fetch_many URL
 *     build/loopscope steps loopscope.db
 *
 * Watch: all three requests are out before anything comes back.  The answers come
 * from the last to the first, each to its own stream; the body resumes once, when
 * the list is complete, and finds it in the order in which it asked.
 */
#include <stdio.h>

#include "core/gen.h"
#include "core/httpclient.h"
#include "core/ioloop.h"
#include "core/python/alloc.h"
#include "core/v43/generation.h"

#define COUNT 3
static const char *url = "http://127.0.0.1/";

static struct value fetches(void)
{
	struct value list = value_of_items(VALUE_LIST, COUNT);

	for (size_t i = 0; i < COUNT; i++) {
		struct http_request *request = http_request_new(url);

		list.items->at[i].value = value_take_future(
			httpclient_fetch(httpclient_instance(NULL), request, NULL));
		http_request_unref(request);
	}
	return list;
}

static int fetch_many(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_YIELD_VALUE(gen, fetches());
	for (size_t i = 0; i < COUNT; i++)
		puts(gen->sent->items->at[i].value.response->body);
	ioloop_stop(ioloop_current());
	GEN_END(gen);
}

int main(int argc, char **argv)
{
	generation_use(&generation_43);
	struct gen *gen = core_alloc(sizeof(*gen));

	url = argc > 1 ? argv[1] : url;
	gen_init(gen, fetch_many, emit_name("user.fetch_many", ""), NULL);
	future_unref(gen_coroutine(gen));
	ioloop_start(ioloop_instance());
	httpclient_close(httpclient_instance(NULL));
	ioloop_instance_free();
	return 0;
}
