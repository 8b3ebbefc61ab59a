/*
 * why_json.c - the way back from an event, as JSON: one object with its rows
 * in order.
 */
#include "trace/base/json.h"
#include "trace/cmd/why_print.h"

static int put_members(struct json *json, struct steps *steps, const struct steps_style *style,
		       int64_t seq, char **error)
{
	struct steps_row row;
	int status = steps_at(steps, seq, &row, error);

	if (status > 0)
		steps_put_json(json, style, &row);
	else if (status == 0)
		json_member_int(json, "seq", seq);
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
	json_member_string(json, "by", word_of(hop->by));
	status = put_members(json, steps, style, hop->seq, error);
	if (hop->asked && status == 0) {
		json_key(json, "deferred");
		json_begin_object(json);
		json_member_int(json, "asked_by", hop->asked);
		json_member_int(json, "waited_ns", hop->waited);
		json_member_int(json, "ran_after_ns", hop->ran_after);
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
	json_member_int(&json, "at", question->seq);
	json_member_string(&json, "follows",
			   question->links == WHY_TRIGGERED ? "triggers" : "requests");
	json_key(&json, "rows");
	json_begin_array(&json);
	while ((more = why_next(why, &hop, error)) > 0 && left-- && !ferror(stdout))
		if (put_hop(&json, steps, &question->style, &hop, error) < 0)
			return -1;
	json_end_array(&json);
	json_member_string(&json, "end", end_word(more > 0 ? WHY_END_GOES_ON : why_end(why)));
	if (more > 0)
		json_member_int(&json, "goes_on_at", hop.seq);
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
	json_member_int(&json, "at", question->seq);
	json_key(&json, "led_to");
	json_begin_array(&json);
	for (unsigned i = 0; i < count && status == 0 && !ferror(stdout); i++) {
		json_begin_object(&json);
		json_member_int(&json, "level", led[i].level);
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
	json_member_int(&json, "gap", gap->seq);
	json_member_int(&json, "after", gap->after);
	json_member_int_or_null(&json, "thread", gap->thread, gap->thread);
	json_member_string(&json, "source", gap->source);
	json_member_int_or_null(&json, "lost", gap->lost >= 0, gap->lost);
	json_member_string(&json, "reason", gap->reason);
	json_end_object(&json);
	json_newline(&json);
}
