/*
 * why_json.c - the way back from an event, as JSON: one object with its rows
 * in order.
 */
#include "trace/base/json.h"
#include "trace/cmd/why_print.h"

static void put_number(struct json *json, const char *key, int64_t number)
{
	json_key(json, key);
	json_int(json, number);
}

static int put_members(struct json *json, struct steps *steps, const struct steps_style *style,
		       int64_t seq, char **error)
{
	struct steps_row row;
	int status = steps_at(steps, seq, &row, error);

	if (status > 0)
		steps_put_json(json, style, &row);
	else if (status == 0)
		put_number(json, "seq", seq);
	return status < 0 ? -1 : 0;
}

/* A row that belongs to a hop, as an object under a key; left out if the hop lacks it. */
static int put_other(struct json *json, struct steps *steps, const struct steps_style *style,
		     const char *key, int64_t seq, char **error)
{
	int status;

	if (!seq)
		return 0;
	json_key(json, key);
	json_begin_object(json);
	status = put_members(json, steps, style, seq, error);
	json_end_object(json);
	return status;
}

static const char *word_of(enum why_by by)
{
	static const char *const words[] = {
		[WHY_BY_START] = "start",       [WHY_BY_CALL] = "called", [WHY_BY_ASKED] = "asked",
		[WHY_BY_TRIGGER] = "triggered", [WHY_BY_WAIT] = "waited", [WHY_BY_SENT] = "sent",
	};

	return words[by];
}

static int put_hop(struct json *json, struct steps *steps, const struct steps_style *style,
		   const struct why_hop *hop, char **error)
{
	int status;

	json_begin_object(json);
	json_key(json, "by");
	json_string(json, word_of(hop->by));
	status = put_members(json, steps, style, hop->seq, error);
	if (hop->asked && status == 0) {
		json_key(json, "deferred");
		json_begin_object(json);
		put_number(json, "asked_by", hop->asked);
		put_number(json, "waited_ns", hop->waited);
		put_number(json, "ran_after_ns", hop->ran_after);
		if (put_other(json, steps, style, "trigger", hop->trigger, error) < 0 ||
		    put_other(json, steps, style, "poll", hop->poll, error) < 0 ||
		    put_other(json, steps, style, "turn", hop->turn, error) < 0 ||
		    put_other(json, steps, style, "timeout", hop->timeout, error) < 0)
			status = -1;
		json_end_object(json);
	}
	json_end_object(json);
	json_newline(json);
	return status;
}

static const char *end_word(enum why_end end)
{
	static const char *const words[] = {
		[WHY_END_GOES_ON] = "limit",
		[WHY_END_PROGRAM] = "program",
		[WHY_END_MISSING] = "missing",
		[WHY_END_DAMAGED] = "damaged",
	};

	return words[end];
}

int why_print_json(struct why *why, struct steps *steps, const struct why_question *question,
		   char **error)
{
	struct why_hop hop;
	struct json json;
	int64_t left = question->limit;
	int more;

	json_init(&json, stdout);
	json_begin_object(&json);
	put_number(&json, "at", question->seq);
	json_key(&json, "follows");
	json_string(&json, question->links == WHY_TRIGGERED ? "triggers" : "requests");
	json_key(&json, "rows");
	json_begin_array(&json);
	while ((more = why_next(why, &hop, error)) > 0 && left-- && !ferror(stdout))
		if (put_hop(&json, steps, &question->style, &hop, error) < 0)
			return -1;
	json_end_array(&json);
	json_key(&json, "end");
	json_string(&json, end_word(more > 0 ? WHY_END_GOES_ON : why_end(why)));
	if (more > 0)
		put_number(&json, "goes_on_at", hop.seq);
	json_end_object(&json);
	json_newline(&json);
	return more < 0 ? -1 : 0;
}

int why_print_led_json(struct steps *steps, const struct why_question *question,
		       const struct why_led *led, unsigned count, char **error)
{
	struct json json;
	int status = 0;

	json_init(&json, stdout);
	json_begin_object(&json);
	put_number(&json, "at", question->seq);
	json_key(&json, "led_to");
	json_begin_array(&json);
	for (unsigned i = 0; i < count && status == 0 && !ferror(stdout); i++) {
		json_begin_object(&json);
		put_number(&json, "level", led[i].level);
		status = put_members(&json, steps, &question->style, led[i].seq, error);
		json_end_object(&json);
		json_newline(&json);
	}
	json_end_array(&json);
	json_end_object(&json);
	json_newline(&json);
	return status;
}

void why_print_gap_json(const struct why_gap *gap)
{
	struct json json;

	json_init(&json, stdout);
	json_begin_object(&json);
	put_number(&json, "gap", gap->seq);
	put_number(&json, "after", gap->after);
	json_key(&json, "thread");
	if (gap->thread)
		json_int(&json, gap->thread);
	else
		json_null(&json);
	json_key(&json, "source");
	json_string(&json, gap->source);
	json_key(&json, "lost");
	if (gap->lost < 0)
		json_null(&json);
	else
		json_int(&json, gap->lost);
	json_key(&json, "reason");
	json_string(&json, gap->reason);
	json_end_object(&json);
	json_newline(&json);
}
