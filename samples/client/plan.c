/*
 * plan.c - plans made from options, whose names and defaults are HTTPRequest's.
 */
#include "samples/client/plan.h"

#include <err.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/generation.h"
#include "core/httpclient.h"
#include "core/python/text.h"
#include "trace/base/url.h"
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

int plan_add(struct plan *plan, const char *url, char error[PLAN_ERROR_MAX])
{
	const char *complaint = url_complaint(url);

	if (complaint) {
		snprintf(error, PLAN_ERROR_MAX, "%s", complaint);
		return -1;
	}
	/* one at a time, here and in set(): a command line has few words */
	plan->fetches =
		checked(reallocarray(plan->fetches, plan->count + 1, sizeof(*plan->fetches)));
	plan->fetches[plan->count++] = (struct plan_fetch){ .url = checked(strdup(url)) };
	return 0;
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
	EMIT(user_streaming_callback, INT(argument->bytes.length),
	     BYTES(argument->bytes.data, argument->bytes.length));
	return 0;
}

/* Makes the two bytes that stand for a NUL (core/httputil.h) one; the new length. */
static size_t restore_nuls(char *line, size_t length)
{
	size_t kept = 0;

	for (size_t i = 0; i < length; i++) {
		bool nul = line[i] == '\xc0' && line[i + 1] == '\x80';

		line[kept++] = nul ? '\0' : line[i];
		i += nul;
	}
	line[kept] = '\0';
	return kept;
}

/* What a Set-Cookie line sets becomes stars. */
static void hide_cookie(char *line)
{
	static const char name[] = "Set-Cookie: ";

	if (strncmp(line, name, sizeof(name) - 1) == 0) {
		char *value = line + sizeof(name) - 1;

		memset(value, '*', strcspn(value, "\r\n"));
	}
}

static int tell_line(const struct value *argument, bool hide)
{
	char *line = text_copy(argument->bytes.data, argument->bytes.length);

	if (hide)
		hide_cookie(line);
	EMIT(user_header_callback, BYTES(line, restore_nuls(line, argument->bytes.length)));
	free(line);
	return 0;
}

static int on_header_line(void *self, struct value *argument)
{
	(void)self;
	return tell_line(argument, false);
}

static int on_personal_header_line(void *self, struct value *argument)
{
	(void)self;
	return tell_line(argument, true);
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
	{ "ca_certs", SETTING_TEXT, offsetof(struct http_request, ca_certs) },
	{ "client_key", SETTING_TEXT, offsetof(struct http_request, client_key) },
	{ "client_cert", SETTING_TEXT, offsetof(struct http_request, client_cert) },
	{ "validate_cert", SETTING_FLAG, offsetof(struct http_request, validate_cert) },
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

/* A number, an infinite one too; true and false are 1 and 0, as in Python. */
static bool number_of(const char *value, double *number)
{
	char *end;

	*number = strcmp(value, "true") == 0;
	if (*number == 1 || strcmp(value, "false") == 0)
		return true;
	*number = strtod(value, &end);
	return end != value && !*end && !isnan(*number);
}

static bool is_count(double number, double limit)
{
	return number == floor(number) && fabs(number) <= limit;
}

/*
 * A billion seconds is as good as for ever, and does not overflow the loop's time.
 * The least that there is is a nanosecond: 0 would mean no limit.
 */
static int64_t nanoseconds_of(double seconds)
{
	const double limit = 1e9;
	double ns = fmax(-limit, fmin(seconds, limit)) * 1e9;

	return ns < 0 ? (int64_t)floor(ns) : (int64_t)ceil(ns);
}

/* Whether a setting can have the value: a person means no number below 0, a scenario may. */
static bool has_number(const struct plan *plan, const struct setting *setting, const char *value)
{
	double number;

	if (setting->type != SETTING_SECONDS && setting->type != SETTING_COUNT)
		return true;
	return number_of(value, &number) && (number >= 0 || !plan->is_personal) &&
	       (setting->type == SETTING_SECONDS || is_count(number, INT_MAX));
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
	if (plan->is_personal && strpbrk(value, "\r\n")) {
		snprintf(error, PLAN_ERROR_MAX, "%s is one line, without CR and LF", name);
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

/* What the client is made with, and the most that it may be. */
static const struct client_setting {
	const char *name;
	double limit;
	size_t field;
	bool of_messages; /* only where limits_messages */
} client_settings[] = {
	{ "max_clients", 100000, offsetof(struct httpclient_options, max_clients), false },
	{ "max_buffer_size", 1e15, offsetof(struct httpclient_options, max_buffer_size), false },
	{ "max_header_size", 1e15, offsetof(struct httpclient_options, max_header_size), true },
	{ "max_body_size", 1e15, offsetof(struct httpclient_options, max_body_size), true },
};

static const struct client_setting *find_client_setting(const char *name)
{
	for (size_t i = 0; i < sizeof(client_settings) / sizeof(client_settings[0]); i++)
		if (strcmp(client_settings[i].name, name) == 0)
			return &client_settings[i];
	return NULL;
}

static int set_client(struct plan *plan, const struct client_setting *setting, const char *value,
		      char error[PLAN_ERROR_MAX])
{
	double number;

	if (setting->of_messages && !generation()->traits->limits_messages) {
		snprintf(error, PLAN_ERROR_MAX, "generation %s does not have %s",
			 generation()->name, setting->name);
		return -1;
	}
	if (!number_of(value, &number) || number < 1 || !is_count(number, setting->limit)) {
		snprintf(error, PLAN_ERROR_MAX, "'%s' is no value for %s", value, setting->name);
		return -1;
	}
	*(size_t *)(void *)((char *)&plan->client + setting->field) = (size_t)number;
	return 0;
}

static int set_tick(struct plan *plan, const char *value, char error[PLAN_ERROR_MAX])
{
	double number;

	if (!number_of(value, &number) || number < 0.001 || number > 1e6) {
		snprintf(error, PLAN_ERROR_MAX, "'%s' is no interval of at least 0.001 seconds",
			 value);
		return -1;
	}
	plan->tick = (uint64_t)llround(number * 1e9);
	return 0;
}

static int set_blocking(struct plan *plan, const char *value, char error[PLAN_ERROR_MAX])
{
	double number;

	if (!number_of(value, &number) || number < 0) {
		snprintf(error, PLAN_ERROR_MAX, "'%s' is no value for blocking_threshold", value);
		return -1;
	}
	plan->blocking_threshold = nanoseconds_of(number);
	return 0;
}

int plan_set(struct plan *plan, const char *name, const char *value, char error[PLAN_ERROR_MAX])
{
	const struct client_setting *setting = find_client_setting(name);

	if (strcmp(name, "blocking_threshold") == 0)
		return set_blocking(plan, value, error);
	if (setting)
		return set_client(plan, setting, value, error);
	if (strcmp(name, "tick") == 0)
		return set_tick(plan, value, error);
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

static void apply_other(const struct plan *plan, struct http_request *request, const char *name,
			const char *value)
{
	if (strcmp(name, "header") == 0)
		apply_header(request, value);
	else if (strcmp(name, "streaming_callback") == 0 && flag_of(value))
		http_request_set_streaming_callback(
			request, callback_new(on_bytes, NULL, NULL, KIND_user_streaming_callback));
	else if (strcmp(name, "header_callback") == 0 && flag_of(value))
		http_request_set_header_callback(
			request,
			callback_new(plan->is_personal ? on_personal_header_line : on_header_line,
				     NULL, NULL, KIND_user_header_callback));
}

static void apply(const struct plan *plan, struct http_request *request,
		  const struct plan_settings *list)
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
			*(int64_t *)(void *)field = nanoseconds_of(number);
			break;
		case SETTING_COUNT:
			*(int *)(void *)field = (int)number;
			break;
		case SETTING_FLAG:
			*(bool *)field = flag_of(value);
			break;
		case SETTING_OTHER:
			apply_other(plan, request, setting->name, value);
			break;
		}
	}
}

struct http_request *plan_request(const struct plan *plan, size_t index)
{
	struct http_request *request = http_request_new(plan->fetches[index].url);

	request->is_careful = plan->is_personal;
	apply(plan, request, &plan->settings);
	apply(plan, request, &plan->fetches[index].settings);
	if (plan->body)
		http_request_set_body(request, plan->body, plan->body_length);
	return request;
}
