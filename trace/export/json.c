/*
 * json.c - a trace as JSON: one array, an object a row, written as it is read.
 */
#include "trace/base/json.h"

#include "trace/export/export.h"

static void number_if(struct json *json, const char *key, int64_t n)
{
	if (n)
		json_member_int(json, key, n);
}

static void text_if(struct json *json, const char *key, const char *text)
{
	if (*text)
		json_member_string(json, key, text);
}

static void put_gap(struct json *json, const struct steps_row *row)
{
	json_key(json, "gap");
	json_begin_object(json);
	json_member_int(json, "after", row->seq);
	json_member_string(json, "source", row->layer);
	json_member_int_or_null(json, "lost", row->lost >= 0, row->lost);
	json_member_string(json, "reason", row->detail);
	json_end_object(json);
}

static void put_steps(struct json *json, const struct steps_row *row)
{
	json_key(json, "steps");
	json_begin_array(json);
	for (unsigned i = 0; i < row->taken_count; i++) {
		json_begin_object(json);
		json_member_string(json, "step", row->taken[i].step);
		json_member_int(json, "occurrence", row->taken[i].occurrence);
		json_end_object(json);
	}
	json_end_array(json);
}

void steps_put_json(struct json *json, const struct steps_style *style, const struct steps_row *row)
{
	json_member_int(json, "seq", row->seq);
	json_member_int(json, "turn", row->turn);
	json_member_int(json, "depth", row->depth);
	json_member_int(json, "since_ns", row->since);
	json_member_int(json, "thread", row->thread);
	json_member_string(json, "layer", row->layer);
	json_member_string(json, "event", row->event);
	json_member_string(json, "detail", row->detail);
	put_steps(json, row);
	number_if(json, "parent", row->parent);
	number_if(json, "asked_by", row->asked_by);
	number_if(json, "triggered_by", row->triggered_by);
	if (row->duration >= 0) {
		json_member_int(json, "duration_ns", row->duration);
	}
	text_if(json, "file", row->file);
	number_if(json, "line", row->line);
	text_if(json, "function", row->function);
	text_if(json, "sentence", style->chinese ? row->chinese : row->english);
}

static int json_begin(struct export *to, char **error)
{
	(void)error;
	json_init(to->state, to->out);
	json_begin_array(to->state);
	return EXPORT_ON;
}

static int json_row(struct export *to, const struct steps_row *row, char **error)
{
	(void)error;
	json_begin_object(to->state);
	if (row->is == STEPS_GAP)
		put_gap(to->state, row);
	else
		steps_put_json(to->state, to->style, row);
	json_end_object(to->state);
	json_newline(to->state);
	return EXPORT_ON;
}

static int json_end(struct export *to, char **error)
{
	(void)error;
	json_end_array(to->state);
	json_newline(to->state);
	return EXPORT_ON;
}

const struct exporter export_json = {
	.state_size = sizeof(struct json),
	.begin = json_begin,
	.row = json_row,
	.end = json_end,
};
