/*
 * httpclient_message.c - HTTPRequest and HTTPResponse.
 */
#include "core/httpclient.h"

#include <string.h>
#include <time.h>

#include "core/generation.h"
#include "core/httpclient_internal.h"
#include "core/python/alloc.h"
#include "core/python/text.h"
#include "core/stack_context.h"
#include "trace/emit/clock.h"
#include "trace/emit/emit.h"

/* A request knows no loop, whose clock could be another: time.time(), but monotonic. */
static uint64_t now(void)
{
	return clock_now() - emit_held();
}

uint64_t http_request_age(const struct http_request *request)
{
	return now() - request->start_time;
}

struct http_request *http_request_new(const char *url)
{
	struct http_request *request = core_alloc(sizeof(*request));

	request->refs = 1;
	request->url = text_duplicate(url);
	request->method = text_duplicate("GET");
	request->headers = http_headers_new();
	request->connect_timeout = HTTP_TIMEOUT_DEFAULT;
	request->request_timeout = HTTP_TIMEOUT_DEFAULT;
	request->validate_cert = true;
	request->max_redirects = 5;
	request->follow_redirects = true;
	request->use_gzip = true;
	request->allow_ipv6 = generation()->traits->resolves_any_family;
	request->start_time = now();
	return request;
}

struct http_request *http_request_copy(const struct http_request *request)
{
	struct http_request *copy = core_alloc(sizeof(*copy));

	*copy = *request;
	copy->refs = 1;
	copy->url = text_duplicate(request->url);
	copy->method = text_duplicate(request->method);
	copy->headers = NULL;
	copy->body = request->body ? text_copy(request->body, request->body_length) : NULL;
	copy->auth_username = text_duplicate(request->auth_username);
	copy->auth_password = text_duplicate(request->auth_password);
	copy->auth_mode = text_duplicate(request->auth_mode);
	copy->user_agent = text_duplicate(request->user_agent);
	copy->ca_certs = text_duplicate(request->ca_certs);
	copy->client_key = text_duplicate(request->client_key);
	copy->client_cert = text_duplicate(request->client_cert);
	callback_ref(copy->streaming_callback);
	callback_ref(copy->header_callback);
	http_request_ref(copy->original_request);
	return copy;
}

struct http_request *http_request_ref(struct http_request *request)
{
	if (request)
		request->refs++;
	return request;
}

void http_request_unref(struct http_request *request)
{
	if (!request || --request->refs)
		return;
	free(request->url);
	free(request->method);
	http_headers_free(request->headers);
	free(request->body);
	free(request->auth_username);
	free(request->auth_password);
	free(request->auth_mode);
	free(request->user_agent);
	free(request->ca_certs);
	free(request->client_key);
	free(request->client_cert);
	callback_unref(request->streaming_callback);
	callback_unref(request->header_callback);
	http_request_unref(request->original_request);
	free(request);
}

void http_request_set_text(char **field, const char *text)
{
	char *replaced = *field;

	*field = text_duplicate(text);
	free(replaced);
}

void http_request_set_body(struct http_request *request, const void *body, size_t length)
{
	free(request->body);
	request->body = text_copy(body, length);
	request->body_length = length;
}

void http_request_set_streaming_callback(struct http_request *request, struct callback *callback)
{
	callback_unref(request->streaming_callback);
	request->streaming_callback = stack_context_wrap(callback);
}

void http_request_set_header_callback(struct http_request *request, struct callback *callback)
{
	callback_unref(request->header_callback);
	request->header_callback = stack_context_wrap(callback);
}

/*
 * What a response tells of its request.  Not the request itself: its callbacks
 * hold the contexts of whoever fetched, and so, in a coroutine, the frame that
 * is about to hold the response.
 */
static struct http_request *request_without_callbacks(const struct http_request *request)
{
	struct http_request *copy = http_request_copy(request);

	copy->headers = http_headers_copy(request->headers);
	callback_unref(copy->streaming_callback);
	callback_unref(copy->header_callback);
	http_request_unref(copy->original_request);
	copy->streaming_callback = NULL;
	copy->header_callback = NULL;
	copy->original_request = NULL;
	return copy;
}

struct http_response *http_response_new(const struct http_request *request, int code,
					uint64_t request_time)
{
	struct http_response *response = core_alloc(sizeof(*response));

	response->refs = 1;
	response->code = code;
	response->reason = text_duplicate(http_reason(code));
	response->headers = http_headers_new();
	response->effective_url = text_duplicate(request->url);
	response->request_time = request_time;
	response->request = request_without_callbacks(request);
	return response;
}

struct http_response *http_response_ref(struct http_response *response)
{
	if (response)
		response->refs++;
	return response;
}

void http_response_unref(struct http_response *response)
{
	if (!response || --response->refs)
		return;
	free(response->reason);
	http_headers_free(response->headers);
	free(response->body);
	free(response->effective_url);
	exc_unref(response->error);
	http_request_unref(response->request);
	free(response);
}

int http_response_code(const struct http_response *response)
{
	return response->code;
}

static struct value response_value_copy(const struct value *value)
{
	return value_take_response(http_response_ref(value->response));
}

static void response_value_release(struct value *value)
{
	http_response_unref(value->response);
}

static uint64_t response_value_describe(const struct value *value)
{
	return EMIT_VALUE(EMIT_VALUE_RESPONSE, http_response_code(value->response));
}

static const struct value_class response_class = {
	response_value_copy,
	response_value_release,
	response_value_describe,
};

struct value value_take_response(struct http_response *response)
{
	return (struct value){ .type = VALUE_RESPONSE,
			       .class = &response_class,
			       .response = response };
}

static void release_response(void *response)
{
	http_response_unref(response);
}

struct exc *http_response_error(struct http_response *response)
{
	struct exc *error;

	if (response->error)
		return exc_ref(response->error);
	if (response->code >= 200 && response->code < 300)
		return NULL;
	error = exc_new(EXC_HTTP_ERROR, response->code, "HTTP %d: %s", response->code,
			generation()->traits->errors_quote_reason ? response->reason
								  : http_reason(response->code));
	error->attached = http_response_ref(response);
	error->release = release_response;
	return error;
}

struct http_response *http_error_response(const struct exc *exc)
{
	return exc->class == EXC_HTTP_ERROR ? exc->attached : NULL;
}
