/*
 * download.c - the walk's coroutine download(): one fetch, yielded, and what it
 * came to told.
 */
#include "samples/client/download.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "core/gen.h"
#include "core/httpclient.h"
#include "core/ioloop.h"
#include "samples/client/company.h"
#include "trace/emit/emit.h"

/* The locals of download(): which fetches of the plan are its own. */
struct download {
	struct gen gen;
	const struct plan *plan;
	struct download_result *result;
	size_t next, end;
};

static const struct gen_local locals[] = {
	GEN_LOCAL(struct download, GEN_SIZE, next),
	GEN_LOCAL(struct download, GEN_SIZE, end),
	{ 0 },
};

/*
 * AsyncHTTPClient().fetch(...): the first one makes the loop.  An exception
 * raised by fetch() itself comes back in a future, so that it takes the same
 * way to the coroutine as any other.
 */
static struct future *fetch(const struct plan *plan, size_t index)
{
	struct http_request *request = plan_request(plan, index);
	struct future *future = httpclient_fetch(httpclient_instance(NULL), request, NULL);

	http_request_unref(request);
	if (!future) {
		future = future_new();
		future_set_exception(future, exc_take());
	}
	return future;
}

/* What the yield expression was worth, or what it raised. */
static void note_outcome(struct download *self)
{
	struct gen *gen = &self->gen;
	struct outcome *outcome = &self->result->outcomes[self->next];

	outcome->number = (unsigned)self->next + 1;
	if (gen->thrown) {
		outcome->error = gen->thrown;
		gen->thrown = NULL;
		EMIT(user_exception, INT(outcome->number), TEXT(exc_describe(outcome->error)));
	} else {
		outcome->response = http_response_ref(gen->sent->response);
		EMIT(user_response, INT(outcome->number), INT(outcome->response->code),
		     INT(outcome->response->body_length));
	}
	self->result->ended[self->result->done++] = self->next;
}

static int download(struct gen *gen)
{
	struct download *self = (struct download *)gen;

	GEN_BEGIN(gen);
	for (; self->next < self->end; self->next++) {
		GEN_TRY_YIELD(gen, fetch(self->plan, self->next));
		note_outcome(self);
		if (self->result->done == self->result->count)
			ioloop_stop(ioloop_current());
	}
	GEN_END(gen);
}

static struct future *start(const struct plan *plan, struct download_result *result, size_t first,
			    size_t end)
{
	struct download *self = calloc(1, sizeof(*self));

	if (!self)
		err(2, "loopscope-client");
	self->gen.body = download;
	self->gen.function = emit_name("user.download", "");
	self->gen.locals = locals;
	self->plan = plan;
	self->result = result;
	self->next = first;
	self->end = end;
	return gen_coroutine(&self->gen);
}

int download_all(const struct plan *plan, struct download_result *result,
		 char error[PLAN_ERROR_MAX])
{
	size_t step = plan->sequential ? plan->count : 1;
	int status = 0;

	memset(result, 0, sizeof(*result));
	result->count = plan->count;
	result->outcomes = calloc(plan->count, sizeof(*result->outcomes));
	result->ended = calloc(plan->count, sizeof(*result->ended));
	if (!result->outcomes || !result->ended)
		err(2, "loopscope-client");
	httpclient_configure(&plan->client);
	company_invite(plan);
	for (size_t i = 0; i < plan->count; i += step)
		future_unref(start(plan, result, i, i + step));
	if (result->done < result->count)
		status = ioloop_start(ioloop_current());
	if (status < 0) {
		snprintf(error, PLAN_ERROR_MAX, "the loop ended with %s",
			 exc_describe(exc_current()));
		exc_clear();
	}
	return status;
}

void download_result_release(struct download_result *result)
{
	for (size_t i = 0; i < result->count; i++)
		outcome_release(&result->outcomes[i]);
	free(result->outcomes);
	free(result->ended);
	*result = (struct download_result){ 0 };
}
