/*
 * json.c - a trace as JSON: one array, an object a row, written as it is read.
 */
#include "trace/base/json.h"

#include "trace/export/export.h"

static void number_if(struct json *json, const char *key, int64_t n)
{
	if (!n)
		return;
	json_key(json, key);
	json_int(json, n);
}

static void text_if(struct json *json, const char *key, const char *text)
{
	if (!*text)
		return;
	json_key(json, key);
	json_string(json, text);
}

static void put_gap(struct json *json, const struct steps_row *row)
{
	json_key(json, "gap");
	json_begin_object(json);
	json_key(json, "after");
	json_int(json, row->seq);
	json_key(json, "source");
	json_string(json, row->layer);
	json_key(json, "lost");
	if (row->lost < 0)
		json_null(json);
	else
		json_int(json, row->lost);
	json_key(json, "reason");
	json_string(json, row->detail);
	json_end_object(json);
}

static void put_steps(struct json *json, const struct steps_row *row)
{
	json_key(json, "steps");
	json_begin_array(json);
	for (unsigned i = 0; i < row->taken_count; i++) {
		json_begin_object(json);
		json_key(json, "step");
		json_string(json, row->taken[i].step);
		json_key(json, "occurrence");
		json_int(json, row->taken[i].occurrence);
		json_end_object(json);
	}
	json_end_array(json);
}

void steps_put_json(struct json *json, const struct steps_style *style, const struct steps_row *row)
{
	json_key(json, "seq");
	json_int(json, row->seq);
	json_key(json, "turn");
	json_int(json, row->turn);
	json_key(json, "depth");
	json_int(json, row->depth);
	json_key(json, "since_ns");
	json_int(json, row->since);
	json_key(json, "thread");
	json_int(json, row->thread);
	json_key(json, "layer");
	json_string(json, row->layer);
	json_key(json, "event");
	json_string(json, row->event);
	json_key(json, "detail");
	json_string(json, row->detail);
	put_steps(json, row);
	number_if(json, "parent", row->parent);
	number_if(json, "asked_by", row->asked_by);
	number_if(json, "triggered_by", row->triggered_by);
	if (row->duration >= 0) {
		json_key(json, "duration_ns");
		json_int(json, row->duration);
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
