/*
 * calls_json.c - system calls as JSON: one array, an object a call.
 */
#include "trace/base/json.h"
#include "trace/export/export.h"

static void text_member(struct json *json, const char *key, const char *value)
{
	json_key(json, key);
	json_string(json, *value ? value : NULL);
}

static void int_member(struct json *json, const char *key, bool has, int64_t value)
{
	json_key(json, key);
	if (has)
		json_int(json, value);
	else
		json_null(json);
}

static void put_members(struct json *json, const struct syscalls_call *call)
{
	int_member(json, "seq", true, call->seq);
	if (call->is_gap) {
		int_member(json, "lost", call->lost >= 0, call->lost);
		text_member(json, "reason", call->shown);
		return;
	}
	int_member(json, "time", true, call->time);
	int_member(json, "thread", true, call->thread);
	text_member(json, "call", call->name);
	int_member(json, "fd", call->fd >= 0, call->fd);
	text_member(json, "descriptor", call->descriptor);
	text_member(json, "arguments", call->arguments);
	int_member(json, "result", call->returned, call->result);
	text_member(json, "shown", call->shown);
	int_member(json, "duration", call->duration >= 0, call->duration);
	int_member(json, "parent", call->parent != 0, call->parent);
	text_member(json, "event", call->event);
}

static int calls_json_begin(struct export *to, char **error)
{
	(void)error;
	json_init(to->state, to->out);
	json_begin_array(to->state);
	return EXPORT_ON;
}

static int calls_json_call(struct export *to, const struct syscalls_call *call, char **error)
{
	(void)error;
	json_newline(to->state);
	json_begin_object(to->state);
	put_members(to->state, call);
	json_end_object(to->state);
	return EXPORT_ON;
}

static int calls_json_end(struct export *to, char **error)
{
	(void)error;
	json_newline(to->state);
	json_end_array(to->state);
	json_newline(to->state);
	return EXPORT_ON;
}

const struct exporter export_calls_json = {
	.state_size = sizeof(struct json),
	.begin = calls_json_begin,
	.call = calls_json_call,
	.end = calls_json_end,
};
