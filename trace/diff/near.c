/*
 * near.c - what rules ask of the rows around a difference.
 */
#include "trace/diff/near.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "trace/kinds/row.h"
#include "trace/store/store.h"

static const struct diff_event nothing = { .event = (char[]){ "" },
					   .detail = (char[]){ "" },
					   .file = (char[]){ "" } };

const struct diff_event *diff_at_near(const struct diff_near *near, int n)
{
	int64_t i = (int64_t)near->at + n;

	return i >= 0 && i < near->count ? &near->row[i] : &nothing;
}

bool diff_event_is(const struct diff_event *event, enum meaning means)
{
	return event->means == means && !event->ends;
}

bool diff_event_ends(const struct diff_event *event, enum meaning means)
{
	return event->means == means && event->ends;
}

bool diff_both(const struct diff_near *x, const struct diff_near *y, enum meaning means)
{
	return diff_event_is(diff_at_near(x, 0), means) && diff_event_is(diff_at_near(y, 0), means);
}

bool diff_both_end(const struct diff_near *x, const struct diff_near *y, enum meaning means)
{
	return diff_event_ends(diff_at_near(x, 0), means) &&
	       diff_event_ends(diff_at_near(y, 0), means);
}

bool diff_event_shows(const struct diff_event *event, const char *text)
{
	return strstr(event->detail, text) != NULL;
}

/* Tornado's modules have small letters and its classes a capital: ioloop.PollIOLoop.start. */
const char *diff_event_name(const struct diff_event *event)
{
	const char *dot = strchr(event->event, '.');

	while (dot && dot[1] == '_')
		dot++;
	return dot && dot[1] >= 'A' && dot[1] <= 'Z' ? strchr(event->event, '.') + 1 : event->event;
}

const char *diff_event_value(const struct diff_event *event, const char *key, char *out,
			     size_t size)
{
	return row_copy(row_text(event->detail, key), out, size);
}

const struct diff_event *diff_after(const struct diff_near *near, int rows, enum meaning means)
{
	return diff_after_result(near, rows, means, "");
}

const struct diff_event *diff_after_end(const struct diff_near *near, int rows, enum meaning means)
{
	for (int i = 0; i < rows; i++)
		if (diff_event_ends(diff_at_near(near, i), means))
			return diff_at_near(near, i);
	return NULL;
}

const struct diff_event *diff_after_result(const struct diff_near *near, int rows,
					   enum meaning means, const char *result)
{
	for (int i = 0; i < rows; i++) {
		const struct diff_event *event = diff_at_near(near, i);

		if (diff_event_is(event, means) &&
		    row_begins(row_text(event->detail, "result"), result))
			return event;
	}
	return NULL;
}

const struct diff_event *diff_before(const struct diff_near *near, int rows, enum meaning means)
{
	for (int i = 1; i <= rows; i++)
		if (diff_event_is(diff_at_near(near, -i), means))
			return diff_at_near(near, -i);
	return NULL;
}

bool diff_say(char *out, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(out, size, format, arguments);
	va_end(arguments);
	return true;
}

/* ---- bytes that were sent or received */

char *diff_payload(const struct diff_near *near, const struct diff_event *event)
{
	sqlite3_stmt *s = store_prepare(
		near->store, "SELECT bytes FROM payloads WHERE seq = ?1 AND field = 'data'", NULL);
	char *copy = NULL;

	if (!s)
		return NULL;
	sqlite3_bind_int64(s, 1, event->seq);
	if (sqlite3_step(s) == SQLITE_ROW && sqlite3_column_bytes(s, 0) > 0)
		copy = strndup(sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0));
	store_release(near->store, s);
	return copy;
}

char *diff_received(const struct diff_near *near)
{
	for (int i = -1; i >= -DIFF_BEFORE; i--) {
		char *bytes = diff_event_is(diff_at_near(near, i), MEANS_BYTES_CAME)
				      ? diff_payload(near, diff_at_near(near, i))
				      : NULL;

		if (bytes)
			return bytes;
	}
	return NULL;
}

static int line_length(const char *line)
{
	size_t length = strcspn(line, "\r\n");

	return (int)(length < QUOTED ? length : QUOTED);
}

/*
 * The first line of a text's head that the other text does not have; its
 * length, 0 if it has all of them.  Fields that depend on the port do not count.
 */
static int line_missing(const char *text, const char *other, const char **line)
{
	for (const char *p = text; *p && *p != '\r' && *p != '\n';) {
		size_t length = strcspn(p, "\r\n");
		const char *q = other;

		while (q && *q && (strncmp(q, p, length) != 0 || strcspn(q, "\r\n") != length)) {
			q = strchr(q, '\n');
			q = q ? q + 1 : NULL;
		}
		if ((!q || !*q) && strncasecmp(p, "Host:", 5) != 0) {
			*line = p;
			return line_length(p);
		}
		p += length;
		p += *p == '\r';
		p += *p == '\n';
	}
	return 0;
}

bool diff_say_lines(char *out, size_t size, const char *what, const struct diff_near *x,
		    const char *x_text, const struct diff_near *y, const char *y_text)
{
	const char *x_line = "", *y_line = "";
	int x_length = line_missing(x_text, y_text, &x_line);
	int y_length = line_missing(y_text, x_text, &y_line);

	if (x_length && y_length)
		return diff_say(out, size, "%s differ: '%.*s' in %c, '%.*s' in %c", what, x_length,
				x_line, x->name, y_length, y_line, y->name);
	if (x_length)
		return diff_say(out, size, "%s differ: only %c has '%.*s'", what, x->name, x_length,
				x_line);
	if (y_length)
		return diff_say(out, size, "%s differ: only %c has '%.*s'", what, y->name, y_length,
				y_line);
	return false;
}
