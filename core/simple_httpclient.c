/*
 * simple_httpclient.c - SimpleAsyncHTTPClient: the queue of fetches.
 */
#include "core/simple_httpclient.h"

#include "core/generation.h"
#include "core/httpclient_internal.h"
#include "core/ioloop.h"
#include "core/python/alloc.h"
#include "core/stack_context.h"
#include "trace/emit/emit.h"

struct queued_fetch {
	struct queued_fetch *next;
	struct http_request *request;
	struct callback *callback;
	struct timeout *timeout; /* of its time in the queue; NULL: it has none */
	uint64_t asked_by;       /* its fetch_impl */
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

/* The fetch leaves the queue, whose time limit is off. */
static void remove_timeout(struct httpclient *client, struct queued_fetch *fetch)
{
	struct timeout *timeout = fetch->timeout;
	SPAN(span, SimpleAsyncHTTPClient__remove_timeout);

	fetch->timeout = NULL;
	if (timeout)
		ioloop_remove_timeout(client->loop, timeout);
}

static void fetch_free(struct queued_fetch *fetch)
{
	callback_unref(fetch->callback);
	http_request_unref(fetch->request);
	timeout_unref(fetch->timeout);
	free(fetch);
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
		struct callback *callback = fetch->callback;
		struct emit_cause cause = { 0, 0 };

		if (generation()->traits->queue_has_timeouts)
			remove_timeout(client, fetch);
		if (fetch->asked_by != due)
			cause = (struct emit_cause){ fetch->asked_by, due };
		client->active++;
		fetch->callback = NULL;
		status = handle_request(client, fetch->request, callback, cause);
		fetch_free(fetch);
	}
	client->depth--;
	stack_context_null_exit(saved);
	return SPAN_STATUS(span, status);
}

/* What a timeout of the queue closes over. */
struct waiting {
	struct httpclient *client; /* a reference */
	struct queued_fetch *fetch;
};

static void waiting_free(void *self)
{
	struct waiting *waiting = self;

	httpclient_unref(waiting->client);
	free(waiting);
}

static void take_out(struct httpclient *client, struct queued_fetch *fetch)
{
	struct queued_fetch **link = &client->first;

	while (*link != fetch)
		link = &(*link)->next;
	*link = fetch->next;
	if (!*link)
		client->last = link;
}

/* It has waited too long: a response that says so, without a connection ever. */
static int on_timeout(void *self, struct value *argument)
{
	const struct waiting *waiting = self;
	struct httpclient *client = waiting->client;
	struct queued_fetch *fetch = waiting->fetch;
	struct emit_cause cause = callback_cause();
	struct http_response *response;
	int status;
	SPAN_CAUSED(span, SimpleAsyncHTTPClient__on_timeout, &cause);

	(void)argument;
	take_out(client, fetch);
	response = http_response_new(fetch->request, 599, http_request_age(fetch->request));
	response->error = exc_new(EXC_HTTP_ERROR, 599, "HTTP 599: Timeout");
	status = ioloop_add_callback(client->loop, callback_ref(fetch->callback),
				     value_take_response(response));
	fetch_free(fetch);
	return SPAN_STATUS(span, status);
}

static void add_timeout(struct httpclient *client, struct queued_fetch *fetch)
{
	const struct http_request *request = fetch->request;
	int64_t timeout = request->connect_timeout < request->request_timeout
				  ? request->connect_timeout
				  : request->request_timeout;
	struct waiting *waiting = core_alloc(sizeof(*waiting));

	*waiting = (struct waiting){ httpclient_ref(client), fetch };
	fetch->timeout =
		ioloop_add_timeout(client->loop, ioloop_time(client->loop) + (uint64_t)timeout,
				   callback_new(on_timeout, waiting, waiting_free,
						KIND_SimpleAsyncHTTPClient__on_timeout));
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
	if (generation()->traits->queue_has_timeouts && client->active >= client->max_clients)
		add_timeout(client, fetch);
	status = process_queue(client, span.id);
	httpclient_unref(client);
	return SPAN_STATUS(span, status);
}

void simple_httpclient_release(struct httpclient *client)
{
	while (client->first)
		fetch_free(take_first(client));
}
