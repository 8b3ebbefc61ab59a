/*
 * simple_httpclient.c - SimpleAsyncHTTPClient: the queue of fetches.
 */
#include "core/simple_httpclient.h"

#include "core/generation.h"
#include "core/httpclient_internal.h"
#include "core/python/alloc.h"
#include "core/stack_context.h"
#include "trace/emit/emit.h"

struct queued_fetch {
	struct queued_fetch *next;
	struct http_request *request;
	struct callback *callback;
	uint64_t asked_by; /* its fetch_impl */
};

static int process_queue(struct httpclient *client, uint64_t due);

/* _release_fetch: one of the fetches under way is over. */
static int release_fetch(void *self, struct value *argument)
{
	struct httpclient *client = self;
	SPAN(span, SimpleAsyncHTTPClient__release_fetch);

	(void)argument;
	client->active--;
	return SPAN_STATUS(span, process_queue(client, span.id));
}

static void release_client(void *self)
{
	httpclient_unref(self);
}

/* Takes final_callback.  The cause is that of a request that waited in the queue. */
static int handle_request(struct httpclient *client, struct http_request *request,
			  struct callback *final_callback, struct emit_cause cause)
{
	struct callback *release =
		callback_new(release_fetch, httpclient_ref(client), release_client,
			     KIND_SimpleAsyncHTTPClient__release_fetch);
	SPAN_CAUSED(span, SimpleAsyncHTTPClient__handle_request, &cause);

	return SPAN_STATUS(span,
			   generation()->http_connection(client, request, release, final_callback));
}

static struct queued_fetch *take_first(struct httpclient *client)
{
	struct queued_fetch *fetch = client->first;

	client->first = fetch->next;
	if (!client->first)
		client->last = &client->first;
	return fetch;
}

/*
 * A fetch that fails at once releases its place and so comes back here, once
 * for each that waits; past this depth the outer loops do the rest.
 */
#define DEPTH_MAX 100

/* due is the fetch_impl or _release_fetch that calls it. */
static int process_queue(struct httpclient *client, uint64_t due)
{
	struct stack_contexts *saved = stack_context_null_enter();
	int status = 0;
	SPAN(span, SimpleAsyncHTTPClient__process_queue);

	client->depth++;
	while (client->first && client->active < client->max_clients && status == 0 &&
	       client->depth <= DEPTH_MAX) {
		struct queued_fetch *fetch = take_first(client);
		struct emit_cause cause = { 0, 0 };

		if (fetch->asked_by != due)
			cause = (struct emit_cause){ fetch->asked_by, due };
		client->active++;
		status = handle_request(client, fetch->request, fetch->callback, cause);
		http_request_unref(fetch->request);
		free(fetch);
	}
	client->depth--;
	stack_context_null_exit(saved);
	return SPAN_STATUS(span, status);
}

/* What stays in the queue is logged by the original at level DEBUG, below what it shows. */
int simple_httpclient_fetch_impl(struct httpclient *client, struct http_request *request,
				 struct callback *callback)
{
	struct queued_fetch *fetch = core_alloc(sizeof(*fetch));
	int status;
	SPAN(span, SimpleAsyncHTTPClient_fetch_impl);

	fetch->request = http_request_ref(request);
	fetch->callback = callback;
	fetch->asked_by = span.id;
	*client->last = fetch;
	client->last = &fetch->next;
	httpclient_ref(client);
	status = process_queue(client, span.id);
	httpclient_unref(client);
	return SPAN_STATUS(span, status);
}

void simple_httpclient_release(struct httpclient *client)
{
	while (client->first) {
		struct queued_fetch *fetch = take_first(client);

		callback_unref(fetch->callback);
		http_request_unref(fetch->request);
		free(fetch);
	}
}
