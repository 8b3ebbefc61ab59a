/*
 * rules.c - likely reasons for a difference.
 *
 * A rule looks at both sides around their next rows and, where it applies,
 * says in a sentence what the traces show.  The first one that applies is
 * taken: the special ones stand before the general ones.
 */
#include "trace/diff/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/diff/near.h"

#define AT_ONCE 4 /* rows of one attempt to receive */

static bool rule_ended(const struct diff_near *x, const struct diff_near *y, char *out, size_t size)
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

static bool rule_url(const struct diff_near *x, const struct diff_near *y, char *out, size_t size)
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

static bool rule_fetches(const struct diff_near *x, const struct diff_near *y, char *out,
			 size_t size)
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
static bool rule_program(const struct diff_near *x, const struct diff_near *y, char *out,
			 size_t size)
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

static bool rule_local(const struct diff_near *x, const struct diff_near *y, char *out, size_t size)
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
static bool rule_queue(const struct diff_near *x, const struct diff_near *y, char *out, size_t size)
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

static bool rule_resolver(const struct diff_near *x, const struct diff_near *y, char *out,
			  size_t size)
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

static bool rule_family(const struct diff_near *x, const struct diff_near *y, char *out,
			size_t size)
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

static bool rule_addresses(const struct diff_near *x, const struct diff_near *y, char *out,
			   size_t size)
{
	char of_x[32], of_y[32];

	if (!diff_both_end(x, y, MEANS_NAME_RESOLVED))
		return false;
	return diff_say(
		out, size, "the resolver gave another number of addresses: %s in %c, %s in %c",
		diff_event_value(diff_at_near(x, 0), "addresses", of_x, sizeof(of_x)), x->name,
		diff_event_value(diff_at_near(y, 0), "addresses", of_y, sizeof(of_y)), y->name);
}

static bool rule_timeout_option(const struct diff_near *x, const struct diff_near *y, char *out,
				size_t size)
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

static bool rule_request(const struct diff_near *x, const struct diff_near *y, char *out,
			 size_t size)
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

static bool rule_refused(const struct diff_near *x, const struct diff_near *y, char *out,
			 size_t size)
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

static bool rule_not_connected(const struct diff_near *x, const struct diff_near *y, char *out,
			       size_t size)
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

static bool rule_timeout(const struct diff_near *x, const struct diff_near *y, char *out,
			 size_t size)
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

static bool rule_reset(const struct diff_near *x, const struct diff_near *y, char *out, size_t size)
{
	if (!diff_after_result(y, NEAR, MEANS_BYTES_CAME, "ECONNRESET") ||
	    diff_after_result(x, NEAR, MEANS_BYTES_CAME, "ECONNRESET"))
		return false;
	return diff_say(out, size, "the peer reset the connection in %c", y->name);
}

static bool rule_closed(const struct diff_near *x, const struct diff_near *y, char *out,
			size_t size)
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

/* Does a user of the stream ask for bytes here? */
static bool is_read(const struct diff_event *event)
{
	return meaning_is_read(event->means) && !event->ends;
}

/* The read that was tried: what the stream wanted, in words. */
static const struct diff_event *wanted(const struct diff_near *near)
{
	for (int i = 1; i <= DIFF_BEFORE; i++)
		if (is_read(diff_at_near(near, -i)))
			return diff_at_near(near, -i);
	return NULL;
}

static bool rule_inline(const struct diff_near *x, const struct diff_near *y, char *out,
			size_t size)
{
	const struct diff_event *read = wanted(x);
	const char *name = read ? strrchr(read->event, '.') : NULL;
	const char *what = "the rest of the response";

	if (!diff_both(x, y, MEANS_READ_TRIED) ||
	    !diff_event_shows(diff_at_near(x, 0), "ret=True") ||
	    !diff_event_shows(diff_at_near(y, 0), "ret=False") || !name ||
	    !diff_before(x, 4, MEANS_READ_TRIED_AT_ONCE))
		return false;
	if (read->callback == MEANS_BODY_READ)
		what = "the body";
	else if (read->callback == MEANS_CHUNK_LENGTH_READ)
		what = "a chunk's length";
	else if (read->callback == MEANS_CHUNK_READ)
		what = "the chunk";
	return diff_say(out, size,
			"what came before and %s arrived in one segment in %c, so %s was satisfied "
			"inline; in %c it was not there yet and the stream has to wait for it",
			what, x->name, name + 1, y->name);
}

static bool rule_incomplete(const struct diff_near *x, const struct diff_near *y, char *out,
			    size_t size)
{
	if (!diff_both(x, y, MEANS_READ_TRIED) ||
	    !diff_event_shows(diff_at_near(x, 0), "ret=True") ||
	    !diff_event_shows(diff_at_near(y, 0), "ret=False"))
		return false;
	return diff_say(out, size,
			"what the read waits for had come whole in %c, but only in part in %c",
			x->name, y->name);
}

static bool rule_response(const struct diff_near *x, const struct diff_near *y, char *out,
			  size_t size)
{
	const struct diff_event *read = wanted(x);
	char *of_x, *of_y;
	bool found;

	if (!read || !diff_event_is(read, MEANS_READ_REGEX_ASKED) ||
	    (!diff_both(x, y, MEANS_BYTES_TAKEN) && !diff_both(x, y, MEANS_BUFFER_SEARCHED) &&
	     !diff_both(x, y, MEANS_HEAD_READ) &&
	     !(is_read(diff_at_near(x, 0)) && is_read(diff_at_near(y, 0)))))
		return false;
	of_x = diff_received(x);
	of_y = diff_received(y);
	found = of_x && of_y && diff_say_lines(out, size, "the responses", x, of_x, y, of_y);
	free(of_x);
	free(of_y);
	return found;
}

static bool rule_chunk(const struct diff_near *x, const struct diff_near *y, char *out, size_t size)
{
	const struct diff_event *line_x = diff_after(x, NEAR * 2, MEANS_CHUNK_LENGTH_READ);
	const struct diff_event *line_y = diff_after(y, NEAR * 2, MEANS_CHUNK_LENGTH_READ);
	char of_x[QUOTED], of_y[QUOTED];

	if (!line_x || !line_y ||
	    (!diff_both(x, y, MEANS_BYTES_TAKEN) && !diff_both(x, y, MEANS_CHUNK_LENGTH_READ)))
		return false;
	diff_event_value(line_x, "line", of_x, sizeof(of_x));
	diff_event_value(line_y, "line", of_y, sizeof(of_y));
	if (strcmp(of_x, of_y) == 0)
		return false;
	return diff_say(out, size,
			"the peer sent another chunk: its length line is %s in %c, %s in %c", of_x,
			x->name, of_y, y->name);
}

static bool rule_amount(const struct diff_near *x, const struct diff_near *y, char *out,
			size_t size)
{
	char of_x[32], of_y[32];

	if (!diff_both(x, y, MEANS_BYTES_TAKEN) && !diff_both(x, y, MEANS_BODY_READ) &&
	    !diff_both(x, y, MEANS_CHUNK_READ) && !diff_both(x, y, MEANS_READ_BYTES_ASKED))
		return false;
	diff_event_value(diff_at_near(x, 0),
			 diff_event_is(diff_at_near(x, 0), MEANS_READ_BYTES_ASKED) ? "num_bytes"
										   : "bytes",
			 of_x, sizeof(of_x));
	diff_event_value(diff_at_near(y, 0),
			 diff_event_is(diff_at_near(y, 0), MEANS_READ_BYTES_ASKED) ? "num_bytes"
										   : "bytes",
			 of_y, sizeof(of_y));
	if (strcmp(of_x, of_y) == 0)
		return false;
	return diff_say(out, size, "the peer sent another amount: %s bytes in %c, %s in %c", of_x,
			x->name, of_y, y->name);
}

/* "response=HTTPResponse(200)": 200 */
static void response_code(const struct diff_event *event, char *out, size_t size)
{
	char response[64];
	int code, end = 0;

	diff_event_value(event, "response", response, sizeof(response));
	out[0] = '\0';
	if (sscanf(response, "HTTPResponse(%d)%n", &code, &end) == 1 && end && !response[end])
		snprintf(out, size, "%d", code);
}

static bool rule_status(const struct diff_near *x, const struct diff_near *y, char *out,
			size_t size)
{
	char of_x[32], of_y[32];

	diff_event_value(diff_at_near(x, 0), "code", of_x, sizeof(of_x));
	diff_event_value(diff_at_near(y, 0), "code", of_y, sizeof(of_y));
	if (!*of_x && !*of_y) {
		response_code(diff_at_near(x, 0), of_x, sizeof(of_x));
		response_code(diff_at_near(y, 0), of_y, sizeof(of_y));
	}
	if (!*of_x || !*of_y || strcmp(of_x, of_y) == 0)
		return false;
	return diff_say(out, size, "the status is %s in %c, %s in %c", of_x, x->name, of_y,
			y->name);
}

static bool rule_ready(const struct diff_near *x, const struct diff_near *y, char *out, size_t size)
{
	char of_x[QUOTED], of_y[QUOTED];

	if (!diff_both_end(x, y, MEANS_POLL))
		return false;
	return diff_say(
		out, size, "other descriptors were ready when the loop polled: %s in %c, %s in %c",
		diff_event_value(diff_at_near(x, 0), "events", of_x, sizeof(of_x)), x->name,
		diff_event_value(diff_at_near(y, 0), "events", of_y, sizeof(of_y)), y->name);
}

static bool rule_raised(const struct diff_near *x, const struct diff_near *y, char *out,
			size_t size)
{
	if (strcmp(diff_at_near(x, 0)->event, diff_at_near(y, 0)->event) != 0 ||
	    !diff_event_shows(diff_at_near(y, 0), "exit=exception") ||
	    diff_event_shows(diff_at_near(x, 0), "exit=exception"))
		return false;
	return diff_say(out, size, "an exception leaves it in %c", y->name);
}

static bool rule_error(const struct diff_near *x, const struct diff_near *y, char *out, size_t size)
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

static bool rule_objects(const struct diff_near *x, const struct diff_near *y, char *out,
			 size_t size)
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
	{ "ended", rule_ended },
	{ "url", rule_url },
	{ "fetches", rule_fetches },
	{ "program", rule_program },
	{ "local", rule_local },
	{ "queue", rule_queue },
	{ "resolver", rule_resolver },
	{ "family", rule_family },
	{ "addresses", rule_addresses },
	{ "timeout-option", rule_timeout_option },
	{ "request", rule_request },
	{ "refused", rule_refused },
	{ "not-connected", rule_not_connected },
	{ "reset", rule_reset },
	{ "timeout", rule_timeout },
	{ "inline", rule_inline },
	{ "response", rule_response },
	{ "chunk", rule_chunk },
	{ "closed", rule_closed },
	{ "incomplete", rule_incomplete },
	{ "amount", rule_amount },
	{ "status", rule_status },
	{ "order", rule_objects },
	{ "ready", rule_ready },
	{ "raised", rule_raised },
	{ "error", rule_error },
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
