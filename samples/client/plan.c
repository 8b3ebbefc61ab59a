/*
 * plan.c - plans made from options, whose names and defaults are HTTPRequest's.
 */
#include "samples/client/plan.h"

#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/httpclient.h"
#include "trace/emit/emit.h"

static void *checked(void *memory)
{
	if (!memory)
		err(2, "loopscope-client");
	return memory;
}

struct plan *plan_new(void)
{
	struct plan *plan = checked(calloc(1, sizeof(*plan)));

	return plan;
}

static void settings_release(struct plan_settings *settings)
{
	for (size_t i = 0; i < settings->count; i++) {
		free(settings->rows[i].name);
		free(settings->rows[i].value);
	}
	free(settings->rows);
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->count; i++) {
		free(plan->fetches[i].url);
		settings_release(&plan->fetches[i].settings);
	}
	settings_release(&plan->settings);
	free(plan->fetches);
	free(plan->body);
	free(plan);
}

void plan_add(struct plan *plan, const char *url)
{
	/* one at a time, here and in set(): a command line has few words */
	plan->fetches =
		checked(reallocarray(plan->fetches, plan->count + 1, sizeof(*plan->fetches)));
	plan->fetches[plan->count++] = (struct plan_fetch){ .url = checked(strdup(url)) };
}

void plan_set_body(struct plan *plan, const void *body, size_t length)
{
	free(plan->body);
	plan->body = checked(malloc(length + 1));
	memcpy(plan->body, body, length);
	plan->body_length = length;
}

static int on_bytes(void *self, struct value *argument)
{
	(void)self;
	EMIT(user_streaming_callback, INT(argument->bytes.length));
	return 0;
}

/* Bytes of a header line, in which a NUL is carried as two (core/httputil.h). */
static size_t line_length(const char *line, size_t length)
{
	size_t count = length;

	for (size_t i = 0; i + 1 < length; i++)
		count -= line[i] == '\xc0' && line[i + 1] == '\x80';
	return count;
}

static int on_header_line(void *self, struct value *argument)
{
	(void)self;
	EMIT(user_header_callback, INT(line_length(argument->bytes.data, argument->bytes.length)));
	return 0;
}

static void put_text(char **field, const char *value)
{
	http_request_set_text(field, value);
}

/* How the text of a setting becomes a field of the request. */
enum setting_type { SETTING_TEXT, SETTING_SECONDS, SETTING_COUNT, SETTING_FLAG, SETTING_OTHER };

static const struct setting {
	const char *name;
	enum setting_type type;
	size_t field;
} settings[] = {
	{ "method", SETTING_TEXT, offsetof(struct http_request, method) },
	{ "auth_username", SETTING_TEXT, offsetof(struct http_request, auth_username) },
	{ "auth_password", SETTING_TEXT, offsetof(struct http_request, auth_password) },
	{ "auth_mode", SETTING_TEXT, offsetof(struct http_request, auth_mode) },
	{ "user_agent", SETTING_TEXT, offsetof(struct http_request, user_agent) },
	{ "connect_timeout", SETTING_SECONDS, offsetof(struct http_request, connect_timeout) },
	{ "request_timeout", SETTING_SECONDS, offsetof(struct http_request, request_timeout) },
	{ "max_redirects", SETTING_COUNT, offsetof(struct http_request, max_redirects) },
	{ "follow_redirects", SETTING_FLAG, offsetof(struct http_request, follow_redirects) },
	{ "use_gzip", SETTING_FLAG, offsetof(struct http_request, use_gzip) },
	{ "allow_ipv6", SETTING_FLAG, offsetof(struct http_request, allow_ipv6) },
	{ "allow_nonstandard_methods", SETTING_FLAG,
	  offsetof(struct http_request, allow_nonstandard_methods) },
	{ "expect_100_continue", SETTING_FLAG, offsetof(struct http_request, expect_100_continue) },
	{ "streaming_callback", SETTING_OTHER, 0 },
	{ "header_callback", SETTING_OTHER, 0 },
	{ "header", SETTING_OTHER, 0 },
};

static const struct setting *find_setting(const char *name)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (strcmp(settings[i].name, name) == 0)
			return &settings[i];
	return NULL;
}

static bool flag_of(const char *value)
{
	return strcmp(value, "0") != 0 && strcmp(value, "false") != 0;
}

/* A decimal number up to a billion; true and false are 1 and 0, as in Python. */
static bool number_of(const char *value, double *number)
{
	char *end;

	*number = strcmp(value, "true") == 0;
	if (*number == 1 || strcmp(value, "false") == 0)
		return true;
	*number = strtod(value, &end);
	return end != value && !*end && isfinite(*number) && fabs(*number) <= 1e9;
}

/* Whether a setting can have the value: a person means no number below 0, a scenario may. */
static bool has_number(const struct plan *plan, const struct setting *setting, const char *value)
{
	double number;

	if (setting->type != SETTING_SECONDS && setting->type != SETTING_COUNT)
		return true;
	return number_of(value, &number) && (number >= 0 || !plan->is_personal) &&
	       (setting->type == SETTING_SECONDS || number == floor(number));
}

static int check(const struct plan *plan, const struct setting *setting, const char *name,
		 const char *value, char error[PLAN_ERROR_MAX])
{
	if (!setting) {
		snprintf(error, PLAN_ERROR_MAX, "unknown request option '%s'", name);
		return -1;
	}
	if (!has_number(plan, setting, value)) {
		snprintf(error, PLAN_ERROR_MAX, "'%s' is no value for %s", value, name);
		return -1;
	}
	if (strcmp(name, "header") == 0 && !strchr(value, ':')) {
		snprintf(error, PLAN_ERROR_MAX, "a header needs a colon: '%s'", value);
		return -1;
	}
	return 0;
}

static int set(const struct plan *plan, struct plan_settings *list, const char *name,
	       const char *value, char error[PLAN_ERROR_MAX])
{
	if (check(plan, find_setting(name), name, value, error) < 0)
		return -1;
	list->rows = checked(reallocarray(list->rows, list->count + 1, sizeof(*list->rows)));
	list->rows[list->count++] =
		(struct plan_setting){ checked(strdup(name)), checked(strdup(value)) };
	return 0;
}

int plan_set(struct plan *plan, const char *name, const char *value, char error[PLAN_ERROR_MAX])
{
	if (strcmp(name, "max_clients") == 0) {
		double number;

		if (!number_of(value, &number) || number < 1 || number > 100000) {
			snprintf(error, PLAN_ERROR_MAX, "'%s' is no number of clients", value);
			return -1;
		}
		plan->max_clients = (unsigned)number;
		return 0;
	}
	return set(plan, &plan->settings, name, value, error);
}

int plan_set_last(struct plan *plan, const char *name, const char *value,
		  char error[PLAN_ERROR_MAX])
{
	return set(plan, &plan->fetches[plan->count - 1].settings, name, value, error);
}

static void apply_header(struct http_request *request, const char *line)
{
	const char *colon = strchr(line, ':');
	char *name = checked(strndup(line, (size_t)(colon - line)));

	colon++;
	http_headers_add(request->headers, name, colon + strspn(colon, " \t"));
	free(name);
}

static void apply_other(struct http_request *request, const char *name, const char *value)
{
	if (strcmp(name, "header") == 0)
		apply_header(request, value);
	else if (strcmp(name, "streaming_callback") == 0 && flag_of(value))
		http_request_set_streaming_callback(
			request, callback_new(on_bytes, NULL, NULL, KIND_user_streaming_callback));
	else if (strcmp(name, "header_callback") == 0 && flag_of(value))
		http_request_set_header_callback(request, callback_new(on_header_line, NULL, NULL,
								       KIND_user_header_callback));
}

static void apply(struct http_request *request, const struct plan_settings *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *value = list->rows[i].value;
		const struct setting *setting = find_setting(list->rows[i].name);
		char *field = (char *)request + setting->field;
		double number = 0;

		number_of(value, &number);

		switch (setting->type) {
		case SETTING_TEXT:
			put_text((char **)(void *)field, value);
			break;
		case SETTING_SECONDS:
			*(int64_t *)(void *)field = llround(number * 1e9);
			break;
		case SETTING_COUNT:
			*(int *)(void *)field = (int)number;
			break;
		case SETTING_FLAG:
			*(bool *)field = flag_of(value);
			break;
		case SETTING_OTHER:
			apply_other(request, setting->name, value);
			break;
		}
	}
}

struct http_request *plan_request(const struct plan *plan, size_t index)
{
	struct http_request *request = http_request_new(plan->fetches[index].url);

	apply(request, &plan->settings);
	apply(request, &plan->fetches[index].settings);
	if (plan->body)
		http_request_set_body(request, plan->body, plan->body_length);
	return request;
}
