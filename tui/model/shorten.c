/*
 * shorten.c - dropping from a name or a detail what a reader can do without.
 */
#include "tui/model/shorten.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "trace/kinds/row.h"

/* Says a name's last component too little by itself?  Python's own __init__ and its like do. */
static bool is_vague(const char *component, size_t length)
{
	static const char *const vague[] = { "<lambda>", "inner", "wrapper", "start",
					     "run",      "fetch", "state" };
	const char *colon = memchr(component, ':', length);

	length = colon ? (size_t)(colon - component) : length;
	if (length > 4 && memcmp(component, "__", 2) == 0)
		return true;
	for (size_t i = 0; i < sizeof(vague) / sizeof(vague[0]); i++)
		if (strlen(vague[i]) == length && memcmp(component, vague[i], length) == 0)
			return true;
	return false;
}

/* Where the last component begins that says something by itself. */
static size_t last_component(const char *name, size_t length)
{
	size_t at = length;

	while (at > 0 && name[at - 1] != '.')
		at--;
	if (at == 0 || !is_vague(name + at, length - at))
		return at;
	/* only the last one may be vague: with the one before it, it says enough */
	for (at--; at > 0 && name[at - 1] != '.';)
		at--;
	return at;
}

void shorten_name(const char *name, char out[SHORTEN_NAME])
{
	size_t length = strlen(name);

	snprintf(out, SHORTEN_NAME, "%s", name + last_component(name, length));
}

void shorten_function(const char *name, size_t length, char out[SHORTEN_NAME])
{
	const char *open = memrchr(name, '(', length);

	if (open) {
		size_t skip = (size_t)(open + 1 - name);
		const char *close = memchr(name + skip, ')', length - skip);

		length = close ? (size_t)(close - (name + skip)) : length - skip;
		name += skip;
	}
	if (length >= SHORTEN_NAME)
		length = SHORTEN_NAME - 1;
	memcpy(out, name, length);
	out[length] = '\0';
	memmove(out, out + last_component(out, length), length - last_component(out, length) + 1);
}

struct out {
	char *text;
	size_t used;
};

static void add(struct out *out, const char *bytes, size_t length)
{
	if (out->used + length >= SHORTEN_DETAIL)
		length = SHORTEN_DETAIL - 1 - out->used;
	memcpy(out->text + out->used, bytes, length);
	out->used += length;
	out->text[out->used] = '\0';
}

/* Keys whose value is a function, and those whose value says what it is by itself. */
static bool is_function(struct row_text key)
{
	return row_is(key, "callback") || row_is(key, "handler") || row_is(key, "fn") ||
	       row_is(key, "func") || row_is(key, "gen");
}

static bool is_plain(struct row_text key)
{
	static const char *const plain[] = { "fd",     "events", "timeout", "future", "runner",
					     "key",    "op",     "state",   "addr",   "opt",
					     "family", "url",    "args",    "exc",    "line",
					     "level",  "logger", "response" };

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (row_is(key, plain[i]))
			return true;
	return false;
}

static void add_value(struct out *out, struct row_text key, struct row_text value)
{
	char function[SHORTEN_NAME];

	if (is_function(key)) {
		if (row_is(value, "None"))
			return;
		shorten_function(value.text, value.length, function);
		add(out, " \u2192", 4);
		add(out, function, strlen(function));
	} else if (row_is(key, "ret") || row_is(key, "result")) {
		add(out, " = ", 3);
		add(out, value.text, value.length);
	} else {
		if (out->used)
			add(out, " ", 1);
		if (!is_plain(key)) {
			add(out, key.text, key.length);
			add(out, "=", 1);
		}
		add(out, value.text, value.length);
	}
}

void shorten_detail(const char *detail, char out_text[SHORTEN_DETAIL])
{
	static const struct row_text args = { "args", 4 };
	const char *end = detail + strlen(detail);
	struct out out = { out_text, 0 };
	struct row_pair pair;

	*out_text = '\0';
	while (row_next(&detail, end, &pair))
		add_value(&out, pair.key.length ? pair.key : args, pair.value);
	if (out.used && out_text[0] == ' ')
		memmove(out_text, out_text + 1, out.used);
}

void shorten_time(int64_t nanoseconds, char out[24])
{
	double n = (double)nanoseconds;

	if (nanoseconds < 1000)
		snprintf(out, 24, "%d ns", (int)nanoseconds);
	else if (nanoseconds < 1000000)
		snprintf(out, 24, "%.1f \u00b5s", n / 1e3);
	else if (nanoseconds < 1000000000)
		snprintf(out, 24, "%.1f ms", n / 1e6);
	else
		snprintf(out, 24, "%.2f s", n / 1e9);
}
