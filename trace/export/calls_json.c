/*
 * calls_json.c - system calls as JSON: one array, an object a call.
 */
#include "trace/base/json.h"
#include "trace/export/export.h"

static void text_member(struct json *json, const char *key, const char *value)
{
	json_member_string(json, key, *value ? value : NULL);
}

static void put_members(struct json *json, const struct syscalls_call *call)
{
	json_member_int(json, "seq", call->seq);
	if (call->is_gap) {
		json_member_int_or_null(json, "lost", call->lost >= 0, call->lost);
		text_member(json, "reason", call->shown);
		return;
	}
	json_member_int(json, "time", call->time);
	json_member_int(json, "thread", call->thread);
	text_member(json, "call", call->name);
	json_member_int_or_null(json, "fd", call->fd >= 0, call->fd);
	text_member(json, "descriptor", call->descriptor);
	text_member(json, "arguments", call->arguments);
	json_member_int_or_null(json, "result", call->returned, call->result);
	text_member(json, "shown", call->shown);
	json_member_int_or_null(json, "duration", call->duration >= 0, call->duration);
	json_member_int_or_null(json, "parent", call->parent != 0, call->parent);
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
