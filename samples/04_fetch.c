/*
 * 04_fetch.c - the walk: download() yields a fetch.
 *
 *     build/loopscope serve samples/demo.scn &        prints the URL
 *     build/loopscope record -- build/samples/04_fetch URL
 *     build/loopscope steps --numbered loopscope.db
 *
 * Watch: steps 0 to 17.2.3 happen in one call of download(), before the loop
 * runs.  From 18 on the loop does it all; 50 sends the response into the body.
 */
#include <stdio.h>

#include "core/gen.h"
#include "core/httpclient.h"
#include "core/ioloop.h"
#include "core/python/alloc.h"
#include "core/v31/generation.h"

struct download {
	struct gen gen;
	const char *url;
};
static const struct gen_local locals[] = { GEN_LOCAL(struct download, GEN_TEXT, url), { 0 } };

static struct future *fetch(const char *url)
{
	struct http_request *request = http_request_new(url);
	struct future *future = httpclient_fetch(httpclient_instance(NULL), request, NULL);

	http_request_unref(request);
	return future;
}

static int download(struct gen *gen)
{
	GEN_BEGIN(gen);
	GEN_TRY_YIELD(gen, fetch(((struct download *)gen)->url));
	if (gen->thrown)
		puts(exc_printable(gen->thrown));
	else
		printf("%d: %zu bytes\n", gen->sent->response->code,
		       gen->sent->response->body_length);
	ioloop_stop(ioloop_current());
	GEN_END(gen);
}

int main(int argc, char **argv)
{
	generation_use(&generation_31);
	struct download *self = core_alloc(sizeof(*self));

	gen_init(&self->gen, download, emit_name("user.download", ""), locals);
	self->url = argc > 1 ? argv[1] : "http://127.0.0.1/";
	future_unref(gen_coroutine(&self->gen));
	ioloop_start(ioloop_current());
	httpclient_close(httpclient_instance(NULL));
	ioloop_instance_free();
	return 0;
}
