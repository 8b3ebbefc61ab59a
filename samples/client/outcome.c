/*
 * outcome.c - what a fetch came to, said three times: in the trace, as JSON, in
 * a sentence.
 */
#include "samples/client/outcome.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/httpclient.h"
#include "core/python/exc.h"
#include "core/python/ssl.h"
#include "trace/base/json.h"
#include "trace/base/safe.h"
#include "trace/emit/emit.h"

#define SHA256_TEXT 65

/* The response that there was: also an HTTPError may carry one. */
static struct http_response *response_of(const struct outcome *outcome)
{
	return outcome->response ? outcome->response : http_error_response(outcome->error);
}

static void sha256_text(const struct http_response *response, char text[SHA256_TEXT])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	text[0] = '\0';
	if (!EVP_Digest(response->body, response->body_length, digest, &length, EVP_sha256(), NULL))
		return;
	for (unsigned i = 0; i < length && i < 32; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static int compare_pairs(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;
	int order = strcmp(x[0], y[0]);

	return order ? order : strcmp(x[1], y[1]);
}

/* Name and value in turn, sorted; count says how many strings. */
static const char **header_pairs(const struct http_response *response, size_t *count)
{
	struct http_headers_cursor cursor = { 0 };
	const char *name, *value, **pairs;
	size_t n = 0;

	pairs = calloc(2 * http_headers_count(response->headers) + 1, sizeof(*pairs));
	while (pairs && http_headers_next(response->headers, &cursor, &name, &value)) {
		pairs[n++] = name;
		pairs[n++] = value;
	}
	if (pairs)
		qsort(pairs, n / 2, 2 * sizeof(*pairs), compare_pairs);
	*count = n;
	return pairs;
}

static void emit_header(unsigned number, const char *name, const char *value, bool hide)
{
	char *stars = NULL;

	if (hide && strcasecmp(name, "Set-Cookie") == 0 && (stars = strdup(value)))
		memset(stars, '*', strlen(stars));
	EMIT(run_response_header, INT(number), TEXT(name), TEXT(stars ? stars : value));
	free(stars);
}

void outcome_emit(const struct outcome *outcome, bool hide)
{
	const struct http_response *response = response_of(outcome);
	const struct exc *error = outcome->error;
	bool body = response && response->body;
	int code = error ? error->number : response->code;
	char sha256[SHA256_TEXT] = "";
	const char **pairs;
	size_t count;

	if (body)
		sha256_text(response, sha256);
	EMIT(run_outcome, INT(outcome->number), WHEN(body, INT(response->body_length)),
	     WHEN(!error || error->class == EXC_HTTP_ERROR, INT(code)),
	     WHEN(error, TEXT(exc_class_name(error->class))),
	     WHEN(error, TEXT(exc_describe(outcome->error))),
	     WHEN(!error, TEXT(response->effective_url)), WHEN(!error, TEXT(response->reason)),
	     WHEN(body, TEXT(sha256)));
	pairs = response ? header_pairs(response, &count) : NULL;
	for (size_t i = 0; pairs && i < count; i += 2)
		emit_header(outcome->number, pairs[i], pairs[i + 1], hide);
	free(pairs);
}

static void json_headers(struct json *json, const struct http_response *response)
{
	struct http_headers_cursor cursor = { 0 };
	const char *name, *value;

	json_key(json, "headers");
	json_begin_array(json);
	while (response && http_headers_next(response->headers, &cursor, &name, &value)) {
		json_begin_array(json);
		json_string(json, name);
		json_string(json, value);
		json_end_array(json);
	}
	json_end_array(json);
}

static void json_body(struct json *json, const struct http_response *response)
{
	char sha256[SHA256_TEXT];
	bool body = response && response->body;

	json_member_int_or_null(json, "body_length", body,
				body ? (int64_t)response->body_length : 0);
	json_key(json, "body_sha256");
	if (body)
		sha256_text(response, sha256);
	json_string(json, body ? sha256 : NULL);
}

static void json_error(struct json *json, const struct exc *error)
{
	json_key(json, "error");
	if (!error) {
		json_null(json);
		return;
	}
	json_begin_object(json);
	json_member_string(json, "class", exc_class_name(error->class));
	json_member_string(json, "message", error->text);
	json_end_object(json);
}

void outcome_json(const struct outcome *outcome, FILE *out)
{
	const struct http_response *response = response_of(outcome);
	const struct exc *error = outcome->error;
	struct json json;

	json_init(&json, out);
	json_begin_object(&json);
	json_key(&json, "status");
	if (!error)
		json_int(&json, response->code);
	else if (error->class == EXC_HTTP_ERROR)
		json_int(&json, error->number);
	else
		json_null(&json);
	json_member_string(&json, "reason", response ? response->reason : NULL);
	json_body(&json, response);
	json_headers(&json, response);
	json_member_string(&json, "effective_url", response ? response->effective_url : NULL);
	json_error(&json, error);
	json_end_object(&json);
	json_newline(&json);
}

/* What the original raises; and before it, if it was TLS, why. */
static void say_error(const struct outcome *outcome)
{
	const char *text = exc_describe(outcome->error);
	const char *why = ssl_explain(outcome->error);
	char safe[512];

	fputs("loopscope: ", stderr);
	if (why) {
		safe_text(safe, sizeof(safe), why, strlen(why));
		fprintf(stderr, "%s; ", safe);
	}
	safe_text(safe, sizeof(safe), text, strlen(text));
	fprintf(stderr, "fetch %u ended with %s\n", outcome->number, safe);
}

void outcome_say(const struct outcome *outcome)
{
	const struct http_response *response = outcome->response;
	char safe[512];

	if (outcome->error) {
		say_error(outcome);
		return;
	}
	safe_text(safe, sizeof(safe), response->reason, strlen(response->reason));
	printf("%d %s, %zu bytes", response->code, safe, response->body_length);
	safe_text(safe, sizeof(safe), response->effective_url, strlen(response->effective_url));
	printf(" from %s\n", safe);
}

void outcome_release(struct outcome *outcome)
{
	if (outcome->response)
		http_response_unref(outcome->response);
	if (outcome->error)
		exc_unref(outcome->error);
	*outcome = (struct outcome){ 0 };
}
