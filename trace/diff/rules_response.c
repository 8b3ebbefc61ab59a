/*
 * rules_response.c - differences that come from the response: in how many pieces
 * it came, what its head and its chunks say, how much of it there is.
 *
 * Segments come before contents: where the same bytes came in other pieces, the
 * next rows differ in what they read at once, and not in what was sent.
 */
#include "trace/diff/rules_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/diff/near.h"

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

DIFF_RULE(inline)
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

DIFF_RULE(incomplete)
{
	if (!diff_both(x, y, MEANS_READ_TRIED) ||
	    !diff_event_shows(diff_at_near(x, 0), "ret=True") ||
	    !diff_event_shows(diff_at_near(y, 0), "ret=False"))
		return false;
	return diff_say(out, size,
			"what the read waits for had come whole in %c, but only in part in %c",
			x->name, y->name);
}

DIFF_RULE(response)
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

DIFF_RULE(chunk)
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

DIFF_RULE(amount)
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

DIFF_RULE(status)
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
