/*
 * rules.c - likely reasons for a difference.
 *
 * A rule looks at both sides around their next rows and, where it applies,
 * says in a sentence what the traces show.  The first one that applies is
 * taken: the special ones stand before the general ones.  A rule
 * says only what follows from rows that it looked at; where none applies, no
 * reason is given, since a wrong one costs the reader more than a missing one.
 */
#include "trace/diff/rules.h"

#include <string.h>

#include "trace/diff/near.h"
#include "trace/diff/rules_internal.h"

static DIFF_RULE(ended)
{
	if (diff_at_near(x, 0)->seq || !diff_at_near(y, 0)->seq)
		return false;
	if (!x->thread)
		return diff_say(out, size, "%c has a thread more", y->name);
	if (x->threads)
		return diff_say(out, size, "the thread ends there in %c; in %c it goes on", x->name,
				y->name);
	return diff_say(out, size, "the recording of %c ends there; %c goes on", x->name, y->name);
}

static DIFF_RULE(ready)
{
	char of_x[QUOTED], of_y[QUOTED];

	if (!diff_both_end(x, y, MEANS_POLL))
		return false;
	return diff_say(
		out, size, "other descriptors were ready when the loop polled: %s in %c, %s in %c",
		diff_event_value(diff_at_near(x, 0), "events", of_x, sizeof(of_x)), x->name,
		diff_event_value(diff_at_near(y, 0), "events", of_y, sizeof(of_y)), y->name);
}

static DIFF_RULE(raised)
{
	if (strcmp(diff_at_near(x, 0)->event, diff_at_near(y, 0)->event) != 0 ||
	    !diff_event_shows(diff_at_near(y, 0), "exit=exception") ||
	    diff_event_shows(diff_at_near(x, 0), "exit=exception"))
		return false;
	return diff_say(out, size, "an exception leaves it in %c", y->name);
}

static DIFF_RULE(error)
{
	static const enum meaning failures[] = { MEANS_FUTURE_FAILED, MEANS_CONNECTION_FAILED,
						 MEANS_CALLBACK_FAILED, MEANS_PROGRAM_FAILED };

	for (unsigned i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		const struct diff_event *raised = diff_after(y, 3, failures[i]);
		char exc[200];

		if (raised && !diff_after(x, NEAR, failures[i]))
			return diff_say(out, size, "an exception was raised in %c (%s)", y->name,
					diff_event_value(raised, "exc", exc, sizeof(exc)));
	}
	return false;
}

static DIFF_RULE(objects)
{
	if (strcmp(diff_at_near(x, 0)->event, diff_at_near(y, 0)->event) != 0 ||
	    !diff_at_near(x, 0)->seq)
		return false;
	return diff_event_is(diff_at_near(x, 0), MEANS_DISPATCHED) &&
	       diff_say(out, size, "the ready descriptors were taken in another order");
}

static const struct {
	const char *name;
	bool (*applies)(const struct diff_near *x, const struct diff_near *y, char *out,
			size_t size);
} rules[] = {
	{ "ended", diff__rule_ended },
	{ "url", diff__rule_url },
	{ "fetches", diff__rule_fetches },
	{ "program", diff__rule_program },
	{ "local", diff__rule_local },
	{ "queue", diff__rule_queue },
	{ "resolver", diff__rule_resolver },
	{ "family", diff__rule_family },
	{ "addresses", diff__rule_addresses },
	{ "timeout-option", diff__rule_timeout_option },
	{ "request", diff__rule_request },
	{ "refused", diff__rule_refused },
	{ "not-connected", diff__rule_not_connected },
	{ "reset", diff__rule_reset },
	{ "timeout", diff__rule_timeout },
	{ "inline", diff__rule_inline },
	{ "response", diff__rule_response },
	{ "chunk", diff__rule_chunk },
	{ "closed", diff__rule_closed },
	{ "incomplete", diff__rule_incomplete },
	{ "amount", diff__rule_amount },
	{ "status", diff__rule_status },
	{ "order", diff__rule_objects },
	{ "ready", diff__rule_ready },
	{ "raised", diff__rule_raised },
	{ "error", diff__rule_error },
};

const char *diff_rules_try(const struct diff_near *a, const struct diff_near *b, char *out,
			   size_t size)
{
	for (unsigned i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].applies(a, b, out, size) || rules[i].applies(b, a, out, size))
			return rules[i].name;
	out[0] = '\0';
	return NULL;
}
