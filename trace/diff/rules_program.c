/*
 * rules_program.c - differences that come from what the program asked for:
 * another page, another option, other calls before the first fetch.
 *
 * These stand before all others: what a program asks for decides what its peer
 * answers, so that every later difference would only repeat this one.
 */
#include "trace/diff/rules_internal.h"

#include <stdlib.h>
#include <string.h>

#include "trace/diff/near.h"

DIFF_RULE(url)
{
	char of_x[QUOTED], of_y[QUOTED];

	if (!diff_both(x, y, MEANS_FETCH_ASKED))
		return false;
	diff_event_value(diff_at_near(x, 0), "url", of_x, sizeof(of_x));
	diff_event_value(diff_at_near(y, 0), "url", of_y, sizeof(of_y));
	if (strcmp(of_x, of_y) == 0)
		return false;
	return diff_say(out, size, "another page was asked for: %s in %c, %s in %c", of_x, x->name,
			of_y, y->name);
}

DIFF_RULE(fetches)
{
	if (!diff_event_is(diff_at_near(x, 0), MEANS_LOOP_RUNS) ||
	    !diff_event_is(diff_at_near(y, 0), MEANS_COROUTINE_CALLED))
		return false;
	return diff_say(out, size,
			"%c begins another fetch before the loop runs, where %c starts the loop",
			y->name, x->name);
}

/* What a program calls to prepare, or to wait for something. */
static bool is_call_of_program(const struct diff_event *event)
{
	return event->seq && !event->ends &&
	       (event->means == MEANS_COROUTINE_CALLED || event->means == MEANS_LOOP_RUNS ||
		event->means == MEANS_HANDLER_ADDED || event->means == MEANS_CALLBACK_QUEUED ||
		event->means == MEANS_TIMEOUT_ADDED || event->means == MEANS_TIMEOUT_REMOVED);
}

/* Calls of the program itself, before it fetches anything. */
DIFF_RULE(program)
{
	const struct diff_event *of_x = diff_at_near(x, 0), *of_y = diff_at_near(y, 0);

	if (of_x->turn || of_y->turn || !is_call_of_program(of_x) || !is_call_of_program(of_y) ||
	    diff_before(x, DIFF_BEFORE, MEANS_FETCH_ASKED))
		return false;
	if (of_x->means == of_y->means)
		return diff_say(out, size, "the programs differ: they call %s for other things",
				diff_event_name(of_x));
	return diff_say(out, size, "the programs differ: %c calls %s where %c calls %s", x->name,
			diff_event_name(of_x), y->name, diff_event_name(of_y));
}

DIFF_RULE(local)
{
	char name_x[QUOTED], name_y[QUOTED], of_x[QUOTED], of_y[QUOTED];

	if (!diff_both(x, y, MEANS_GENERATOR_LOCAL))
		return false;
	diff_event_value(diff_at_near(x, 0), "name", name_x, sizeof(name_x));
	diff_event_value(diff_at_near(y, 0), "name", name_y, sizeof(name_y));
	diff_event_value(diff_at_near(x, 0), "value", of_x, sizeof(of_x));
	diff_event_value(diff_at_near(y, 0), "value", of_y, sizeof(of_y));
	return strcmp(name_x, name_y) == 0 &&
	       diff_say(out, size, "the coroutine's variable '%s' is %s in %c, %s in %c", name_x,
			of_x, x->name, of_y, y->name);
}

/* Both look into the queue of requests, and one takes a request out of it. */
DIFF_RULE(queue)
{
	bool after_release = diff_event_is(diff_at_near(x, -2), MEANS_FETCH_RELEASED);

	if (!diff_event_is(diff_at_near(x, 0), MEANS_FETCH_BEGUN) ||
	    diff_event_is(diff_at_near(y, 0), MEANS_FETCH_BEGUN) ||
	    !diff_event_is(diff_at_near(x, -1), MEANS_FETCH_QUEUE_LOOKED) ||
	    !diff_event_is(diff_at_near(y, -1), MEANS_FETCH_QUEUE_LOOKED))
		return false;
	if (!after_release)
		return diff_say(out, size,
				"the request is begun at once in %c; in %c it waits in the queue, "
				"because of max_clients",
				x->name, y->name);
	return diff_say(out, size,
			"another request had waited in the queue of %c, none in that of %c",
			x->name, y->name);
}

DIFF_RULE(resolver)
{
	const struct diff_event *failed = diff_after(y, NEAR, MEANS_FUTURE_FAILED);
	char exc[200];

	if (!diff_event_is(diff_at_near(y, 0), MEANS_NAME_RESOLVED) &&
	    !diff_before(y, 3, MEANS_NAME_RESOLVED))
		return false;
	if (!failed || !diff_after_end(x, NEAR, MEANS_NAME_RESOLVED))
		return false;
	return diff_say(out, size, "the resolver failed in %c (%s)", y->name,
			diff_event_value(failed, "exc", exc, sizeof(exc)));
}

DIFF_RULE(family)
{
	char of_x[32], of_y[32];

	if (!diff_both(x, y, MEANS_NAME_RESOLVED))
		return false;
	diff_event_value(diff_at_near(x, 0), "family", of_x, sizeof(of_x));
	diff_event_value(diff_at_near(y, 0), "family", of_y, sizeof(of_y));
	if (strcmp(of_x, of_y) == 0)
		return false;
	return diff_say(out, size,
			"a different option: addresses of family %s are wanted in %c, "
			"of %s in %c",
			of_x, x->name, of_y, y->name);
}

DIFF_RULE(addresses)
{
	char of_x[32], of_y[32];

	if (!diff_both_end(x, y, MEANS_NAME_RESOLVED))
		return false;
	return diff_say(
		out, size, "the resolver gave another number of addresses: %s in %c, %s in %c",
		diff_event_value(diff_at_near(x, 0), "addresses", of_x, sizeof(of_x)), x->name,
		diff_event_value(diff_at_near(y, 0), "addresses", of_y, sizeof(of_y)), y->name);
}

DIFF_RULE(timeout_option)
{
	char of_x[32], of_y[32];

	if (!diff_both(x, y, MEANS_TIMEOUT_ADDED) || x->times)
		return false;
	diff_event_value(diff_at_near(x, 0), "after", of_x, sizeof(of_x));
	diff_event_value(diff_at_near(y, 0), "after", of_y, sizeof(of_y));
	if (strcmp(of_x, of_y) == 0)
		return false;
	return diff_say(out, size,
			"a different option: %s are left of the timeout in %c, %s in %c, and the "
			"time that had passed does not explain it",
			of_x, x->name, of_y, y->name);
}

static const char *behind_head(const char *message)
{
	const char *end = strstr(message, "\r\n\r\n");

	return end ? end : "";
}

DIFF_RULE(request)
{
	const struct diff_event *sent_x, *sent_y;
	char *of_x = NULL, *of_y = NULL;
	const char *what = "the requests";
	bool found = false;

	if (!diff_both(x, y, MEANS_WRITE_ASKED) && !diff_both(x, y, MEANS_BYTES_SENT))
		return false;
	sent_x = diff_after(x, NEAR, MEANS_BYTES_SENT);
	sent_y = diff_after(y, NEAR, MEANS_BYTES_SENT);
	if (sent_x && sent_y && (of_x = diff_payload(x, sent_x)) &&
	    (of_y = diff_payload(y, sent_y))) {
		if (strncmp(of_x, "HTTP/", 5) == 0)
			what = "the responses";
		found = diff_say_lines(out, size, what, x, of_x, y, of_y) ||
			(strcmp(behind_head(of_x), behind_head(of_y)) != 0 &&
			 diff_say(out, size, "%s have other bodies", what));
	}
	free(of_x);
	free(of_y);
	return found;
}
