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

static bool both(const struct diff_near *x, const struct diff_near *y, const char *name)
{
	return diff_event_is(diff_at_near(x, 0), name) && diff_event_is(diff_at_near(y, 0), name);
}

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

	if (!both(x, y, "AsyncHTTPClient.fetch"))
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
	if (!diff_event_is(diff_at_near(x, 0), "PollIOLoop.start") ||
	    !diff_event_is(diff_at_near(y, 0), "gen.coroutine.wrapper"))
		return false;
	return diff_say(out, size,
			"%c begins another fetch before the loop runs, where %c starts the loop",
			y->name, x->name);
}

/* Calls of the program itself, before it fetches anything. */
static bool rule_program(const struct diff_near *x, const struct diff_near *y, char *out,
			 size_t size)
{
	static const char *const calls[] = {
		"gen.coroutine.wrapper",   "PollIOLoop.start",       "PollIOLoop.add_handler",
		"PollIOLoop.add_callback", "PollIOLoop.add_timeout", "PollIOLoop.remove_timeout"
	};
	const char *of_x = NULL, *of_y = NULL;

	if (diff_at_near(x, 0)->turn || diff_at_near(y, 0)->turn ||
	    diff_before(x, DIFF_BEFORE, "AsyncHTTPClient.fetch"))
		return false;
	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		of_x = diff_event_is(diff_at_near(x, 0), calls[i]) ? calls[i] : of_x;
		of_y = diff_event_is(diff_at_near(y, 0), calls[i]) ? calls[i] : of_y;
	}
	if (!of_x || !of_y)
		return false;
	if (of_x == of_y)
		return diff_say(out, size, "the programs differ: they call %s for other things",
				of_x);
	return diff_say(out, size, "the programs differ: %c calls %s where %c calls %s", x->name,
			of_x, y->name, of_y);
}

static bool rule_local(const struct diff_near *x, const struct diff_near *y, char *out, size_t size)
{
	char name_x[QUOTED], name_y[QUOTED], of_x[QUOTED], of_y[QUOTED];

	if (!both(x, y, "gen.local"))
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
	bool after_release = diff_event_is(diff_at_near(x, -2), "_release_fetch");

	if (!diff_event_is(diff_at_near(x, 0), "_handle_request") ||
	    diff_event_is(diff_at_near(y, 0), "_handle_request") ||
	    !diff_event_is(diff_at_near(x, -1), "_process_queue") ||
	    !diff_event_is(diff_at_near(y, -1), "_process_queue"))
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
	const struct diff_event *failed = diff_after(y, NEAR, "_DummyFuture.set_exception", "");
	char exc[200];

	if (!diff_event_is(diff_at_near(y, 0), "Resolver.resolve") &&
	    !diff_before(y, 3, "Resolver.resolve"))
		return false;
	if (!failed || !diff_after(x, NEAR, "Resolver.resolve:return", ""))
		return false;
	return diff_say(out, size, "the resolver failed in %c (%s)", y->name,
			diff_event_value(failed, "exc", exc, sizeof(exc)));
}

static bool rule_family(const struct diff_near *x, const struct diff_near *y, char *out,
			size_t size)
{
	char of_x[32], of_y[32];

	if (!both(x, y, "Resolver.resolve"))
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

	if (!both(x, y, "Resolver.resolve:return"))
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

	if (!both(x, y, "add_timeout") || x->times)
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

	if (!both(x, y, "IOStream.write") && !both(x, y, "sock.send"))
		return false;
	sent_x = diff_after(x, NEAR, "sock.send", "");
	sent_y = diff_after(y, NEAR, "sock.send", "");
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
	const struct diff_event *asked = diff_after(y, NEAR * 2, "sock.getsockopt", "result=E");

	if (!both(x, y, "loop.poll:return") && !both(x, y, "sock.getsockopt"))
		return false;
	if (!asked || diff_after(x, NEAR * 2, "sock.getsockopt", "result=E"))
		return false;
	return diff_say(out, size, "the connection failed in %c (%s)", y->name,
			diff_event_value(asked, "result", result, sizeof(result)));
}

static bool rule_not_connected(const struct diff_near *x, const struct diff_near *y, char *out,
			       size_t size)
{
	bool fired = diff_after(y, DIFF_AFTER, "_on_timeout", "") != NULL;

	if (!both(x, y, "loop.poll:return") || !diff_event_shows(diff_at_near(x, 0), ":WRITE") ||
	    diff_event_shows(diff_at_near(y, 0), ":WRITE") ||
	    !diff_before(x, NEAR * 2, "IOStream.connect"))
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

		if (diff_event_is(event, "IOStream.connect"))
			return true;
		if (diff_event_is(event, "_read_to_buffer") &&
		    strtol(diff_event_value(event, "ret", ret, sizeof(ret)), NULL, 10) > 0)
			return false;
	}
	return false;
}

static bool rule_timeout(const struct diff_near *x, const struct diff_near *y, char *out,
			 size_t size)
{
	const struct diff_event *fired = diff_after(y, NEAR * 2, "_on_timeout", "");
	bool waited = diff_event_is(diff_at_near(y, 0), "loop.poll:return") &&
		      diff_event_shows(diff_at_near(y, 0), "n=0");

	if (!fired || diff_after(x, NEAR * 2, "_on_timeout", "") ||
	    (!waited && !diff_event_is(diff_at_near(y, 0), "_run_callback") &&
	     !diff_event_is(diff_at_near(y, 0), "loop.iteration")))
		return false;
	return diff_say(out, size, "a timeout fired in %c before anything%s came; in %c it did not",
			y->name, nothing_came(y) ? "" : " more", x->name);
}

static bool rule_reset(const struct diff_near *x, const struct diff_near *y, char *out, size_t size)
{
	if (!diff_after(y, NEAR, "sock.recv", "result=ECONNRESET") ||
	    diff_after(x, NEAR, "sock.recv", "result=ECONNRESET"))
		return false;
	return diff_say(out, size, "the peer reset the connection in %c", y->name);
}

static bool rule_closed(const struct diff_near *x, const struct diff_near *y, char *out,
			size_t size)
{
	const struct diff_event *end = diff_after(y, AT_ONCE, "sock.recv", "result=0");
	const struct diff_event *got = diff_after(x, AT_ONCE, "sock.recv", "result=");
	char result[32] = "";

	if (!end || diff_after(x, AT_ONCE, "sock.recv", "result=0"))
		return false;
	/* attempts that found nothing are no rows of the scene, but what came is */
	if (got)
		diff_event_value(got, "result", result, sizeof(result));
	return diff_say(out, size, "the peer closed the connection in %c at that place; in %c %s",
			y->name, x->name,
			strtol(result, NULL, 10) > 0 ? "something came" : "it stayed open");
}

/* The read that was tried: what the stream wanted, in words. */
static const struct diff_event *wanted(const struct diff_near *near)
{
	static const char *const reads[] = { "IOStream.read_bytes", "IOStream.read_until",
					     "IOStream.read_until_regex",
					     "IOStream.read_until_close" };

	for (int i = 1; i <= DIFF_BEFORE; i++)
		for (unsigned n = 0; n < 4; n++)
			if (diff_event_is(diff_at_near(near, -i), reads[n]))
				return diff_at_near(near, -i);
	return NULL;
}

static bool rule_inline(const struct diff_near *x, const struct diff_near *y, char *out,
			size_t size)
{
	const struct diff_event *read = wanted(x);
	const char *name = read ? strrchr(read->event, '.') : NULL;
	const char *what = "the rest of the response";

	if (!both(x, y, "_read_from_buffer") || !diff_event_shows(diff_at_near(x, 0), "ret=True") ||
	    !diff_event_shows(diff_at_near(y, 0), "ret=False") || !name ||
	    !diff_before(x, 4, "_try_inline_read"))
		return false;
	if (diff_event_shows(read, "_on_body"))
		what = "the body";
	else if (diff_event_shows(read, "_on_chunk_length"))
		what = "a chunk's length";
	else if (diff_event_shows(read, "_on_chunk_data"))
		what = "the chunk";
	return diff_say(out, size,
			"what came before and %s arrived in one segment in %c, so %s was satisfied "
			"inline; in %c it was not there yet and the stream has to wait for it",
			what, x->name, name + 1, y->name);
}

static bool rule_incomplete(const struct diff_near *x, const struct diff_near *y, char *out,
			    size_t size)
{
	if (!both(x, y, "_read_from_buffer") || !diff_event_shows(diff_at_near(x, 0), "ret=True") ||
	    !diff_event_shows(diff_at_near(y, 0), "ret=False"))
		return false;
	return diff_say(out, size,
			"what the read waits for had come whole in %c, but only in part in %c",
			x->name, y->name);
}

/* Is the next row a wish to read? */
static bool reads(const struct diff_near *near)
{
	return strstr(diff_at_near(near, 0)->event, "IOStream.read_") != NULL;
}

static bool rule_response(const struct diff_near *x, const struct diff_near *y, char *out,
			  size_t size)
{
	const struct diff_event *read = wanted(x);
	char *of_x, *of_y;
	bool found;

	if (!read || !diff_event_is(read, "read_until_regex") ||
	    (!both(x, y, "iostream.consume") && !both(x, y, "iostream.search") &&
	     !both(x, y, "_on_headers") && !(reads(x) && reads(y))))
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
	const struct diff_event *line_x = diff_after(x, NEAR * 2, "_on_chunk_length", "");
	const struct diff_event *line_y = diff_after(y, NEAR * 2, "_on_chunk_length", "");
	char of_x[QUOTED], of_y[QUOTED];

	if (!line_x || !line_y ||
	    (!both(x, y, "iostream.consume") && !both(x, y, "_on_chunk_length")))
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

	if (!both(x, y, "iostream.consume") && !both(x, y, "_on_body") &&
	    !both(x, y, "_on_chunk_data") && !both(x, y, "read_bytes"))
		return false;
	diff_event_value(diff_at_near(x, 0),
			 diff_event_is(diff_at_near(x, 0), "read_bytes") ? "num_bytes" : "bytes",
			 of_x, sizeof(of_x));
	diff_event_value(diff_at_near(y, 0),
			 diff_event_is(diff_at_near(y, 0), "read_bytes") ? "num_bytes" : "bytes",
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

	if (!both(x, y, "loop.poll:return"))
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
	static const char *const names[] = { "set_exception", "_handle_exception",
					     "handle_callback_exception", "user.exception" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct diff_event *raised = diff_after(y, 3, names[i], "");
		char exc[200];

		if (raised && !diff_after(x, NEAR, names[i], ""))
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
	return diff_event_is(diff_at_near(x, 0), "loop.dispatch") &&
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
