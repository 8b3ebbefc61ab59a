/*
 * rules_connection.c - differences that come from the connection: refused, late,
 * reset, closed, or a timeout that fired meanwhile.
 *
 * Each holds one side against what the other did not meet within a few rows; a
 * rule that looked further would blame an end that came of itself.
 */
#include "trace/diff/rules_internal.h"

#include <stdlib.h>

#include "trace/diff/near.h"

#define AT_ONCE 4 /* rows of one attempt to receive */

DIFF_RULE(refused)
{
	char result[40];
	const struct diff_event *asked =
		diff_after_result(y, NEAR * 2, MEANS_SOCKET_ERROR_READ, "E");

	if (!diff_both_end(x, y, MEANS_POLL) && !diff_both(x, y, MEANS_SOCKET_ERROR_READ))
		return false;
	if (!asked || diff_after_result(x, NEAR * 2, MEANS_SOCKET_ERROR_READ, "E"))
		return false;
	return diff_say(out, size, "the connection failed in %c (%s)", y->name,
			diff_event_value(asked, "result", result, sizeof(result)));
}

DIFF_RULE(not_connected)
{
	bool fired = diff_after(y, DIFF_AFTER, MEANS_CONNECTION_TIMED_OUT) != NULL;

	if (!diff_both_end(x, y, MEANS_POLL) || !diff_event_shows(diff_at_near(x, 0), ":WRITE") ||
	    diff_event_shows(diff_at_near(y, 0), ":WRITE") ||
	    !diff_before(x, NEAR * 2, MEANS_STREAM_CONNECTS))
		return false;
	return diff_say(out, size,
			"the connection was not established yet in %c when the loop polled%s",
			y->name, fired ? ", and its timeout fired" : "");
}

/* Does the scene show the beginning of the connection, and did nothing come since? */
static bool nothing_came(const struct diff_near *near)
{
	for (int i = 1; i <= DIFF_BEFORE; i++) {
		const struct diff_event *event = diff_at_near(near, -i);
		char ret[32];

		if (diff_event_is(event, MEANS_STREAM_CONNECTS))
			return true;
		if (diff_event_is(event, MEANS_BUFFER_FILLED) &&
		    strtol(diff_event_value(event, "ret", ret, sizeof(ret)), NULL, 10) > 0)
			return false;
	}
	return false;
}

DIFF_RULE(timeout)
{
	const struct diff_event *fired = diff_after(y, NEAR * 2, MEANS_CONNECTION_TIMED_OUT);
	bool waited = diff_event_ends(diff_at_near(y, 0), MEANS_POLL) &&
		      diff_event_shows(diff_at_near(y, 0), "n=0");

	if (!fired || diff_after(x, NEAR * 2, MEANS_CONNECTION_TIMED_OUT) ||
	    (!waited && !diff_event_is(diff_at_near(y, 0), MEANS_CALLBACK_RUN) &&
	     !diff_event_is(diff_at_near(y, 0), MEANS_TURN_BEGINS)))
		return false;
	return diff_say(out, size, "a timeout fired in %c before anything%s came; in %c it did not",
			y->name, nothing_came(y) ? "" : " more", x->name);
}

DIFF_RULE(reset)
{
	if (!diff_after_result(y, NEAR, MEANS_BYTES_CAME, "ECONNRESET") ||
	    diff_after_result(x, NEAR, MEANS_BYTES_CAME, "ECONNRESET"))
		return false;
	return diff_say(out, size, "the peer reset the connection in %c", y->name);
}

DIFF_RULE(closed)
{
	const struct diff_event *end = diff_after_result(y, AT_ONCE, MEANS_BYTES_CAME, "0");
	const struct diff_event *got = diff_after_result(x, AT_ONCE, MEANS_BYTES_CAME, "");
	char result[32] = "";

	if (!end || diff_after_result(x, AT_ONCE, MEANS_BYTES_CAME, "0"))
		return false;
	/* attempts that found nothing are no rows of the scene, but what came is */
	if (got)
		diff_event_value(got, "result", result, sizeof(result));
	return diff_say(out, size, "the peer closed the connection in %c at that place; in %c %s",
			y->name, x->name,
			strtol(result, NULL, 10) > 0 ? "something came" : "it stayed open");
}
